//! RSA private keys: read, made, used; wiped from memory, never printed.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{self, KeyPair as _};
use zeroize::Zeroizing;

use crate::ber::{self, BerError, Reader, tag};
use crate::der;
use crate::oid;
use crate::signer::SigningAlgorithm;

/// An RSA private key of 2048 bits or more. Cheap to clone.
#[derive(Clone)]
pub struct PrivateKey(Arc<Inner>);

struct Inner {
    pair: rsa::KeyPair,
    /// RSAPrivateKey of PKCS#1.
    pkcs1: Zeroizing<Vec<u8>>,
}

/// The sizes of key that [`PrivateKey::generate`] makes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeySize {
    /// 2048 bits: what Microsoft's documents show, and enough.
    #[default]
    Rsa2048,
    /// 3072 bits.
    Rsa3072,
    /// 4096 bits.
    Rsa4096,
}

impl KeySize {
    /// The size of that many bits, if there is one.
    pub const fn from_bits(bits: u32) -> Option<Self> {
        match bits {
            2048 => Some(Self::Rsa2048),
            3072 => Some(Self::Rsa3072),
            4096 => Some(Self::Rsa4096),
            _ => None,
        }
    }
}

impl PrivateKey {
    /// Makes a new key.
    pub fn generate(size: KeySize) -> Result<Self, KeyError> {
        let size = match size {
            KeySize::Rsa2048 => rsa::KeySize::Rsa2048,
            KeySize::Rsa3072 => rsa::KeySize::Rsa3072,
            KeySize::Rsa4096 => rsa::KeySize::Rsa4096,
        };
        let pair = rsa::KeyPair::generate(size).map_err(|_| KeyError::Generate)?;
        let pkcs8: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| KeyError::Generate)?;
        Self::from_pkcs8(pkcs8.as_ref())
    }

    /// Reads an unencrypted PrivateKeyInfo ([RFC 5958](https://www.rfc-editor.org/rfc/rfc5958)).
    /// Attributes in it are passed over.
    pub fn from_pkcs8(bytes: &[u8]) -> Result<Self, KeyError> {
        let (algorithm, key) = split_pkcs8(bytes)?;
        match algorithm {
            oid::RSA_ENCRYPTION => Self::from_pkcs1(&key),
            other => Err(KeyError::NotRsa { algorithm: algorithm_name(other) }),
        }
    }

    /// Reads an RSAPrivateKey ([RFC 8017](https://www.rfc-editor.org/rfc/rfc8017)), which is
    /// what `BEGIN RSA PRIVATE KEY` holds.
    pub fn from_pkcs1(bytes: &[u8]) -> Result<Self, KeyError> {
        let bits = modulus_bits(bytes)?;
        if bits < MINIMUM_BITS {
            return Err(KeyError::TooSmall { bits });
        }
        let pair = rsa::KeyPair::from_der(bytes)
            .map_err(|rejected| KeyError::Rejected { reason: rejected.to_string() })?;
        Ok(Self(Arc::new(Inner { pair, pkcs1: Zeroizing::new(bytes.to_vec()) })))
    }

    /// The key as an unencrypted PrivateKeyInfo.
    pub fn to_pkcs8(&self) -> Zeroizing<Vec<u8>> {
        self.pkcs8_with(&[])
    }

    /// The key as an unencrypted RSAPrivateKey.
    pub fn to_pkcs1(&self) -> &[u8] {
        &self.0.pkcs1
    }

    /// The RSAPublicKey of PKCS#1 in DER form.
    pub fn rsa_public_key(&self) -> &[u8] {
        self.0.pair.public_key().as_ref()
    }

    /// The length of the modulus in bits.
    pub fn bits(&self) -> u32 {
        self.0.pair.public_modulus_len() as u32 * 8
    }

    /// Signs `message`, which is hashed here.
    pub(crate) fn sign(
        &self,
        algorithm: SigningAlgorithm,
        message: &[u8],
    ) -> Result<Vec<u8>, aws_lc_rs::error::Unspecified> {
        let encoding: &'static dyn signature::RsaEncoding = match algorithm {
            SigningAlgorithm::Ps256 => &signature::RSA_PSS_SHA256,
            SigningAlgorithm::Rs256 => &signature::RSA_PKCS1_SHA256,
        };
        let mut signature = vec![0; self.0.pair.public_modulus_len()];
        self.0.pair.sign(encoding, &SystemRandom::new(), message, &mut signature)?;
        Ok(signature)
    }

    /// PrivateKeyInfo with the attributes given, each an element of the SET.
    pub(crate) fn pkcs8_with(&self, attributes: &[&[u8]]) -> Zeroizing<Vec<u8>> {
        let algorithm = der::sequence(&[&der::oid(oid::RSA_ENCRYPTION), &der::null()]);
        let key = Zeroizing::new(der::octets(&self.0.pkcs1));
        let attributes = match attributes {
            [] => Vec::new(),
            some => der::constructed(tag::CONTEXT_0_CONSTRUCTED, some),
        };
        Zeroizing::new(der::sequence(&[&der::integer(0), &algorithm, &key, &attributes]))
    }
}

/// Why a private key cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The key is of a kind that Entra takes no assertions from.
    #[error(
        "the private key is {algorithm} and not RSA, so Entra takes no assertion signed with it"
    )]
    NotRsa {
        /// The kind, `EC` for instance.
        algorithm: String,
    },
    /// The key is shorter than 2048 bits.
    #[error("the RSA key has {bits} bits; at least 2048 are needed")]
    TooSmall {
        /// Its length.
        bits: u32,
    },
    /// The bytes are not a key.
    #[error("read the private key")]
    Malformed(#[from] BerError),
    /// The numbers in the key do not make a key.
    #[error("read the private key: {reason}")]
    Rejected {
        /// What the library says.
        reason: String,
    },
    /// No key could be made.
    #[error("generate an RSA key")]
    Generate,
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PrivateKey(RSA {}, [redacted])", self.bits())
    }
}

const MINIMUM_BITS: u32 = 2048;

/// The algorithm's object identifier and the octets of the key.
pub(crate) fn split_pkcs8(bytes: &[u8]) -> Result<(&[u8], Zeroizing<Vec<u8>>), BerError> {
    let mut info = Reader::new(bytes).sequence()?;
    info.integer()?;
    let algorithm = info.sequence()?.oid()?;
    let key = Zeroizing::new(info.octets()?.into_owned());
    Ok((algorithm, key))
}

/// What people call the algorithm of a key.
pub(crate) fn algorithm_name(algorithm: &[u8]) -> String {
    match algorithm {
        oid::EC_PUBLIC_KEY => "EC".to_owned(),
        oid::ED25519 => "Ed25519".to_owned(),
        oid::RSASSA_PSS => "RSASSA-PSS".to_owned(),
        oid::DSA => "DSA".to_owned(),
        other => ber::dotted(other),
    }
}

fn modulus_bits(pkcs1: &[u8]) -> Result<u32, BerError> {
    let mut key = Reader::new(pkcs1).sequence()?;
    key.integer()?;
    let modulus = key.expect(tag::INTEGER)?.content;
    let digits = &modulus[modulus.iter().take_while(|&&byte| byte == 0).count()..];
    let first = digits.first().ok_or(BerError::Value { what: "the modulus" })?;
    Ok(digits.len() as u32 * 8 - first.leading_zeros())
}
