//! Connections, settings and files that are missing or wrong.

use std::fs;

use serde_json::json;

use crate::catalogue::case::Fix::{Act, Run};
use crate::catalogue::case::{Case, case};
use crate::catalogue::scene::{CONTOSO, Scene};

const CONNECT: &str = "exoctl Connect-ExchangeOnline";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = of_connections();
    cases.extend(of_what_is_missing());
    cases.extend(of_files());
    cases
}

fn of_connections() -> Vec<Case> {
    vec![
        case("not-connected", |_| "Get-Mailbox adele".to_owned(), Run(CONNECT)),
        case("unknown-profile", |_| "--profile reports Get-Mailbox adele".to_owned(), Run(CONNECT)),
        case(
            "profile-damaged",
            |scene| {
                scene.connect();
                scene.edit_profile(|profile| profile[..profile.len() / 2].to_owned());
                "Get-Mailbox adele".to_owned()
            },
            Run(CONNECT),
        ),
        case(
            "profile-unwritable",
            |scene| {
                scene.connect();
                fs::rename(scene.profile(), scene.home.path().join("away")).unwrap();
                fs::create_dir(scene.profile()).unwrap();
                "Get-Mailbox adele".to_owned()
            },
            Act("check the directory's owner, mode and space", |scene| {
                fs::remove_dir(scene.profile()).unwrap();
                fs::rename(scene.home.path().join("away"), scene.profile()).unwrap();
            }),
        ),
    ]
}

fn of_what_is_missing() -> Vec<Case> {
    vec![
        case("no-organization", |_| "token".to_owned(), Run(CONNECT)),
        case(
            "no-app-id",
            |scene| {
                let thumbprint = &scene.thumbprint;
                format!("token --organization {CONTOSO} --certificate-thumbprint {thumbprint}")
            },
            Run(CONNECT),
        ),
        case(
            "no-certificate",
            |scene| format!("token --organization {CONTOSO} --app-id {}", scene.app),
            Run(CONNECT),
        ),
        case(
            "token-gone",
            |scene| {
                scene.connect();
                let token = scene.run("token").ok().stdout;
                scene.set_variable("EXOCTL_ACCESS_TOKEN", token.trim());
                let line =
                    format!("Connect-ExchangeOnline -AccessToken env -Organization {CONTOSO}");
                let _ = scene.run(&line).ok();
                scene.unset_variable("EXOCTL_ACCESS_TOKEN");
                "Get-Mailbox adele".to_owned()
            },
            Run(CONNECT),
        ),
        case(
            "setting-wrong",
            |scene| {
                scene.connect();
                scene.set_variable("EXOCTL_ASSERTION_ALGORITHM", "HS256");
                "token --no-token-cache".to_owned()
            },
            Act("see all settings and where they come from", |scene| {
                let shown = scene.run("config show --origin").ok();
                assert!(shown.stdout.contains("environment"), "{}", shown.stdout);
                scene.unset_variable("EXOCTL_ASSERTION_ALGORITHM");
            }),
        ),
        case(
            "no-password",
            |scene| {
                scene.home.file("password", "");
                scene.connect_line_with_file()
            },
            Act("put the password into the first line of the file", |scene| {
                scene.home.file("password", "pass word\n");
            }),
        ),
    ]
}

/// A connection with the token in a file.
fn with_token_file(scene: &Scene) -> String {
    scene.connect();
    let token = scene.run("token").ok().stdout;
    scene.home.file("given.txt", token);
    let line = format!("Connect-ExchangeOnline -AccessToken @given.txt -Organization {CONTOSO}");
    let _ = scene.run(&line).ok();
    fs::rename(scene.home.path().join("given.txt"), scene.home.path().join("away")).unwrap();
    "Get-Mailbox adele".to_owned()
}

fn of_files() -> Vec<Case> {
    vec![
        case(
            "file-not-there",
            |scene| with_token_file(scene),
            Act("check the path", |scene| {
                fs::rename(scene.home.path().join("away"), scene.home.path().join("given.txt"))
                    .unwrap();
            }),
        ),
        case(
            "file-unusable",
            |scene| {
                let line = with_token_file(scene);
                fs::create_dir(scene.home.path().join("given.txt")).unwrap();
                line
            },
            Act("check the file's owner, mode and space", |scene| {
                fs::remove_dir(scene.home.path().join("given.txt")).unwrap();
                fs::rename(scene.home.path().join("away"), scene.home.path().join("given.txt"))
                    .unwrap();
            }),
        ),
        case(
            "environment-file",
            |scene| {
                scene.connect();
                scene.edit_environment(|file| *file = json!({ "name": "cut" }));
                "token --no-token-cache".to_owned()
            },
            Act("a simulated tenant writes its own at each start", Scene::mend_environment),
        ),
    ]
}
