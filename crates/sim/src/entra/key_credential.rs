//! Certificates that are registered on an application.

use std::fmt::Write as _;

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use x509_cert::Certificate;
use x509_cert::der::{Decode, DecodePem, Encode};

use crate::registration::RegistrationError;

/// OID of an RSA public key, RFC 8017.
const RSA_ENCRYPTION: &str = "1.2.840.113549.1.1.1";

/// The public part of a certificate, as an application's `keyCredentials` has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeyCredential {
    /// Graph's id of the entry.
    pub key_id: Uuid,
    /// The subject.
    pub display_name: String,
    /// Upper-case hex SHA-1 of the certificate.
    pub thumbprint: String,
    /// Upper-case hex SHA-256 of the certificate.
    pub sha256: String,
    /// What the one who added it calls it; the thumbprint otherwise.
    #[serde(default)]
    pub custom_key_identifier: Option<String>,
    /// From when on it is good; the start of the certificate's validity unless said otherwise.
    pub start: Timestamp,
    /// Until when it is good; the end of the certificate's validity unless said otherwise.
    pub end: Timestamp,
    /// The certificate, base64 of DER.
    pub certificate: String,
    /// The RSA public key, base64 of PKCS#1; absent for keys of another kind.
    pub rsa_public_key: Option<String>,
}

impl KeyCredential {
    /// Reads a certificate in DER or PEM form.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, RegistrationError> {
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        if text.contains("PRIVATE KEY-----") {
            return Err(RegistrationError::PrivateKey);
        }
        let certificate = if let Some(start) = text.find("-----BEGIN CERTIFICATE-----") {
            Certificate::from_pem(text[start..].trim())
        } else if text.trim_start().starts_with("MII") {
            let compact: String = text.split_whitespace().collect();
            let der = STANDARD.decode(compact).map_err(|_| RegistrationError::NotACertificate)?;
            Certificate::from_der(&der)
        } else {
            Certificate::from_der(bytes)
        };
        certificate
            .ok()
            .and_then(|certificate| Self::of(&certificate))
            .ok_or(RegistrationError::NotACertificate)
    }

    /// The RSA public key in PKCS#1 form.
    pub(crate) fn rsa_public_key(&self) -> Option<Vec<u8>> {
        STANDARD.decode(self.rsa_public_key.as_ref()?).ok()
    }

    /// Whether the certificate names itself as its issuer.
    pub(crate) fn is_self_signed(&self) -> bool {
        let der = STANDARD.decode(&self.certificate).unwrap_or_default();
        Certificate::from_der(&der).is_ok_and(|certificate| {
            let body = certificate.tbs_certificate();
            body.issuer() == body.subject()
        })
    }

    fn of(certificate: &Certificate) -> Option<Self> {
        let der = certificate.to_der().ok()?;
        let body = certificate.tbs_certificate();
        let key = body.subject_public_key_info();
        let is_rsa = key.algorithm.oid.to_string() == RSA_ENCRYPTION;
        let time = |time: &x509_cert::time::Time| {
            Timestamp::from_second(i64::try_from(time.to_unix_duration().as_secs()).ok()?).ok()
        };
        Some(Self {
            key_id: Uuid::new_v4(),
            display_name: body.subject().to_string(),
            thumbprint: hex(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &der).as_ref()),
            sha256: hex(digest::digest(&digest::SHA256, &der).as_ref()),
            custom_key_identifier: None,
            start: time(&body.validity().not_before)?,
            end: time(&body.validity().not_after)?,
            certificate: STANDARD.encode(&der),
            rsa_public_key: is_rsa.then(|| STANDARD.encode(key.subject_public_key.raw_bytes())),
        })
    }
}

/// Upper-case hex, as Windows and Entra write thumbprints.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02X}").expect("writing to a string does not fail");
        text
    })
}
