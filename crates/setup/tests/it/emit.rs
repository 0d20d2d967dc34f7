//! The desired state as others write it.

use exoctl_setup::{Observed, RoleGroup, WantedApplication, emit};
use serde_json::{Value, json};

use crate::script::{
    BY_NAME, BY_UNIQUE_NAME, DELETED, MANAGE_AS_APP, Script, certificate, desired, graph, line,
    list, not_found, tenant,
};

async fn nothing() -> Observed {
    let mut lines = tenant();
    lines.push(not_found(BY_UNIQUE_NAME));
    lines.push(line(BY_NAME, 200, list(&[])));
    lines.push(line(DELETED, 200, list(&[])));
    let script = Script::new(lines);
    let wanted = WantedApplication::own("EXO Reporting");
    Observed::read(&graph(&script), &wanted).await.unwrap()
}

#[tokio::test]
async fn the_manifest_asks_for_the_role_that_the_tenant_has() {
    let text = emit::manifest(&nothing().await);
    // Learn, "App-only authentication for unattended scripts", step 2, with this tenant's role id.
    let expected = json!({ "requiredResourceAccess": [{
        "resourceAppId": "00000002-0000-0ff1-ce00-000000000000",
        "resourceAccess": [{ "id": MANAGE_AS_APP, "type": "Role" }] }] });
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), expected);
}

#[tokio::test]
async fn terraform_and_the_guide_say_all_of_it() {
    let certificate = certificate();
    let thumbprint = certificate.thumbprint().to_string();
    let mut desired = desired(certificate.clone());
    desired.access.role_group = Some(RoleGroup {
        roles: vec!["View-Only Recipients".to_owned()],
        write_scope: Some("O'Neil".to_owned()),
        ..RoleGroup::existing("exoctl EXO Reporting")
    });
    let observed = nothing().await;
    let key = serde_json::to_value(&desired.certificate).unwrap()["certificate"].clone();
    let steady = |text: String| {
        text.replace(&thumbprint, "THUMBPRINT").replace(key.as_str().unwrap(), "CERTIFICATE")
    };
    insta::assert_snapshot!("terraform", steady(emit::terraform(&desired, &observed)));
    insta::assert_snapshot!("guide", steady(emit::guide(&desired, &observed)));
}
