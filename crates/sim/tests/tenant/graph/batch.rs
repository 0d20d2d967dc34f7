//! What generated clients ask for besides objects and lists: batches, counts, related objects.

use serde_json::json;

use super::desk::{Desk, refusal, text};

#[tokio::test]
async fn a_batch_is_answered_member_by_member() {
    let desk = Desk::new().await;
    let made = desk.make("/applications", json!({"displayName": "Nightly"})).await;
    let id = text(&made["id"]);
    let requests = json!({ "requests": [
        { "id": "1", "method": "GET", "url": format!("/applications/{id}?$select=displayName") },
        { "id": "2", "method": "PATCH", "url": format!("applications/{id}"),
          "headers": { "Content-Type": "application/json" }, "body": { "displayName": "Weekly" } },
        { "id": "3", "method": "GET", "url": "/applications/11111111-2222-4333-8444-555555555555" },
        { "id": "4", "method": "GET", "url": "/organization", "dependsOn": ["3"] },
        { "id": "5", "method": "GET", "url": format!("/applications/{id}") },
    ] });
    let answer = desk.call("POST", "/$batch", requests).await;
    assert_eq!(answer.status, 200);
    let all = answer.json()["responses"].clone();
    let status = |at: usize| (all[at]["id"].clone(), all[at]["status"].as_u64().unwrap());
    assert_eq!(status(0), (json!("1"), 200));
    assert_eq!(all[0]["body"]["displayName"], "Nightly");
    assert_eq!((status(1).1, all[1].get("body")), (204, None));
    assert_eq!(all[2]["body"]["error"]["code"], "Request_ResourceNotFound");
    assert_eq!((status(2).1, status(3).1), (404, 424));
    assert_eq!(all[4]["body"]["displayName"], "Weekly");
    let member = json!({ "id": "1", "method": "GET", "url": "/organization" });
    let many = json!({ "requests": vec![member; 21] });
    assert_eq!(desk.call("POST", "/$batch", many).await.status, 400);
}

#[tokio::test]
async fn rows_are_counted_for_who_can_do_with_an_old_number() {
    let desk = Desk::new().await;
    for _ in 0..3 {
        desk.make("/applications", json!({"displayName": "x"})).await;
    }
    let eventual = [("consistencylevel", "eventual")];
    let count = desk.call_with("GET", "/applications/$count?$top=1", json!(null), &eventual).await;
    assert_eq!(String::from_utf8_lossy(&count.body), "3");
    assert_eq!(count.header("content-type"), "text/plain");
    assert_eq!(refusal(&desk.get("/applications/$count").await).0, 400);
}

#[tokio::test]
async fn a_service_principal_is_shown_with_its_consents() {
    let desk = Desk::new().await;
    let made = desk.application().await;
    let exchange = desk.exchange().await;
    let principal = json!({ "appId": made["appId"] });
    let principal = desk.make("/servicePrincipals", principal).await;
    let consent = json!({ "principalId": principal["id"], "resourceId": exchange,
        "appRoleId": "dc50a0fb-09a3-484d-be87-e023b12c6440" });
    desk.make(&format!("/servicePrincipals/{exchange}/appRoleAssignedTo"), consent).await;
    let path = format!("/servicePrincipals/{exchange}?$select=id&$expand=appRoleAssignedTo");
    let shown = desk.get(&path).await.json();
    let of_resource = desk.rows(&format!("/servicePrincipals/{exchange}/appRoleAssignedTo")).await;
    assert_eq!(of_resource.len(), 1);
    assert_eq!(shown["appRoleAssignedTo"], json!(of_resource));
    let plain = desk.get(&format!("/servicePrincipals/{exchange}")).await.json();
    assert_eq!(plain.get("appRoleAssignedTo"), None);
}
