//! Applications that get no token.

use serde_json::{Value, json};

use crate::catalogue::case::Fix::{Act, Run};
use crate::catalogue::case::{Case, case};
use crate::catalogue::scene::Scene;

/// Asks Entra and nobody else.
const TOKEN: &str = "token --no-token-cache";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = of_codes_on_demand();
    cases.extend(of_applications());
    cases.extend(of_keys());
    cases
}

fn of_applications() -> Vec<Case> {
    vec![
        case(
            "AADSTS700016",
            |scene| {
                scene.connect();
                let path = format!("applications(appId='{}')", scene.app);
                scene.graph("DELETE", &path, &Value::Null);
                TOKEN.to_owned()
            },
            Run("exoctl setup"),
        ),
        case(
            "AADSTS7000229",
            |scene| {
                scene.register(exoctl_sim::Registration::without_service_principal);
                scene.connect_line()
            },
            Run("exoctl setup"),
        ),
        case(
            "AADSTS90002",
            |scene| {
                scene.connect();
                scene.edit_profile(|profile| elsewhere(&profile));
                TOKEN.to_owned()
            },
            Run("exoctl Connect-ExchangeOnline"),
        ),
        case(
            "AADSTS700025",
            |scene| {
                let role = exoctl_sim::DirectoryRole::ExchangeAdministrator;
                scene.register(|how| how.as_public_client().with_role(role));
                scene.connect_line()
            },
            Act("turn off \"Allow public client flows\"", |scene| {
                let path = format!("applications(appId='{}')", scene.app);
                scene.graph("PATCH", &path, &json!({ "isFallbackPublicClient": false }));
            }),
        ),
        case(
            "AADSTS53003",
            |scene| {
                scene.register(exoctl_sim::Registration::blocked_by_policy);
                scene.connect_line()
            },
            Act("have a Conditional Access Administrator allow", |scene| {
                let unblocked = exoctl_sim::Registration::default();
                let role = exoctl_sim::DirectoryRole::ExchangeAdministrator;
                let unblocked = unblocked.with_app_id(scene.app.parse().unwrap()).with_role(role);
                scene.tenant.register_as(unblocked);
            }),
        ),
        case(
            "AADSTS7000112",
            |scene| {
                let role = exoctl_sim::DirectoryRole::ExchangeAdministrator;
                scene.register(|how| how.disabled().with_role(role));
                scene.connect_line()
            },
            Act("have an administrator enable it", |scene| {
                let path = format!("servicePrincipals(appId='{}')", scene.app);
                scene.graph("PATCH", &path, &json!({ "accountEnabled": true }));
            }),
        ),
        case(
            "AADSTS500011",
            |scene| {
                scene.connect();
                without_exchange(scene);
                TOKEN.to_owned()
            },
            Act("an administrator can make the missing service principal", with_exchange),
        ),
    ]
}

/// The connection, as if the tenant had been another one.
fn elsewhere(profile: &str) -> String {
    let mut lines: Vec<String> = profile.lines().map(str::to_owned).collect();
    for line in &mut lines {
        if line.starts_with("tenant-id") {
            "tenant-id = \"11111111-2222-4333-8444-555555555555\"".clone_into(line);
        }
    }
    lines.join("\n")
}

const EXCHANGE: &str = "00000002-0000-0ff1-ce00-000000000000";

/// Takes Exchange out of the tenant.
pub(super) fn without_exchange(scene: &Scene) {
    scene.graph("DELETE", &format!("servicePrincipals(appId='{EXCHANGE}')"), &Value::Null);
}

/// What `az ad sp create` does, and the consent that went with what it replaces.
pub(super) fn with_exchange(scene: &Scene) {
    scene.graph("POST", "servicePrincipals", &json!({ "appId": EXCHANGE }));
}

fn of_keys() -> Vec<Case> {
    vec![
        case(
            "AADSTS700027",
            |scene| {
                scene.connect();
                let stranger = scene.key_of_openssl(2048, "240101", "490101");
                let registered = scene.thumbprint.clone();
                scene.edit_profile(|profile| profile.replace(&registered, &stranger));
                TOKEN.to_owned()
            },
            Run("exoctl setup"),
        ),
        case(
            "AADSTS700024",
            |scene| {
                scene.connect();
                scene.tenant.inject("skew:seconds=3600,service=entra");
                TOKEN.to_owned()
            },
            Act("have the system set its clock", |scene| scene.tenant.clear_faults()),
        ),
    ]
}

/// What only the tenant's administrators or Microsoft can put right.
fn of_codes_on_demand() -> Vec<Case> {
    macro_rules! on_demand {
        ($($code:literal says $words:literal),+ $(,)?) => {
            vec![$(case(
                concat!("AADSTS", $code),
                |scene| {
                    scene.connect();
                    scene.tenant.inject(concat!("refuse:code=", $code));
                    TOKEN.to_owned()
                },
                Act($words, |scene| scene.tenant.clear_faults()),
            )),+]
        };
    }
    let mut cases = on_demand! {
        "90055" says "wait some minutes",
        "90024" says "wait some minutes",
        "90033" says "wait some minutes",
        "50033" says "wait some minutes",
        "50196" says "wait some minutes",
        "650059" says "have its owner make it multi-tenant",
        "530032" says "have a Security Administrator look",
        "53011" says "have a Security Administrator look",
        "50001" says "check that the tenant has a licence",
        "650052" says "check that the tenant has a licence",
        "70001" says "have an administrator enable it",
    };
    cases.push(case(
        "entra-busy",
        |scene| {
            scene.connect();
            scene.tenant.inject("error:status=503,service=entra,retry-after=0.01");
            TOKEN.to_owned()
        },
        Act("wait some minutes", |scene| scene.tenant.clear_faults()),
    ));
    cases
}
