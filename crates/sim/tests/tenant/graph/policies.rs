//! Policies that refuse certificates.

use exoctl_sim::DirectoryRole;
use serde_json::{Value, json};

use super::desk::{Desk, key_credential, refusal, text};
use crate::harness::{certificate_between, certificate_der, key};

const POLICY: &str = "/policies/defaultAppManagementPolicy";

async fn desk_with(restriction: Value) -> Desk {
    let mut desk = Desk::new().await;
    let before = desk.get(POLICY).await.json();
    assert_eq!(
        (&before["isEnabled"], &before["applicationRestrictions"]["keyCredentials"]),
        (&json!(false), &json!([]))
    );
    let scopes = ["Policy.ReadWrite.ApplicationConfiguration", "Application.ReadWrite.All"];
    desk.become_with(&[DirectoryRole::GlobalAdministrator], &scopes);
    let policy =
        json!({"isEnabled": true, "applicationRestrictions": {"keyCredentials": [restriction]}});
    assert_eq!(desk.call("PATCH", POLICY, policy.clone()).await.status, 204);
    assert_eq!(
        desk.get(POLICY).await.json()["applicationRestrictions"],
        policy["applicationRestrictions"]
    );
    desk
}

async fn add(desk: &Desk, der: &[u8]) -> crate::harness::Answer {
    let body = json!({"displayName": "x", "keyCredentials": [key_credential(der)]});
    desk.call("POST", "/applications", body).await
}

#[tokio::test]
async fn a_certificate_may_be_valid_for_too_long() {
    let desk = desk_with(json!({
        "restrictionType": "asymmetricKeyLifetime", "state": "enabled", "maxLifetime": "P180D",
        "restrictForAppsCreatedAfterDateTime": "2026-01-01T00:00:00Z",
    }))
    .await;
    let refused = refusal(&add(&desk, certificate_der()).await);
    assert_eq!((refused.0, refused.1.as_str()), (400, "CredentialInvalidLifetimeAsPerAppPolicy"));
    let short = certificate_between(key(), "2026-11-01T00:00:00Z", "2027-04-30T00:00:00Z");
    assert_eq!(add(&desk, &short).await.status, 201);
    // The entry may end before the certificate does.
    let mut entry = key_credential(certificate_der());
    entry["endDateTime"] = json!("2027-04-30T00:00:00Z");
    let body = json!({"displayName": "x", "keyCredentials": [entry]});
    assert_eq!(text(&desk.make("/applications", body).await["displayName"]), "x");
}

#[tokio::test]
async fn a_policy_of_its_own_takes_the_place_of_the_default_one() {
    let restriction = |longest: &str| {
        json!({ "restrictionType": "asymmetricKeyLifetime", "state": "enabled",
            "maxLifetime": longest })
    };
    let desk = desk_with(restriction("P30D")).await;
    let strict = add(&desk, certificate_der()).await;
    assert_eq!(refusal(&strict).1, "CredentialInvalidLifetimeAsPerAppPolicy");
    let made = desk.make("/applications", json!({"displayName": "x"})).await;
    let policy = json!({ "displayName": "long", "isEnabled": true,
        "restrictions": { "keyCredentials": [restriction("P2Y")] } });
    let policy = desk.make("/policies/appManagementPolicies", policy).await;
    let address = format!(
        "https://graph.microsoft.com/v1.0/policies/appManagementPolicies/{}",
        text(&policy["id"])
    );
    let below = format!("/applications/{}/appManagementPolicies", text(&made["id"]));
    let put = desk.call("POST", &format!("{below}/$ref"), json!({ "@odata.id": address })).await;
    assert_eq!(put.status, 204);
    assert_eq!(desk.rows(&below).await[0]["displayName"], "long");
    let body = json!({ "keyCredentials": [key_credential(certificate_der())] });
    let path = format!("/applications/{}", text(&made["id"]));
    assert_eq!(desk.call("PATCH", &path, body).await.status, 204);
}

#[tokio::test]
async fn certificates_may_have_to_come_from_an_authority() {
    let desk =
        desk_with(json!({"restrictionType": "trustedCertificateAuthority", "state": "enabled"}))
            .await;
    let refused = refusal(&add(&desk, certificate_der()).await);
    assert_eq!((refused.0, refused.1.as_str()), (400, "CredentialTypeNotAllowedAsPerAppPolicy"));
}

#[tokio::test]
async fn older_applications_may_be_spared() {
    let desk = desk_with(json!({
        "restrictionType": "asymmetricKeyLifetime", "state": "enabled", "maxLifetime": "P1D",
        "restrictForAppsCreatedAfterDateTime": "2027-01-01T00:00:00Z",
    }))
    .await;
    assert_eq!(add(&desk, certificate_der()).await.status, 201);
}
