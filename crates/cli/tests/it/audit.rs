//! `app audit`: every finding is made, its printed command is run, and the next audit finds it no more.

use exoctl_sim::{DirectoryRole, Registration};
use serde_json::{Value, json};

use crate::graph;
use crate::harness::{Home, Tenant};
use crate::setup::{home_of_administrator, settings};

const ORGANIZATION: &str = "contoso.onmicrosoft.com";
const MANAGE_AS_APP: &str = "dc50a0fb-09a3-484d-be87-e023b12c6440";

/// A tenant with an application that setup has made, and administrators of all kinds.
struct Scene {
    tenant: Tenant,
    home: Home,
    app: String,
    object: String,
    principal: String,
}

impl Scene {
    fn new() -> Self {
        let tenant = Tenant::start(5);
        let home = home_of_administrator(&tenant, &[DirectoryRole::GlobalAdministrator]);
        let scopes = ["Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All"];
        let more = ["RoleManagement.ReadWrite.Directory", "Policy.Read.All", "User.Read"];
        home.file("token.txt", tenant.admin_token_with(&[&scopes[..], &more].concat()));
        home.file("exchange.txt", tenant.exchange_token(&[DirectoryRole::ExchangeAdministrator]));
        let line = format!(
            "setup --organization {ORGANIZATION} --name \"EXO Reporting\" --role \"Global Reader\" --access-token-file token.txt --yes"
        );
        let made = home.run(&line).ok().rows().remove(0);
        let id = |name: &str| made[name].as_str().unwrap().to_owned();
        let (app, object, principal) = (id("appId"), id("objectId"), id("servicePrincipalId"));
        Self { tenant, home, app, object, principal }
    }

    /// A call of Graph, as the administrator.
    fn graph(&self, method: &str, path: &str, body: &Value) -> Value {
        let token = std::fs::read_to_string(self.home.path().join("token.txt")).unwrap();
        graph::call(&self.tenant, &token, method, path, body)
    }

    fn change(&self, body: &Value) {
        self.graph("PATCH", &format!("/applications/{}", self.object), body);
    }

    /// Consents to a permission of a resource.
    fn consent(&self, resource: &str, role: &str) {
        let id =
            self.graph("GET", &format!("/servicePrincipals(appId='{resource}')"), &Value::Null);
        let id = &id["id"];
        let body = json!({ "principalId": self.principal, "resourceId": id, "appRoleId": role });
        let path = format!("/servicePrincipals/{}/appRoleAssignedTo", id.as_str().unwrap());
        self.graph("POST", &path, &body);
    }

    /// Gives a directory role.
    fn assign(&self, role: DirectoryRole) {
        let role = role.template_id();
        let body = json!({ "principalId": self.principal, "roleDefinitionId": role, "directoryScopeId": "/" });
        self.graph("POST", "/roleManagement/directory/roleAssignments", &body);
    }

    /// Removes all that a list has.
    fn clear(&self, list: &str, each: &str) {
        for one in self.graph("GET", list, &Value::Null)["value"].as_array().unwrap() {
            self.graph("DELETE", &format!("{each}/{}", one["id"].as_str().unwrap()), &Value::Null);
        }
    }

    /// Adds a certificate that is valid for so long, whose key stays here or goes.
    fn add_certificate(&self, valid_for: &str, keep: bool) {
        let home = &self.home;
        let line = format!("cert new --subject CN=Another --valid-for {valid_for}");
        let made = home.run(&line).ok().rows().remove(0);
        let thumbprint = made["thumbprint"].as_str().unwrap();
        let _ =
            home.run(&format!("cert export {thumbprint} --format cer --force --out a.cer")).ok();
        let mut registration = Registration::new(std::fs::read(home.path().join("a.cer")).unwrap());
        registration =
            registration.with_app_id(self.app.parse().unwrap()).with_name("EXO Reporting");
        self.tenant.register_as(registration);
        if !keep {
            let _ = home.run(&format!("cert remove {thumbprint} --yes")).ok();
        }
    }

    /// Takes the certificates away that the application has so far.
    fn without_certificates(&self) {
        self.change(&json!({ "keyCredentials": [] }));
    }
}

/// A finding, and how it comes about.
type Case = (&'static str, fn(&Scene));

const CASES: [Case; 20] = [
    ("no-service-principal", |scene| {
        scene.graph("DELETE", &format!("/servicePrincipals/{}", scene.principal), &Value::Null);
    }),
    ("disabled", |scene| {
        let path = format!("/servicePrincipals/{}", scene.principal);
        scene.graph("PATCH", &path, &json!({ "accountEnabled": false }));
    }),
    ("no-consent", |scene| {
        let list = format!("/servicePrincipals/{}/appRoleAssignments", scene.principal);
        scene.clear(&list, &list);
    }),
    ("no-directory-role", |scene| {
        let list = "/roleManagement/directory/roleAssignments";
        scene.clear(list, list);
    }),
    ("does-not-ask", |scene| scene.change(&json!({ "requiredResourceAccess": [] }))),
    ("no-valid-certificate", Scene::without_certificates),
    ("more-consent", |scene| {
        // Microsoft Graph / Application.Read.All.
        let role = "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30";
        scene.consent("00000003-0000-0000-c000-000000000000", role);
    }),
    ("full-access", |scene| {
        let role = "dc890d15-9560-4a4c-9b7f-a736ec74ec40";
        scene.consent("00000002-0000-0ff1-ce00-000000000000", role);
    }),
    ("global-administrator", |scene| scene.assign(DirectoryRole::GlobalAdministrator)),
    ("several-roles", |scene| scene.assign(DirectoryRole::ExchangeAdministrator)),
    ("foreign-role", |scene| scene.assign(DirectoryRole::ApplicationDeveloper)),
    ("impersonation", |scene| {
        let certificate = std::fs::read(scene.home.path().join("made.cer")).unwrap();
        let registration = Registration::new(certificate).with_app_id(scene.app.parse().unwrap());
        scene.tenant.register_as(registration.with_name("EXO Reporting").with_impersonation());
    }),
    ("management-role", |scene| {
        let administrator = Home::of(&scene.tenant);
        administrator.connected(&scene.tenant);
        let who = format!("-AppId {} -ObjectId {}", scene.app, scene.principal);
        let _ =
            administrator.run(&format!("New-ServicePrincipal {who} -DisplayName Reporting")).ok();
        let line = "New-ManagementRoleAssignment -Role \"Mail Recipients\" -App";
        let _ = administrator.run(&format!("{line} {}", scene.principal)).ok();
    }),
    ("asks-for-user-read", |scene| {
        scene.change(&json!({ "requiredResourceAccess": [
            { "resourceAppId": "00000003-0000-0000-c000-000000000000", "resourceAccess": [
                { "id": "e1fe6dd8-ba31-4d61-89e7-88639da4683d", "type": "Scope" }] },
            { "resourceAppId": "00000002-0000-0ff1-ce00-000000000000", "resourceAccess": [
                { "id": MANAGE_AS_APP, "type": "Role" }] },
        ] }));
    }),
    ("other-tenants", |scene| scene.change(&json!({ "signInAudience": "AzureADMultipleOrgs" }))),
    ("certificate-ends-soon", |scene| {
        scene.without_certificates();
        scene.add_certificate("20d", true);
    }),
    ("certificate-ended", |scene| {
        // Made by Python cryptography for the year 2020; nobody has its key.
        let ended = include_bytes!("fixtures/ended.pem");
        let registration = Registration::new(ended).with_app_id(scene.app.parse().unwrap());
        scene.tenant.register_as(registration.with_name("EXO Reporting"));
    }),
    ("certificate-long-lived", |scene| {
        scene.without_certificates();
        scene.add_certificate("3y", true);
    }),
    ("certificate-unknown-here", |scene| scene.add_certificate("1y", false)),
    ("secret", |scene| {
        let path = format!("/applications/{}/addPassword", scene.object);
        scene.graph("POST", &path, &json!({ "passwordCredential": { "displayName": "script" } }));
    }),
];

#[test]
fn every_finding_is_gone_when_its_command_was_run() {
    let rows = std::sync::Mutex::new(std::collections::BTreeMap::new());
    // Two at a time: each has a tenant of its own.
    std::thread::scope(|scope| {
        for half in CASES.chunks(CASES.len().div_ceil(2)) {
            let rows = &rows;
            scope.spawn(move || {
                for (code, make) in half {
                    let row = found_and_fixed(code, *make);
                    rows.lock().unwrap().insert(*code, row);
                }
            });
        }
    });
    let rows = rows.into_inner().unwrap();
    let scene = Home::new();
    let told: Vec<String> = rows.into_values().collect();
    let mut settings = settings(&scene);
    settings.add_filter(r"\d{4}-\d\d-\d\d", "[DAY]");
    settings.add_filter(r"(--consent|--directory-role)=[\w-]+", "$1=[ID]");
    settings.bind(|| insta::assert_snapshot!("audit_findings", told.join("\n")));
}

fn found_and_fixed(code: &str, make: fn(&Scene)) -> String {
    let scene = Scene::new();
    let home = &scene.home;
    let listed = home.run("cert list").ok().rows();
    let thumbprint = listed[0]["thumbprint"].as_str().unwrap();
    let _ = home.run(&format!("cert export {thumbprint} --format cer --out made.cer")).ok();
    let tokens = "--access-token-file token.txt --exchange-token-file exchange.txt";
    let audit =
        format!("app audit --organization {ORGANIZATION} --name \"EXO Reporting\" {tokens}");
    assert_eq!(home.run(&audit).ok().stdout, "", "{code}: nothing is found at first");
    make(&scene);
    let found = home.run(&audit);
    assert_eq!(found.exit, 3, "{code}: {}", found.stderr);
    let rows = found.rows();
    let row = rows.iter().find(|row| row["finding"] == code);
    let row = row.unwrap_or_else(|| panic!("{code} is not among {rows:?}"));
    let fix = row["fix"].as_str().unwrap();
    for command in fix.split(" && ") {
        let command = command.strip_prefix("exoctl ").unwrap();
        let tokens = if command.starts_with("app trim") && !command.contains("--management-role") {
            "--access-token-file token.txt"
        } else {
            tokens
        };
        let _ = home.run(&format!("{command} {tokens} --yes")).ok();
    }
    let after = home.run(&audit);
    assert!(after.rows().iter().all(|row| row["finding"] != code), "{code}: {}", after.stdout);
    // What came along with it is fixed by its own command.
    for row in after.rows() {
        let command = row["fix"].as_str().unwrap().strip_prefix("exoctl ").unwrap().to_owned();
        let _ = home.run(&format!("{command} --access-token-file token.txt --yes")).ok();
    }
    assert_eq!(home.run(&audit).ok().stdout, "", "{code}: {}", after.stdout);
    row.to_string().replace(&scene.app, "[APP]")
}
