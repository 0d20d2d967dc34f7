//! A certificate together with its private key.

use crate::certificate::{Certificate, KeyKind};
use crate::private_key::PrivateKey;
use crate::signer::{SignError, Signer, SigningAlgorithm};
use crate::thumbprint::Thumbprint;

/// A certificate, its private key, and the certificates above it. That key and certificate
/// belong together has been proven when it was made.
#[derive(Clone, Debug)]
pub struct CertifiedKey {
    certificate: Certificate,
    key: PrivateKey,
    chain: Vec<Certificate>,
    friendly_name: Option<String>,
}

impl CertifiedKey {
    /// Puts a certificate and its key together; they must have the same public key.
    pub fn new(certificate: Certificate, key: PrivateKey) -> Result<Self, KeyMismatch> {
        if certificate.rsa_public_key() != Some(key.rsa_public_key()) {
            return Err(KeyMismatch {
                thumbprint: certificate.thumbprint(),
                certified: certificate.key_kind().clone(),
                key_bits: key.bits(),
            });
        }
        Ok(Self { certificate, key, chain: Vec::new(), friendly_name: None })
    }

    /// With the certificates above it, its issuer first.
    pub fn with_chain(mut self, chain: Vec<Certificate>) -> Self {
        self.chain = chain;
        self
    }

    /// With the name that certificate stores show; an empty one is none.
    pub fn with_friendly_name(mut self, name: Option<String>) -> Self {
        self.friendly_name = name.filter(|name| !name.is_empty());
        self
    }

    /// The certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The private key.
    pub fn key(&self) -> &PrivateKey {
        &self.key
    }

    /// The certificates above, its issuer first.
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// The name that certificate stores show.
    pub fn friendly_name(&self) -> Option<&str> {
        self.friendly_name.as_deref()
    }

    /// The certificate's SHA-1 thumbprint.
    pub fn thumbprint(&self) -> Thumbprint {
        self.certificate.thumbprint()
    }
}

impl Signer for CertifiedKey {
    fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    fn algorithms(&self) -> &[SigningAlgorithm] {
        &[SigningAlgorithm::Ps256, SigningAlgorithm::Rs256]
    }

    fn sign(&self, algorithm: SigningAlgorithm, message: &[u8]) -> Result<Vec<u8>, SignError> {
        self.key
            .sign(algorithm, message)
            .map_err(|source| SignError::Failed { algorithm, source: source.into() })
    }
}

/// A private key and a certificate that do not belong together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the private key (RSA {key_bits}) is not the one of the certificate {thumbprint} ({certified})"
)]
pub struct KeyMismatch {
    /// The certificate.
    pub thumbprint: Thumbprint,
    /// The kind of key that it certifies.
    pub certified: KeyKind,
    /// The length of the private key.
    pub key_bits: u32,
}
