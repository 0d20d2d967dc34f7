//! What the admin API refuses, and what tokens tell beforehand.

use exoctl_sim::{DirectoryRole, Registration};
use serde_json::Value;

use crate::catalogue::case::Fix::{Act, Corrected, Run};
use crate::catalogue::case::{Case, case};
use crate::catalogue::scene::{CONTOSO, Scene, answers_for};
use crate::harness::{Home, Tenant};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = of_permissions();
    cases.extend(of_given_tokens());
    cases.extend(of_trouble());
    cases.extend(of_cmdlets());
    cases
}

fn of_permissions() -> Vec<Case> {
    vec![
        case(
            "exchange-401",
            |scene| {
                scene.connect();
                take_everything_away(scene, true);
                "Get-Mailbox adele --no-token-cache".to_owned()
            },
            Run("exoctl setup"),
        ),
        case(
            "exchange-403",
            |scene| {
                scene.register(|how| how.with_role(DirectoryRole::GlobalReader));
                scene.connect();
                "Set-Mailbox adele -CustomAttribute1 x".to_owned()
            },
            Run("exoctl setup"),
        ),
        case(
            "role-not-supported",
            |scene| {
                scene.connect();
                take_everything_away(scene, false);
                let principal = scene.principal();
                // Privileged Role Administrator, whom Exchange does not take.
                let body = serde_json::json!({
                    "principalId": principal, "directoryScopeId": "/",
                    "roleDefinitionId": "e8611ab8-c189-46e8-94e1-60213ab1f814",
                });
                scene.graph("POST", "roleManagement/directory/roleAssignments", &body);
                "Get-Mailbox adele --no-token-cache".to_owned()
            },
            Run("exoctl setup"),
        ),
        case(
            "token-without-app-role",
            |scene| {
                let role = DirectoryRole::ExchangeAdministrator;
                scene.register(|how| how.without_consent().with_role(role));
                scene.connect_line()
            },
            Run("exoctl setup"),
        ),
        case(
            "token-without-directory-role",
            |scene| {
                scene.register(|how| how);
                scene.connect_line()
            },
            Run("exoctl setup"),
        ),
        case(
            "application-impersonation",
            |scene| {
                scene.connect();
                format!(
                    "New-ManagementRoleAssignment -App {} -Role ApplicationImpersonation",
                    scene.app
                )
            },
            Corrected("and no impersonation", |scene| {
                let line = format!(
                    "setup --organization {CONTOSO} --app-id {} --for-cmdlets Get-Mailbox",
                    scene.app
                );
                format!("{line}{}", answers_for(&line))
            }),
        ),
    ]
}

/// Directory role of the application, and consent too if that is wanted.
fn take_everything_away(scene: &Scene, consent: bool) {
    let id = scene.principal();
    let filter = format!("?$filter=principalId eq '{id}'").replace(' ', "%20").replace('\'', "%27");
    let consents = format!("servicePrincipals/{id}/appRoleAssignments");
    let mut lists = vec![("roleManagement/directory/roleAssignments", filter)];
    if consent {
        lists.push((&consents, String::new()));
    }
    for (list, filter) in lists {
        let found = scene.graph("GET", &format!("{list}{filter}"), &Value::Null);
        for one in found["value"].as_array().unwrap() {
            let path = format!("{list}/{}", one["id"].as_str().unwrap());
            scene.graph("DELETE", &path, &Value::Null);
        }
    }
}

/// A connection with a token of the file `given.txt`.
fn given(scene: &Scene) -> String {
    format!(
        "Connect-ExchangeOnline -AccessToken @given.txt -AppId {} -Organization {CONTOSO}",
        scene.app
    )
}

fn of_given_tokens() -> Vec<Case> {
    vec![
        case(
            "token-for-another-resource",
            |scene| {
                scene.connect();
                let token = scene.run("token --scope https://graph.microsoft.com").ok().stdout;
                scene.home.file("given.txt", token);
                scene.redirect_to("given.txt");
                given(scene)
            },
            Run("exoctl token"),
        ),
        case(
            "token-of-another-tenant",
            |scene| {
                scene.connect();
                scene.home.file("given.txt", token_of_another_tenant(scene));
                scene.redirect_to("given.txt");
                given(scene)
            },
            Run("exoctl token"),
        ),
        case(
            "token-expired",
            |scene| {
                scene.connect();
                let token = scene.run("token").ok().stdout;
                scene.home.file("given.txt", super::administrator::expired(&token));
                scene.redirect_to("given.txt");
                given(scene)
            },
            Run("exoctl token"),
        ),
    ]
}

fn token_of_another_tenant(scene: &Scene) -> String {
    let other = Tenant::another();
    let home = Home::of(&other);
    let role = DirectoryRole::ExchangeAdministrator;
    let app = other.register_as(Registration::new(&scene.certificate).with_role(role));
    let file = scene.home.path().join("key.pfx").display().to_string();
    let password = scene.home.path().join("password").display().to_string();
    let line = format!(
        "token --certificate-file {file} --password-file {password} --app-id {app} --organization {CONTOSO}"
    );
    home.run(&line).ok().stdout
}

fn of_trouble() -> Vec<Case> {
    vec![
        case(
            "exchange-429",
            |scene| {
                scene.connect();
                scene.tenant.inject("throttle:retry-after=0.01");
                "Get-Mailbox adele".to_owned()
            },
            Act("try again later", |scene| scene.tenant.clear_faults()),
        ),
        case(
            "exchange-5xx",
            |scene| {
                scene.connect();
                scene.tenant.inject("error:status=503,retry-after=0.01");
                "Get-Mailbox adele".to_owned()
            },
            Act("try again later", |scene| scene.tenant.clear_faults()),
        ),
        case(
            "outcome-unknown",
            |scene| {
                scene.connect();
                scene.tenant.inject("error:status=504,when=after,match=Set-Mailbox");
                "Set-Mailbox adele -CustomAttribute1 x".to_owned()
            },
            Act("look whether it was done before it is done again", |scene| {
                let there = scene.run("Get-Mailbox adele --select CustomAttribute1").ok();
                assert_eq!(there.rows()[0]["CustomAttribute1"], "x", "it was done");
                scene.tenant.clear_faults();
            }),
        ),
        case(
            "incomplete",
            |scene| {
                scene.connect();
                scene.tenant.inject("warning:match=Get-Mailbox,keep=0.5");
                "Get-Mailbox -ResultSize Unlimited".to_owned()
            },
            Act("run it again", |scene| scene.tenant.clear_faults()),
        ),
        case(
            "object-not-found",
            |scene| {
                scene.connect();
                scene.tenant.inject("replication:reads=1000,service=exchange");
                let made = "New-MailContact -Name Partner -ExternalEmailAddress p@fabrikam.com";
                let _ = scene.run(made).ok();
                "Get-MailContact Partner".to_owned()
            },
            Act("if it was made a moment ago, wait", |scene| scene.tenant.clear_faults()),
        ),
    ]
}

fn of_cmdlets() -> Vec<Case> {
    vec![
        case(
            "object-exists",
            |scene| {
                scene.connect();
                let made = "New-MailContact -Name Partner -ExternalEmailAddress p@fabrikam.com";
                let _ = scene.run(made).ok();
                made.to_owned()
            },
            Corrected("choose another name", |_| {
                "New-MailContact -Name Supplier -ExternalEmailAddress s@fabrikam.com".to_owned()
            }),
        ),
        case(
            "unknown-parameter",
            |scene| {
                scene.connect();
                // Without the kept list of cmdlets the service has to say it.
                std::fs::remove_dir_all(scene.home.path().join("home/cache/catalogues")).unwrap();
                "Get-Mailbox adele -Bogus x".to_owned()
            },
            Corrected("see the parameters that there are", |_| "Get-Mailbox adele".to_owned()),
        ),
        case(
            "wrong-value",
            |scene| {
                scene.connect();
                "Get-Mailbox -RecipientTypeDetails Nonsense".to_owned()
            },
            Corrected("use one of the values that the message lists", |_| {
                "Get-Mailbox -RecipientTypeDetails UserMailbox".to_owned()
            }),
        ),
        case(
            "missing-parameter",
            |scene| {
                scene.connect();
                "Set-Mailbox -CustomAttribute1 x".to_owned()
            },
            Corrected("-Identity most often", |_| {
                "Set-Mailbox adele -CustomAttribute1 x".to_owned()
            }),
        ),
    ]
}
