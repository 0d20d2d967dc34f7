//! What Microsoft Graph refuses.

use exoctl_sim::DirectoryRole;
use serde_json::json;

use crate::catalogue::case::Fix::Act;
use crate::catalogue::case::{Case, case};
use crate::catalogue::scene::{CONTOSO, Scene};

fn show(scene: &Scene) -> String {
    format!(
        "app show --organization {CONTOSO} --app-id {} --access-token-file token.txt",
        scene.app
    )
}

fn setup() -> String {
    format!(
        "setup --organization {CONTOSO} --name Reports --role \"Global Reader\" --access-token-file token.txt --yes"
    )
}

/// A policy of so many days for new certificates, in force or not.
pub(super) fn policy(scene: &Scene, restriction: &str, in_force: bool) {
    let lifetime = (restriction == "asymmetricKeyLifetime").then_some("P30D");
    let body = json!({
        "isEnabled": in_force,
        "applicationRestrictions": { "keyCredentials": [{
            "restrictionType": restriction,
            "state": "enabled",
            "maxLifetime": lifetime,
            "restrictForAppsCreatedAfterDateTime": "2020-01-01T00:00:00Z",
        }] },
    });
    scene.graph("PATCH", "policies/defaultAppManagementPolicy", &body);
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "graph-401",
            |scene| {
                let administrator = exoctl_sim::Administrator::default().after_polls(0);
                scene.tenant.set_administrator(administrator);
                scene.tenant.inject("expired-token:service=graph");
                show(scene).replace("--access-token-file token.txt", "--device-code")
            },
            Act("sign in", |scene| scene.tenant.clear_faults()),
        ),
        case(
            "graph-403",
            |scene| {
                scene.home.file("token.txt", scene.tenant.admin_token(&[]));
                setup()
            },
            Act("sign in as a Cloud Application Administrator", |scene| {
                let token = scene.tenant.admin_token(&[DirectoryRole::GlobalAdministrator]);
                scene.home.file("token.txt", token);
            }),
        ),
        case(
            "graph-policy",
            |scene| {
                policy(scene, "asymmetricKeyLifetime", true);
                let scopes = [
                    "Application.ReadWrite.All",
                    "AppRoleAssignment.ReadWrite.All",
                    "RoleManagement.ReadWrite.Directory",
                    "User.Read",
                ];
                scene.home.file("token.txt", scene.tenant.admin_token_with(&scopes));
                setup()
            },
            Act("have a Security Administrator change", |scene| {
                policy(scene, "asymmetricKeyLifetime", false);
            }),
        ),
        case(
            "graph-429",
            |scene| {
                scene.tenant.inject("throttle:service=graph,retry-after=0.01");
                show(scene)
            },
            Act("wait some minutes", |scene| scene.tenant.clear_faults()),
        ),
        case(
            "graph-5xx",
            |scene| {
                scene.tenant.inject("error:status=503,service=graph,retry-after=0.01");
                show(scene)
            },
            Act("run the same command again later", |scene| scene.tenant.clear_faults()),
        ),
    ]
}
