//! Certificates and secrets of an application.

use rcgen::KeyPair;
use serde_json::{Value, json};

use super::desk::{Desk, key_credential, refusal, text};
use crate::harness::{certificate_between, certificate_der, hex, key, sha1};

/// Another certificate of the same key.
fn other_certificate() -> Vec<u8> {
    certificate_between(key(), "2026-10-01T00:00:00Z", "2027-04-01T00:00:00Z")
}

async fn keys(desk: &Desk, id: &str) -> Vec<Value> {
    let read = desk.get(&format!("/applications/{id}")).await.json();
    read["keyCredentials"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_read_shows_the_thumbprint_and_the_certificate_only_when_it_is_asked_for() {
    let desk = Desk::new().await;
    let id = text(&desk.application().await["id"]);
    let path = format!("/applications/{id}");
    let listed = &desk.rows("/applications?$select=id,keyCredentials").await[0];
    let plain = desk.get(&path).await.json();
    let selected = desk.get(&format!("{path}?$select=id,keyCredentials")).await.json();
    for (read, with_key) in [(listed, false), (&plain, false), (&selected, true)] {
        let entry = &read["keyCredentials"][0];
        assert_eq!(entry["customKeyIdentifier"], hex(&sha1(certificate_der())));
        assert_eq!(entry["key"].is_string(), with_key, "{entry}");
        assert_eq!(
            (&entry["type"], &entry["usage"]),
            (&json!("AsymmetricX509Cert"), &json!("Verify"))
        );
        assert_eq!(entry["startDateTime"], "2026-11-01T00:00:00Z");
        assert_eq!(entry["endDateTime"], "2027-11-01T00:00:00Z");
    }
    assert_eq!(selected["keyCredentials"][0]["key"], key_credential(certificate_der())["key"]);
}

#[tokio::test]
async fn writing_replaces_the_whole_list() {
    let desk = Desk::new().await;
    let id = text(&desk.application().await["id"]);
    let path = format!("/applications/{id}");
    let first = keys(&desk, &id).await.remove(0);
    let add = json!({"keyCredentials": [first, key_credential(&other_certificate())]});
    assert_eq!(desk.call("PATCH", &path, add).await.status, 204);
    let both = keys(&desk, &id).await;
    assert_eq!((both.len(), &both[0]), (2, &first));
    // Who forgets an entry removes it; the id alone is enough to keep one.
    let keep = json!({"keyCredentials": [{"keyId": both[1]["keyId"]}]});
    assert_eq!(desk.call("PATCH", &path, keep).await.status, 204);
    assert_eq!(keys(&desk, &id).await, [both[1].clone()]);
    assert_eq!(desk.call("PATCH", &path, json!({"keyCredentials": []})).await.status, 204);
    assert_eq!(keys(&desk, &id).await.len(), 0);
}

#[tokio::test]
async fn a_kept_entry_may_not_be_edited() {
    let desk = Desk::new().await;
    let id = text(&desk.application().await["id"]);
    let path = format!("/applications/{id}");
    let first = keys(&desk, &id).await.remove(0);
    for (name, value) in [
        ("endDateTime", json!("2027-10-01T00:00:00Z")),
        ("displayName", json!("renamed")),
        ("customKeyIdentifier", json!(text(&first["customKeyIdentifier"]).to_lowercase())),
        ("key", key_credential(&other_certificate())["key"].clone()),
    ] {
        let mut edited = first.clone();
        edited[name] = value;
        let answer = desk.call("PATCH", &path, json!({"keyCredentials": [edited]})).await;
        let (status, code, message) = refusal(&answer);
        assert_eq!((status, code.as_str()), (400, "Request_BadRequest"), "{name}");
        let key_id = text(&first["keyId"]);
        assert_eq!(
            message,
            format!("Update to existing credential with KeyId '{key_id}' is not allowed.")
        );
    }
    assert_eq!(keys(&desk, &id).await, [first]);
}

#[tokio::test]
async fn new_entries_must_be_certificates_within_their_own_time() {
    let desk = Desk::new().await;
    let id = text(&desk.application().await["id"]);
    let path = format!("/applications/{id}");
    let entry = key_credential(&other_certificate());
    let with = |name: &str, value: Value| {
        let mut entry = entry.clone();
        entry[name] = value;
        entry
    };
    let expired = certificate_between(key(), "2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z");
    for (entry, message) in [
        (with("endDateTime", json!("2027-04-02T00:00:00Z")), "Key credential end date is invalid."),
        (
            with("startDateTime", json!("2026-09-01T00:00:00Z")),
            "Key credential start date is invalid.",
        ),
        (key_credential(&expired), "Key credential end date is invalid."),
        (with("key", json!("aGVsbG8=")), "Key value is invalid certificate"),
        (
            with("usage", json!("Encrypt")),
            "The value for the property \"usage\" is invalid. Acceptable values are Sign, Verify.",
        ),
    ] {
        let answer = desk.call("PATCH", &path, json!({"keyCredentials": [entry]})).await;
        assert_eq!(refusal(&answer), (400, "Request_BadRequest".to_owned(), message.to_owned()));
    }
    // PEM in base64 is what Terraform sends.
    let pem = rcgen_pem();
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----"));
    let entry = key_credential(pem.as_bytes());
    assert_eq!(desk.call("PATCH", &path, json!({"keyCredentials": [entry]})).await.status, 204);
}

fn rcgen_pem() -> String {
    let key: &KeyPair = key();
    let mut parameters = rcgen::CertificateParams::default();
    parameters.not_after = rcgen::date_time_ymd(2028, 1, 1);
    parameters.self_signed(key).unwrap().pem()
}

#[tokio::test]
async fn a_certificate_is_good_for_signing_in_until_it_is_removed() {
    let desk = Desk::new().await;
    let application = desk.application().await;
    let (id, app_id) = (text(&application["id"]), text(&application["appId"]));
    desk.make("/servicePrincipals", json!({"appId": app_id})).await;
    assert_eq!(desk.exchange_token(&app_id).await.status, 200);
    let none = json!({"keyCredentials": []});
    desk.call("PATCH", &format!("/applications/{id}"), none).await;
    let refused = desk.exchange_token(&app_id).await;
    assert_eq!((refused.status, &refused.json()["error_codes"]), (401, &json!([700_027])));
}

#[tokio::test]
async fn a_secret_is_shown_once_and_signs_in() {
    let desk = Desk::new().await;
    let application = desk.application().await;
    let (id, app_id) = (text(&application["id"]), text(&application["appId"]));
    desk.make("/servicePrincipals", json!({"appId": app_id})).await;
    let path = format!("/applications/{id}");
    let wanted = json!({"passwordCredential": {"displayName": "old script", "endDateTime": "2026-12-01T00:00:00Z"}});
    let added = desk.call("POST", &format!("{path}/addPassword"), wanted).await.json();
    let secret = text(&added["secretText"]);
    assert!(secret.starts_with(&text(&added["hint"])));
    let shown = &desk.get(&path).await.json()["passwordCredentials"][0];
    assert_eq!((&shown["keyId"], &shown["secretText"]), (&added["keyId"], &Value::Null));
    let ask = async |secret: &str| {
        let fields = [
            ("client_id", app_id.as_str()),
            ("grant_type", "client_credentials"),
            ("client_secret", secret),
            ("scope", crate::harness::EXCHANGE),
        ];
        desk.sim.post("/contoso.com/oauth2/v2.0/token", &fields).await
    };
    let token = text(&ask(&secret).await.json()["access_token"]);
    assert_eq!(crate::harness::claims_of(&token)["appidacr"], "1");
    assert_eq!(ask("wrong").await.json()["error_codes"], json!([7_000_215]));
    desk.sim.clock.advance(jiff::SignedDuration::from_hours(24 * 11));
    assert_eq!(ask(&secret).await.json()["error_codes"], json!([7_000_222]));
}
