//! Registering, finding, changing and deleting applications and their service principals.

use serde_json::{Value, json};

use super::desk::{Desk, refusal, text};

#[tokio::test]
async fn an_application_is_made_with_the_defaults_of_the_documentation() {
    let desk = Desk::new().await;
    let made = desk.make("/applications", json!({"displayName": "Nightly report"})).await;
    // The example of "create application" comes back with the widest audience.
    assert_eq!(made["signInAudience"], "AzureADandPersonalMicrosoftAccount");
    assert_eq!(made["publisherDomain"], "contoso.onmicrosoft.com");
    assert_eq!((&made["keyCredentials"], &made["passwordCredentials"]), (&json!([]), &json!([])));
    assert!(text(&made["@odata.context"]).ends_with("$metadata#applications/$entity"));
    assert_eq!(made["web"]["redirectUris"], json!([]));
    let app_id = text(&made["appId"]);
    assert_ne!(text(&made["id"]), app_id);
    let by_key = desk.get(&format!("/applications(appId='{app_id}')")).await;
    assert_eq!(by_key.json()["id"], made["id"]);
    let selected = desk.get(&format!("/applications/{}?$select=id,appId", text(&made["id"]))).await;
    let mut members: Vec<String> = selected.json().as_object().unwrap().keys().cloned().collect();
    members.sort_unstable();
    assert_eq!(members, ["@odata.context", "appId", "id"]);
}

#[tokio::test]
async fn a_name_is_not_unique_and_a_quote_is_doubled() {
    let desk = Desk::new().await;
    for _ in 0..2 {
        desk.make("/applications", json!({"displayName": "O'Brien"})).await;
    }
    desk.make("/applications", json!({"displayName": "other"})).await;
    let found = desk.rows("/applications?$filter=displayName%20eq%20'O''Brien'").await;
    assert_eq!(found.len(), 2);
    let page = desk.get("/applications?$top=2").await.json();
    assert_eq!(page["value"].as_array().unwrap().len(), 2);
    let next = text(&page["@odata.nextLink"]);
    let next = next.strip_prefix(&desk.sim.url("/v1.0")).unwrap();
    assert_eq!(desk.rows(next).await.len(), 1);
    let wrong = desk.get("/applications?$filter=displayName%20like%20'x'").await;
    assert_eq!(refusal(&wrong).0, 400);
}

#[tokio::test]
async fn an_upsert_makes_once_and_changes_then() {
    let desk = Desk::new().await;
    let path = "/applications(uniqueName='exoctl-nightly')";
    let prefer = [("prefer", "create-if-missing")];
    let body = |name: &str| json!({"displayName": name});
    let missing = desk.call("PATCH", path, body("x")).await;
    assert_eq!((missing.status, refusal(&missing).1.as_str()), (404, "Request_ResourceNotFound"));
    let made = desk.call_with("PATCH", path, body("Nightly"), &prefer).await;
    assert_eq!(made.status, 201);
    assert_eq!(made.json()["uniqueName"], "exoctl-nightly");
    let changed = desk.call_with("PATCH", path, body("Weekly"), &prefer).await;
    assert_eq!((changed.status, changed.body.len()), (204, 0));
    let all = desk.rows("/applications").await;
    assert_eq!((all.len(), &all[0]["displayName"]), (1, &json!("Weekly")));
    assert_eq!(all[0]["id"], made.json()["id"]);
}

#[tokio::test]
async fn a_body_that_makes_no_sense_is_refused() {
    let desk = Desk::new().await;
    for body in [
        json!({}),
        json!({"displayName": "x", "colour": "red"}),
        json!({"displayName": "x", "appId": "8f1c7a52-6a0e-4a31-9a3f-0d9e1a4f5b6c"}),
        json!({"displayName": "x", "requiredResourceAccess": [{"resourceAppId": "x"}]}),
        json!({"displayName": "x", "keyCredentials": [{"usage": "Verify"}]}),
    ] {
        let answer = desk.call("POST", "/applications", body.clone()).await;
        assert_eq!(answer.status, 400, "{body}");
        let inner = &answer.json()["error"]["innerError"];
        assert_eq!(inner["request-id"], answer.header("request-id"));
        assert_eq!(inner["date"], "2026-11-21T09:00:00");
    }
    let lost = desk.get("/wombats").await;
    assert_eq!(refusal(&lost).2, "Resource not found for the segment 'wombats'.");
}

#[tokio::test]
async fn a_service_principal_is_made_once_and_can_be_switched_off() {
    let desk = Desk::new().await;
    let application = desk.application().await;
    let app_id = text(&application["appId"]);
    let made = desk.make("/servicePrincipals", json!({"appId": app_id, "tags": ["HideApp"]})).await;
    assert_eq!((&made["appId"], &made["tags"]), (&application["appId"], &json!(["HideApp"])));
    let again = desk.call("POST", "/servicePrincipals", json!({"appId": app_id})).await;
    let (status, code, message) = refusal(&again);
    assert_eq!((status, code.as_str()), (409, "Request_MultipleObjectsWithSameKeyValue"));
    assert!(message.ends_with("is already in use."), "{message}");
    assert_eq!(again.json()["error"]["details"][0]["code"], "ConflictingObjects");
    let stranger = json!({"appId": "8f1c7a52-6a0e-4a31-9a3f-0d9e1a4f5b6c"});
    let stranger = desk.call("POST", "/servicePrincipals", stranger).await;
    assert_eq!(
        refusal(&stranger).2,
        "The appId '8f1c7a52-6a0e-4a31-9a3f-0d9e1a4f5b6c' of the service principal does not reference a valid application object."
    );
    let path = format!("/servicePrincipals(appId='{app_id}')");
    let prefer = [("prefer", "create-if-missing")];
    let off = desk.call_with("PATCH", &path, json!({"accountEnabled": false}), &prefer).await;
    assert_eq!(off.status, 204);
    let refused = desk.exchange_token(&app_id).await;
    assert_eq!(refused.json()["error_codes"], json!([7_000_112]));
}

#[tokio::test]
async fn an_upsert_of_a_service_principal_makes_it() {
    let desk = Desk::new().await;
    let app_id = text(&desk.application().await["appId"]);
    assert_eq!(desk.exchange_token(&app_id).await.json()["error_codes"], json!([7_000_229]));
    let path = format!("/servicePrincipals(appId='{app_id}')");
    let prefer = [("prefer", "create-if-missing")];
    let made = desk.call_with("PATCH", &path, json!({"displayName": "Nightly"}), &prefer).await;
    assert_eq!((made.status, &made.json()["appId"]), (201, &json!(app_id)));
    assert_eq!(desk.exchange_token(&app_id).await.status, 200);
}

#[tokio::test]
async fn what_is_deleted_takes_its_grants_along_and_can_come_back() {
    let desk = Desk::new().await;
    let application = desk.application().await;
    let (id, app_id) = (text(&application["id"]), text(&application["appId"]));
    let principal = desk.make("/servicePrincipals", json!({"appId": app_id})).await;
    let role = json!({
        "principalId": principal["id"], "directoryScopeId": "/",
        "roleDefinitionId": super::desk::EXCHANGE_ADMINISTRATOR,
    });
    desk.make("/roleManagement/directory/roleAssignments", role).await;
    let deleted = desk.call("DELETE", &format!("/applications/{id}"), Value::Null).await;
    assert_eq!((deleted.status, deleted.body.len()), (204, 0));
    assert_eq!(desk.get(&format!("/applications/{id}")).await.status, 404);
    let own = format!("/servicePrincipals?$filter=appId%20eq%20'{app_id}'");
    assert_eq!(desk.rows(&own).await.len(), 0);
    assert_eq!(desk.rows("/roleManagement/directory/roleAssignments").await.len(), 0);
    assert_eq!(desk.exchange_token(&app_id).await.json()["error_codes"], json!([700_016]));

    let kept = desk.rows("/directory/deletedItems/microsoft.graph.application").await;
    assert_eq!((kept.len(), &kept[0]["id"]), (1, &json!(id)));
    assert_eq!(kept[0]["deletedDateTime"], "2026-11-21T09:00:00Z");
    // msgraph-sdk writes the alias of the namespace.
    assert_eq!(desk.rows("/directory/deletedItems/graph.application").await, kept);
    let path = format!("/directory/deletedItems/{id}");
    assert_eq!(desk.call("POST", &format!("{path}/restore"), Value::Null).await.status, 200);
    assert_eq!(desk.get(&format!("/applications/{id}")).await.json()["appId"], json!(app_id));
    assert_eq!(desk.call("DELETE", &path, Value::Null).await.status, 404);
    desk.call("DELETE", &format!("/applications/{id}"), Value::Null).await;
    assert_eq!(desk.call("DELETE", &path, Value::Null).await.status, 204);
    assert_eq!(desk.get(&path).await.status, 404);
}

#[tokio::test]
async fn what_graph_made_survives_a_restart() {
    let desk = Desk::new().await;
    let made = desk.application().await;
    let state = desk.sim.state.path().to_owned();
    let crate::harness::Sim { tenant, clock, state: kept, .. } = desk.sim;
    tenant.shutdown().await;
    let mut config = exoctl_sim::SimConfig::new(&state);
    config.clock = clock.clone();
    let tenant = exoctl_sim::SimulatedTenant::start(config).await.unwrap();
    let client = crate::harness::client(&std::fs::read(&tenant.ready().ca).unwrap());
    let sim = crate::harness::Sim { tenant, client, clock, state: kept };
    let again = Desk::with(sim, &[exoctl_sim::DirectoryRole::GlobalReader]);
    let found = again.get(&format!("/applications/{}", text(&made["id"]))).await.json();
    assert_eq!(found["keyCredentials"], made["keyCredentials"]);
    assert_eq!(found["requiredResourceAccess"], made["requiredResourceAccess"]);
}
