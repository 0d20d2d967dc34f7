//! Programs that `exoctl exec` cannot run.

use std::fs;

use crate::catalogue::case::Fix::{Corrected, Run};
use crate::catalogue::case::{Case, case};
use crate::catalogue::scene::{CONTOSO, Scene};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "program-not-found",
            |scene| {
                scene.connect();
                "exec -- nothing-of-this-name".to_owned()
            },
            Corrected("check the spelling, or give the whole path", |_| "exec -- true".to_owned()),
        ),
        case(
            "program-not-runnable",
            |scene| {
                scene.connect();
                fs::write(scene.home.path().join("report.sh"), "exit 0\n").unwrap();
                "exec -- ./report.sh".to_owned()
            },
            Corrected("name the program that runs it", |_| "exec -- sh ./report.sh".to_owned()),
        ),
        case(
            "token-for-one-service",
            |scene| {
                connect_with_token(scene);
                "exec --allow-resource https://graph.microsoft.com -- true".to_owned()
            },
            Run("exoctl Connect-ExchangeOnline"),
        ),
    ]
}

fn connect_with_token(scene: &Scene) {
    scene.connect();
    let token = scene.run("token").ok().stdout;
    fs::write(scene.home.path().join("given.txt"), token).unwrap();
    let line = format!("Connect-ExchangeOnline -AccessToken @given.txt -Organization {CONTOSO}");
    let _ = scene.run(&line).ok();
}
