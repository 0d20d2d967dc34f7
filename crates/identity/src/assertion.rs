//! The client assertion: a JWT by which an application proves that it holds a key.
//!
//! Form: RFC 7523 section 3 and Learn, "Microsoft identity platform application authentication
//! certificate credentials". [`sign_assertion`] is a plain function; [`AssertionSource`] is the
//! place where a remote signer makes it asynchronous.

use std::error::Error;
use std::fmt::Debug;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use exoctl_certificate::{SignError, Signer, SigningAlgorithm};
use exoctl_http::BoxFuture;
use exoctl_model::{ClientId, Clock};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde::Serialize;
use url::Url;
use uuid::Uuid;

/// Gives a signed assertion when one is needed, a fresh one each time.
pub trait AssertionSource: Debug + Send + Sync {
    /// An assertion of `client` for `audience`, the token endpoint.
    fn assertion<'a>(
        &'a self,
        audience: &'a Url,
        client: ClientId,
    ) -> BoxFuture<'a, Result<SecretString, AssertionError>>;
}

/// No assertion came of it.
#[derive(Debug, thiserror::Error)]
#[error("could not sign the client assertion")]
pub struct AssertionError(#[source] pub Box<dyn Error + Send + Sync>);

/// How assertions are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssertionOptions {
    /// The algorithm; `None` takes PS256 if the key can do it and RS256 if not. AD FS and some
    /// hardware keys know RS256 only.
    pub algorithm: Option<SigningAlgorithm>,
    /// Sends the certificate and its chain along (`x5c`). Only tenants that trust an issuer
    /// instead of a certificate want that; others refuse it with AADSTS700030.
    pub send_chain: bool,
    /// How long an assertion is good.
    pub lifetime: SignedDuration,
}

impl Default for AssertionOptions {
    fn default() -> Self {
        Self { algorithm: None, send_chain: false, lifetime: SignedDuration::from_mins(10) }
    }
}

/// What an assertion says. Times are NumericDates of RFC 7519.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AssertionClaims {
    /// The token endpoint.
    pub aud: String,
    /// The application.
    pub iss: String,
    /// The application again.
    pub sub: String,
    /// Unique to this assertion.
    pub jti: Uuid,
    /// When it was made.
    pub iat: i64,
    /// From when on it is good: a minute back, for a local clock that is a little fast.
    pub nbf: i64,
    /// Until when it is good.
    pub exp: i64,
}

impl AssertionClaims {
    /// The claims by which `client` asks `audience` for a token at `now`.
    pub fn new(
        audience: &Url,
        client: ClientId,
        jti: Uuid,
        now: Timestamp,
        lifetime: SignedDuration,
    ) -> Self {
        let now = now.as_second();
        Self {
            aud: audience.to_string(),
            iss: client.to_string(),
            sub: client.to_string(),
            jti,
            iat: now,
            nbf: now - BACKDATED.as_secs(),
            exp: now + lifetime.as_secs(),
        }
    }
}

/// Makes the JWT: header, claims, signature.
pub fn sign_assertion(
    signer: &dyn Signer,
    options: &AssertionOptions,
    claims: &AssertionClaims,
) -> Result<SecretString, SignError> {
    let can_pss = signer.algorithms().contains(&SigningAlgorithm::Ps256);
    let preferred = if can_pss { SigningAlgorithm::Ps256 } else { SigningAlgorithm::Rs256 };
    let algorithm = options.algorithm.unwrap_or(preferred);
    match sign_with(signer, options, claims, algorithm) {
        // A key that turns out not to do PSS; MSAL.NET goes on the same way.
        Err(SignError::Algorithm { .. })
            if options.algorithm.is_none() && algorithm == SigningAlgorithm::Ps256 =>
        {
            sign_with(signer, options, claims, SigningAlgorithm::Rs256)
        }
        outcome => outcome,
    }
}

fn sign_with(
    signer: &dyn Signer,
    options: &AssertionOptions,
    claims: &AssertionClaims,
    algorithm: SigningAlgorithm,
) -> Result<SecretString, SignError> {
    sign_jwt(signer, &Header::new(signer, options, algorithm), claims, algorithm)
}

/// A JWT of other claims, with the header of an assertion.
pub(crate) fn sign_claims(
    signer: &dyn Signer,
    algorithm: SigningAlgorithm,
    claims: &impl Serialize,
) -> Result<SecretString, SignError> {
    let header = Header::new(signer, &AssertionOptions::default(), algorithm);
    sign_jwt(signer, &header, claims, algorithm)
}

fn sign_jwt(
    signer: &dyn Signer,
    header: &Header,
    claims: &impl Serialize,
    algorithm: SigningAlgorithm,
) -> Result<SecretString, SignError> {
    let input = signing_input(header, claims);
    let signature = signer.sign(algorithm, input.as_bytes())?;
    Ok(format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature)).into())
}

/// The JWS signing input of RFC 7515 section 5.1.
fn signing_input(header: &impl Serialize, claims: &impl Serialize) -> String {
    let part = |json: serde_json::Result<Vec<u8>>| {
        URL_SAFE_NO_PAD.encode(json.expect("strings and numbers become JSON"))
    };
    format!("{}.{}", part(serde_json::to_vec(header)), part(serde_json::to_vec(claims)))
}

#[derive(Serialize)]
struct Header {
    alg: &'static str,
    typ: &'static str,
    #[serde(rename = "x5t#S256", skip_serializing_if = "Option::is_none")]
    sha256_thumbprint: Option<String>,
    #[serde(rename = "x5t", skip_serializing_if = "Option::is_none")]
    thumbprint: Option<String>,
    #[serde(rename = "x5c", skip_serializing_if = "Vec::is_empty")]
    chain: Vec<String>,
}

impl Header {
    fn new(signer: &dyn Signer, options: &AssertionOptions, algorithm: SigningAlgorithm) -> Self {
        let certificate = signer.certificate();
        let pss = algorithm == SigningAlgorithm::Ps256;
        let all = std::iter::once(certificate).chain(signer.chain());
        Self {
            alg: algorithm.name(),
            typ: "JWT",
            sha256_thumbprint: pss.then(|| certificate.sha256_thumbprint().base64url()),
            thumbprint: (!pss).then(|| certificate.thumbprint().base64url()),
            chain: if options.send_chain {
                all.map(|certificate| STANDARD.encode(certificate.der())).collect()
            } else {
                Vec::new()
            },
        }
    }
}

/// Assertions signed by a key at hand.
#[derive(Clone, Debug)]
pub struct SignedAssertion {
    signer: Arc<dyn Signer>,
    clock: Arc<dyn Clock>,
    options: AssertionOptions,
}

impl SignedAssertion {
    /// Assertions that `signer` signs.
    pub fn new(signer: Arc<dyn Signer>, clock: Arc<dyn Clock>, options: AssertionOptions) -> Self {
        Self { signer, clock, options }
    }
}

impl AssertionSource for SignedAssertion {
    fn assertion<'a>(
        &'a self,
        audience: &'a Url,
        client: ClientId,
    ) -> BoxFuture<'a, Result<SecretString, AssertionError>> {
        let (now, lifetime) = (self.clock.now(), self.options.lifetime);
        let claims = AssertionClaims::new(audience, client, Uuid::new_v4(), now, lifetime);
        let signed = sign_assertion(&*self.signer, &self.options, &claims);
        Box::pin(std::future::ready(signed.map_err(|error| AssertionError(error.into()))))
    }
}

const BACKDATED: SignedDuration = SignedDuration::from_secs(60);

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    #[test]
    fn the_signing_input_is_that_of_the_rfc() {
        // RFC 7515 appendix A.2.1: header {"alg":"RS256"}, payload with its line breaks.
        let raw = |json: &str| RawValue::from_string(json.to_owned()).unwrap();
        let payload = "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \
            \"http://example.com/is_root\":true}";
        assert_eq!(
            signing_input(&raw("{\"alg\":\"RS256\"}"), &raw(payload)),
            "eyJhbGciOiJSUzI1NiJ9.\
            eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt\
            cGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
        );
    }

    #[test]
    fn an_assertion_is_good_for_ten_minutes_from_a_minute_ago() {
        let claims = AssertionClaims::new(
            &Url::parse("https://login.microsoftonline.com/t/oauth2/v2.0/token").unwrap(),
            "36ee4c6c-0812-40a2-b820-b22ebd02bce3".parse().unwrap(),
            Uuid::nil(),
            Timestamp::from_second(1_700_000_000).unwrap(),
            AssertionOptions::default().lifetime,
        );
        assert_eq!(
            serde_json::to_string(&claims).unwrap(),
            r#"{"aud":"https://login.microsoftonline.com/t/oauth2/v2.0/token","iss":"36ee4c6c-0812-40a2-b820-b22ebd02bce3","sub":"36ee4c6c-0812-40a2-b820-b22ebd02bce3","jti":"00000000-0000-0000-0000-000000000000","iat":1700000000,"nbf":1699999940,"exp":1700000600}"#
        );
    }
}
