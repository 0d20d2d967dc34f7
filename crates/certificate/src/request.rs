//! Certificate requests (PKCS#10) for an internal certification authority, and its answers.

use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::prelude::FromDer as _;

use crate::certificate::{Certificate, sha1};
use crate::certified_key::{CertifiedKey, KeyMismatch};
use crate::contents::Contents;
use crate::distinguished_name;
use crate::error::KeyFileError;
use crate::generate::{GenerateError, NewCertificate, RequestKey, encode};
use crate::hex;
use crate::pem;
use crate::private_key::PrivateKey;

/// A key that waits for its certificate.
#[derive(Clone, Debug)]
pub struct PendingRequest {
    key: PrivateKey,
    der: Vec<u8>,
    subject: String,
    friendly_name: Option<String>,
}

impl NewCertificate {
    /// Makes a key and asks for a certificate: a request according to
    /// [RFC 2986](https://www.rfc-editor.org/rfc/rfc2986), signed with SHA-256.
    pub fn request(&self) -> Result<PendingRequest, GenerateError> {
        let key = PrivateKey::generate(self.key_size)?;
        let request = self
            .parameters()?
            .serialize_request(&RequestKey(&key))
            .map_err(|error| encode(&error))?;
        Ok(PendingRequest {
            key,
            der: request.der().to_vec(),
            subject: self.subject.to_string(),
            friendly_name: self.friendly_name.clone(),
        })
    }
}

impl PendingRequest {
    /// Reads a request that was kept: its key, the request, and maybe a friendly name before them.
    pub(crate) fn from_pem(text: &[u8]) -> Result<Self, KeyFileError> {
        let mut contents = pem::read(text, None)?;
        let found =
            contents.keys.pop().ok_or(KeyFileError::NoPrivateKey { certificates: vec![] })?;
        let block = pem::blocks(text)?.into_iter().find(|(block, _)| block.tag() == LABEL);
        let der = block.map(|(block, _)| block.into_contents()).unwrap_or_default();
        let (_, request) = X509CertificationRequest::from_der(&der).map_err(|_| {
            KeyFileError::Pem { reason: "there is no certificate request".to_owned() }
        })?;
        let subject = distinguished_name::format(&request.certification_request_info.subject);
        let friendly_name = found.friendly_name;
        Ok(Self { key: found.key?, der, subject, friendly_name })
    }

    /// What the request is kept under: the SHA-1 digest of the public key in upper-case
    /// hexadecimal, which is also the key identifier of most certification authorities.
    pub fn id(&self) -> String {
        hex::upper(&sha1(self.key.rsa_public_key()))
    }

    /// The key.
    pub fn key(&self) -> &PrivateKey {
        &self.key
    }

    /// The request in DER form.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The request as PEM text, for the certification authority.
    pub fn to_pem(&self) -> String {
        pem::encode(LABEL, &self.der)
    }

    /// Whom the certificate is to be for.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The name that the certificate will have in stores.
    pub fn friendly_name(&self) -> Option<&str> {
        self.friendly_name.as_deref()
    }

    /// Whether the certificate is for this key.
    pub fn is_answered_by(&self, certificate: &Certificate) -> bool {
        certificate.rsa_public_key() == Some(self.key.rsa_public_key())
    }

    /// Puts the authority's answer to the key: the one certificate that is for it, and the
    /// chain above it as far as the answer has it.
    pub fn complete(&self, answer: &Contents) -> Result<CertifiedKey, CompleteError> {
        let mine = answer.certificates().find(|certificate| self.is_answered_by(certificate));
        let certificate = mine.ok_or_else(|| CompleteError::NotForThisKey {
            id: self.id(),
            subjects: answer.certificates().map(|other| other.subject().to_owned()).collect(),
        })?;
        Ok(CertifiedKey::new(certificate.clone(), self.key.clone())?
            .with_chain(answer.chain_of(certificate))
            .with_friendly_name(self.friendly_name.clone()))
    }
}

/// Why an answer does not complete a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CompleteError {
    /// None of the certificates is for the key.
    #[error("none of the certificates is for the key of the request {id}: {}", list(subjects))]
    NotForThisKey {
        /// The request.
        id: String,
        /// Whom the certificates are for.
        subjects: Vec<String>,
    },
    /// Key and certificate do not belong together after all.
    #[error("put key and certificate together")]
    Mismatch(#[from] KeyMismatch),
}

const LABEL: &str = "CERTIFICATE REQUEST";

fn list(subjects: &[String]) -> String {
    if subjects.is_empty() { "there are none".to_owned() } else { subjects.join("; ") }
}
