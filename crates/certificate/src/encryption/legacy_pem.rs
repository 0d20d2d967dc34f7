//! The encryption of `Proc-Type: 4,ENCRYPTED` in PEM files of old OpenSSL versions.

use zeroize::Zeroizing;

use super::cipher::Cipher;
use super::derive;
use super::password::Password;
use crate::ber::BerError;
use crate::error::KeyFileError;

/// Decrypts the contents of a PEM block by the value of its `DEK-Info` header, which names a
/// cipher and gives the initialization vector in hexadecimal.
pub(crate) fn decrypt_legacy_pem(
    info: &str,
    password: &Password,
    data: &[u8],
) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let (name, iv) = info.split_once(',').ok_or_else(malformed)?;
    let cipher = match name.trim() {
        "DES-EDE3-CBC" => Cipher::TripleDes,
        "DES-CBC" => Cipher::Des,
        "AES-128-CBC" => Cipher::Aes128,
        "AES-192-CBC" => Cipher::Aes192,
        "AES-256-CBC" => Cipher::Aes256,
        other => {
            return Err(KeyFileError::UnsupportedAlgorithm {
                algorithm: format!("the cipher {other}"),
                reason: "which is not read; convert the key with `openssl pkcs8 -topk8`",
            });
        }
    };
    let iv = parse_hex(iv.trim()).ok_or_else(malformed)?;
    // The first eight bytes of the vector are the salt.
    let salt = iv.get(..8).ok_or_else(malformed)?;
    let key = derive::bytes_to_key(password.utf8(), salt, cipher.key_length());
    cipher.decrypt(&key, &iv, data)
}

fn parse_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|character| Some(character.to_digit(16)? as u8)).collect();
    let digits = digits?;
    let pairs = digits.chunks_exact(2);
    pairs.remainder().is_empty().then(|| pairs.map(|pair| pair[0] << 4 | pair[1]).collect())
}

fn malformed() -> KeyFileError {
    KeyFileError::Malformed {
        what: "the DEK-Info header of the private key",
        source: BerError::Value { what: "the cipher or its initialization vector" },
    }
}
