//! X.509 certificates, read once and kept with what is asked of them.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::digest;
use jiff::Timestamp;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey;

use crate::distinguished_name;
use crate::hex;
use crate::thumbprint::{Sha256Thumbprint, Thumbprint};

/// An X.509 certificate. Cheap to clone; equal if the DER bytes are equal.
#[derive(Clone)]
pub struct Certificate(Arc<Parsed>);

impl Certificate {
    /// Reads one certificate in DER form.
    pub fn from_der(der: impl Into<Vec<u8>>) -> Result<Self, CertificateError> {
        let der = der.into();
        let parsed = Parsed::new(der)?;
        Ok(Self(Arc::new(parsed)))
    }

    /// The DER form, byte for byte as it was read.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// SHA-1 of the DER form.
    pub fn thumbprint(&self) -> Thumbprint {
        self.0.thumbprint
    }

    /// SHA-256 of the DER form.
    pub fn sha256_thumbprint(&self) -> Sha256Thumbprint {
        self.0.sha256_thumbprint
    }

    /// The subject as [RFC 4514](https://www.rfc-editor.org/rfc/rfc4514) text, `CN=EXO Reporting,O=Contoso`.
    pub fn subject(&self) -> &str {
        &self.0.subject
    }

    /// The issuer, written as the subject is.
    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// The serial number in upper-case hexadecimal, without leading zero bytes.
    pub fn serial_number(&self) -> &str {
        &self.0.serial_number
    }

    /// The first instant at which the certificate is valid.
    pub fn not_before(&self) -> Timestamp {
        self.0.not_before
    }

    /// The last instant at which the certificate is valid.
    pub fn not_after(&self) -> Timestamp {
        self.0.not_after
    }

    /// The DNS names of the subject alternative name extension.
    pub fn dns_names(&self) -> &[String] {
        &self.0.dns_names
    }

    /// The SubjectPublicKeyInfo in DER form.
    pub fn public_key_der(&self) -> &[u8] {
        &self.0.public_key_der
    }

    /// What kind of key was certified.
    pub fn key_kind(&self) -> &KeyKind {
        &self.0.key_kind
    }

    /// The RSAPublicKey of PKCS#1 in DER form, if the key is an RSA key.
    pub fn rsa_public_key(&self) -> Option<&[u8]> {
        self.0.rsa_public_key.as_deref()
    }

    /// Whether the subject and the issuer are the same.
    pub fn is_self_issued(&self) -> bool {
        self.0.subject_der == self.0.issuer_der
    }

    /// Whether `issuer` has the name that this certificate gives for its issuer. Signatures are
    /// not looked at.
    pub fn names_issuer(&self, issuer: &Self) -> bool {
        self.0.issuer_der == issuer.0.subject_der
    }

    /// Puts `pool` in the order of a chain above this certificate: its issuer first, the root
    /// last. What does not belong to the chain is left out.
    pub fn chain_from(&self, pool: &[Self]) -> Vec<Self> {
        let mut chain: Vec<Self> = Vec::new();
        let mut top = self;
        while !top.is_self_issued() {
            let Some(issuer) = pool.iter().find(|candidate| {
                top.names_issuer(candidate) && *candidate != self && !chain.contains(candidate)
            }) else {
                break;
            };
            chain.push(issuer.clone());
            top = issuer;
        }
        chain
    }
}

/// The kind of a certified key. Entra takes assertions from RSA keys only.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyKind {
    /// RSA.
    Rsa {
        /// The length of the modulus in bits.
        bits: u32,
    },
    /// An elliptic-curve key.
    EllipticCurve,
    /// Something else.
    Other {
        /// The object identifier in dotted form.
        algorithm: String,
    },
}

impl fmt::Display for KeyKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa { bits } => write!(formatter, "RSA {bits}"),
            Self::EllipticCurve => formatter.write_str("EC"),
            Self::Other { algorithm } => formatter.write_str(algorithm),
        }
    }
}

/// Bytes that are not a certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// The bytes are not the DER form of a certificate.
    #[error("read an X.509 certificate: {reason}")]
    Malformed {
        /// What the parser found.
        reason: String,
    },
    /// Bytes follow the certificate.
    #[error("read an X.509 certificate: {count} bytes follow it")]
    TrailingData {
        /// How many.
        count: usize,
    },
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.0.der == other.0.der
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Certificate")
            .field("thumbprint", &self.thumbprint())
            .field("subject", &self.subject())
            .field("not_after", &self.not_after())
            .finish_non_exhaustive()
    }
}

struct Parsed {
    der: Vec<u8>,
    thumbprint: Thumbprint,
    sha256_thumbprint: Sha256Thumbprint,
    subject: String,
    subject_der: Vec<u8>,
    issuer: String,
    issuer_der: Vec<u8>,
    serial_number: String,
    not_before: Timestamp,
    not_after: Timestamp,
    dns_names: Vec<String>,
    public_key_der: Vec<u8>,
    key_kind: KeyKind,
    rsa_public_key: Option<Vec<u8>>,
}

impl Parsed {
    fn new(der: Vec<u8>) -> Result<Self, CertificateError> {
        let (rest, certificate) =
            X509Certificate::from_der(&der).map_err(|error| malformed(&error))?;
        if !rest.is_empty() {
            return Err(CertificateError::TrailingData { count: rest.len() });
        }
        let key = certificate.public_key();
        let key_kind = match key.parsed() {
            Ok(PublicKey::RSA(rsa)) => KeyKind::Rsa { bits: modulus_bits(rsa.modulus) },
            Ok(PublicKey::EC(_)) => KeyKind::EllipticCurve,
            _ => KeyKind::Other { algorithm: key.algorithm.algorithm.to_id_string() },
        };
        let rsa_public_key =
            matches!(key_kind, KeyKind::Rsa { .. }).then(|| key.subject_public_key.data.to_vec());
        Ok(Self {
            thumbprint: Thumbprint::from_bytes(sha1(&der)),
            sha256_thumbprint: Sha256Thumbprint::from_bytes(sha256(&der)),
            subject: distinguished_name::format(certificate.subject()),
            subject_der: certificate.subject().as_raw().to_vec(),
            issuer: distinguished_name::format(certificate.issuer()),
            issuer_der: certificate.issuer().as_raw().to_vec(),
            serial_number: serial_number(certificate.raw_serial()),
            not_before: timestamp(certificate.validity().not_before.timestamp())?,
            not_after: timestamp(certificate.validity().not_after.timestamp())?,
            dns_names: dns_names(&certificate),
            public_key_der: key.raw.to_vec(),
            key_kind,
            rsa_public_key,
            der,
        })
    }
}

fn malformed(error: &impl fmt::Display) -> CertificateError {
    CertificateError::Malformed { reason: error.to_string() }
}

fn dns_names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else { return Vec::new() };
    let names = extension.value.general_names.iter();
    names
        .filter_map(|name| match name {
            GeneralName::DNSName(name) => Some((*name).to_owned()),
            _ => None,
        })
        .collect()
}

fn serial_number(raw: &[u8]) -> String {
    let first = raw.iter().position(|&byte| byte != 0).unwrap_or(raw.len().saturating_sub(1));
    hex::upper(&raw[first..])
}

fn modulus_bits(modulus: &[u8]) -> u32 {
    let significant = modulus.iter().skip_while(|&&byte| byte == 0);
    let zeros = modulus.iter().find(|&&byte| byte != 0).map_or(0, |byte| byte.leading_zeros());
    significant.count() as u32 * 8 - zeros
}

fn timestamp(seconds: i64) -> Result<Timestamp, CertificateError> {
    Timestamp::from_second(seconds).map_err(|error| malformed(&error))
}

pub(crate) fn sha1(bytes: &[u8]) -> [u8; 20] {
    let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes);
    digest.as_ref().try_into().expect("SHA-1 has 20 bytes")
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let digest = digest::digest(&digest::SHA256, bytes);
    digest.as_ref().try_into().expect("SHA-256 has 32 bytes")
}
