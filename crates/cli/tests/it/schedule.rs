//! Files for schedulers, written, looked at and removed.

use crate::harness::{Home, settings};

const JOB: &str = r#"name = "audit-monthly"
description = "The audit log of the month, 100 % of it"
profiles = ["*"]
schedule = "monthly on day 1 at 06:00 Europe/Berlin"
timeout = "6h"

[[steps]]
cmdlet = "Get-Mailbox"
"#;

fn home_with_jobs() -> Home {
    let home = Home::new();
    let jobs = home.path().join("home/config/jobs");
    std::fs::create_dir_all(&jobs).unwrap();
    std::fs::write(jobs.join("audit-monthly.toml"), JOB).unwrap();
    let nightly = JOB
        .replace("audit-monthly", "nightly")
        .replace("monthly on day 1 at 06:00", "daily at 02:30")
        .replace("cmdlet = \"Get-Mailbox\"", "program = [\"pwsh\", \"night.ps1\"]");
    std::fs::write(jobs.join("nightly.toml"), nightly).unwrap();
    home
}

#[test]
fn each_scheduler_gets_its_files() {
    let home = home_with_jobs();
    let settings = settings(&home);
    for (kind, more) in [
        ("systemd", "--user exoctl"),
        ("cron", "--user exoctl"),
        ("task-scheduler", "--user CONTOSO\\exoctl$"),
        ("launchd", "--user _exoctl"),
        ("kubernetes", "--image registry.example/exoctl:1 --namespace mail"),
    ] {
        let line = format!(
            "schedule install --all --with {kind} --print --program /usr/local/bin/exoctl {more}"
        );
        let ran = home.run(&line).ok();
        settings.bind(|| insta::assert_snapshot!(format!("schedule_{kind}"), ran.stdout));
    }
}

#[test]
fn what_differs_from_the_job_files_is_found_and_removed() {
    let home = home_with_jobs();
    let job = home.path().join("home/config/jobs/audit-monthly.toml");
    for kind in ["systemd", "cron", "task-scheduler", "launchd"] {
        let written = home.run(&format!("schedule install --all --with {kind} --root root")).ok();
        assert!(written.rows().iter().all(|row| row["outcome"] == "written"), "{}", written.stdout);
        let again = home.run(&format!("schedule install --all --with {kind} --root root")).ok();
        assert!(again.rows().iter().all(|row| row["outcome"] == "unchanged"), "{}", again.stdout);
        let states = |exit: i32| {
            let ran = home.run(&format!("schedule status --with {kind} --root root --check"));
            assert_eq!(ran.exit, exit, "{}{}", ran.stdout, ran.stderr);
            let of_the_job = |row: &&serde_json::Value| row["job"] == "audit-monthly";
            let states = ran.rows();
            let states = states.iter().filter(of_the_job);
            states.map(|row| row["state"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert!(states(0).iter().all(|state| state == "current"));

        std::fs::write(&job, JOB.replace("6h", "7h").replace("The audit", "All the audit"))
            .unwrap();
        // A property list has neither the description nor a limit.
        let differs = kind != "launchd";
        let found = states(if differs { 3 } else { 0 });
        assert_eq!(found.contains(&"differs".to_owned()), differs);
        std::fs::remove_file(&job).unwrap();
        assert!(states(3).iter().all(|state| state == "orphan"));
        std::fs::write(&job, JOB).unwrap();

        let gone = home.run(&format!("schedule remove --all --with {kind} --root root")).ok();
        assert!(!gone.rows().is_empty());
        assert_eq!(states(0), Vec::<String>::new());
    }
}

#[test]
fn what_cannot_be_installed_says_why() {
    let home = home_with_jobs();
    let by_hand = JOB.replace("audit-monthly", "by-hand").replace("schedule =", "# schedule =");
    std::fs::write(home.path().join("home/config/jobs/by-hand.toml"), by_hand).unwrap();
    let refused = [
        ("by-hand --with cron --print", "has no schedule"),
        ("nightly --with kubernetes --print", "needs an image"),
        ("nowhere --with cron --print", "there is no job named"),
        ("--all --with systemd --home nothing --print", "no job file with a schedule"),
    ];
    for (line, why) in refused {
        let ran = home.run(&format!("schedule install {line}"));
        assert_eq!(ran.exit, 2, "{line}: {}", ran.stderr);
        assert!(ran.stderr.contains(why) && ran.stderr.contains("Fix:"), "{}", ran.stderr);
    }
    // A file where there should be a directory stands for a place without rights.
    home.file("root", "");
    let ran = home.run("schedule install nightly --with cron --root root");
    assert_eq!(ran.exit, 1, "{}", ran.stderr);
}

#[test]
fn keys_outside_of_the_home_are_handed_over() {
    let tenant = crate::harness::Tenant::start(1);
    let home = Home::of(&tenant);
    let who = home.connected(&tenant);
    let thumbprint = who.split(' ').nth(1).unwrap();
    let app = who.split(' ').nth(3).unwrap();
    let password = home.file("password", "secret words\n");
    let _ = home
        .run(&format!(
            "cert export {thumbprint} --format pfx --password-file {password} --out exo.pfx"
        ))
        .ok();
    let _ = home
        .run(&format!(
            "Connect-ExchangeOnline -CertificateFilePath exo.pfx --password-file {password} -AppId {app} -Organization contoso.onmicrosoft.com"
        ))
        .ok();
    let jobs = home.path().join("home/config/jobs");
    std::fs::create_dir_all(&jobs).unwrap();
    std::fs::write(jobs.join("audit-monthly.toml"), JOB).unwrap();
    let encrypted = home.path().join("root/etc/credstore.encrypted");
    std::fs::create_dir_all(&encrypted).unwrap();
    std::fs::write(encrypted.join("password"), "").unwrap();
    let ran = home.run("schedule install --all --with systemd --print --root root").ok();
    let key = format!("LoadCredential=exo.pfx:{}/exo.pfx", home.path().display());
    assert!(ran.stdout.contains(&key), "{}", ran.stdout);
    let kept = "LoadCredentialEncrypted=password:/etc/credstore.encrypted/password";
    assert!(ran.stdout.contains(kept), "{}", ran.stdout);

    // As systemd does it: the files themselves cannot be read, those handed over can.
    let handed = home.path().join("handed");
    std::fs::create_dir(&handed).unwrap();
    for name in ["exo.pfx", "password"] {
        std::fs::rename(home.path().join(name), handed.join(name)).unwrap();
    }
    let line = "Get-Mailbox -ResultSize 1 --no-token-cache";
    assert_ne!(home.run(line).exit, 0);
    let directory = handed.to_str().unwrap().to_owned();
    let _ = home.run_with(line, &[("CREDENTIALS_DIRECTORY", &directory)], "").ok();
}
