//! What is sent when a plan is carried out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use exoctl_certificate::Certificate;
use exoctl_setup::{
    Action, Change, Goal, Observed, Patience, Plan, SetupError, Unwanted, WantedApplication, apply,
    plan, removal,
};
use serde_json::{Value, json};

use crate::script::{
    APP, BY_NAME, BY_UNIQUE_NAME, DELETED, EXCHANGE, GLOBAL_READER, Line, MANAGE_AS_APP, OBJECT,
    PRINCIPAL, Script, TENANT, Told, application, certificate, consent, desired, error, graph,
    line, list, not_found, now, principal, reader, requested, shown, tenant,
};

fn nothing() -> Vec<Line> {
    let mut lines = tenant();
    lines.push(not_found(BY_UNIQUE_NAME));
    lines.push(line(BY_NAME, 200, list(&[])));
    lines.push(line(DELETED, 200, list(&[])));
    lines
}

fn roles() -> String {
    format!(
        "GET /roleManagement/directory/roleAssignments?$filter=principalId%20eq%20%27{PRINCIPAL}%27"
    )
}

fn object() -> String {
    format!("GET /applications/{OBJECT}")
}

/// The key credential as it is added: Learn, keyCredential; the identifier is left to the service.
fn added(certificate: &Certificate) -> Value {
    json!({ "type": "AsymmetricX509Cert", "usage": "Verify", "displayName": "CN=EXO Reporting",
        "key": STANDARD.encode(certificate.der()),
        "startDateTime": certificate.not_before().to_string(),
        "endDateTime": certificate.not_after().to_string() })
}

/// One look is enough: replication has tests of its own.
fn hasty() -> Patience {
    Patience { in_a_row: 1, ..Patience::default() }
}

async fn plan_of_nothing(certificate: &Certificate) -> Plan {
    let script = Script::new(nothing());
    let wanted = WantedApplication::own("EXO Reporting");
    let observed = Observed::read(&graph(&script), &wanted).await.unwrap();
    plan(&desired(certificate.clone()), &observed, now()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn an_application_is_made_with_the_calls_of_the_reference() {
    let certificate = certificate();
    let agreed = plan_of_nothing(&certificate).await;
    let registered = application(&[shown(
        "40000000-0000-4000-8000-000000000004",
        &certificate.thumbprint().to_string(),
    )]);
    let mut lines = nothing();
    lines.extend([
        line("PATCH /applications(uniqueName='exoctl-exo-reporting')", 201, application(&[])).with(
            json!({ "displayName": "EXO Reporting", "signInAudience": "AzureADMyOrg",
                "requiredResourceAccess": requested() }),
        ),
        line(BY_UNIQUE_NAME, 200, application(&[])),
        line(object(), 200, application(&[])),
        line(format!("PATCH /applications/{OBJECT}"), 204, Value::Null)
            .with(json!({ "keyCredentials": [added(&certificate)] })),
        line(object(), 200, registered),
        line(format!("PATCH /servicePrincipals(appId='{APP}')"), 201, principal()).with(
            json!({ "displayName": "EXO Reporting",
                "tags": ["WindowsAzureActiveDirectoryIntegratedApp"] }),
        ),
        line(format!("GET /servicePrincipals(appId='{APP}')"), 200, principal()),
        line(format!("POST /servicePrincipals/{EXCHANGE}/appRoleAssignedTo"), 201, consent()).with(
            json!({ "principalId": PRINCIPAL, "resourceId": EXCHANGE, "appRoleId": MANAGE_AS_APP }),
        ),
        line(
            format!("GET /servicePrincipals/{PRINCIPAL}/appRoleAssignments"),
            200,
            list(&[consent()]),
        ),
        line("POST /roleManagement/directory/roleAssignments", 201, reader()).with(json!({
            "@odata.type": "#microsoft.graph.unifiedRoleAssignment",
            "principalId": PRINCIPAL, "roleDefinitionId": GLOBAL_READER, "directoryScopeId": "/" })),
        line(roles(), 200, list(&[reader()])),
    ]);
    let script = Script::new(lines);
    let mut told = Told::default();
    let applied = apply(&graph(&script), None, &agreed, now(), &hasty(), &mut told).await.unwrap();
    script.is_over();
    assert_eq!(applied.unwrap().principal.to_string(), PRINCIPAL);
    assert_eq!(told.0.len(), 5, "{:?}", told.0);
}

#[tokio::test(start_paused = true)]
async fn foreign_key_credentials_go_back_as_they_came_even_if_a_server_forgets_them() {
    let certificate = certificate();
    let foreign = shown("50000000-0000-4000-8000-000000000005", &"AB".repeat(20));
    let late = shown("60000000-0000-4000-8000-000000000006", &"CD".repeat(20));
    let there = |keys: &[Value]| {
        let mut lines = tenant();
        lines.extend([
            line(BY_UNIQUE_NAME, 200, application(keys)),
            line(format!("GET /servicePrincipals(appId='{APP}')"), 200, principal()),
            line(
                format!("GET /servicePrincipals/{PRINCIPAL}/appRoleAssignments"),
                200,
                list(&[consent()]),
            ),
            line(roles(), 200, list(&[reader()])),
        ]);
        lines
    };
    let script = Script::new(there(std::slice::from_ref(&foreign)));
    let wanted = WantedApplication::own("EXO Reporting");
    let observed = Observed::read(&graph(&script), &wanted).await.unwrap();
    let agreed = plan(&desired(certificate.clone()), &observed, now()).unwrap();

    let own = shown("40000000-0000-4000-8000-000000000004", &certificate.thumbprint().to_string());
    let both = [foreign.clone(), late.clone()];
    let mut lines = there(std::slice::from_ref(&foreign));
    lines.extend([
        // A server that is ahead, one that is behind, then two that agree.
        line(object(), 200, application(&both)),
        line(object(), 200, application(std::slice::from_ref(&foreign))),
        line(object(), 200, application(&both)),
        line(object(), 200, application(&both)),
        line(format!("PATCH /applications/{OBJECT}"), 204, Value::Null)
            .with(json!({ "keyCredentials": [foreign, late, added(&certificate)] })),
        line(object(), 200, application(std::slice::from_ref(&own))),
        line(object(), 200, application(&[own])),
    ]);
    let script = Script::new(lines);
    let patience = Patience { in_a_row: 2, ..Patience::default() };
    apply(&graph(&script), None, &agreed, now(), &patience, &mut Told::default()).await.unwrap();
    script.is_over();
}

#[tokio::test(start_paused = true)]
async fn servers_that_are_behind_are_waited_for_and_duplicates_are_success() {
    let certificate = certificate();
    let key = shown("40000000-0000-4000-8000-000000000004", &certificate.thumbprint().to_string());
    let mut start = tenant();
    start.push(line(BY_UNIQUE_NAME, 200, application(std::slice::from_ref(&key))));
    start.push(not_found(format!("GET /servicePrincipals(appId='{APP}')")));
    let script = Script::new(start);
    let wanted = WantedApplication::own("EXO Reporting");
    let observed = Observed::read(&graph(&script), &wanted).await.unwrap();
    let agreed = plan(&desired(certificate), &observed, now()).unwrap();

    let principal_call = format!("GET /servicePrincipals(appId='{APP}')");
    let upsert = || format!("PATCH /servicePrincipals(appId='{APP}')");
    let grant = || format!("POST /servicePrincipals/{EXCHANGE}/appRoleAssignedTo");
    let assign = "POST /roleManagement/directory/roleAssignments";
    let mut lines = tenant();
    lines.extend([
        line(BY_UNIQUE_NAME, 200, application(&[key])),
        not_found(&principal_call),
        // Texts: go-azure-sdk and Graph's issues.
        line(upsert(), 400, error("Request_BadRequest", "The appId 'x' of the service principal does not reference a valid application object.")),
        line(upsert(), 403, error("Authorization_RequestDenied", "When using this permission, the backing application of the service principal being created must in the local tenant")),
        line(upsert(), 201, principal()),
        line(&principal_call, 200, principal()),
        not_found(&principal_call),
        line(&principal_call, 200, principal()),
        line(&principal_call, 200, principal()),
        line(grant(), 400, error("Request_BadRequest", "Not a valid reference update.")),
        line(grant(), 400, error("Request_BadRequest", "Permission being assigned already exists on the object")),
        line(format!("GET /servicePrincipals/{PRINCIPAL}/appRoleAssignments"), 200, list(&[consent()])),
        line(format!("GET /servicePrincipals/{PRINCIPAL}/appRoleAssignments"), 200, list(&[consent()])),
        line(assign, 400, error("Request_BadRequest", "A conflicting object with one or more of the specified property values is present in the directory.")),
        line(roles(), 200, list(&[reader()])),
        line(roles(), 200, list(&[reader()])),
    ]);
    let script = Script::new(lines);
    let mut told = Told::default();
    let patience = Patience { in_a_row: 2, ..Patience::default() };
    apply(&graph(&script), None, &agreed, now(), &patience, &mut told).await.unwrap();
    script.is_over();
    insta::assert_snapshot!("waits", told.0.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn what_has_come_up_since_the_plan_is_refused() {
    let certificate = certificate();
    let mut agreed = plan_of_nothing(&certificate).await;
    agreed.steps.retain(|step| !matches!(step.action, Action::DirectoryRole { .. }));
    let script = Script::new(nothing());
    let refused =
        apply(&graph(&script), None, &agreed, now(), &hasty(), &mut Told::default()).await;
    let refused = refused.unwrap_err();
    assert!(matches!(&refused, SetupError::PlanOutdated { .. }), "{refused}");
    assert!(refused.to_string().contains("directory role Global Reader"), "{refused}");
    script.is_over();
}

#[tokio::test(start_paused = true)]
async fn removal_takes_the_application_and_its_service_principal() {
    let there = || {
        let mut lines = tenant();
        lines.extend([
            line(BY_UNIQUE_NAME, 200, application(&[])),
            line(format!("GET /servicePrincipals(appId='{APP}')"), 200, principal()),
            line(
                format!("GET /servicePrincipals/{PRINCIPAL}/appRoleAssignments"),
                200,
                list(&[consent()]),
            ),
            line(roles(), 200, list(&[reader()])),
        ]);
        lines
    };
    let script = Script::new(there());
    let unwanted = Unwanted {
        parts: None,
        tenant: TENANT.parse().unwrap(),
        organization: "contoso.onmicrosoft.com".parse().unwrap(),
        application: WantedApplication::own("EXO Reporting"),
        role_group: None,
        purge: true,
    };
    let observed = Observed::read(&graph(&script), &unwanted.application).await.unwrap();
    let agreed = removal(&unwanted, &observed).unwrap();
    assert_eq!(agreed.count(Change::Remove), 3);
    assert!(matches!(agreed.goal, Goal::Teardown(_)));
    insta::assert_snapshot!("removal", agreed.to_string());

    let mut lines = there();
    lines.extend([
        line(format!("DELETE /servicePrincipals/{PRINCIPAL}"), 204, Value::Null),
        line(format!("DELETE /applications/{OBJECT}"), 204, Value::Null),
        line(format!("DELETE /directory/deletedItems/{OBJECT}"), 204, Value::Null),
        not_found(format!("DELETE /directory/deletedItems/{PRINCIPAL}")),
    ]);
    let script = Script::new(lines);
    apply(&graph(&script), None, &agreed, now(), &hasty(), &mut Told::default()).await.unwrap();
    script.is_over();
}
