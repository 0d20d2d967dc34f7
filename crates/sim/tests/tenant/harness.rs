//! A tenant at a fixed time, a client that trusts it, and assertions made by hand.

use std::sync::OnceLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PSS_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use exoctl_sim::{DirectoryRole, Registered, Registration, SimClock, SimConfig, SimulatedTenant};
use jiff::Timestamp;
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, RsaKeySize, SigningKey};
use serde_json::{Value, json};
use time::OffsetDateTime;

/// What time it is in these tests.
pub(crate) const NOW: &str = "2026-11-21T09:00:00Z";
/// The scope that Exchange's tokens are asked for with.
pub(crate) const EXCHANGE: &str = "https://outlook.office365.com/.default";

/// A running tenant and how to talk to it.
pub(crate) struct Sim {
    pub(crate) tenant: SimulatedTenant,
    pub(crate) client: reqwest::Client,
    pub(crate) clock: SimClock,
    pub(crate) state: tempfile::TempDir,
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Sim {
    pub(crate) async fn start(adjust: impl FnOnce(&mut SimConfig)) -> Self {
        let state = tempfile::tempdir().unwrap();
        let clock = SimClock::fixed(NOW.parse().unwrap());
        let mut config = SimConfig::new(state.path());
        config.clock = clock.clone();
        adjust(&mut config);
        let tenant = SimulatedTenant::start(config).await.unwrap();
        let client = client(&std::fs::read(&tenant.ready().ca).unwrap());
        Self { tenant, client, clock, state }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.tenant.ready().url)
    }

    pub(crate) fn tenant_id(&self) -> String {
        self.tenant.ready().tenant_id.to_string()
    }

    /// Registers the test key with a role.
    pub(crate) fn register(&self) -> Registered {
        let registration = Registration::new(certificate_der())
            .with_name("nightly report")
            .with_role(DirectoryRole::ExchangeAdministrator);
        self.tenant.register(registration).unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        read(self.client.get(self.url(path))).await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self
            .client
            .post(self.url(path))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("client-request-id", "8f1c7a52-6a0e-4a31-9a3f-0d9e1a4f5b6c")
            .body(body);
        read(request).await.unwrap()
    }

    /// Asks the v2.0 token endpoint with an assertion.
    pub(crate) async fn ask(&self, client_id: &str, assertion: &str) -> Answer {
        let fields = form(client_id, assertion);
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.post("/contoso.onmicrosoft.com/oauth2/v2.0/token", &fields).await
    }

    /// The usual claims for an application.
    pub(crate) fn claims(&self, application: &Registered) -> Value {
        let now = self.clock.now().as_second();
        json!({
            "aud": self.url("/contoso.onmicrosoft.com/oauth2/v2.0/token"),
            "iss": application.app_id, "sub": application.app_id,
            "jti": "6157a87a-8bfe-4e97-817f-7e57664345eb",
            "nbf": now, "iat": now, "exp": now + 600,
        })
    }

    /// A token for Exchange.
    pub(crate) async fn exchange_token(&self, application: &Registered) -> String {
        let assertion = sign("PS256", &ps256_header(), &self.claims(application));
        let answer = self.ask(&application.app_id.to_string(), &assertion).await;
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }
}

pub(crate) fn client(authority: &[u8]) -> reqwest::Client {
    reqwest::Client::builder()
        .tls_certs_only([reqwest::Certificate::from_pem(authority).unwrap()])
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap()
}

pub(crate) async fn read(request: reqwest::RequestBuilder) -> reqwest::Result<Answer> {
    let response = request.send().await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Ok(Answer { status, headers, body: response.bytes().await?.to_vec() })
}

/// The fields of a token request as msal for Python orders them.
pub(crate) fn form(client_id: &str, assertion: &str) -> Vec<(&'static str, String)> {
    vec![
        ("client_id", client_id.to_owned()),
        ("grant_type", "client_credentials".to_owned()),
        ("client_assertion", assertion.to_owned()),
        ("client_info", "1".to_owned()),
        (
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned(),
        ),
        ("scope", EXCHANGE.to_owned()),
    ]
}

/// The one RSA key of these tests; making one takes a while.
pub(crate) fn key() -> &'static KeyPair {
    static KEY: OnceLock<KeyPair> = OnceLock::new();
    KEY.get_or_init(|| KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap())
}

/// A certificate of the test key that is valid around [`NOW`].
pub(crate) fn certificate_der() -> &'static [u8] {
    static DER: OnceLock<Vec<u8>> = OnceLock::new();
    DER.get_or_init(|| certificate_between(key(), "2026-11-01T00:00:00Z", "2027-11-01T00:00:00Z"))
}

pub(crate) fn certificate_between(key: &impl SigningKey, from: &str, to: &str) -> Vec<u8> {
    let time = |text: &str| {
        let time: Timestamp = text.parse().unwrap();
        OffsetDateTime::from_unix_timestamp(time.as_second()).unwrap()
    };
    let mut parameters = CertificateParams::default();
    parameters.not_before = time(from);
    parameters.not_after = time(to);
    parameters.self_signed(key).unwrap().der().to_vec()
}

pub(crate) fn sha256(bytes: &[u8]) -> Vec<u8> {
    aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes).as_ref().to_vec()
}

pub(crate) fn sha1(bytes: &[u8]) -> Vec<u8> {
    let algorithm = &aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY;
    aws_lc_rs::digest::digest(algorithm, bytes).as_ref().to_vec()
}

pub(crate) fn ps256_header() -> Value {
    let thumbprint = URL_SAFE_NO_PAD.encode(sha256(certificate_der()));
    json!({"alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint})
}

pub(crate) fn rs256_header() -> Value {
    let thumbprint = URL_SAFE_NO_PAD.encode(sha1(certificate_der()));
    json!({"alg": "RS256", "typ": "JWT", "x5t": thumbprint})
}

/// A JWS in compact form, RFC 7515 §7.1, signed with the test key.
pub(crate) fn sign(algorithm: &str, header: &Value, claims: &Value) -> String {
    let message = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header.to_string()),
        URL_SAFE_NO_PAD.encode(claims.to_string())
    );
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature(algorithm, key(), &message)))
}

pub(crate) fn signature(algorithm: &str, key: &KeyPair, message: &str) -> Vec<u8> {
    if algorithm != "PS256" {
        return key.sign(message.as_bytes()).unwrap();
    }
    let key = RsaKeyPair::from_pkcs8(&key.serialize_der()).unwrap();
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PSS_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
    signature
}

/// The claims of a token, unverified.
pub(crate) fn claims_of(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

/// Upper-case hex, as Entra writes thumbprints.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02X}").unwrap();
        text
    })
}
