//! Assertions that Entra refuses, each with its code, `error`, status and text.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use exoctl_sim::{Registered, Registration};
use rcgen::{KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use serde_json::{Value, json};

use crate::harness::{
    Sim, certificate_between, certificate_der, hex, key, ps256_header, rs256_header, sha1, sign,
    signature,
};

/// What a refusal must be: code, error, status, and the start of its text.
type Expected<'a> = (u32, &'a str, u16, &'a str);

async fn is_refused(sim: &Sim, client_id: &str, assertion: &str, expected: Expected<'_>) -> String {
    let (code, error, status, text) = expected;
    let answer = sim.ask(client_id, assertion).await;
    let body = answer.json();
    assert_eq!(body["error_codes"], json!([code]), "{body}");
    assert_eq!((body["error"].as_str(), answer.status), (Some(error), status), "{body}");
    let description = body["error_description"].as_str().unwrap();
    assert!(description.starts_with(&format!("AADSTS{code}: {text}")), "{description}");
    assert_eq!(body["correlation_id"], "8f1c7a52-6a0e-4a31-9a3f-0d9e1a4f5b6c");
    assert_eq!(body["timestamp"], "2026-11-21 09:00:00Z");
    assert_eq!(body["trace_id"], answer.header("x-ms-request-id"));
    let trailer = format!(
        "Trace ID: {} Correlation ID: 8f1c7a52-6a0e-4a31-9a3f-0d9e1a4f5b6c Timestamp: 2026-11-21 09:00:00Z",
        answer.header("x-ms-request-id")
    );
    assert!(description.ends_with(&trailer), "{description}");
    description.to_owned()
}

#[tokio::test]
async fn bad_headers_are_refused() {
    let sim = Sim::start(|_| {}).await;
    let application = sim.register();
    let client_id = application.app_id.to_string();
    let thumbprint = rs256_header()["x5t"].clone();
    let cases: [(Value, Expected<'_>); 4] = [
        (
            json!({"alg": "ES384", "typ": "JWT", "x5t": thumbprint}),
            (
                5_002_738,
                "invalid_client",
                401,
                "Invalid JWT token. 'ES384' is not a supported signature algorithm. Supported signing algorithms are: 'RS256,RS384,RS512'",
            ),
        ),
        (
            json!({"alg": "none", "typ": "JWT", "x5t": thumbprint}),
            (5_002_738, "invalid_client", 401, "Invalid JWT token. 'none' is not"),
        ),
        (
            json!({"alg": "RS256", "typ": "JWT"}),
            (
                5_002_723,
                "invalid_client",
                401,
                "Invalid JWT token. No certificate SHA-1 thumbprint, certificate SHA-256 thumbprint, nor keyId specified in token header.",
            ),
        ),
        (
            json!({"alg": "RS256", "typ": "JWS", "x5t": thumbprint}),
            (
                5_002_727,
                "invalid_request",
                400,
                "Invalid JWT header type specified, must be 'JWT' or 'http://openid.net/specs/jwt/1.0'.",
            ),
        ),
    ];
    for (header, expected) in cases {
        let assertion = sign("RS256", &header, &sim.claims(&application));
        is_refused(&sim, &client_id, &assertion, expected).await;
    }
    for assertion in ["x", "a.b", "a.b.c.d", "!!.??.xx", "e30.e30", "bnVsbA.bnVsbA.AA"] {
        let expected = (50_027, "invalid_request", 400, "JWT token is invalid or malformed.");
        is_refused(&sim, &client_id, assertion, expected).await;
    }
}

/// Sends assertions in which these claims are changed.
async fn are_refused(sim: &Sim, application: &Registered, cases: &[(Value, Expected<'_>)]) {
    let client_id = application.app_id.to_string();
    for (change, expected) in cases {
        let mut claims = sim.claims(application);
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let assertion = sign("PS256", &ps256_header(), &claims);
        is_refused(sim, &client_id, &assertion, *expected).await;
    }
}

#[tokio::test]
async fn bad_claims_are_refused() {
    let sim = Sim::start(|_| {}).await;
    let application = sim.register();
    let elsewhere = "https://login.microsoftonline.com/fabrikam.onmicrosoft.com/oauth2/v2.0/token";
    let cases: [(Value, Expected<'_>); 6] = [
        (
            json!({"iss": null}),
            (
                90_014,
                "invalid_request",
                400,
                "The required field 'iss' is missing from the credential. Ensure that you have all the necessary parameters for the login request.",
            ),
        ),
        (
            json!({"aud": null}),
            (90_014, "invalid_request", 400, "The required field 'aud' is missing"),
        ),
        (
            json!({"sub": null}),
            (90_014, "invalid_request", 400, "The required field 'sub' is missing"),
        ),
        (
            json!({"iss": application.object_id}),
            (
                700_021,
                "invalid_client",
                401,
                "Client assertion application identifier doesn't match 'client_id' parameter.",
            ),
        ),
        (
            json!({"sub": application.object_id}),
            (50_048, "invalid_client", 401, "Subject mismatches Issuer"),
        ),
        (
            json!({"aud": elsewhere}),
            (
                700_023,
                "invalid_client",
                401,
                "Client assertion audience claim does not match Realm issuer.",
            ),
        ),
    ];
    are_refused(&sim, &application, &cases).await;
}

#[tokio::test]
async fn an_assertion_out_of_its_time_is_refused() {
    let sim = Sim::start(|_| {}).await;
    let application = sim.register();
    let now = sim.clock.now().as_second();
    let cases: [(Value, Expected<'_>); 3] = [
        (
            json!({"nbf": now - 4200, "exp": now - 3600}),
            (
                700_024,
                "invalid_client",
                401,
                "Client assertion is not within its valid time range. Current time: 2026-11-21T09:00:00.0000000Z, assertion valid from 2026-11-21T07:50:00.0000000Z, expiry time of assertion 2026-11-21T08:00:00.0000000Z.",
            ),
        ),
        (
            json!({"nbf": now + 3600, "exp": now + 4200}),
            (700_024, "invalid_client", 401, "Client assertion is not within"),
        ),
        (
            json!({"nbf": null, "exp": null}),
            (
                700_024,
                "invalid_client",
                401,
                "Client assertion is not within its valid time range. Current time: 2026-11-21T09:00:00.0000000Z, assertion valid from 1970-01-01T00:00:00.0000000Z, expiry time of assertion 1970-01-01T00:00:00.0000000Z.",
            ),
        ),
    ];
    are_refused(&sim, &application, &cases).await;
}

#[tokio::test]
async fn an_unregistered_key_is_named_by_its_thumbprint() {
    let sim = Sim::start(|_| {}).await;
    let application = sim.register();
    let client_id = application.app_id.to_string();
    let stranger = certificate_between(key(), "2026-11-02T00:00:00Z", "2027-11-02T00:00:00Z");
    let hex = hex(&sha1(&stranger));
    let header =
        json!({"alg": "RS256", "typ": "JWT", "x5t": URL_SAFE_NO_PAD.encode(sha1(&stranger))});
    let assertion = sign("RS256", &header, &sim.claims(&application));
    let expected = (
        700_027,
        "invalid_client",
        401,
        "The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found., ",
    );
    let text = is_refused(&sim, &client_id, &assertion, expected).await;
    assert!(
        text.contains(&format!("Thumbprint of key used by client: '{hex}', Please visit")),
        "{text}"
    );
    assert!(text.contains(&format!("for app Id '{client_id}'")), "{text}");

    let header = json!({"alg": "PS256", "typ": "JWT", "x5t#S256": "AAAA"});
    let assertion = sign("PS256", &header, &sim.claims(&application));
    let text = is_refused(&sim, &client_id, &assertion, expected).await;
    assert!(!text.contains("Thumbprint of key used by client"), "{text}");
}

#[tokio::test]
async fn a_wrong_signature_names_the_key_it_was_checked_with() {
    let sim = Sim::start(|_| {}).await;
    let application = sim.register();
    let client_id = application.app_id.to_string();
    let other = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
    let good = sign("PS256", &ps256_header(), &sim.claims(&application));
    let message = good.rsplit_once('.').unwrap().0;
    let by_other = URL_SAFE_NO_PAD.encode(signature("PS256", &other, message));
    let with_other_padding = URL_SAFE_NO_PAD.encode(signature("RS256", key(), message));
    for signature in [by_other.as_str(), with_other_padding.as_str(), "AAAA"] {
        let expected =
            (700_027, "invalid_client", 401, "Client assertion failed signature validation.");
        let text = is_refused(&sim, &client_id, &format!("{message}.{signature}"), expected).await;
        assert!(
            text.contains("Found key 'Start=11/01/2026 00:00:00, End=11/01/2027 00:00:00'"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_certificate_is_judged_by_the_tenants_clock() {
    let sim = Sim::start(|_| {}).await;
    let application = sim.register();
    sim.clock.advance(jiff::SignedDuration::from_hours(24 * 400));
    let assertion = sign("PS256", &ps256_header(), &sim.claims(&application));
    let body = sim.ask(&application.app_id.to_string(), &assertion).await.json();
    let text = body["error_description"].as_str().unwrap();
    assert!(
        text.starts_with("AADSTS700027: The certificate used to sign the client assertion is expired on application. [Reason - The key used is expired., Thumbprint of key used by client: '"),
        "{text}"
    );
    assert!(
        text.contains("Found key 'Start=11/01/2026 00:00:00, End=11/01/2027 00:00:00'"),
        "{text}"
    );
}

#[tokio::test]
async fn an_elliptic_key_can_be_registered_but_never_signs() {
    let sim = Sim::start(|_| {}).await;
    let certificate = certificate_between(
        &KeyPair::generate().unwrap(),
        "2026-11-01T00:00:00Z",
        "2027-11-01T00:00:00Z",
    );
    let application = sim.tenant.register(Registration::new(&certificate)).unwrap();
    let header =
        json!({"alg": "RS256", "typ": "JWT", "x5t": URL_SAFE_NO_PAD.encode(sha1(&certificate))});
    let assertion = sign("RS256", &header, &sim.claims(&application));
    let expected =
        (700_027, "invalid_client", 401, "Client assertion failed signature validation.");
    is_refused(&sim, &application.app_id.to_string(), &assertion, expected).await;
    assert_ne!(certificate, certificate_der());
}
