//! What setup finds in the tenant.

use exoctl_sim::DirectoryRole;

use super::entra::{with_exchange, without_exchange};
use super::graph::policy;
use crate::catalogue::case::Fix::{Act, Corrected, Run};
use crate::catalogue::case::{Case, case};
use crate::catalogue::scene::{CONTOSO, Scene};
use crate::harness::Tenant;

fn setup(more: &str) -> String {
    format!("setup --organization {CONTOSO} {more} --access-token-file token.txt --yes")
}

const REPORTS: &str = "--name \"EXO Reporting\" --role \"Global Reader\"";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = of_tenants();
    cases.extend(of_names());
    cases.extend(of_role_groups());
    cases
}

fn of_tenants() -> Vec<Case> {
    vec![
        case(
            "other-tenant",
            |scene| {
                let other = Tenant::another();
                let token = other.admin_token(&[DirectoryRole::GlobalAdministrator]);
                scene.home.file("token.txt", token);
                setup(REPORTS)
            },
            Act("sign in to the tenant that --organization names", |scene| {
                let token = scene.tenant.admin_token(&[DirectoryRole::GlobalAdministrator]);
                scene.home.file("token.txt", token);
            }),
        ),
        case(
            "no-exchange",
            |scene| {
                without_exchange(scene);
                setup(REPORTS)
            },
            Act("an administrator can make the missing service principal", with_exchange),
        ),
        case(
            "certificate-too-long",
            |scene| {
                policy(scene, "asymmetricKeyLifetime", true);
                setup(REPORTS)
            },
            Act("have a Security Administrator change", |scene| {
                policy(scene, "asymmetricKeyLifetime", false);
            }),
        ),
        case(
            "self-signed-forbidden",
            |scene| {
                policy(scene, "trustedCertificateAuthority", true);
                setup(REPORTS)
            },
            Act("have a Security Administrator change", |scene| {
                policy(scene, "trustedCertificateAuthority", false);
            }),
        ),
        case(
            "may-not-register",
            |scene| {
                let body = serde_json::json!({
                    "defaultUserRolePermissions": { "allowedToCreateApps": false } });
                scene.graph("PATCH", "policies/authorizationPolicy", &body);
                let reader = scene.tenant.admin_token(&[DirectoryRole::GlobalReader]);
                scene.home.file("token.txt", reader);
                setup(REPORTS)
            },
            Act("have an Application Developer", |scene| {
                let token = scene.tenant.admin_token(&[DirectoryRole::GlobalAdministrator]);
                scene.home.file("token.txt", token);
            }),
        ),
        case(
            "not-there-yet",
            |scene| {
                scene.tenant.inject("replication:service=graph,seconds=3000");
                setup(&format!("{REPORTS} --wait 1s"))
            },
            Act("run the same command again", |scene| scene.tenant.clear_faults()),
        ),
    ]
}

fn of_names() -> Vec<Case> {
    vec![
        case(
            "name-taken",
            |scene| {
                scene.register(|how| how.with_name("EXO Reporting"));
                setup(REPORTS)
            },
            Corrected("take that one by its client id", |scene| {
                setup(&format!("--app-id {} --role \"Global Reader\"", scene.app))
            }),
        ),
        case(
            "name-held",
            |scene| {
                let _ = scene.run(&setup(REPORTS)).ok();
                let remove =
                    "teardown --name \"EXO Reporting\" --access-token-file token.txt --yes";
                let _ = scene.run(&format!("{remove} --organization {CONTOSO}")).ok();
                setup(REPORTS)
            },
            Run("exoctl teardown"),
        ),
        case(
            "plan-damaged",
            |scene| {
                let plan = scene.home.file("plan.json", "{\"goal\":");
                format!("setup apply {plan} --access-token-file token.txt --yes")
            },
            Run("exoctl setup"),
        ),
    ]
}

fn of_role_groups() -> Vec<Case> {
    vec![
        case(
            "no-role-group",
            |scene: &mut Scene| {
                scene.connect();
                setup(
                    "--name \"EXO Reporting\" --role-group Reports --exchange-token-file exchange.txt",
                )
            },
            Run("exoctl New-RoleGroup"),
        ),
        case(
            "role-group-taken",
            |scene: &mut Scene| {
                scene.connect();
                let made =
                    "New-RoleGroup -Name \"exoctl EXO Reporting\" -Roles \"View-Only Recipients\"";
                let _ = scene.run(made).ok();
                setup(
                    "--name \"EXO Reporting\" --for-cmdlets Get-Mailbox --exchange-token-file exchange.txt",
                )
            },
            Run("exoctl Remove-RoleGroup"),
        ),
    ]
}
