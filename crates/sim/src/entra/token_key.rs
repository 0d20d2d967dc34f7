//! The key that signs this tenant's access tokens.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey};
use rcgen::{
    CertificateParams, DnType, KeyPair, PKCS_RSA_SHA256, PublicKeyData, RsaKeySize, SigningKey,
};
use serde_json::{Value, json};

use super::key_credential::KeyCredential;
use crate::error::SimError;
use crate::tenant::AuthFailure;

/// An RSA key with its certificate, as the JWKS document shows it.
pub(crate) struct TokenKey {
    key: KeyPair,
    /// Base64url of the certificate's SHA-1, which is also the `kid`.
    id: String,
    certificate: String,
    /// PKCS#1 public key.
    public_key: Vec<u8>,
}

impl std::fmt::Debug for TokenKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("TokenKey").field("id", &self.id).finish_non_exhaustive()
    }
}

impl TokenKey {
    /// A new key of 2048 bits.
    pub(crate) fn generate() -> Result<Self, SimError> {
        let failed =
            |source: rcgen::Error| SimError::Key { what: "token key", source: Box::new(source) };
        let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).map_err(failed)?;
        let mut parameters = CertificateParams::default();
        parameters
            .distinguished_name
            .push(DnType::CommonName, "accounts.accesscontrol.windows.net");
        let certificate = parameters.self_signed(&key).map_err(failed)?;
        let der = certificate.der();
        let sha1 = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, der);
        let credential = KeyCredential::read(der)
            .map_err(|source| SimError::Key { what: "token key", source: Box::new(source) })?;
        Ok(Self {
            id: URL_SAFE_NO_PAD.encode(sha1),
            certificate: STANDARD.encode(der),
            public_key: credential.rsa_public_key().expect("the key was made as an RSA key"),
            key,
        })
    }

    /// A signed JWT of these claims, with the header of a v1.0 access token.
    pub(crate) fn sign(&self, claims: &Value) -> String {
        let header = json!({"typ": "JWT", "alg": "RS256", "x5t": self.id, "kid": self.id});
        let message = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(claims.to_string())
        );
        let signature = self.key.sign(message.as_bytes()).expect("a key in memory signs");
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// The claims of a token that this key signed.
    pub(crate) fn verify(&self, token: &str) -> Result<Value, AuthFailure> {
        let (message, signature) = token.rsplit_once('.').ok_or(AuthFailure::Malformed)?;
        let (header, claims) = message.split_once('.').ok_or(AuthFailure::Malformed)?;
        let read = |part: &str| -> Option<Value> {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
        };
        let header = read(header).ok_or(AuthFailure::Malformed)?;
        let claims = read(claims).ok_or(AuthFailure::Malformed)?;
        let key = DecodingKey::from_rsa_der(&self.public_key);
        let verified = header["alg"] == "RS256"
            && jsonwebtoken::crypto::verify(signature, message.as_bytes(), &key, Algorithm::RS256)
                .unwrap_or(false);
        if verified { Ok(claims) } else { Err(AuthFailure::Signature) }
    }

    /// The JWKS document, RFC 7517.
    pub(crate) fn jwks(&self) -> Value {
        let (modulus, exponent) = components(self.key.der_bytes()).expect("an RSA public key");
        json!({"keys": [{
            "kty": "RSA", "use": "sig", "kid": self.id, "x5t": self.id,
            "n": URL_SAFE_NO_PAD.encode(modulus), "e": URL_SAFE_NO_PAD.encode(exponent),
            "x5c": [self.certificate],
        }]})
    }
}

/// Modulus and exponent of a PKCS#1 public key, without the sign's zero byte.
pub(super) fn components(pkcs1: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    use x509_cert::der::{Decode, Reader, SliceReader, asn1::UintRef};
    let mut reader = SliceReader::new(pkcs1).ok()?;
    let key = reader.sequence(|reader| {
        let modulus = UintRef::decode(reader)?.as_bytes().to_vec();
        let exponent = UintRef::decode(reader)?.as_bytes().to_vec();
        Ok::<_, x509_cert::der::Error>((modulus, exponent))
    });
    key.ok()
}
