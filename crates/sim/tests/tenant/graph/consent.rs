//! Consent and directory roles, and what tokens carry of them.

use serde_json::{Value, json};

use super::desk::{Desk, EXCHANGE_ADMINISTRATOR, EXCHANGE_APP, MANAGE_AS_APP, refusal, text};
use crate::harness::claims_of;

const NO_ROLE: &str = "0997a1d0-0d1d-4acb-b408-d5ca73121e90";
const ROLES: &str = "/roleManagement/directory/roleAssignments";

async fn principal(desk: &Desk) -> (String, String) {
    let app_id = text(&desk.application().await["appId"]);
    let made = desk.make("/servicePrincipals", json!({"appId": app_id})).await;
    (app_id, text(&made["id"]))
}

#[tokio::test]
async fn exchanges_service_principal_has_the_role_under_its_published_id() {
    let desk = Desk::new().await;
    let rows =
        desk.rows(&format!("/servicePrincipals?$filter=appId%20eq%20'{EXCHANGE_APP}'")).await;
    assert_eq!((rows.len(), &rows[0]["displayName"]), (1, &json!("Office 365 Exchange Online")));
    let role = rows[0]["appRoles"]
        .as_array()
        .unwrap()
        .iter()
        .find(|role| role["value"] == "Exchange.ManageAsApp");
    assert_eq!(role.unwrap()["id"], MANAGE_AS_APP);
    // The object id is the tenant's own.
    let other = crate::harness::Sim::start(|config| config.seed = 2).await;
    let other = Desk::with(other, &[exoctl_sim::DirectoryRole::GlobalReader]);
    assert_ne!(other.exchange().await, desk.exchange().await);
}

#[tokio::test]
async fn a_token_has_what_was_granted_when_it_was_issued() {
    let desk = Desk::new().await;
    let (app_id, principal) = principal(&desk).await;
    let claims = async || {
        let answer = desk.exchange_token(&app_id).await;
        claims_of(&text(&answer.json()["access_token"]))
    };
    let before = claims().await;
    assert_eq!((&before["roles"], &before["wids"]), (&Value::Null, &json!([NO_ROLE])));
    let exchange = desk.exchange().await;
    let consent =
        json!({"principalId": principal, "resourceId": exchange, "appRoleId": MANAGE_AS_APP});
    let made =
        desk.make(&format!("/servicePrincipals/{exchange}/appRoleAssignedTo"), consent).await;
    assert_eq!(made["principalType"], "ServicePrincipal");
    assert_eq!(made["principalDisplayName"], "Nightly report");
    assert_eq!(made["resourceDisplayName"], "Office 365 Exchange Online");
    let role = json!({
        "@odata.type": "#microsoft.graph.unifiedRoleAssignment", "principalId": principal,
        "roleDefinitionId": EXCHANGE_ADMINISTRATOR, "directoryScopeId": "/",
    });
    let role = desk.make(ROLES, role).await;
    let after = claims().await;
    assert_eq!(after["roles"], json!(["Exchange.ManageAsApp"]));
    assert_eq!(after["wids"], json!([EXCHANGE_ADMINISTRATOR, NO_ROLE]));
    assert_eq!(after["oid"], json!(principal));

    let path = format!("/servicePrincipals/{principal}/appRoleAssignments/{}", text(&made["id"]));
    assert_eq!(desk.call("DELETE", &path, Value::Null).await.status, 204);
    let path = format!("{ROLES}/{}", text(&role["id"]));
    assert_eq!(desk.call("DELETE", &path, Value::Null).await.status, 204);
    let gone = claims().await;
    assert_eq!((&gone["roles"], &gone["wids"]), (&Value::Null, &json!([NO_ROLE])));
}

#[tokio::test]
async fn consent_is_seen_from_both_sides_and_given_once() {
    let desk = Desk::new().await;
    let (_, principal) = principal(&desk).await;
    let exchange = desk.exchange().await;
    let consent = |principal: &str, role: &str| json!({"principalId": principal, "resourceId": exchange, "appRoleId": role});
    let own = format!("/servicePrincipals/{principal}/appRoleAssignments");
    let of_exchange = format!("/servicePrincipals/{exchange}/appRoleAssignedTo");
    let made = desk.make(&own, consent(&principal, MANAGE_AS_APP)).await;
    let mut shown = made.clone();
    shown.as_object_mut().unwrap().shift_remove("@odata.context");
    assert_eq!(desk.rows(&own).await, [shown.clone()]);
    assert_eq!(desk.rows(&of_exchange).await, [shown]);
    let again = desk.call("POST", &of_exchange, consent(&principal, MANAGE_AS_APP)).await;
    assert_eq!(
        refusal(&again),
        (
            400,
            "Request_BadRequest".into(),
            "Permission being assigned already exists on the object".into()
        )
    );
    let unknown = "11111111-2222-4333-8444-555555555555";
    let wrong = desk.call("POST", &of_exchange, consent(&principal, unknown)).await;
    let (status, _, message) = refusal(&wrong);
    assert_eq!(status, 400);
    assert!(
        message.starts_with("Permission being assigned was not found on application"),
        "{message}"
    );
}

#[tokio::test]
async fn the_application_is_not_its_service_principal() {
    let desk = Desk::new().await;
    let application = text(&desk.application().await["id"]);
    let exchange = desk.exchange().await;
    let consent =
        json!({"principalId": application, "resourceId": exchange, "appRoleId": MANAGE_AS_APP});
    let answer = desk
        .call("POST", &format!("/servicePrincipals/{exchange}/appRoleAssignedTo"), consent)
        .await;
    let (status, code, message) = refusal(&answer);
    assert_eq!((status, code.as_str()), (404, "Request_ResourceNotFound"));
    assert_eq!(
        message,
        format!(
            "Resource '{application}' does not exist or one of its queried reference-property objects are not present."
        )
    );
    let role = json!({"principalId": application, "roleDefinitionId": EXCHANGE_ADMINISTRATOR, "directoryScopeId": "/"});
    assert_eq!(desk.call("POST", ROLES, role).await.status, 404);
}

#[tokio::test]
async fn what_people_may_delegate_is_listed_and_taken_back() {
    let mut desk = Desk::new().await;
    let (_, principal) = principal(&desk).await;
    let path = "/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')";
    let graph = text(&desk.get(path).await.json()["id"]);
    let grants = "/oauth2PermissionGrants";
    assert_eq!(desk.get(grants).await.status, 403, "setting up an application does not need it");
    let scopes = ["DelegatedPermissionGrant.ReadWrite.All", "Application.Read.All"];
    desk.become_with(&[exoctl_sim::DirectoryRole::CloudApplicationAdministrator], &scopes);
    let body = json!({"clientId": principal, "consentType": "AllPrincipals", "resourceId": graph, "scope": "User.Read"});
    let made = desk.make(grants, body.clone()).await;
    assert_eq!((&made["scope"], &made["principalId"]), (&json!("User.Read"), &Value::Null));
    let again = desk.call("POST", grants, body).await;
    assert_eq!((again.status, refusal(&again).2), (409, "Permission entry already exists.".into()));
    let own = format!("/servicePrincipals/{principal}/oauth2PermissionGrants");
    assert_eq!(desk.rows(&own).await[0]["id"], made["id"]);
    let filter = format!("{grants}?$filter=clientId%20eq%20'{principal}'");
    assert_eq!(desk.rows(&filter).await.len(), 1);
    let one = format!("{grants}/{}", text(&made["id"]));
    assert_eq!(desk.call("DELETE", &one, Value::Null).await.status, 204);
    assert_eq!(desk.get(&one).await.status, 404);
    assert_eq!(desk.rows(&own).await.len(), 0);
}

#[tokio::test]
async fn a_tenant_may_be_without_exchange() {
    let desk = Desk::new().await;
    let (app_id, _) = principal(&desk).await;
    let path = format!("/servicePrincipals(appId='{EXCHANGE_APP}')");
    assert_eq!(desk.call("DELETE", &path, Value::Null).await.status, 204);
    assert_eq!(desk.get(&path).await.status, 404);
    let refused = desk.exchange_token(&app_id).await;
    assert_eq!((refused.status, &refused.json()["error_codes"]), (400, &json!([500_011])));
    let made = desk.make("/servicePrincipals", json!({"appId": EXCHANGE_APP})).await;
    assert_eq!(made["displayName"], "Office 365 Exchange Online");
    assert_eq!(desk.exchange_token(&app_id).await.status, 200);
}

#[tokio::test]
async fn a_directory_role_is_given_once_and_found_by_its_principal() {
    let desk = Desk::new().await;
    let (_, principal) = principal(&desk).await;
    let role = json!({"principalId": principal, "roleDefinitionId": EXCHANGE_ADMINISTRATOR, "directoryScopeId": "/"});
    let made = desk.make(ROLES, role.clone()).await;
    let again = desk.call("POST", ROLES, role).await;
    assert_eq!(
        refusal(&again),
        (400, "Request_BadRequest".into(), "A conflicting object with one or more of the specified property values is present in the directory.".into())
    );
    let found = desk.rows(&format!("{ROLES}?$filter=principalId%20eq%20'{principal}'")).await;
    assert_eq!((found.len(), &found[0]["id"]), (1, &made["id"]));
    let expanded = desk.rows(&format!("{ROLES}?$expand=roleDefinition")).await;
    assert_eq!(expanded[0]["roleDefinition"]["displayName"], "Exchange Administrator");
    let name = "/roleManagement/directory/roleDefinitions?$filter=displayName%20eq%20'Exchange%20Administrator'";
    assert_eq!(desk.rows(name).await[0]["id"], EXCHANGE_ADMINISTRATOR);
}
