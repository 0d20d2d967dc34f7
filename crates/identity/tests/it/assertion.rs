//! Assertions judged by the `jsonwebtoken` crate; thumbprints computed by openssl.

use std::collections::HashSet;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use exoctl_certificate::{Certificate, SignError, Signer, SigningAlgorithm};
use exoctl_identity::{AssertionOptions, AssertionSource, SignedAssertion};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use secrecy::ExposeSecret;
use serde_json::Value;
use url::Url;

use crate::authority::{CLIENT, NOW, certified_key, clock};

const ENDPOINT: &str =
    "https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token";
/// Printed by fixtures/generate.sh.
const X5T: &str = "6-fGjZU5pMV-gyQz6lzHt2lkLWw";
const X5T_S256: &str = "IISHr1IMDf6PGKbeNJPtUI2T49txDa7q2DZL78_xF00";

async fn assertion(signer: impl Signer + 'static, options: AssertionOptions) -> String {
    let source = SignedAssertion::new(Arc::new(signer), clock(), options);
    let endpoint = Url::parse(ENDPOINT).unwrap();
    let assertion = source.assertion(&endpoint, CLIENT.parse().unwrap()).await.unwrap();
    assertion.expose_secret().to_owned()
}

/// Verifies the signature with the other library and gives header and claims.
fn verified(jwt: &str, algorithm: Algorithm) -> (Value, Value) {
    let key = DecodingKey::from_rsa_der(include_bytes!("../fixtures/signer.rsa-public"));
    let mut validation = Validation::new(algorithm);
    validation.set_audience(&[ENDPOINT]);
    validation.set_issuer(&[CLIENT]);
    validation.sub = Some(CLIENT.to_owned());
    // The library's clock is the machine's, ours stands still.
    (validation.validate_exp, validation.validate_nbf) = (false, false);
    let claims = jsonwebtoken::decode::<Value>(jwt, &key, &validation).unwrap().claims;
    let header = URL_SAFE_NO_PAD.decode(jwt.split('.').next().unwrap()).unwrap();
    (serde_json::from_slice(&header).unwrap(), claims)
}

#[tokio::test]
async fn the_default_is_ps256_with_the_sha_256_thumbprint() {
    let jwt = assertion(certified_key(), AssertionOptions::default()).await;
    let (header, claims) = verified(&jwt, Algorithm::PS256);
    let expected = serde_json::json!({"alg": "PS256", "typ": "JWT", "x5t#S256": X5T_S256});
    assert_eq!(header, expected);
    assert_eq!(claims["exp"].as_i64(), Some(NOW + 600));
    assert!(!jwt.contains('='), "padding: {jwt}");
}

#[tokio::test]
async fn rs256_comes_with_the_sha_1_thumbprint() {
    let options =
        AssertionOptions { algorithm: Some(SigningAlgorithm::Rs256), ..Default::default() };
    let (header, _) = verified(&assertion(certified_key(), options).await, Algorithm::RS256);
    assert_eq!(header, serde_json::json!({"alg": "RS256", "typ": "JWT", "x5t": X5T}));
}

#[tokio::test]
async fn the_chain_is_sent_when_asked_for() {
    let options = AssertionOptions { send_chain: true, ..Default::default() };
    let (header, _) = verified(&assertion(certified_key(), options).await, Algorithm::PS256);
    let leaf = STANDARD.encode(include_bytes!("../fixtures/signer.cer"));
    assert_eq!(header["x5c"], serde_json::json!([leaf]));
}

#[tokio::test]
async fn every_assertion_has_an_id_of_its_own() {
    let mut ids = HashSet::new();
    for _ in 0..20 {
        let jwt = assertion(certified_key(), AssertionOptions::default()).await;
        let (_, claims) = verified(&jwt, Algorithm::PS256);
        ids.insert(claims["jti"].as_str().unwrap().to_owned());
    }
    assert_eq!(ids.len(), 20);
}

/// A key that cannot do PSS: one that says so, or one that notices when asked.
#[derive(Debug)]
struct OldToken {
    inner: exoctl_certificate::CertifiedKey,
    claims: &'static [SigningAlgorithm],
}

impl Signer for OldToken {
    fn certificate(&self) -> &Certificate {
        self.inner.certificate()
    }

    fn chain(&self) -> &[Certificate] {
        &[]
    }

    fn algorithms(&self) -> &[SigningAlgorithm] {
        self.claims
    }

    fn sign(&self, algorithm: SigningAlgorithm, message: &[u8]) -> Result<Vec<u8>, SignError> {
        match algorithm {
            SigningAlgorithm::Rs256 => Signer::sign(&self.inner, algorithm, message),
            _ => Err(SignError::Algorithm { algorithm }),
        }
    }
}

#[tokio::test]
async fn a_key_without_pss_signs_with_rs256() {
    use SigningAlgorithm::{Ps256, Rs256};
    for claims in [&[Rs256][..], &[Ps256, Rs256]] {
        let signer = OldToken { inner: certified_key(), claims };
        let jwt = assertion(signer, AssertionOptions::default()).await;
        assert_eq!(verified(&jwt, Algorithm::RS256).0["x5t"], X5T);
    }
}

#[tokio::test]
async fn an_algorithm_that_was_asked_for_is_not_exchanged() {
    let signer = OldToken { inner: certified_key(), claims: &[SigningAlgorithm::Ps256] };
    let options =
        AssertionOptions { algorithm: Some(SigningAlgorithm::Ps256), ..Default::default() };
    let source = SignedAssertion::new(Arc::new(signer), clock(), options);
    let endpoint = Url::parse(ENDPOINT).unwrap();
    let error = source.assertion(&endpoint, CLIENT.parse().unwrap()).await.unwrap_err();
    assert_eq!(error.to_string(), "could not sign the client assertion");
}
