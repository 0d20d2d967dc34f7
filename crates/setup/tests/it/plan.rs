//! What the plan says of what there is.

use exoctl_setup::{Observed, Plan, SetupError, WantedApplication, plan};
use serde_json::json;

use crate::script::{
    APP, BY_NAME, BY_UNIQUE_NAME, DELETED, GLOBAL_READER, Line, PRINCIPAL, Script, application,
    certificate, consent, desired, error, graph, line, list, not_found, now, principal, reader,
    requested, shown, tenant,
};

async fn observed(lines: Vec<Line>) -> Result<Observed, SetupError> {
    let script = Script::new(tenant().into_iter().chain(lines));
    let observed = Observed::read(&graph(&script), &WantedApplication::own("EXO Reporting")).await;
    script.is_over();
    observed
}

/// As it is printed, with the same thumbprint each time.
fn printed(plan: &Plan, thumbprint: &str) -> String {
    plan.to_string().replace(thumbprint, "THUMBPRINT")
}

#[tokio::test]
async fn an_empty_tenant_gets_everything() {
    let lines = vec![
        not_found(BY_UNIQUE_NAME),
        line(BY_NAME, 200, list(&[])),
        line(DELETED, 200, list(&[])),
    ];
    let observed = observed(lines).await.unwrap();
    let certificate = certificate();
    let thumbprint = certificate.thumbprint().to_string();
    let plan = plan(&desired(certificate), &observed, now()).unwrap();
    insta::assert_snapshot!("everything", printed(&plan, &thumbprint));
    let text = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan, "a file holds all of it");
}

#[tokio::test]
async fn what_is_right_is_left_and_what_is_not_is_changed() {
    let certificate = certificate();
    let thumbprint = certificate.thumbprint().to_string();
    let foreign = shown("40000000-0000-4000-8000-000000000004", &"AB".repeat(20));
    let mut there = application(&[foreign]);
    let user_read = json!({ "resourceAppId": "00000003-0000-0000-c000-000000000000",
        "resourceAccess": [{ "id": "e1fe6dd8-ba31-4d61-89e7-88639da4683d", "type": "Scope" }] });
    there["requiredResourceAccess"] = json!([user_read, requested()[0]]);
    let mut disabled = principal();
    disabled["accountEnabled"] = false.into();
    let lines = vec![
        line(BY_UNIQUE_NAME, 200, there),
        line(format!("GET /servicePrincipals(appId='{APP}')"), 200, disabled),
        line(
            format!("GET /servicePrincipals/{PRINCIPAL}/appRoleAssignments"),
            200,
            list(&[consent()]),
        ),
        line(roles(), 200, list(&[])),
    ];
    let observed = observed(lines).await.unwrap();
    let plan = plan(&desired(certificate), &observed, now()).unwrap();
    insta::assert_snapshot!("partly", printed(&plan, &thumbprint));
}

#[tokio::test]
async fn nothing_is_left_to_do_when_all_is_there() {
    let certificate = certificate();
    let thumbprint = certificate.thumbprint().to_string();
    let there = application(&[shown("40000000-0000-4000-8000-000000000004", &thumbprint)]);
    let lines = vec![
        line(BY_UNIQUE_NAME, 200, there),
        line(format!("GET /servicePrincipals(appId='{APP}')"), 200, principal()),
        line(
            format!("GET /servicePrincipals/{PRINCIPAL}/appRoleAssignments"),
            200,
            list(&[consent()]),
        ),
        line(roles(), 200, list(&[reader()])),
    ];
    let observed = observed(lines).await.unwrap();
    let plan = plan(&desired(certificate), &observed, now()).unwrap();
    assert!(plan.is_done());
    insta::assert_snapshot!("nothing", printed(&plan, &thumbprint));
}

/// The filter of the directory roles of the service principal.
fn roles() -> String {
    format!(
        "GET /roleManagement/directory/roleAssignments?$filter=principalId%20eq%20%27{PRINCIPAL}%27"
    )
}

#[tokio::test]
async fn an_application_of_somebody_else_is_not_taken_for_ours() {
    let mut other = application(&[]);
    other["uniqueName"] = json!(null);
    let lines = vec![not_found(BY_UNIQUE_NAME), line(BY_NAME, 200, list(&[other]))];
    let refused = observed(lines).await.unwrap_err();
    assert!(matches!(refused, SetupError::NameTaken { .. }), "{refused}");
    assert!(refused.to_string().contains(APP), "{refused}");
}

#[tokio::test]
async fn a_deleted_application_that_holds_the_name_stops_the_plan() {
    let lines = vec![
        not_found(BY_UNIQUE_NAME),
        line(BY_NAME, 200, list(&[])),
        line(DELETED, 200, list(&[application(&[])])),
    ];
    let observed = observed(lines).await.unwrap();
    let refused = plan(&desired(certificate()), &observed, now()).unwrap_err();
    assert!(matches!(refused, SetupError::NameHeld { .. }), "{refused}");
}

#[tokio::test]
async fn what_the_policy_would_refuse_is_said_before_anything_is_written() {
    // Learn, "Tenant app management policy": applicationRestrictions.
    let restriction = |kind: &str| {
        json!({ "isEnabled": true, "applicationRestrictions": { "keyCredentials": [
            { "restrictionType": kind, "state": "enabled", "maxLifetime": "P180D" }] } })
    };
    for (kind, expected) in [
        ("asymmetricKeyLifetime", "the tenant takes certificates for P180D at most"),
        ("trustedCertificateAuthority", "the tenant takes certificates of its trusted authorities"),
    ] {
        let mut lines = tenant();
        lines[1] = line(crate::script::POLICY, 200, restriction(kind));
        lines.push(not_found(BY_UNIQUE_NAME));
        lines.push(line(BY_NAME, 200, list(&[])));
        lines.push(line(DELETED, 200, list(&[])));
        let script = Script::new(lines);
        let wanted = WantedApplication::own("EXO Reporting");
        let observed = Observed::read(&graph(&script), &wanted).await.unwrap();
        let refused = plan(&desired(certificate()), &observed, now()).unwrap_err();
        assert!(refused.to_string().starts_with(expected), "{refused}");
    }
}

#[tokio::test]
async fn a_policy_that_may_not_be_read_is_no_obstacle() {
    let mut lines = tenant();
    lines[1] = line(
        crate::script::POLICY,
        403,
        error("Authorization_RequestDenied", "Insufficient privileges to complete the operation."),
    );
    lines.push(not_found(BY_UNIQUE_NAME));
    lines.push(line(BY_NAME, 200, list(&[])));
    lines.push(line(DELETED, 200, list(&[])));
    let script = Script::new(lines);
    let wanted = WantedApplication::own("EXO Reporting");
    let observed = Observed::read(&graph(&script), &wanted).await.unwrap();
    assert!(observed.policy.is_none());
    assert!(!observed.has_directory_role(GLOBAL_READER.parse().unwrap()));
}
