//! Password-based encryption: the algorithm identifiers of PKCS#5, PKCS#12 and PKCS#8.

mod cipher;
pub(crate) mod derive;
mod legacy_pem;
mod password;
mod scrypt;

pub(crate) use legacy_pem::decrypt_legacy_pem;
pub(crate) use password::Password;

use std::borrow::Cow;

use zeroize::Zeroizing;

use crate::ber::{self, BerError, Element, Reader, tag};
use crate::der;
use crate::error::KeyFileError;
use crate::oid;
use cipher::Cipher;
use derive::{Hash, Purpose};

/// How much key derivation one file may demand, so that a hostile one cannot keep us busy.
#[derive(Debug)]
pub(crate) struct Budget {
    iterations: u64,
}

/// The most iterations that all key derivations of one file may have together. Honest files
/// go up to a million in each of three.
const MAXIMUM_ITERATIONS: u64 = 10_000_000;

impl Budget {
    pub(crate) fn new() -> Self {
        Self { iterations: MAXIMUM_ITERATIONS }
    }

    /// Takes the iterations of one derivation off.
    pub(crate) fn take(&mut self, iterations: u64) -> Result<u32, KeyFileError> {
        let exceeded = KeyFileError::LimitExceeded {
            what: "key derivation iterations",
            limit: MAXIMUM_ITERATIONS,
            found: iterations,
        };
        match (self.iterations.checked_sub(iterations), u32::try_from(iterations)) {
            (Some(rest), Ok(iterations)) if iterations > 0 => {
                self.iterations = rest;
                Ok(iterations)
            }
            (Some(_), Ok(_)) => Err(KeyFileError::Malformed {
                what: "the iteration count",
                source: BerError::Value { what: "an iteration count of zero" },
            }),
            _ => Err(exceeded),
        }
    }
}

/// Undoes the encryption that an AlgorithmIdentifier describes.
pub(crate) fn decrypt(
    algorithm: Element<'_>,
    password: &Password,
    data: &[u8],
    budget: &mut Budget,
) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let bad = KeyFileError::malformed("the encryption parameters");
    let mut identifier = algorithm.reader().map_err(&bad)?;
    let name = identifier.oid().map_err(&bad)?;
    let mut parameters = identifier.sequence().map_err(&bad)?;
    if name == oid::PBES2 {
        return decrypt_pbes2(&mut parameters, password, data, budget);
    }
    if let Some(last) = oid::last_arc(name, oid::PKCS12_PBE) {
        let Some(cipher) = pkcs12_cipher(last) else { return Err(unsupported(name)) };
        let salt = parameters.octets().map_err(&bad)?;
        let count = budget.take(parameters.integer().map_err(&bad)?)?;
        let input = password.bmp();
        let derive =
            |purpose, length| derive::pkcs12(Hash::Sha1, purpose, input, &salt, count, length);
        let (key, iv) = (derive(Purpose::Key, cipher.key_length()), derive(Purpose::Iv, 8));
        return cipher.decrypt(&key, &iv, data);
    }
    let hash = match oid::last_arc(name, oid::PKCS5) {
        Some(3) => Hash::Md5,
        Some(10) => Hash::Sha1,
        _ => return Err(unsupported(name)),
    };
    let salt = parameters.octets().map_err(&bad)?;
    let count = budget.take(parameters.integer().map_err(&bad)?)?;
    let derived = derive::pbkdf1(hash, password.utf8(), &salt, count);
    Cipher::Des.decrypt(&derived[..8], &derived[8..16], data)
}

/// The algorithm identifier and the ciphertext of AES-256 in CBC mode under PBKDF2 with
/// HMAC-SHA-256.
pub(crate) fn encrypt_aes256(
    password: &Password,
    iterations: u32,
    plain: &[u8],
) -> Result<(Vec<u8>, Vec<u8>), aws_lc_rs::error::Unspecified> {
    let salt: [u8; 16] = derive::random()?;
    let iv: [u8; 16] = derive::random()?;
    let key = derive::pbkdf2(Hash::Sha256, password.utf8(), &salt, iterations, 32);
    let data = Cipher::Aes256.encrypt(&key, &iv, plain)?;
    let prf = der::sequence(&[&der::oid(oid::HMAC_SHA256), &der::null()]);
    let pbkdf2 = der::sequence(&[&der::octets(&salt), &der::integer(u64::from(iterations)), &prf]);
    let derivation = der::sequence(&[&der::oid(oid::PBKDF2), &pbkdf2]);
    let scheme = der::sequence(&[&der::oid(oid::AES_256_CBC), &der::octets(&iv)]);
    let parameters = der::sequence(&[&derivation, &scheme]);
    Ok((der::sequence(&[&der::oid(oid::PBES2), &parameters]), data))
}

/// The algorithm identifier and the ciphertext of PKCS#12's triple DES with SHA-1.
pub(crate) fn encrypt_triple_des(
    password: &Password,
    iterations: u32,
    plain: &[u8],
) -> Result<(Vec<u8>, Vec<u8>), aws_lc_rs::error::Unspecified> {
    let salt: [u8; 8] = derive::random()?;
    let input = password.bmp();
    let derive =
        |purpose, length| derive::pkcs12(Hash::Sha1, purpose, input, &salt, iterations, length);
    let key = derive(Purpose::Key, 24);
    let data = Cipher::TripleDes.encrypt(&key, &derive(Purpose::Iv, 8), plain)?;
    let parameters = der::sequence(&[&der::octets(&salt), &der::integer(u64::from(iterations))]);
    Ok((der::sequence(&[&der::oid(oid::PBE_SHA1_3DES), &parameters]), data))
}

/// [RFC 8018 §6.2](https://www.rfc-editor.org/rfc/rfc8018#section-6.2).
fn decrypt_pbes2(
    parameters: &mut Reader<'_>,
    password: &Password,
    data: &[u8],
    budget: &mut Budget,
) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let bad = KeyFileError::malformed("the encryption parameters");
    let derivation = parameters.expect(tag::SEQUENCE).map_err(&bad)?;
    let mut scheme = parameters.sequence().map_err(&bad)?;
    let name = scheme.oid().map_err(&bad)?;
    let (cipher, iv) = pbes2_cipher(name, &mut scheme)?;
    let key = derive_key(derivation, password, cipher.key_length(), budget)?;
    cipher.decrypt(&key, &iv, data)
}

/// Runs the key derivation that an AlgorithmIdentifier of PBES2 or PBMAC1 describes.
pub(crate) fn derive_key(
    derivation: Element<'_>,
    password: &Password,
    length: usize,
    budget: &mut Budget,
) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let bad = KeyFileError::malformed("the key derivation parameters");
    let mut identifier = derivation.reader().map_err(&bad)?;
    let name = identifier.oid().map_err(&bad)?;
    let mut parameters = identifier.sequence().map_err(&bad)?;
    match name {
        oid::PBKDF2 => {
            let salt = parameters.octets().map_err(&bad)?;
            let count = budget.take(parameters.integer().map_err(&bad)?)?;
            parameters.optional(tag::INTEGER).map_err(&bad)?;
            let hash = match parameters.optional(tag::SEQUENCE).map_err(&bad)? {
                None => Hash::Sha1,
                Some(prf) => hmac_hash(prf.reader().and_then(|mut prf| prf.oid()).map_err(&bad)?)?,
            };
            Ok(derive::pbkdf2(hash, password.utf8(), &salt, count, length))
        }
        oid::SCRYPT => {
            let salt = parameters.octets().map_err(&bad)?;
            let mut number = || parameters.integer().map_err(&bad);
            let cost = scrypt::Cost { n: number()?, r: number()?, p: number()? };
            scrypt::derive(password.utf8(), &salt, cost, length)
        }
        other => Err(unsupported(other)),
    }
}

/// The hash of an HMAC by its object identifier.
pub(crate) fn hmac_hash(name: &[u8]) -> Result<Hash, KeyFileError> {
    match oid::last_arc(name, oid::HMAC) {
        Some(7) => Ok(Hash::Sha1),
        Some(9) => Ok(Hash::Sha256),
        Some(10) => Ok(Hash::Sha384),
        Some(11) => Ok(Hash::Sha512),
        _ => Err(unsupported(name)),
    }
}

/// [RFC 7292 appendix C](https://www.rfc-editor.org/rfc/rfc7292#appendix-C); 1 and 2 are RC4.
fn pkcs12_cipher(last_arc: u8) -> Option<Cipher> {
    match last_arc {
        3 => Some(Cipher::TripleDes),
        4 => Some(Cipher::TwoKeyTripleDes),
        5 => Some(Cipher::Rc2 { key_length: 16, effective_bits: 128 }),
        6 => Some(Cipher::Rc2 { key_length: 5, effective_bits: 40 }),
        _ => None,
    }
}

fn pbes2_cipher<'a>(
    name: &[u8],
    parameters: &mut Reader<'a>,
) -> Result<(Cipher, Cow<'a, [u8]>), KeyFileError> {
    let bad = KeyFileError::malformed("the encryption parameters");
    let cipher = match (oid::last_arc(name, oid::AES), oid::last_arc(name, oid::RSA_CIPHER)) {
        (Some(2), _) => Cipher::Aes128,
        (Some(22), _) => Cipher::Aes192,
        (Some(42), _) => Cipher::Aes256,
        (_, Some(7)) => Cipher::TripleDes,
        _ if name == oid::DES_CBC => Cipher::Des,
        _ => return Err(unsupported(name)),
    };
    Ok((cipher, parameters.octets().map_err(&bad)?))
}

/// The error for an algorithm that is not read.
pub(crate) fn unsupported(name: &[u8]) -> KeyFileError {
    const OBSOLETE: &str =
        "which is obsolete and not read; export the file again with AES-256 or triple DES";
    const UNKNOWN: &str = "which is not read; export the file again with AES-256";
    let (algorithm, reason) = match (oid::last_arc(name, oid::PKCS12_PBE), name) {
        (Some(1), _) => ("RC4 with 128 bits".to_owned(), OBSOLETE),
        (Some(2), _) => ("RC4 with 40 bits".to_owned(), OBSOLETE),
        _ if oid::last_arc(name, oid::CAMELLIA).is_some() => ("Camellia".to_owned(), OBSOLETE),
        _ if matches!(oid::last_arc(name, oid::RSA_CIPHER), Some(2)) => {
            ("RC2".to_owned(), OBSOLETE)
        }
        _ if matches!(oid::last_arc(name, oid::PKCS5), Some(1 | 4 | 6 | 11)) => {
            ("password encryption of PKCS#5 with MD2 or RC2".to_owned(), OBSOLETE)
        }
        _ if oid::last_arc(name, oid::AES).is_some() => {
            ("a mode of AES other than CBC".to_owned(), UNKNOWN)
        }
        _ => (format!("the algorithm {}", ber::dotted(name)), UNKNOWN),
    };
    KeyFileError::UnsupportedAlgorithm { algorithm, reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_cannot_ask_for_endless_work() {
        let mut budget = Budget::new();
        for _ in 0..10 {
            assert_eq!(budget.take(1_000_000).expect("ten million are granted"), 1_000_000);
        }
        for more in [1, 1 << 32, u64::MAX] {
            let refused = budget.take(more);
            assert!(
                matches!(refused, Err(KeyFileError::LimitExceeded { found, .. }) if found == more)
            );
        }
        assert!(matches!(Budget::new().take(0), Err(KeyFileError::Malformed { .. })));
    }
}
