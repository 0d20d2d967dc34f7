//! What a tenant's policies, and what is there already, make of setup: read first, and explained before
//! anything is written.

use exoctl_sim::{DirectoryRole, Registration};
use serde_json::{Value, json};

use crate::graph;
use crate::harness::{Home, Ran, Tenant};
use crate::setup::{WHO, directory, home_of_administrator, settings};

/// A tenant whose policies are `policies`, by their paths.
fn tenant_with(policies: &[(&str, Value)]) -> Tenant {
    let tenant = Tenant::start(5);
    let token = policy_maker(&tenant);
    for (path, policy) in policies {
        graph::call(&tenant, &token, "PATCH", path, policy);
    }
    tenant
}

fn policy_maker(tenant: &Tenant) -> String {
    let scopes = ["Policy.ReadWrite.ApplicationConfiguration", "Policy.ReadWrite.Authorization"];
    tenant.admin_token_with(&[&scopes[..], &["Application.ReadWrite.All"]].concat())
}

/// Learn, "Tenant app management policy".
fn restriction(kind: &str, longest: &str) -> Value {
    json!({ "restrictionType": kind, "state": "enabled", "maxLifetime": longest })
}

fn default_policy(restriction: &Value) -> (&'static str, Value) {
    let restrictions = json!({ "keyCredentials": [restriction] });
    let policy = json!({ "isEnabled": true, "applicationRestrictions": restrictions });
    ("/policies/defaultAppManagementPolicy", policy)
}

fn setup(more: &str) -> String {
    format!("setup {WHO} --role \"Global Reader\" --access-token-file token.txt {more}")
}

/// It was refused, and neither the tenant nor this machine has anything of it.
#[track_caller]
fn refused(home: &Home, tenant: &Tenant, before: &[(String, Value)], more: &str) -> Ran {
    let ran = home.run(&setup(more));
    assert_ne!(ran.exit, 0, "{}", ran.stderr);
    assert_eq!(directory(tenant), before, "nothing was written");
    assert_eq!(home.run("cert list").ok().stdout, "", "no key was made");
    ran
}

#[test]
fn who_may_not_register_is_told_before_anything_is_written() {
    let policy = json!({ "defaultUserRolePermissions": { "allowedToCreateApps": false } });
    let tenant = tenant_with(&[("/policies/authorizationPolicy", policy)]);
    let home = home_of_administrator(&tenant, &[DirectoryRole::GlobalReader]);
    let before = directory(&tenant);
    let told = refused(&home, &tenant, &before, "--yes");
    assert_eq!(told.exit, 5);
    settings(&home).bind(|| insta::assert_snapshot!("may_not_register", told.text()));
    let plan = home.run(&setup("--plan-file plan.json")).ok();
    assert!(plan.stderr.contains("does not let users register"), "{}", plan.stderr);
    // Somebody who may carries the plan out.
    let developer =
        [DirectoryRole::CloudApplicationAdministrator, DirectoryRole::PrivilegedRoleAdministrator];
    home.file("token.txt", tenant.admin_token(&developer));
    let _ = home.run("setup apply plan.json --access-token-file token.txt --yes").ok();
}

#[test]
fn certificates_that_the_tenant_would_refuse_are_refused_first() {
    let tenant = tenant_with(&[default_policy(&restriction("asymmetricKeyLifetime", "P180D"))]);
    let home = home_of_administrator(&tenant, &[DirectoryRole::GlobalAdministrator]);
    let before = directory(&tenant);
    let too_long = refused(&home, &tenant, &before, "--yes");
    let self_signed = restriction("trustedCertificateAuthority", "P180D");
    let (path, policy) = default_policy(&self_signed);
    graph::call(&tenant, &policy_maker(&tenant), "PATCH", path, &policy);
    let self_signed = refused(&home, &tenant, &before, "--valid-for 90d --yes");
    settings(&home).bind(|| {
        insta::assert_snapshot!("certificate_too_long", too_long.text());
        insta::assert_snapshot!("certificate_self_signed", self_signed.text());
    });
    let (path, policy) = default_policy(&restriction("asymmetricKeyLifetime", "P180D"));
    graph::call(&tenant, &policy_maker(&tenant), "PATCH", path, &policy);
    let _ = home.run(&setup("--valid-for 90d --yes")).ok();
}

/// The policy that is put on an application takes the place of the default one.
#[test]
fn an_application_may_have_a_policy_of_its_own() {
    let tenant = tenant_with(&[default_policy(&restriction("asymmetricKeyLifetime", "P30D"))]);
    let home = home_of_administrator(&tenant, &[DirectoryRole::GlobalAdministrator]);
    let app = tenant.register(Home::new().certificate().1);
    let line = format!(
        "setup --organization contoso.onmicrosoft.com --app-id {app} --role \"Global Reader\" --access-token-file token.txt --yes"
    );
    assert_eq!(home.run(&line).exit, 1, "the default one counts");
    let token = policy_maker(&tenant);
    let policy = json!({ "displayName": "long", "isEnabled": true, "restrictions": {
        "keyCredentials": [restriction("asymmetricKeyLifetime", "P2Y")] } });
    let policy = graph::call(&tenant, &token, "POST", "/policies/appManagementPolicies", &policy);
    let address = format!(
        "https://graph.microsoft.com/v1.0/policies/appManagementPolicies/{}",
        policy["id"].as_str().unwrap()
    );
    let path = format!("/applications(appId='{app}')/appManagementPolicies/$ref");
    graph::call(&tenant, &token, "POST", &path, &json!({ "@odata.id": address }));
    let _ = home.run(&line).ok();
}

#[test]
fn a_name_that_several_applications_have_is_refused_with_the_list() {
    let tenant = Tenant::start(5);
    let home = home_of_administrator(&tenant, &[DirectoryRole::GlobalAdministrator]);
    for _ in 0..2 {
        let registration = Registration::new(Home::new().certificate().1);
        tenant.register_as(registration.with_name("EXO Reporting"));
    }
    let before = directory(&tenant);
    let told = refused(&home, &tenant, &before, "--yes");
    assert_eq!(told.exit, 2);
    settings(&home).bind(|| insta::assert_snapshot!("name_of_several", told.text()));
}

/// The portal gives it to every application.
#[test]
fn an_unneeded_permission_is_shown_and_no_longer_asked_for() {
    let tenant = Tenant::start(5);
    let home = home_of_administrator(&tenant, &[DirectoryRole::GlobalAdministrator]);
    let app = tenant.register(Home::new().certificate().1);
    let asked = || {
        let path = format!("/applications(appId='{app}')");
        let token = tenant.admin_token(&[DirectoryRole::GlobalAdministrator]);
        graph::call(&tenant, &token, "GET", &path, &Value::Null)["requiredResourceAccess"].clone()
    };
    let before = asked();
    let mut with_user_read = before.as_array().unwrap().clone();
    with_user_read.push(json!({ "resourceAppId": "00000003-0000-0000-c000-000000000000",
        "resourceAccess": [{ "id": "e1fe6dd8-ba31-4d61-89e7-88639da4683d", "type": "Scope" }] }));
    let path = format!("/applications(appId='{app}')");
    let body = json!({ "requiredResourceAccess": with_user_read });
    graph::call(&tenant, &policy_maker(&tenant), "PATCH", &path, &body);
    let who = format!(
        "--organization contoso.onmicrosoft.com --app-id {app} --access-token-file token.txt"
    );
    let line = format!("setup {who} --role \"Global Reader\"");
    let told = home.run(&format!("{line} --what-if"));
    settings(&home).bind(|| insta::assert_snapshot!("user_read_removed", told.text()));
    let _ = home.run(&format!("{line} --yes")).ok();
    assert_eq!(asked(), before);
    // It was not setup's to take away for ever.
    let _ = home.run(&format!("teardown {who} --yes")).ok();
    let ids = |access: &Value| {
        let permissions = access.as_array().unwrap().iter();
        let mut ids: Vec<String> =
            permissions.map(|one| one["resourceAccess"][0]["id"].to_string()).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(&asked()), ids(&Value::from(with_user_read)));
}

/// A file of somebody else's, and a profile that signs in with it.
#[test]
fn a_certificate_of_a_file_is_used_as_it_is() {
    let tenant = Tenant::start(50);
    let home = home_of_administrator(&tenant, &[DirectoryRole::GlobalAdministrator]);
    let (thumbprint, _) = home.certificate();
    home.file("password.txt", "Passw0rd!\n");
    let _ = home
        .run(&format!(
            "cert export {thumbprint} --format pfx --password-file password.txt --out exo.pfx"
        ))
        .ok();
    let _ = home.run(&format!("cert remove {thumbprint} --yes")).ok();
    let file = "--certificate-file exo.pfx --password-file password.txt";
    let done = home.run(&setup(&format!("{file} --yes"))).ok();
    assert_eq!(done.rows()[0]["certificateThumbprint"], thumbprint.as_str());
    assert_eq!(home.run("cert list").ok().stdout, "", "no other key was made");
    assert_eq!(home.run("Get-Mailbox adele --select Alias").ok().rows().len(), 1);
    let again = home.run(&setup(&format!("{file} --what-if"))).ok();
    assert!(again.stdout.contains("Nothing to do"), "{}", again.stdout);
}
