//! What was written comes late, and Graph throttles.

use serde_json::{Value, json};

use super::desk::{Desk, EXCHANGE_ADMINISTRATOR, MANAGE_AS_APP, key_credential, refusal, text};
use crate::harness::{certificate_between, claims_of, key};

#[tokio::test]
async fn a_new_application_is_not_found_for_some_reads() {
    let desk = Desk::with_faults(&["replication:service=graph,reads=2,count=1"]).await;
    let path = format!("/applications/{}", text(&desk.application().await["id"]));
    assert_eq!(desk.rows("/applications").await.len(), 0);
    let patch = desk.call("PATCH", &path, json!({"notes": "x"})).await;
    assert_eq!((patch.status, refusal(&patch).1.as_str()), (404, "Request_ResourceNotFound"));
    assert_eq!(desk.get(&path).await.status, 200);
    assert_eq!(desk.rows("/applications").await.len(), 1);
}

#[tokio::test]
async fn an_object_may_be_seen_and_gone_again() {
    let desk = Desk::with_faults(&["replication:service=graph,reads=1,flaps=2,count=1"]).await;
    let path = format!("/applications/{}", text(&desk.application().await["id"]));
    let mut statuses = Vec::new();
    for _ in 0..7 {
        statuses.push(desk.get(&path).await.status);
    }
    assert_eq!(statuses, [404, 200, 404, 200, 404, 200, 200]);
}

#[tokio::test]
async fn replication_may_take_its_time() {
    let desk = Desk::with_faults(&["replication:service=graph,seconds=30,count=1"]).await;
    let path = format!("/applications/{}", text(&desk.application().await["id"]));
    for _ in 0..5 {
        assert_eq!(desk.get(&path).await.status, 404);
    }
    desk.sim.clock.advance(jiff::SignedDuration::from_secs(30));
    assert_eq!(desk.get(&path).await.status, 200);
}

#[tokio::test]
async fn an_upsert_never_makes_a_late_application_twice() {
    let desk = Desk::with_faults(&["replication:service=graph,reads=9,count=1"]).await;
    let path = "/applications(uniqueName='nightly')";
    let prefer = [("prefer", "create-if-missing")];
    let body = json!({"displayName": "Nightly"});
    assert_eq!(desk.call_with("PATCH", path, body.clone(), &prefer).await.status, 201);
    assert_eq!(desk.call_with("PATCH", path, body, &prefer).await.status, 204);
}

#[tokio::test]
async fn what_follows_says_in_its_own_way_that_it_is_too_early() {
    let desk = Desk::with_faults(&["replication:service=graph,reads=1"]).await;
    let made = desk.application().await;
    let body = json!({"appId": made["appId"]});
    let (status, _, message) =
        refusal(&desk.call("POST", "/servicePrincipals", body.clone()).await);
    assert_eq!(status, 400);
    assert!(message.ends_with("does not reference a valid application object."), "{message}");
    let principal = text(&desk.make("/servicePrincipals", body).await["id"]);
    let exchange = desk.exchange().await;
    let consent =
        json!({"principalId": principal, "resourceId": exchange, "appRoleId": MANAGE_AS_APP});
    let path = format!("/servicePrincipals/{exchange}/appRoleAssignedTo");
    let early = desk.call("POST", &path, consent.clone()).await;
    assert_eq!(refusal(&early).1, "Request_ResourceNotFound");
    desk.make(&path, consent).await;
    assert_eq!(desk.rows(&path).await.len(), 0);
    assert_eq!(desk.rows(&path).await.len(), 1);
}

#[tokio::test]
async fn entra_learns_of_every_step_by_itself() {
    let desk = Desk::with_faults(&["replication:service=entra,reads=1"]).await;
    let made = desk.application().await;
    let app_id = text(&made["appId"]);
    let principal = desk.make("/servicePrincipals", json!({"appId": app_id})).await;
    let exchange = desk.exchange().await;
    let consent =
        json!({"principalId": principal["id"], "resourceId": exchange, "appRoleId": MANAGE_AS_APP});
    desk.make(&format!("/servicePrincipals/{exchange}/appRoleAssignedTo"), consent).await;
    let role = json!({"principalId": principal["id"], "roleDefinitionId": EXCHANGE_ADMINISTRATOR, "directoryScopeId": "/"});
    desk.make("/roleManagement/directory/roleAssignments", role).await;
    for code in [700_016, 7_000_229] {
        assert_eq!(desk.exchange_token(&app_id).await.json()["error_codes"], json!([code]));
    }
    let early = claims_of(&text(&desk.exchange_token(&app_id).await.json()["access_token"]));
    assert_eq!((&early["roles"], early["wids"].as_array().unwrap().len()), (&Value::Null, 1));
    let late = claims_of(&text(&desk.exchange_token(&app_id).await.json()["access_token"]));
    assert_eq!(
        (&late["roles"], early["wids"] == late["wids"]),
        (&json!(["Exchange.ManageAsApp"]), false)
    );
}

#[tokio::test]
async fn a_new_certificate_is_late_while_the_others_are_there() {
    let desk = Desk::with_faults(&[]).await;
    let id = text(&desk.application().await["id"]);
    let path = format!("/applications/{id}");
    let first = desk.get(&path).await.json()["keyCredentials"][0].clone();
    let control = exoctl_sim::ControlClient::open(desk.sim.state.path()).await.unwrap();
    control.inject(&"replication:service=graph,reads=1".parse().unwrap()).await.unwrap();
    let second = certificate_between(key(), "2026-10-01T00:00:00Z", "2027-04-01T00:00:00Z");
    let both = json!({"keyCredentials": [first, key_credential(&second)]});
    assert_eq!(desk.call("PATCH", &path, both).await.status, 204);
    for expected in [1, 2] {
        let keys = desk.get(&path).await.json()["keyCredentials"].clone();
        assert_eq!(keys.as_array().unwrap().len(), expected);
    }
}

#[tokio::test]
async fn changes_and_deletions_can_be_late_as_well() {
    let desk = Desk::new().await;
    let made = desk.application().await;
    let path = format!("/applications/{}", text(&made["id"]));
    let principal = desk.make("/servicePrincipals", json!({"appId": made["appId"]})).await;
    let role = json!({"principalId": principal["id"], "roleDefinitionId": EXCHANGE_ADMINISTRATOR, "directoryScopeId": "/"});
    let role = desk.make("/roleManagement/directory/roleAssignments", role).await;
    let control = exoctl_sim::ControlClient::open(desk.sim.state.path()).await.unwrap();
    let rule = "replication:service=graph,reads=1,flaps=1,of=all";
    control.inject(&rule.parse().unwrap()).await.unwrap();

    assert_eq!(desk.call("PATCH", &path, json!({"keyCredentials": []})).await.status, 204);
    let mut seen = Vec::new();
    for _ in 0..5 {
        let read = desk.get(&path).await.json();
        seen.push(read["keyCredentials"].as_array().unwrap().len());
    }
    assert_eq!(seen, [1, 0, 1, 0, 0]);

    let roles = "/roleManagement/directory/roleAssignments";
    let one = format!("{roles}/{}", text(&role["id"]));
    assert_eq!(desk.call("DELETE", &one, Value::Null).await.status, 204);
    assert_eq!(desk.rows(roles).await.len(), 1);
    assert_eq!(desk.call("DELETE", &one, Value::Null).await.status, 404, "writes are not late");
    assert_eq!(desk.rows(roles).await.len(), 0);

    assert_eq!(desk.call("DELETE", &path, Value::Null).await.status, 204);
    let by_key = format!("/applications(appId='{}')", text(&made["appId"]));
    let mut statuses = Vec::new();
    for place in [&path, &path, &by_key, &by_key, &path] {
        statuses.push(desk.get(place).await.status);
    }
    assert_eq!(statuses, [200, 404, 200, 404, 404]);
    assert_eq!(desk.rows("/applications").await.len(), 0);
}

#[tokio::test]
async fn throttling_has_graphs_headers() {
    let desk = Desk::with_faults(&["throttle:service=graph,retry-after=10,count=1"]).await;
    let refused = desk.get("/applications").await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "10"));
    assert_eq!(refusal(&refused).1, "TooManyRequests");
    assert_eq!(refused.header("x-ms-throttle-scope"), "Tenant_Application/ReadWrite");
    assert!(refused.headers.contains_key("x-ms-throttle-limit-percentage"));
    let answer = desk.get("/applications").await;
    assert_eq!((answer.status, answer.header("x-ms-resource-unit")), (200, "1"));
}

#[tokio::test]
async fn a_token_can_run_out_in_mid_run() {
    let desk = Desk::with_faults(&["expired-token:service=graph,count=1"]).await;
    let refused = refusal(&desk.get("/applications").await);
    assert_eq!((refused.0, refused.1.as_str()), (401, "InvalidAuthenticationToken"));
}
