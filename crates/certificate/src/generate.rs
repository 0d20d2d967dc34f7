//! New keys: with a certificate of their own, or with a request to a certification authority.

use aws_lc_rs::rand;
use exoctl_model::Clock;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};
use rcgen::{
    CertificateParams, ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose, PKCS_RSA_SHA256,
    PublicKeyData, SanType, SerialNumber, SignatureAlgorithm, SigningKey,
};
use time::OffsetDateTime;

use crate::certificate::{Certificate, CertificateError};
use crate::certified_key::CertifiedKey;
use crate::distinguished_name::DistinguishedName;
use crate::private_key::{KeyError, KeySize, PrivateKey};
use crate::signer::SigningAlgorithm;

/// What a new certificate, or the request for one, is to say.
#[derive(Clone, Debug)]
pub struct NewCertificate {
    /// Whom it is for.
    pub subject: DistinguishedName,
    /// DNS names for the subject alternative name extension; may be empty.
    pub dns_names: Vec<String>,
    /// The name that stores show; not part of the certificate.
    pub friendly_name: Option<String>,
    /// The size of the key.
    pub key_size: KeySize,
}

impl NewCertificate {
    /// A certificate for `subject` with an RSA key of 2048 bits and nothing special.
    pub fn new(subject: DistinguishedName) -> Self {
        Self { subject, dns_names: Vec::new(), friendly_name: None, key_size: KeySize::default() }
    }

    /// Makes a key and a certificate that it signs itself, valid from 15 minutes ago, because
    /// clocks differ, until `valid_for` from now.
    ///
    /// ```
    /// use exoctl_certificate::NewCertificate;
    /// use exoctl_model::SystemClock;
    ///
    /// let wanted = NewCertificate::new("CN=EXO Reporting,O=Contoso".parse()?);
    /// let key = wanted.self_signed("1y".parse()?, &SystemClock)?;
    /// assert_eq!(key.certificate().subject(), "CN=EXO Reporting,O=Contoso");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn self_signed(
        &self,
        valid_for: Span,
        clock: &dyn Clock,
    ) -> Result<CertifiedKey, GenerateError> {
        let (not_before, not_after) = validity(valid_for, clock.now())?;
        let key = PrivateKey::generate(self.key_size)?;
        let mut parameters = self.parameters()?;
        parameters.not_before = not_before;
        parameters.not_after = not_after;
        parameters.serial_number = Some(serial_number()?);
        // Writes the basic constraints and, with them, the subject key identifier.
        parameters.is_ca = IsCa::ExplicitNoCa;
        let certificate =
            parameters.self_signed(&RequestKey(&key)).map_err(|error| encode(&error))?;
        let certificate = Certificate::from_der(certificate.der().to_vec())?;
        let key = CertifiedKey::new(certificate, key).expect("the certificate was made of the key");
        Ok(key.with_friendly_name(self.friendly_name.clone()))
    }

    /// What certificate and request have in common.
    pub(crate) fn parameters(&self) -> Result<CertificateParams, GenerateError> {
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name = self.subject.to_rcgen();
        for name in &self.dns_names {
            parameters.subject_alt_names.push(dns_name(name)?);
        }
        parameters.key_usages =
            vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        Ok(parameters)
    }
}

/// Why no certificate or request could be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GenerateError {
    /// No key could be made.
    #[error("make the private key")]
    Key(#[from] KeyError),
    /// The time span is not positive.
    #[error(
        "a certificate cannot be valid for {0:#}; a positive time such as 1y or 180d is needed"
    )]
    Validity(Span),
    /// The certificate would outlive the calendar.
    #[error("a certificate cannot be valid until after the year 9999")]
    TooLong,
    /// A DNS name has characters that none has.
    #[error("\"{name}\" is no DNS name")]
    DnsName {
        /// The name.
        name: String,
    },
    /// The encoder failed.
    #[error("encode the certificate: {reason}")]
    Encode {
        /// What the encoder says.
        reason: String,
    },
    /// What was made cannot be read.
    #[error("read the certificate that was made")]
    Certificate(#[from] CertificateError),
    /// No random serial number could be had.
    #[error("make a random serial number")]
    Random,
}

/// How far the beginning of the validity is put back.
const BACKDATED: SignedDuration = SignedDuration::from_mins(15);

fn validity(
    valid_for: Span,
    now: Timestamp,
) -> Result<(OffsetDateTime, OffsetDateTime), GenerateError> {
    let start = now.to_zoned(TimeZone::UTC);
    let end = start.checked_add(valid_for).map_err(|_| GenerateError::TooLong)?;
    if end <= start {
        return Err(GenerateError::Validity(valid_for));
    }
    let begin = now.checked_sub(BACKDATED).map_err(|_| GenerateError::TooLong)?;
    Ok((to_time(begin)?, to_time(end.timestamp())?))
}

/// X.509 counts in seconds.
fn to_time(timestamp: Timestamp) -> Result<OffsetDateTime, GenerateError> {
    OffsetDateTime::from_unix_timestamp(timestamp.as_second()).map_err(|_| GenerateError::TooLong)
}

/// 16 random bytes, of which the first is neither zero nor negative.
fn serial_number() -> Result<SerialNumber, GenerateError> {
    let mut bytes = [0; 16];
    rand::fill(&mut bytes).map_err(|_| GenerateError::Random)?;
    bytes[0] = bytes[0] & 0x3F | 0x40;
    Ok(SerialNumber::from_slice(&bytes))
}

fn dns_name(name: &str) -> Result<SanType, GenerateError> {
    let invalid = || GenerateError::DnsName { name: name.to_owned() };
    let label = |label: &str| {
        let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        !label.is_empty() && label.len() <= 63 && label.chars().all(inner)
    };
    let labels = name.strip_prefix("*.").unwrap_or(name);
    if name.len() > 253 || !labels.split('.').all(label) {
        return Err(invalid());
    }
    name.try_into().map(SanType::DnsName).map_err(|_| invalid())
}

pub(crate) fn encode(error: &rcgen::Error) -> GenerateError {
    GenerateError::Encode { reason: error.to_string() }
}

/// A private key as rcgen wants one. (Its own key type keeps the key in memory that is not wiped.)
pub(crate) struct RequestKey<'a>(pub(crate) &'a PrivateKey);

impl PublicKeyData for RequestKey<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.0.rsa_public_key()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_RSA_SHA256
    }
}

impl SigningKey for RequestKey<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let signed = self.0.sign(SigningAlgorithm::Rs256, message);
        signed.map_err(|_| rcgen::Error::RemoteKeyError)
    }
}

#[cfg(test)]
mod tests {
    use exoctl_model::ManualClock;

    use super::*;

    fn clock() -> ManualClock {
        ManualClock::new("2026-03-01T12:00:00.75Z".parse().unwrap())
    }

    #[test]
    fn validity_starts_a_quarter_of_an_hour_back_and_counts_calendar_years() {
        let wanted = NewCertificate::new(DistinguishedName::common_name("a"));
        let key = wanted.self_signed("2y".parse().unwrap(), &clock()).unwrap();
        let certificate = key.certificate();
        assert_eq!(certificate.not_before().to_string(), "2026-03-01T11:45:00Z");
        assert_eq!(certificate.not_after().to_string(), "2028-03-01T12:00:00Z");
        assert!(certificate.is_self_issued());
        assert_eq!(certificate.serial_number().len(), 32);
        assert_eq!(key.key().bits(), 2048);
    }

    #[test]
    fn what_no_certificate_can_say_is_refused() {
        let mut wanted = NewCertificate::new(DistinguishedName::common_name("a"));
        for (span, expected) in [
            (
                "0d",
                "a certificate cannot be valid for 0s; a positive time such as 1y or 180d is needed",
            ),
            (
                "-1y",
                "a certificate cannot be valid for 1y ago; a positive time such as 1y or 180d is needed",
            ),
            ("9000y", "a certificate cannot be valid until after the year 9999"),
        ] {
            let error = wanted.self_signed(span.parse().unwrap(), &clock()).unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
        for name in ["", "a..b", "a b", "ü.example", "*"] {
            wanted.dns_names = vec![name.to_owned()];
            let error = wanted.self_signed("1y".parse().unwrap(), &clock()).unwrap_err();
            assert_eq!(error.to_string(), format!("\"{name}\" is no DNS name"));
        }
    }
}
