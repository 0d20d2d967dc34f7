//! `doctor` as its users meet it: all well, each thing that can be wrong, as a service, as a bundle.

mod bundle;
mod failures;
mod fixes;
#[cfg(target_os = "linux")]
mod service;

use std::fmt::Write as _;

use exoctl_sim::{DirectoryRole, Registration};
use serde_json::Value;

use crate::harness::{Home, Ran, Tenant};

/// Replaces what differs from run to run and from day to day.
fn settings(home: &Home) -> insta::Settings {
    let mut settings = crate::setup::settings(home);
    settings.add_filter(r"\d+ days left", "[DAYS] days left");
    settings.add_filter(r"a token until [0-9TZ:.-]+", "a token until [TIME]");
    settings.add_filter(r"\d+ seconds (ahead of|behind)", "[SECONDS] seconds $1");
    settings
}

/// What a run with `-o json` found that is not as it should be, and what it did not look at.
fn diagnosis(ran: &Ran) -> String {
    let rows: Value = serde_json::from_str(&ran.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", ran.stdout, ran.stderr));
    let mut text = String::new();
    let mut skipped = Vec::new();
    for row in rows.as_array().unwrap() {
        let (check, state) = (row["check"].as_str().unwrap(), row["state"].as_str().unwrap());
        let lines = |name: &str| -> Vec<&str> {
            row[name].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect()
        };
        match state {
            "ok" => continue,
            "skipped" => {
                skipped.push(format!("{check} ({})", lines("evidence").join(", ")));
                continue;
            }
            _ => {}
        }
        let _ = writeln!(text, "{state} {check} {}", row["code"].as_str().unwrap_or("(no code)"));
        for fact in lines("evidence") {
            let _ = writeln!(text, "  {}", fact.replace('\n', "\n  "));
        }
        for fix in row["fixes"].as_array().unwrap() {
            let _ = writeln!(text, "  fix: {}", fix["why"].as_str().unwrap());
            if let Some(run) = fix["run"].as_str() {
                let _ = writeln!(text, "    {run}");
            }
        }
    }
    for one in skipped {
        let _ = writeln!(text, "skipped {one}");
    }
    let _ = writeln!(text, "exit {}", ran.exit);
    text
}

#[test]
fn a_machine_without_a_connection_is_led_to_setup() {
    let tenant = Tenant::start(50);
    let home = Home::of(&tenant);
    let ran = home.run("doctor");
    assert_eq!(ran.exit, 3, "{}", ran.stderr);
    settings(&home).bind(|| insta::assert_snapshot!("doctor_unconfigured", ran.text()));
}

#[test]
fn a_connection_that_works_is_found_well() {
    let tenant = Tenant::start(50);
    let home = Home::of(&tenant);
    let (thumbprint, certificate) = home.certificate();
    let app = tenant.register_as(
        Registration::new(certificate).with_name("Reports").with_role(DirectoryRole::GlobalReader),
    );
    let _ = home
        .run(&format!("Connect-ExchangeOnline -CertificateThumbprint {thumbprint} -AppId {app} -Organization contoso.onmicrosoft.com"))
        .ok();
    let before = files(&home);
    let ran = home.run("doctor").ok();
    assert_eq!(files(&home), before, "nothing is changed, and nothing is left");
    home.file("token.txt", tenant.admin_token(&[DirectoryRole::GlobalReader]));
    let looked = home
        .run("doctor --access-token-file token.txt --for-cmdlets Get-Mailbox,Get-DlpCompliancePolicy -o json")
        .ok();
    let all = home.run("doctor --all").ok();
    settings(&home).bind(|| {
        insta::assert_snapshot!("doctor_well", ran.text());
        insta::assert_snapshot!("doctor_well_json", looked.text());
    });
    assert!(all.stdout.starts_with("Connection default\n"), "{}", all.stdout);
    assert_eq!(all.stdout.lines().last(), ran.stdout.lines().last());
    // Asked for as rows it is rows, whatever the format.
    let rows = home.run("doctor -o jsonl").ok().rows();
    assert!(rows.iter().all(|row| row["connection"] == "default"), "{rows:?}");
    assert_eq!(
        home.run("doctor -o csv --select check,state").ok().stdout.lines().next(),
        Some("check,state")
    );
}

/// Every file below a home, with what is in it.
fn files(home: &Home) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut open = vec![home.path().to_owned()];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let content = std::fs::read(&path).unwrap();
                found.push((path, content));
            }
        }
    }
    found.sort();
    found
}

/// `docs/doctor.md` has one screen, which is what is printed but for ids, days and places.
#[test]
fn the_page_shows_what_is_printed() {
    let tenant = Tenant::start(50);
    let home = Home::of(&tenant);
    let (thumbprint, certificate) = home.certificate();
    let reader = Registration::new(certificate).with_role(DirectoryRole::GlobalReader);
    let app = tenant.register_as(reader.clone().with_name("Reports"));
    let _ = home
        .run(&format!(
            "Connect-ExchangeOnline -CertificateThumbprint {thumbprint} -AppId {app} \
             -Organization contoso.onmicrosoft.com --profile reports"
        ))
        .ok();
    // Somebody takes another application and forgets the consent.
    let other = tenant.register_as(reader.without_consent().with_name("Reports"));
    let profile = home.path().join("home/config/profiles/reports.toml");
    let text = std::fs::read_to_string(&profile).unwrap();
    std::fs::write(&profile, text.replace(&app, &other)).unwrap();
    let ran = home.run_with("doctor", &[("EXOCTL_ENVIRONMENT", "")], "");
    let printed =
        ran.stdout.replace(&home.path().join("home").display().to_string(), "/var/lib/exo");
    let printed = printed.replace(&tenant.environment().display().to_string(), "/srv/tenant.json");
    let page = include_str!("../../../../docs/doctor.md");
    let shown = page.split("$ exoctl doctor\n").nth(1).unwrap().split("```").next().unwrap();
    assert_eq!(alike(shown), alike(&printed), "the page shows another screen:\n{printed}");
}

/// With the same ids, days and ports.
fn alike(text: &str) -> String {
    let same = [
        (r"\b[0-9A-F]{40}\b", "THUMBPRINT"),
        (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "GUID"),
        (r"\d{4}-\d\d-\d\dT[0-9:.]+Z", "TIME"),
        (r"\d+ days left", "DAYS"),
        (r"127\.0\.0\.1:\d+", "PLACE"),
    ];
    let text = same.iter().fold(text.to_owned(), |text, (pattern, token)| {
        regex::Regex::new(pattern).unwrap().replace_all(&text, *token).into_owned()
    });
    text.trim_end().to_owned()
}
