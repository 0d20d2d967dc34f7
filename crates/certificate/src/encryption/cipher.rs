//! Block ciphers in CBC mode with PKCS#7 padding.

use aws_lc_rs::cipher::{
    self, DecryptionContext, EncryptionContext, PaddedBlockDecryptingKey, PaddedBlockEncryptingKey,
    UnboundCipherKey,
};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::iv::FixedLength;
use rc2::Rc2;
use rc2::cipher::BlockCipherDecrypt as _;
use rc2::cipher::array::Array;
use zeroize::Zeroizing;

use crate::ber::BerError;
use crate::error::KeyFileError;

/// A block cipher in CBC mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cipher {
    Aes128,
    Aes192,
    Aes256,
    TripleDes,
    TwoKeyTripleDes,
    Des,
    Rc2 { key_length: usize, effective_bits: usize },
}

impl Cipher {
    /// The length of the key in bytes.
    pub(crate) fn key_length(self) -> usize {
        match self {
            Self::Aes128 | Self::TwoKeyTripleDes => 16,
            Self::Aes192 | Self::TripleDes => 24,
            Self::Aes256 => 32,
            Self::Des => 8,
            Self::Rc2 { key_length, .. } => key_length,
        }
    }

    /// Decrypts and takes the padding off. What does not come out with a padding was encrypted
    /// with another password.
    pub(crate) fn decrypt(
        self,
        key: &[u8],
        iv: &[u8],
        data: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
        let block = self.block_length();
        if iv.len() != block {
            return Err(malformed("the initialization vector"));
        }
        if data.is_empty() || !data.len().is_multiple_of(block) {
            return Err(malformed("the length of the encrypted data"));
        }
        let Some(algorithm) = self.algorithm() else {
            let Self::Rc2 { effective_bits, .. } = self else {
                unreachable!("the library has all ciphers but RC2")
            };
            return decrypt_rc2(key, effective_bits, iv, data);
        };
        decrypt_padded(algorithm, key, iv, data).map_err(|Unspecified| KeyFileError::WrongPassword)
    }

    /// Pads and encrypts.
    pub(crate) fn encrypt(
        self,
        key: &[u8],
        iv: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, Unspecified> {
        let algorithm = self.algorithm().ok_or(Unspecified)?;
        let context = match <[u8; 16]>::try_from(iv) {
            Ok(iv) => EncryptionContext::Iv128(FixedLength::from(iv)),
            Err(_) => EncryptionContext::Iv64(FixedLength::try_from(iv)?),
        };
        let key = PaddedBlockEncryptingKey::cbc_pkcs7(UnboundCipherKey::new(algorithm, key)?)?;
        let mut data = Vec::with_capacity(plain.len() + 16);
        data.extend_from_slice(plain);
        key.less_safe_encrypt(&mut data, context)?;
        Ok(data)
    }

    fn block_length(self) -> usize {
        if matches!(self, Self::Aes128 | Self::Aes192 | Self::Aes256) { 16 } else { 8 }
    }

    #[expect(deprecated, reason = "files that exist are encrypted with DES and triple DES")]
    fn algorithm(self) -> Option<&'static cipher::Algorithm> {
        match self {
            Self::Aes128 => Some(&cipher::AES_128),
            Self::Aes192 => Some(&cipher::AES_192),
            Self::Aes256 => Some(&cipher::AES_256),
            Self::TripleDes => Some(&cipher::DES_EDE3_FOR_LEGACY_USE_ONLY),
            Self::TwoKeyTripleDes => Some(&cipher::DES_EDE_FOR_LEGACY_USE_ONLY),
            Self::Des => Some(&cipher::DES_FOR_LEGACY_USE_ONLY),
            Self::Rc2 { .. } => None,
        }
    }
}

fn decrypt_padded(
    algorithm: &'static cipher::Algorithm,
    key: &[u8],
    iv: &[u8],
    data: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Unspecified> {
    let context = match <[u8; 16]>::try_from(iv) {
        Ok(iv) => DecryptionContext::Iv128(FixedLength::from(iv)),
        Err(_) => DecryptionContext::Iv64(FixedLength::try_from(iv)?),
    };
    let key = PaddedBlockDecryptingKey::cbc_pkcs7(UnboundCipherKey::new(algorithm, key)?)?;
    let mut plain = Zeroizing::new(data.to_vec());
    let length = key.decrypt(&mut plain, context)?.len();
    plain.truncate(length);
    Ok(plain)
}

fn decrypt_rc2(
    key: &[u8],
    effective_bits: usize,
    iv: &[u8],
    data: &[u8],
) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let cipher = Rc2::new_with_eff_key_len(key, effective_bits);
    let mut plain = Zeroizing::new(Vec::with_capacity(data.len()));
    let mut previous = iv;
    for block in data.chunks_exact(8) {
        let mut buffer = Array::try_from(block).expect("chunks have eight bytes");
        cipher.decrypt_block(&mut buffer);
        plain.extend(buffer.iter().zip(previous).map(|(byte, mask)| byte ^ mask));
        previous = block;
    }
    let padding = usize::from(plain.last().copied().unwrap_or_default());
    let length = plain.len().checked_sub(padding).filter(|_| (1..=8).contains(&padding));
    let length = length.ok_or(KeyFileError::WrongPassword)?;
    if plain[length..].iter().any(|&byte| usize::from(byte) != padding) {
        return Err(KeyFileError::WrongPassword);
    }
    plain.truncate(length);
    Ok(plain)
}

fn malformed(what: &'static str) -> KeyFileError {
    KeyFileError::Malformed { what: "the encrypted data", source: BerError::Value { what } }
}
