//! Who gets in: the progression that was measured, and the other refusals.

use http::StatusCode;
use serde_json::json;

use super::desk::{Desk, body};
use crate::role::DirectoryRole;

#[tokio::test]
async fn grants_lead_from_401_over_403_to_200() {
    let ask =
        |desk: Desk| async move { desk.run("Get-Mailbox", json!({"Identity": "adele"})).await };
    let neither = ask(Desk::with(50, false, &[])).await;
    assert_eq!(neither.status, StatusCode::UNAUTHORIZED);
    assert!(neither.body.is_empty());
    assert!(
        neither
            .header("www-authenticate")
            .starts_with("Bearer client_id=\"00000002-0000-0ff1-ce00-000000000000\"")
    );
    let permission_only = ask(Desk::with(50, true, &[])).await;
    assert_eq!(permission_only.status, StatusCode::FORBIDDEN);
    assert_eq!(permission_only.header("content-encoding"), "gzip");
    assert!(permission_only.body.len() > 100 && permission_only.body.iter().all(|byte| *byte == 0));
    let both = ask(Desk::with(50, true, &[DirectoryRole::GlobalReader])).await;
    assert_eq!(both.status, StatusCode::OK);
    let role_only = ask(Desk::with(50, false, &[DirectoryRole::GlobalReader])).await;
    assert_eq!(role_only.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn roles_decide_about_cmdlets() {
    let reader = Desk::with(50, true, &[DirectoryRole::GlobalReader]);
    let write =
        reader.run("Set-Mailbox", json!({"Identity": "adele", "CustomAttribute1": "x"})).await;
    assert_eq!(write.status, StatusCode::FORBIDDEN);
    assert!(write.body.iter().all(|byte| *byte == 0));
    let security = Desk::with(50, true, &[DirectoryRole::SecurityReader]);
    let mailbox = security.run("Get-Mailbox", json!({"Identity": "adele"})).await;
    assert_eq!(mailbox.status, StatusCode::FORBIDDEN);
    let unknown = Desk::new(50).run("Get-Nothing", json!({})).await;
    assert_eq!(unknown.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_unsupported_role_is_explained() {
    let desk = Desk::with(50, true, &[DirectoryRole::SecurityOperator]);
    let answer = desk.run("Get-Mailbox", json!({})).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(
        answer.json()["error"]["message"],
        "The role assigned to application 00000000-0000-0000-0000-000000000007 isn't supported in this scenario. Please check online documentation for assigning correct Directory Roles to Azure AD Application for EXO App-Only Authentication."
    );
}

#[tokio::test]
async fn compliance_redirects_at_its_front_door() {
    let desk = Desk::new(50).at_compliance(None, &[DirectoryRole::ComplianceAdministrator]);
    let path = desk.path("InvokeCommand");
    let answer = desk.post(&path, &body("Get-RoleGroup", json!({}))).await;
    assert_eq!(answer.status, StatusCode::FOUND);
    assert_eq!(
        answer.header("location"),
        format!("https://eur02b.admin.protection.outlook.com:446{path}")
    );
}

#[tokio::test]
async fn compliance_refuses_in_json() {
    let desk = Desk::new(50).at_compliance(Some("eur02b"), &[DirectoryRole::SecurityReader]);
    let answer = desk.run("Get-RoleGroup", json!({})).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let error = &answer.json()["error"];
    assert_eq!(error["code"], "Forbidden");
    assert_eq!(error["message"], "User is not allowed to call Get-RoleGroup");
}

#[tokio::test]
async fn only_beta_runs_cmdlets_and_only_for_the_own_tenant() {
    let desk = Desk::new(50);
    let body = body("Get-Mailbox", json!({"Identity": "adele"}));
    let path = desk.path("InvokeCommand");
    let old = desk.post(&path.replace("/beta/", "/v1.0/"), &body).await;
    assert_eq!(old.status, StatusCode::METHOD_NOT_ALLOWED);
    let named = desk.post("/AdminApi/beta/contoso.onmicrosoft.com/InvokeCommand", &body).await;
    assert_eq!(named.status, StatusCode::OK);
    let other = desk.post("/adminapi/beta/fabrikam.onmicrosoft.com/InvokeCommand", &body).await;
    assert_eq!(other.status, StatusCode::FORBIDDEN);
}
