//! What goes to stdout, and what does not.

use std::io::Read as _;
use std::process::{Command, Stdio};

use crate::harness::{Home, Tenant};

#[test]
fn warnings_are_talk_and_rows_are_data() {
    let tenant = Tenant::start(50);
    let home = Home::of(&tenant);
    home.connected(&tenant);
    let limited = home.run("Get-Mailbox -ResultSize 3 -o csv --select Alias,DisplayName").ok();
    let mut lines = limited.stdout.lines();
    assert_eq!(lines.next(), Some("Alias,DisplayName"));
    assert_eq!(lines.count(), 3);
    assert!(
        limited.stderr.starts_with("WARNING: There are more results available"),
        "{}",
        limited.stderr
    );
    let silent = home.run("Get-Mailbox -ResultSize 3 -WarningAction SilentlyContinue").ok();
    assert_eq!(silent.stderr, "");
}

#[test]
fn error_action_hides_the_message_and_keeps_the_exit_code() {
    let tenant = Tenant::start(50);
    let home = Home::of(&tenant);
    home.connected(&tenant);
    let hidden = home.run("Get-Mailbox nobody -ErrorAction SilentlyContinue");
    assert_eq!((hidden.stderr.as_str(), hidden.exit), ("", 1));
}

#[test]
fn verbose_tells_of_requests() {
    let tenant = Tenant::start(50);
    let home = Home::of(&tenant);
    home.connected(&tenant);
    let told = home.run("Get-Mailbox adele -Verbose").ok().stderr;
    assert!(told.contains("VERBOSE: POST https://127.0.0.1"), "{told}");
    assert!(told.contains("InvokeCommand (Get-Mailbox): 200 OK"), "{told}");
}

#[test]
fn a_reader_that_has_gone_away_is_no_error() {
    let tenant = Tenant::start(3000);
    let home = Home::of(&tenant);
    home.connected(&tenant);
    let mut child = Command::new(env!("CARGO_BIN_EXE_exoctl"))
        .args(["Get-Mailbox", "-ResultSize", "Unlimited"])
        .env_clear()
        .env("EXOCTL_HOME", home.path().join("home"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 100]).unwrap();
    drop(stdout);
    let ended = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(ended.stderr).unwrap(), "");
    assert!(ended.status.success());
}
