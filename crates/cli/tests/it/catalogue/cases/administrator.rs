//! Administrators who do not get in.

use exoctl_sim::{Administrator, DirectoryRole, SignInRefusal};
use serde_json::json;

use crate::catalogue::case::Fix::{Act, Corrected};
use crate::catalogue::case::{Case, Fix, case};
use crate::catalogue::scene::{CONTOSO, Scene};

fn show(scene: &Scene, more: &str) -> String {
    format!("app show --organization {CONTOSO} --app-id {} {more}", scene.app)
}

fn refused(scene: &Scene, refusal: SignInRefusal) -> String {
    scene.tenant.set_administrator(Administrator::default().refused(refusal).after_polls(0));
    show(scene, "--device-code")
}

/// Somebody else, or the same one after a change of the tenant's.
fn another_time(scene: &Scene) {
    scene.tenant.set_administrator(Administrator::default().after_polls(0));
}

fn of_human(code: &'static str, prepare: fn(&mut Scene) -> String, fix: Fix) -> Case {
    Case { administrator: true, ..case(code, prepare, fix) }
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = of_people();
    cases.extend(of_clients());
    cases.extend(of_tokens());
    cases
}

fn of_people() -> Vec<Case> {
    vec![
        of_human(
            "AADSTS50105",
            |scene| refused(scene, SignInRefusal::NotAssigned),
            Act("have yourself assigned", another_time),
        ),
        of_human(
            "AADSTS53003",
            |scene| refused(scene, SignInRefusal::BlockedByPolicy),
            Act("that the tenant's Conditional Access allows", another_time),
        ),
        of_human(
            "AADSTS65001",
            |scene| refused(scene, SignInRefusal::ConsentMissing),
            Act("sign in as an administrator who may consent", another_time),
        ),
        of_human(
            "AADSTS90094",
            |scene| refused(scene, SignInRefusal::AdministratorConsentNeeded),
            Act("sign in as an administrator who may consent", another_time),
        ),
        of_human(
            "sign-in-declined",
            |scene| {
                scene.tenant.set_administrator(Administrator::default().declining().after_polls(0));
                show(scene, "--device-code")
            },
            Act("accept what is asked for", another_time),
        ),
    ]
}

fn of_clients() -> Vec<Case> {
    vec![
        of_human(
            "AADSTS65002",
            |scene| {
                another_time(scene);
                show(scene, "--device-code --client-id 04b07795-8ddb-461a-bbee-02f9e1bf7b46")
            },
            Corrected("leave --client-id out", |scene| show(scene, "--device-code")),
        ),
        of_human(
            "AADSTS700016",
            |scene| {
                another_time(scene);
                show(scene, "--device-code --client-id 11111111-2222-4333-8444-555555555555")
            },
            Corrected("or leave it out", |scene| show(scene, "--device-code")),
        ),
        of_human(
            "AADSTS7000218",
            |scene| {
                another_time(scene);
                show(scene, &format!("--device-code --client-id {}", scene.app))
            },
            Act("have an administrator turn on \"Allow public client flows\"", |scene| {
                let path = format!("applications(appId='{}')", scene.app);
                scene.graph("PATCH", &path, &json!({ "isFallbackPublicClient": true }));
            }),
        ),
    ]
}

fn of_tokens() -> Vec<Case> {
    vec![
        of_human(
            "azure-cli",
            |scene| show(scene, "--azure-cli"),
            Corrected("or leave --azure-cli out", |scene| {
                another_time(scene);
                show(scene, "--device-code")
            }),
        ),
        of_human(
            "admin-token-refused",
            |scene| {
                let token = std::fs::read_to_string(scene.home.path().join("token.txt")).unwrap();
                scene.home.file("token.txt", expired(&token));
                show(scene, "--access-token-file token.txt")
            },
            Act("put a new token into the file", |scene| {
                let token = scene.tenant.admin_token(&[DirectoryRole::GlobalAdministrator]);
                scene.home.file("token.txt", token);
            }),
        ),
        of_human(
            "no-exchange-token",
            |scene| group(scene, ""),
            Corrected("add --exchange-token-file FILE", |scene| {
                group(scene, "--exchange-token-file exchange.txt")
            }),
        ),
    ]
}

fn group(scene: &Scene, more: &str) -> String {
    format!(
        "setup --organization {CONTOSO} --app-id {} --for-cmdlets Get-Mailbox --access-token-file token.txt --yes {more}",
        scene.app
    )
}

/// The token with an end that has passed. Its signature is wrong then, which nobody looks at who
/// sees that it is too late.
pub(super) fn expired(token: &str) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let parts: Vec<&str> = token.trim().split('.').collect();
    let claims = URL_SAFE_NO_PAD.decode(parts[1]).unwrap();
    let mut claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
    claims["exp"] = json!(1_700_000_000);
    format!("{}.{}.{}", parts[0], URL_SAFE_NO_PAD.encode(claims.to_string()), parts[2])
}
