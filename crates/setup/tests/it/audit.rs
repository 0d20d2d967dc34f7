//! What is found of an application: each finding is made by what Graph shows.

use exoctl_setup::{Finding, Observed, WantedApplication, audit};
use serde_json::{Value, json};

use crate::script::{
    APP, BY_UNIQUE_NAME, PRINCIPAL, Script, application, consent, graph, line, list, now,
    principal, reader, requested, shown, tenant,
};

/// The codes of what is found.
async fn found(
    application: Value,
    principal: Value,
    consents: &[Value],
    roles: &[Value],
) -> Vec<&'static str> {
    let mut lines = tenant();
    lines.push(line(BY_UNIQUE_NAME, 200, application));
    lines.push(line(format!("GET /servicePrincipals(appId='{APP}')"), 200, principal));
    lines.push(line(
        format!("GET /servicePrincipals/{PRINCIPAL}/appRoleAssignments"),
        200,
        list(consents),
    ));
    lines.push(line(
        format!("GET /roleManagement/directory/roleAssignments?$filter=principalId%20eq%20%27{PRINCIPAL}%27"),
        200,
        list(roles),
    ));
    let script = Script::new(lines);
    let wanted = WantedApplication::own("EXO Reporting");
    let observed = Observed::read(&graph(&script), &wanted).await.unwrap();
    let application = observed.application.clone().unwrap();
    // The one whose key is here has this thumbprint.
    let keys = ["AA".repeat(20).parse().unwrap()];
    let findings = audit(&observed, &application, &keys, now());
    assert!(findings.iter().all(|finding| !finding.to_string().is_empty()));
    findings.iter().map(Finding::code).collect()
}

fn key(thumbprint: &str, start: &str, end: &str) -> Value {
    let mut key = shown("40000000-0000-4000-8000-000000000004", &thumbprint.repeat(20));
    key["startDateTime"] = start.into();
    key["endDateTime"] = end.into();
    key
}

fn good() -> Value {
    key("AA", "2026-01-01T00:00:00Z", "2027-06-01T00:00:00Z")
}

fn role(id: &str, assignment: &str) -> Value {
    json!({ "id": assignment, "principalId": PRINCIPAL, "roleDefinitionId": id,
        "directoryScopeId": "/" })
}

#[tokio::test]
async fn nothing_is_found_of_an_application_that_is_right() {
    let right = found(application(&[good()]), principal(), &[consent()], &[reader()]).await;
    assert_eq!(right, Vec::<&str>::new());
}

#[tokio::test]
async fn what_is_missing_is_found() {
    let mut bare = application(&[]);
    bare["requiredResourceAccess"] = json!([]);
    let mut disabled = principal();
    disabled["accountEnabled"] = false.into();
    let missing = found(bare, disabled, &[], &[]).await;
    let expected =
        ["disabled", "no-consent", "no-directory-role", "does-not-ask", "no-valid-certificate"];
    assert_eq!(missing, expected);
}

#[tokio::test]
async fn what_is_too_much_is_found() {
    let mut rich = application(&[
        good(),
        key("BB", "2020-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        key("AA", "2026-01-01T00:00:00Z", "2026-12-01T00:00:00Z"),
        key("AA", "2026-01-01T00:00:00Z", "2036-01-01T00:00:00Z"),
    ]);
    let user_read = json!({ "resourceAppId": "00000003-0000-0000-c000-000000000000",
        "resourceAccess": [{ "id": "e1fe6dd8-ba31-4d61-89e7-88639da4683d", "type": "Scope" }] });
    rich["requiredResourceAccess"] = json!([user_read, requested()[0]]);
    rich["signInAudience"] = "AzureADMultipleOrgs".into();
    rich["passwordCredentials"] = json!([{ "keyId": "50000000-0000-4000-8000-000000000005",
        "displayName": "for the old script", "endDateTime": "2027-01-01T00:00:00Z" }]);
    let mut more = consent();
    more["id"] = "m".into();
    more["appRoleId"] = "ea3d980d-ebc7-4be4-8298-a167e5b8797c".into();
    let roles = [
        reader(),
        // Learn, "Microsoft Entra built-in roles": Global Administrator, Application Administrator.
        role("62e90394-69f5-4237-9190-012177145e10", "g"),
        role("9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "a"),
    ];
    let extra = found(rich, principal(), &[consent(), more], &roles).await;
    assert_eq!(
        extra,
        [
            "more-consent",
            "global-administrator",
            "foreign-role",
            "several-roles",
            "asks-for-user-read",
            "other-tenants",
            "certificate-ended",
            "certificate-unknown-here",
            "certificate-ends-soon",
            "certificate-long-lived",
            "secret",
        ]
    );
}
