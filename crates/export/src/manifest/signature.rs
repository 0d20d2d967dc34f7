//! The manifest's signature: a JWS of RFC 7515 whose payload is elsewhere (appendix F).

use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use exoctl_certificate::{Certificate, SignError, Signer, SigningAlgorithm};
use serde::{Deserialize, Serialize};

/// A signature as its file has it: header, nothing, signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature(String);

/// Why a signature is none.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotSigned {
    /// It is not a JWS with a detached payload.
    #[error("the signature is not a detached JWS")]
    Malformed,
    /// Its algorithm is not one of ours.
    #[error("the signature's algorithm {0} is not known")]
    Algorithm(String),
    /// It was made with another certificate.
    #[error("the signature is of another certificate, whose SHA-256 thumbprint is {0}")]
    OtherCertificate(String),
    /// The bytes are not those that were signed.
    #[error("the signature does not fit the manifest")]
    DoesNotFit,
}

#[derive(Serialize, Deserialize)]
struct Header {
    alg: String,
    cty: String,
    #[serde(rename = "x5t#S256")]
    thumbprint: String,
    /// So that it can be seen who signed; that it can be trusted only the reader's own copy tells.
    x5c: Vec<String>,
}

impl Signature {
    /// Signs `payload`.
    pub fn sign(signer: &dyn Signer, payload: &[u8]) -> Result<Self, SignError> {
        let mut last = None;
        for algorithm in signer.algorithms() {
            let header = Header::new(signer.certificate(), *algorithm);
            let input = signing_input(&header, payload);
            match signer.sign(*algorithm, input.as_bytes()) {
                Ok(signature) => {
                    let header = input.split('.').next().unwrap_or_default();
                    return Ok(Self(format!("{header}..{}", URL_SAFE_NO_PAD.encode(signature))));
                }
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or(SignError::Algorithm { algorithm: SigningAlgorithm::Ps256 }))
    }

    /// What was read from a file.
    pub fn of_text(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    /// The text of its file.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The certificate that it says it was made with. Anybody can say so.
    pub fn certificate(&self) -> Option<Certificate> {
        let header = self.parts().ok()?.0;
        Certificate::from_der(STANDARD.decode(header.x5c.first()?).ok()?).ok()
    }

    /// Whether `certificate`'s key has signed `payload`.
    pub fn check(&self, certificate: &Certificate, payload: &[u8]) -> Result<(), NotSigned> {
        let (header, encoded, signature) = self.parts()?;
        if header.thumbprint != certificate.sha256_thumbprint().base64url() {
            return Err(NotSigned::OtherCertificate(header.thumbprint));
        }
        let key = certificate.rsa_public_key().ok_or(NotSigned::DoesNotFit)?;
        let input = format!("{encoded}.{}", URL_SAFE_NO_PAD.encode(payload));
        let verified = match header.alg.as_str() {
            "PS256" => UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, key)
                .verify(input.as_bytes(), &signature),
            "RS256" => UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key)
                .verify(input.as_bytes(), &signature),
            _ => return Err(NotSigned::Algorithm(header.alg)),
        };
        verified.map_err(|_| NotSigned::DoesNotFit)
    }

    fn parts(&self) -> Result<(Header, &str, Vec<u8>), NotSigned> {
        let parts: Vec<&str> = self.0.split('.').collect();
        let [encoded, "", signature] = parts[..] else { return Err(NotSigned::Malformed) };
        let header = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| NotSigned::Malformed)?;
        let header = serde_json::from_slice(&header).map_err(|_| NotSigned::Malformed)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| NotSigned::Malformed)?;
        Ok((header, encoded, signature))
    }
}

impl Header {
    fn new(certificate: &Certificate, algorithm: SigningAlgorithm) -> Self {
        Self {
            alg: algorithm.name().to_owned(),
            cty: "application/jsonl".to_owned(),
            thumbprint: certificate.sha256_thumbprint().base64url(),
            x5c: vec![STANDARD.encode(certificate.der())],
        }
    }
}

fn signing_input(header: &Header, payload: &[u8]) -> String {
    let header = serde_json::to_vec(header).expect("texts become JSON");
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload))
}
