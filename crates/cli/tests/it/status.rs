//! Are we fine? One screen, and an exit code for monitors.

use serde_json::Value;

use crate::harness::{Home, Tenant};

const JOB: &str = r#"name = "mailboxes"
profile = "default"
schedule = "daily at 02:30 Europe/Berlin"
late-after = "6h"
retry = { attempts = 1 }

[[steps]]
program = ["sh", "-c", "exit ${END:-0}"]
keep-env = ["END"]
idempotent = true
"#;

struct Scene {
    tenant: Tenant,
    home: Home,
}

impl Scene {
    /// A connection and a job, in 2027.
    fn new() -> Self {
        let tenant = Tenant::start(1);
        let home = Home::of(&tenant);
        let scene = Self { tenant, home };
        scene.go_to("2027-03-01T12:00:00Z");
        let _ = scene.home.connected(&scene.tenant);
        let jobs = scene.home.path().join("home/config/jobs");
        std::fs::create_dir_all(&jobs).unwrap();
        std::fs::write(jobs.join("mailboxes.toml"), JOB).unwrap();
        scene
    }

    fn go_to(&self, time: &str) {
        let state = self.tenant.environment().parent().unwrap().display().to_string();
        let _ = self.home.run(&format!("sim clock --state {state} --to {time}")).ok();
    }

    /// What needs attention.
    #[track_caller]
    fn attention(&self) -> Vec<String> {
        let ran = self.home.run("status -o json");
        let status: Value = serde_json::from_str(&ran.stdout).unwrap();
        let status = if status.is_array() { status[0].clone() } else { status };
        let found = status["attention"].as_array().unwrap();
        assert_eq!(ran.exit, if found.is_empty() { 0 } else { 3 }, "{}", ran.stderr);
        assert_eq!(status["ok"], found.is_empty());
        let text = |name: &str, one: &Value| one[name].as_str().unwrap().to_owned();
        found
            .iter()
            .map(|one| format!("{} -> {}", text("what", one), text("command", one)))
            .collect()
    }
}

#[test]
fn a_job_that_fails_is_late_paused_or_missed_needs_attention() {
    let scene = Scene::new();
    assert_eq!(scene.attention(), Vec::<String>::new());
    // Looked at for the first time: from now on it is known what is due.
    assert_eq!(scene.home.run("job run mailboxes --if-due").exit, 75);
    assert_eq!(scene.home.run("job run mailboxes --if-due --not-due-ok").exit, 0);

    scene.go_to("2027-03-02T01:31:00Z");
    let failed = scene.home.run_with("job run mailboxes --if-due", &[("END", "1")], "");
    assert_ne!(failed.exit, 0);
    let [found] = &scene.attention()[..] else { panic!("{:?}", scene.attention()) };
    assert!(found.starts_with("mailboxes: the run of 2027-03-02 01:30 UTC for default is failed"));
    assert!(found.contains(" -> exoctl job logs "), "{found}");

    scene.go_to("2027-03-02T08:00:00Z");
    let late = "mailboxes: no good run since the one of 2027-03-02 01:30 UTC was due -> exoctl job history mailboxes";
    assert!(scene.attention().contains(&late.to_owned()), "{:?}", scene.attention());

    let _ = scene.home.run("job run mailboxes").ok();
    assert_eq!(scene.attention(), Vec::<String>::new(), "a good run by hand will do");

    let _ = scene.home.run("job pause mailboxes").ok();
    assert!(scene.attention()[0].starts_with("mailboxes is paused since 2027-03-02 08:00 UTC"));
    let _ = scene.home.run("job resume mailboxes").ok();

    scene.go_to("2027-03-03T02:30:00Z");
    let missed =
        "mailboxes: nobody has looked since it was due at 2027-03-03 01:30 UTC -> exoctl serve";
    assert_eq!(scene.attention(), [missed]);
}

#[test]
fn a_certificate_that_expires_needs_attention_before_it_does() {
    let scene = Scene::new();
    scene.go_to("2028-02-10T12:00:00Z");
    let found = scene.attention();
    let soon = "the certificate of default expires in ";
    assert!(found.iter().any(|one| one.starts_with(soon)), "{found:?}");
    assert!(found.iter().all(|one| one.contains("exoctl cert rotate --profile default")));
    assert_eq!(scene.home.run("status --warn 1d").exit, 0);
    scene.go_to("2028-03-10T12:00:00Z");
    let found = scene.attention();
    assert!(found.iter().any(|one| one.contains("has expired")), "{found:?}");
}

#[test]
fn it_is_one_screen() {
    let scene = Scene::new();
    scene.go_to("2027-03-01T12:34:00Z");
    let _ = scene.home.run("job run mailboxes --if-due");
    scene.go_to("2027-03-02T01:30:01Z");
    let _ = scene.home.run("job run mailboxes --if-due").ok();
    let shown = scene.home.run("status").ok().stdout;
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/unattended.md");
    let page = std::fs::read_to_string(page).unwrap();
    let block = page.split("<!-- held against the program by crates/cli/tests/it/status.rs -->");
    let block = block.last().unwrap().split("```").nth(1).unwrap().strip_prefix("text\n").unwrap();
    // Each run has another certificate, and SQLite decides about the size.
    let settle = |text: &str| {
        let text = regex::Regex::new("[0-9A-F]{8}…").unwrap().replace(text, "-").into_owned();
        regex::Regex::new(r"\d+\.\d MB").unwrap().replace(&text, "-").into_owned()
    };
    assert_eq!(settle(block), settle(&shown));
}
