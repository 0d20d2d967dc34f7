//! The clock of a simulated tenant, moved under everybody who works with it.

use jiff::Timestamp;

use crate::harness::{Home, Tenant};

fn shown(home: &Home, line: &str) -> Timestamp {
    let ran = home.run(line).ok();
    let row: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    row["time"].as_str().unwrap().parse().unwrap()
}

#[test]
fn tokens_assertions_and_certificates_grow_old_with_the_tenant() {
    let tenant = Tenant::start(50);
    let home = Home::of(&tenant);
    let state = tenant.environment().parent().unwrap().display().to_string();
    let start: Timestamp = "2031-03-01T00:00:00Z".parse().unwrap();
    assert!(shown(&home, &format!("sim clock --state {state} --to {start}")) >= start);

    // Made and registered in 2031, by both.
    home.connected(&tenant);
    let tokens = |home: &Home| {
        let asked = home.run(&format!("sim log --state {state}")).ok().rows();
        asked.iter().filter(|row| row["path"].as_str().unwrap().ends_with("/token")).count()
    };
    let _ = home.run("Get-Mailbox -ResultSize 1 -o jsonl").ok();
    let before = tokens(&home);
    let _ = home.run("Get-Mailbox -ResultSize 1 -o jsonl").ok();
    assert_eq!(tokens(&home), before, "the kept token is used");

    let moved = shown(&home, &format!("sim clock --state {state} --advance 1mo"));
    assert!(moved >= "2031-04-01T00:00:00Z".parse().unwrap(), "{moved}");
    let _ = home.run("Get-Mailbox -ResultSize 1 -o jsonl").ok();
    assert_eq!(tokens(&home), before + 1, "the kept token has expired for both");

    let _ = home.run(&format!("sim clock --state {state} --advance 1y")).ok();
    let expired = home.run("Get-Mailbox -ResultSize 1");
    assert_eq!(expired.exit, 4, "{}", expired.stderr);
    assert!(expired.stderr.contains("expired"), "{}", expired.stderr);
}

#[test]
fn a_clock_of_a_real_cloud_is_refused() {
    let tenant = Tenant::start(1);
    let text = std::fs::read_to_string(tenant.environment()).unwrap();
    let mut environment: serde_json::Value = serde_json::from_str(&text).unwrap();
    environment["exchange"] = "https://outlook.office365.com".into();
    let home = Home::new();
    let file = home.file("environment.json", environment.to_string());
    let who = "-AppId 36ee0000-0000-4000-8000-000000000000 -Organization contoso.onmicrosoft.com";
    let key = format!("-CertificateThumbprint {}", "3D".repeat(20));
    let ran = home.run(&format!("--environment {file} Connect-ExchangeOnline {key} {who}"));
    assert_eq!(ran.exit, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("whose clock cannot be moved"), "{}", ran.stderr);
}
