//! What a key file holds, and the one key in it that is meant.

use crate::certificate::{Certificate, KeyKind};
use crate::certified_key::{CertifiedKey, KeyMismatch};
use crate::error::KeyFileError;
use crate::private_key::{KeyError, PrivateKey};
use crate::thumbprint::Thumbprint;

/// Everything found in one or several key files.
///
/// Keys and certificates are matched by public key; their order and their identifiers in the
/// file mean nothing.
#[derive(Debug, Default)]
pub struct Contents {
    pub(crate) keys: Vec<FoundKey>,
    pub(crate) certificates: Vec<FoundCertificate>,
    pub(crate) passed_over: Vec<String>,
    /// Whether the form of the file is one that is made for keys.
    pub(crate) is_key_store: bool,
}

#[derive(Debug)]
pub(crate) struct FoundKey {
    pub(crate) key: Result<PrivateKey, KeyError>,
    pub(crate) friendly_name: Option<String>,
}

#[derive(Debug)]
pub(crate) struct FoundCertificate {
    pub(crate) certificate: Certificate,
    pub(crate) friendly_name: Option<String>,
}

impl Contents {
    /// The certificates, in the order of the file.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.certificates.iter().map(|found| &found.certificate)
    }

    /// Whether there is a private key, a usable one or not.
    pub fn has_private_key(&self) -> bool {
        !self.keys.is_empty()
    }

    /// Whether a private key is to be expected here: there is one, or the file is PKCS#12.
    pub fn is_for_keys(&self) -> bool {
        self.has_private_key() || self.is_key_store
    }

    /// What was in the file and not looked at, in words: secrets and revocation lists.
    pub fn passed_over(&self) -> &[String] {
        &self.passed_over
    }

    /// Adds what another file holds: a key and its certificate may come in two files.
    pub fn merge(&mut self, other: Self) {
        self.keys.extend(other.keys);
        self.certificates.extend(other.certificates);
        self.passed_over.extend(other.passed_over);
        self.is_key_store |= other.is_key_store;
    }

    /// The private keys that have no certificate here but can be used.
    pub fn private_keys(&self) -> impl Iterator<Item = &PrivateKey> {
        self.keys.iter().filter_map(|found| found.key.as_ref().ok())
    }

    /// The certificates above `certificate` that are here, its issuer first.
    pub fn chain_of(&self, certificate: &Certificate) -> Vec<Certificate> {
        let pool: Vec<Certificate> = self.certificates().cloned().collect();
        certificate.chain_from(&pool)
    }

    /// The friendly name that goes with a certificate: its own, or that of its key.
    pub fn friendly_name_of(&self, certificate: &Certificate) -> Option<&str> {
        let own = self.certificates.iter().filter(|found| found.certificate == *certificate);
        let of_key = self.keys.iter().filter(|found| {
            let key = found.key.as_ref().ok();
            key.is_some_and(|key| certificate.rsa_public_key() == Some(key.rsa_public_key()))
        });
        own.map(|found| &found.friendly_name)
            .chain(of_key.map(|found| &found.friendly_name))
            .find_map(Option::as_deref)
    }

    /// The key of the chosen certificate, or the only one there is.
    pub fn certified_key(&self, choice: Option<&Thumbprint>) -> Result<CertifiedKey, KeyFileError> {
        let pairs = self.pairs();
        let thumbprints =
            || pairs.iter().map(|(certificate, _)| certificate.thumbprint()).collect::<Vec<_>>();
        let (certificate, key) = match (choice, &pairs[..]) {
            (_, []) => return Err(self.why_no_pair()),
            (None, [pair]) => *pair,
            (None, _) => return Err(KeyFileError::SeveralKeys { thumbprints: thumbprints() }),
            (Some(wanted), some) => {
                let chosen = some.iter().find(|(found, _)| found.thumbprint() == *wanted);
                *chosen.ok_or_else(|| KeyFileError::NotInFile {
                    wanted: *wanted,
                    thumbprints: thumbprints(),
                })?
            }
        };
        let name = self.friendly_name_of(certificate).map(str::to_owned);
        Ok(CertifiedKey::new(certificate.clone(), key.clone())?
            .with_chain(self.chain_of(certificate))
            .with_friendly_name(name))
    }

    /// Every certificate with its key, each once.
    fn pairs(&self) -> Vec<(&Certificate, &PrivateKey)> {
        let mut pairs: Vec<(&Certificate, &PrivateKey)> = Vec::new();
        for certificate in self.certificates() {
            let key = self
                .private_keys()
                .find(|key| certificate.rsa_public_key() == Some(key.rsa_public_key()));
            if let Some(key) = key
                && pairs.iter().all(|(other, _)| *other != certificate)
            {
                pairs.push((certificate, key));
            }
        }
        pairs
    }

    fn why_no_pair(&self) -> KeyFileError {
        if let Some(error) = self.keys.iter().find_map(|found| found.key.as_ref().err()) {
            return KeyFileError::Key(error.clone());
        }
        let mut certificates = self.certificates();
        match (self.private_keys().next(), certificates.next()) {
            (Some(key), Some(certificate)) => KeyFileError::Mismatch(KeyMismatch {
                thumbprint: certificate.thumbprint(),
                certified: certificate.key_kind().clone(),
                key_bits: key.bits(),
            }),
            (Some(_), None) => KeyFileError::NoCertificate,
            (None, Some(certificate)) if *certificate.key_kind() == KeyKind::EllipticCurve => {
                KeyFileError::Key(KeyError::NotRsa { algorithm: "EC".to_owned() })
            }
            (None, _) => KeyFileError::NoPrivateKey {
                certificates: self.certificates().map(Certificate::thumbprint).collect(),
            },
        }
    }
}
