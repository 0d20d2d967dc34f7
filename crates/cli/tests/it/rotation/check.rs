//! `cert check`, as a monitor runs it.

use std::fmt::Write as _;

use exoctl_sim::DirectoryRole;

use super::{Scene, object_id};
use crate::harness::Tenant;
use crate::setup::{home_of_administrator, settings};

#[test]
fn a_monitor_learns_how_a_certificate_is() {
    let scene = Scene::new();
    let Scene { tenant, home, app, own, .. } = &scene;
    let mut told = String::new();
    let mut run = |line: &str, exit: i32| {
        let ran = home.run(line);
        assert_eq!(ran.exit, exit, "{line}: {}", ran.stderr);
        let _ = writeln!(told, "$ exoctl {line}\n{}", ran.text());
    };
    run("cert check", 0);
    run("cert check --offline", 0);
    run("cert check --warn 2y", 3);
    run("cert check --critical 2y -o list", 3);
    run("cert check --all -o prometheus", 0);
    run("cert check --as-admin --access-token-file token.txt", 0);
    // Somebody takes it off the application, then the key goes.
    let none = serde_json::json!({ "keyCredentials": [] });
    assert_eq!(
        tenant.graph("PATCH", &format!("applications/{}", object_id(tenant, app)), &none),
        204
    );
    run("cert check", 3);
    run("cert check --as-admin --access-token-file token.txt", 3);
    let _ = home.run(&format!("cert remove {own} --yes")).ok();
    run("cert check", 3);
    run("cert check --all -o prometheus", 3);
    run("cert check --warn soon", 2);
    settings(home).bind(|| insta::assert_snapshot!("check", stable(&told)));
}

/// Days and seconds that differ from run to run.
fn stable(text: &str) -> String {
    let lines = text.lines().map(|line| match line.rsplit_once("\"} ") {
        Some((metric, _)) if metric.contains("expiry_timestamp") => {
            format!("{metric}\"}} [SECONDS]")
        }
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn an_application_that_may_read_itself_compares_with_its_own_list() {
    let tenant = Tenant::start(50);
    let home = home_of_administrator(&tenant, &[DirectoryRole::GlobalAdministrator]);
    let line = "setup --organization contoso.onmicrosoft.com --name \"EXO Reporting\" --role \"Global Reader\" --access-token-file token.txt --yes";
    let _ = home.run(line).ok();
    let row = &home.run("cert check").ok().rows()[0];
    assert_eq!(
        (row["registered"].as_bool(), row["evidence"].as_str()),
        (Some(true), Some("key credentials"))
    );
}

#[test]
fn a_rotation_that_does_not_end_and_a_hook_that_fails_are_told() {
    let scene = Scene::new();
    let _ = scene.home.run_words(&["cert", "rotate", "--yes", "--deploy-hook", "exit 4"]).exit;
    let ran = scene.home.run("cert check");
    assert_eq!(ran.exit, 3, "{}", ran.stderr);
    assert!(ran.stderr.contains("the deploy hook exit 4 has failed once"), "{}", ran.stderr);
    assert_eq!(ran.rows()[0]["status"], "warn");
}

#[test]
fn one_connection_that_is_unwell_does_not_hide_the_others() {
    let scene = Scene::new();
    let home = &scene.home;
    let (other, _) = home.certificate();
    let tail = format!("-AppId {} -Organization contoso.onmicrosoft.com", scene.app);
    let refused = home.run(&format!(
        "Connect-ExchangeOnline -CertificateThumbprint {other} {tail} --profile other"
    ));
    assert_eq!(refused.exit, 4);
    let plain =
        format!("cert export {} --format pem --private-key --no-password --out exo.pem", scene.own);
    let _ = home.run(&plain).ok();
    let _ = home
        .run(&format!("Connect-ExchangeOnline -CertificateFilePath exo.pem {tail} --profile file"))
        .ok();
    std::fs::remove_file(home.path().join("exo.pem")).unwrap();
    let token = home.run("token --profile exo-reporting").ok().stdout;
    home.file("access.txt", token);
    let _ = home
        .run("Connect-ExchangeOnline -AccessToken @access.txt -Organization contoso.onmicrosoft.com --profile token")
        .ok();
    let all = home.run("cert check --all");
    assert_eq!(all.exit, 3);
    let rows = all.rows();
    let of = |name: &str| {
        rows.iter().find(|row| row["profile"] == name).map(|row| row["status"].clone())
    };
    assert_eq!(of("exo-reporting").unwrap(), "ok");
    assert_eq!(of("file").unwrap(), "critical");
    assert_eq!(of("token"), None);
    assert_eq!(home.run("cert check --profile token").exit, 2);
}
