//! The forms in which real clients send assertions, all of them accepted.
//!
//! Shapes after recordings of msal for Python and Node, azure-identity, Azure CLI and the CLI for
//! Microsoft 365, and after the sources of msal.net, azure-sdk-for-rust and CIPP.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::harness::{
    Sim, certificate_der, hex, key, ps256_header, rs256_header, sha1, sha256, sign, signature,
};

async fn is_accepted(sim: &Sim, client_id: &str, assertion: &str, what: &str) {
    let answer = sim.ask(client_id, assertion).await;
    assert_eq!(answer.status, 200, "{what}: {}", answer.json());
}

#[tokio::test]
async fn every_known_header_is_accepted() {
    let sim = Sim::start(|_| {}).await;
    let application = sim.register();
    let client_id = application.app_id.to_string();
    let (sha1, sha256) = (sha1(certificate_der()), sha256(certificate_der()));
    let hex = hex(&sha1);
    let encoded = STANDARD.encode(certificate_der());
    let lines: Vec<&str> =
        encoded.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let wrapped = lines.join("\n");
    for (what, algorithm, header) in [
        (
            "msal py, thumbprint",
            "RS256",
            json!({"alg": "RS256", "typ": "JWT", "x5t": URL_SAFE.encode(&sha1)}),
        ),
        (
            "msal py, pfx",
            "PS256",
            json!({"alg": "PS256", "typ": "JWT", "x5t#S256": URL_SAFE.encode(&sha256)}),
        ),
        (
            "azure-identity aio",
            "PS256",
            json!({"typ": "JWT", "alg": "PS256", "x5t#S256": URL_SAFE.encode(&sha256)}),
        ),
        ("msal node", "PS256", ps256_header()),
        ("msal node, SHA-1", "RS256", rs256_header()),
        (
            "msal py, x5c with line ends",
            "RS256",
            json!({"alg": "RS256", "typ": "JWT", "x5c": [wrapped], "x5t": URL_SAFE.encode(&sha1)}),
        ),
        (
            "msal.net, x5c as a text",
            "PS256",
            json!({"alg": "PS256", "typ": "JWT", "x5t#S256": URL_SAFE_NO_PAD.encode(&sha256), "x5c": STANDARD.encode(certificate_der())}),
        ),
        (
            "azure-sdk-for-rust",
            "RS256",
            json!({"alg": "RS256", "typ": "JWT", "x5t": STANDARD.encode(&sha1)}),
        ),
        (
            "Microsoft's page",
            "PS256",
            json!({"alg": "PS256", "typ": "JWT", "x5t#s256": URL_SAFE_NO_PAD.encode(&sha256)}),
        ),
        ("kid as hex thumbprint", "RS256", json!({"alg": "RS256", "typ": "JWT", "kid": hex})),
        ("without typ", "RS256", json!({"alg": "RS256", "x5t": URL_SAFE_NO_PAD.encode(&sha1)})),
    ] {
        let assertion = sign(algorithm, &header, &sim.claims(&application));
        is_accepted(&sim, &client_id, &assertion, what).await;
    }
}

#[tokio::test]
async fn every_known_form_of_claims_is_accepted() {
    let sim = Sim::start(|_| {}).await;
    let application = sim.register();
    let client_id = application.app_id.to_string();
    let tenant_id = sim.tenant_id();
    let now = sim.clock.now().as_second();
    let changes: [(&str, Value); 12] = [
        (
            "times as fractions, no nbf",
            json!({"nbf": null, "iat": now as f64 + 0.412_061, "exp": now as f64 + 600.412_061}),
        ),
        (
            "times as texts, no iat",
            json!({"nbf": now.to_string(), "exp": (now + 600).to_string(), "iat": null}),
        ),
        ("no iat, exp half an hour later", json!({"iat": null, "exp": now + 1800})),
        ("iat before nbf", json!({"iat": now - 1})),
        ("two minutes fast", json!({"nbf": now + 120, "exp": now + 720})),
        ("two minutes over", json!({"nbf": now - 720, "exp": now - 120})),
        (
            "audience with the id",
            json!({"aud": sim.url(&format!("/{tenant_id}/oauth2/v2.0/token"))}),
        ),
        ("audience of v1", json!({"aud": sim.url(&format!("/{tenant_id}/oauth2/token"))})),
        (
            "audience at the real host",
            json!({"aud": format!("https://login.microsoftonline.com/{tenant_id}/oauth2/v2.0/token")}),
        ),
        (
            "audience at the real host with the domain",
            json!({"aud": "https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token"}),
        ),
        (
            "audience as a list",
            json!({"aud": [sim.url(&format!("/{tenant_id}/oauth2/v2.0/token"))]}),
        ),
        (
            "upper-case ids",
            json!({"iss": client_id.to_uppercase(), "sub": client_id.to_uppercase()}),
        ),
    ];
    for (what, change) in changes {
        let mut claims = sim.claims(&application);
        for (name, value) in change.as_object().unwrap() {
            if value.is_null() {
                claims.as_object_mut().unwrap().remove(name);
            } else {
                claims[name] = value.clone();
            }
        }
        let assertion = sign("PS256", &ps256_header(), &claims);
        is_accepted(&sim, &client_id, &assertion, what).await;
    }
}

#[tokio::test]
async fn standard_base64_and_a_second_use_are_accepted() {
    let sim = Sim::start(|_| {}).await;
    let application = sim.register();
    let client_id = application.app_id.to_string();
    // CIPP encodes header and payload with the standard alphabet and padding.
    let message = format!(
        "{}.{}",
        STANDARD.encode(ps256_header().to_string()),
        STANDARD.encode(sim.claims(&application).to_string())
    );
    let assertion = format!("{message}.{}", STANDARD.encode(signature("PS256", key(), &message)));
    is_accepted(&sim, &client_id, &assertion, "standard base64").await;
    is_accepted(&sim, &client_id, &assertion, "the same jti again").await;
}
