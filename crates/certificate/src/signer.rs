//! Signing, whoever holds the key: a file today, a vault or a token tomorrow.

use std::fmt::{self, Debug};

use crate::certificate::Certificate;

/// The signature algorithms of [RFC 7518 §3.1](https://www.rfc-editor.org/rfc/rfc7518#section-3.1)
/// that Entra takes in client assertions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SigningAlgorithm {
    /// RSASSA-PSS with SHA-256 and a salt of 32 bytes.
    Ps256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
}

impl SigningAlgorithm {
    /// The `alg` header of a JWT.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ps256 => "PS256",
            Self::Rs256 => "RS256",
        }
    }
}

impl fmt::Display for SigningAlgorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A certificate and the means to sign with its private key.
pub trait Signer: Debug + Send + Sync {
    /// The certificate that verifies the signatures.
    fn certificate(&self) -> &Certificate;

    /// The certificates above it, its issuer first; may be empty.
    fn chain(&self) -> &[Certificate];

    /// What the key can do, the preferred algorithm first.
    fn algorithms(&self) -> &[SigningAlgorithm];

    /// Signs `message`, which the signer hashes.
    fn sign(&self, algorithm: SigningAlgorithm, message: &[u8]) -> Result<Vec<u8>, SignError>;
}

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The key cannot do this algorithm.
    #[error("the key cannot sign with {algorithm}")]
    Algorithm {
        /// The algorithm asked for.
        algorithm: SigningAlgorithm,
    },
    /// The holder of the key did not sign.
    #[error("sign with {algorithm}")]
    Failed {
        /// The algorithm asked for.
        algorithm: SigningAlgorithm,
        /// What went wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
