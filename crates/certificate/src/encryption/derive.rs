//! Key derivation: PBKDF2, PBKDF1, and PKCS#12's own.

use std::num::NonZeroU32;

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::{digest, hmac, pbkdf2, rand};
use md5::{Digest as _, Md5};
use zeroize::{Zeroize as _, Zeroizing};

/// The hash functions of password-based encryption.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hash {
    Md5,
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

/// What PKCS#12's derivation makes: the ID of [RFC 7292 §B.3].
///
/// [RFC 7292 §B.3]: https://www.rfc-editor.org/rfc/rfc7292#appendix-B.3
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    Key = 1,
    Iv = 2,
    Mac = 3,
}

impl Hash {
    fn digest(self, parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
        let Some(algorithm) = self.algorithm() else {
            let mut md5 = Md5::new();
            for part in parts {
                md5.update(part);
            }
            return Zeroizing::new(md5.finalize().to_vec());
        };
        let mut context = digest::Context::new(algorithm);
        for part in parts {
            context.update(part);
        }
        Zeroizing::new(context.finish().as_ref().to_vec())
    }

    /// The hash in the crypto library, which has no MD5.
    fn algorithm(self) -> Option<&'static digest::Algorithm> {
        match self {
            Self::Md5 => None,
            Self::Sha1 => Some(&digest::SHA1_FOR_LEGACY_USE_ONLY),
            Self::Sha256 => Some(&digest::SHA256),
            Self::Sha384 => Some(&digest::SHA384),
            Self::Sha512 => Some(&digest::SHA512),
        }
    }

    /// The block length `v` of PKCS#12's derivation, in bytes.
    fn block_length(self) -> usize {
        match self {
            Self::Md5 | Self::Sha1 | Self::Sha256 => 64,
            Self::Sha384 | Self::Sha512 => 128,
        }
    }

    /// The length of the digest in bytes.
    pub(crate) fn length(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    fn hmac(self) -> hmac::Algorithm {
        match self {
            Self::Md5 | Self::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => hmac::HMAC_SHA256,
            Self::Sha384 => hmac::HMAC_SHA384,
            Self::Sha512 => hmac::HMAC_SHA512,
        }
    }

    /// Whether `mac` is the HMAC of `data` under `key`, in constant time.
    pub(crate) fn verify_hmac(self, key: &[u8], data: &[u8], mac: &[u8]) -> bool {
        hmac::verify(&hmac::Key::new(self.hmac(), key), data, mac).is_ok()
    }

    pub(crate) fn sign_hmac(self, key: &[u8], data: &[u8]) -> Vec<u8> {
        hmac::sign(&hmac::Key::new(self.hmac(), key), data).as_ref().to_vec()
    }
}

/// [RFC 8018 §5.2](https://www.rfc-editor.org/rfc/rfc8018#section-5.2). `iterations` is not zero.
pub(crate) fn pbkdf2(
    hash: Hash,
    password: &[u8],
    salt: &[u8],
    iterations: u32,
    length: usize,
) -> Zeroizing<Vec<u8>> {
    let algorithm = match hash {
        Hash::Md5 | Hash::Sha1 => pbkdf2::PBKDF2_HMAC_SHA1,
        Hash::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
        Hash::Sha384 => pbkdf2::PBKDF2_HMAC_SHA384,
        Hash::Sha512 => pbkdf2::PBKDF2_HMAC_SHA512,
    };
    let iterations = NonZeroU32::new(iterations).expect("the budget refuses zero");
    let mut key = Zeroizing::new(vec![0; length]);
    pbkdf2::derive(algorithm, iterations, salt, password, &mut key);
    key
}

/// [RFC 8018 §5.1](https://www.rfc-editor.org/rfc/rfc8018#section-5.1), the whole digest.
pub(crate) fn pbkdf1(
    hash: Hash,
    password: &[u8],
    salt: &[u8],
    iterations: u32,
) -> Zeroizing<Vec<u8>> {
    let mut key = hash.digest(&[password, salt]);
    for _ in 1..iterations {
        key = hash.digest(&[&key]);
    }
    key
}

/// What OpenSSL's `EVP_BytesToKey` makes with MD5 and one iteration.
pub(crate) fn bytes_to_key(password: &[u8], salt: &[u8], length: usize) -> Zeroizing<Vec<u8>> {
    let mut key = Zeroizing::new(Vec::with_capacity(length + 16));
    let mut block: Zeroizing<Vec<u8>> = Zeroizing::default();
    while key.len() < length {
        block = Hash::Md5.digest(&[&block, password, salt]);
        key.extend_from_slice(&block);
    }
    key.truncate(length);
    key
}

/// [RFC 7292 §B.2](https://www.rfc-editor.org/rfc/rfc7292#appendix-B.2). `password` is UTF-16
/// with its terminator, or empty for none.
pub(crate) fn pkcs12(
    hash: Hash,
    purpose: Purpose,
    password: &[u8],
    salt: &[u8],
    iterations: u32,
    length: usize,
) -> Zeroizing<Vec<u8>> {
    let block = hash.block_length();
    let diversifier = vec![purpose as u8; block];
    let mut input = Zeroizing::new(fill(salt, block));
    input.extend_from_slice(&Zeroizing::new(fill(password, block)));
    let mut key = Zeroizing::new(Vec::with_capacity(length + hash.length()));
    loop {
        let mut digest = hash.digest(&[&diversifier, &input]);
        for _ in 1..iterations {
            digest = hash.digest(&[&digest]);
        }
        key.extend_from_slice(&digest);
        if key.len() >= length {
            key.truncate(length);
            return key;
        }
        let addend = Zeroizing::new(fill_exact(&digest, block));
        input.chunks_exact_mut(block).for_each(|chunk| add(chunk, &addend));
        digest.zeroize();
    }
}

/// Random bytes.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], Unspecified> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes)?;
    Ok(bytes)
}

/// `bytes` over and over, up to the next multiple of `block`.
fn fill(bytes: &[u8], block: usize) -> Vec<u8> {
    bytes.iter().copied().cycle().take(bytes.len().div_ceil(block) * block).collect()
}

fn fill_exact(bytes: &[u8], length: usize) -> Vec<u8> {
    bytes.iter().copied().cycle().take(length).collect()
}

/// `chunk` := `chunk` + `addend` + 1, as big-endian numbers without the overflow.
fn add(chunk: &mut [u8], addend: &[u8]) {
    let mut carry = 1;
    for (byte, other) in chunk.iter_mut().zip(addend).rev() {
        let sum = u16::from(*byte) + u16::from(*other) + carry;
        *byte = sum as u8;
        carry = sum >> 8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex;

    /// `openssl kdf -keylen 24 -kdfopt digest:SHA1 -kdfopt pass:smeg… -kdfopt id:1` gives the
    /// same; the vectors are those of OpenSSL's and BouncyCastle's test suites.
    #[test]
    fn pkcs12_vectors() {
        let smeg = [0, b's', 0, b'm', 0, b'e', 0, b'g', 0, 0];
        let salt = [0x0A, 0x58, 0xCF, 0x64, 0x53, 0x0D, 0x82, 0x3F];
        let key = pkcs12(Hash::Sha1, Purpose::Key, &smeg, &salt, 1, 24);
        assert_eq!(hex::upper(&key), "8AAAE6297B6CB04642AB5B077851284EB7128F1A2A7FBCA3");
        let salt = [0x3D, 0x83, 0xC0, 0xE4, 0x54, 0x6A, 0xC1, 0x40];
        let mac = pkcs12(Hash::Sha1, Purpose::Mac, &smeg, &salt, 1, 20);
        assert_eq!(hex::upper(&mac), "8D967D88F6CAA9D714800AB3D48051D63F73A312");
        let iv = pkcs12(
            Hash::Sha1,
            Purpose::Iv,
            &smeg,
            &[0x0A, 0x58, 0xCF, 0x64, 0x53, 0x0D, 0x82, 0x3F],
            1,
            8,
        );
        assert_eq!(hex::upper(&iv), "79993DFE048D3B76");
    }
}
