//! `doctor --as-service`: what runs by hand and would not when it is scheduled.

use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;

use super::{diagnosis, settings};
use crate::harness::{Home, Ran, Tenant};

/// Whether this process may look as somebody else; says so if not.
#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
pub(super) fn is_root() -> bool {
    let is_root = nix::unistd::Uid::effective().is_root();
    let nobody = nix::unistd::User::from_name("nobody").ok().flatten();
    let is_known = nobody.is_some_and(|nobody| nobody.dir == *"/nonexistent");
    if !is_root || !is_known {
        println!("skipped: it takes root, and the account nobody as Debian has it");
    }
    is_root && is_known
}

/// A home that others may go through, as `/var/lib` is.
pub(super) fn home_of(tenant: &Tenant) -> Home {
    let home = Home::of(tenant);
    std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let state = tenant.environment().parent().unwrap();
    std::fs::set_permissions(state, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::set_permissions(tenant.environment(), std::fs::Permissions::from_mode(0o644)).unwrap();
    home
}

pub(super) fn unit(home: &Home, settings: &str) {
    let environment = home.environment().unwrap().display();
    let place = home.path().display();
    home.file(
        "report.service",
        format!(
            "[Unit]\nDescription=Report\n[Service]\nType=oneshot\n\
             Environment=EXOCTL_HOME={place}/home EXOCTL_ENVIRONMENT={environment}\n{settings}\
             ExecStart=/usr/local/bin/exoctl --profile default Get-Mailbox\n"
        ),
    );
}

fn as_service(home: &Home) -> Ran {
    home.run("doctor --as-service ./report.service -o json")
}

#[test]
fn an_account_without_a_connection_is_found_before_the_night() {
    if !is_root() {
        return;
    }
    let tenant = Tenant::start(50);
    let home = home_of(&tenant);
    home.connected(&tenant);
    let _ = home.run("Get-Mailbox adele").ok();
    let environment = home.environment().unwrap().display();
    let ran = home.run(&format!("doctor --as-service nobody --environment {environment}"));
    assert_eq!(ran.exit, 3, "{}", ran.stderr);
    settings(&home).bind(|| insta::assert_snapshot!("doctor_as_nobody", ran.text()));
}

#[test]
fn a_unit_whose_account_cannot_read_the_key() {
    if !is_root() {
        return;
    }
    let tenant = Tenant::start(50);
    let home = home_of(&tenant);
    home.connected(&tenant);
    unit(&home, "User=nobody\nProtectSystem=strict\nEnvironmentFile=-/etc/default/no-report\n");
    let closed = diagnosis(&as_service(&home));
    home.file("report.timer", "[Timer]\nOnCalendar=daily\n");
    let timed = home.run("doctor --as-service ./report.timer -o json");
    assert_eq!(diagnosis(&timed), closed, "a timer leads to its service");
    settings(&home).bind(|| insta::assert_snapshot!("doctor_unit_closed", closed));

    // The same once the files are the account's, and the unit lets it write.
    let chown = std::process::Command::new("chown")
        .args(["-R", "nobody"])
        .arg(home.path().join("home"))
        .status();
    assert!(chown.unwrap().success());
    let place = home.path().display();
    unit(
        &home,
        &format!(
            "User=nobody\nProtectSystem=strict\nReadWritePaths={place}/home\nWorkingDirectory={place}\n"
        ),
    );
    let open = as_service(&home);
    assert_eq!(open.exit, 0, "{}", diagnosis(&open));
    let drop_in = home.path().join("report.service.d");
    std::fs::create_dir(&drop_in).unwrap();
    std::fs::write(
        drop_in.join("proxy.conf"),
        "[Service]\nEnvironment=EXOCTL_PROFILE=x EXOCTL_HOME=/srv/none\n",
    )
    .unwrap();
    let dropped = diagnosis(&as_service(&home));
    assert!(dropped.contains("EXOCTL_HOME: by hand "), "{dropped}");
    assert!(dropped.contains("fail configuration"), "{dropped}");
}

#[test]
fn only_root_becomes_somebody_else() {
    use std::os::unix::process::CommandExt as _;
    if !is_root() {
        return;
    }
    let nobody = nix::unistd::User::from_name("nobody").unwrap().unwrap();
    let tenant = Tenant::start(50);
    let home = home_of(&tenant);
    let ran = std::process::Command::new(env!("CARGO_BIN_EXE_exoctl"))
        .args(["doctor", "--as-service", "root", "-o", "json"])
        .env_clear()
        .env("EXOCTL_ENVIRONMENT", home.environment().unwrap())
        .uid(nobody.uid.as_raw())
        .current_dir("/")
        .output();
    let ran = ran.unwrap();
    let said = String::from_utf8(ran.stderr).unwrap();
    let expected = "error: only root can look as root\nFix: sudo exoctl doctor --as-service root\n";
    assert_eq!((said.as_str(), ran.status.code()), (expected, Some(2)));
}

#[test]
fn a_job_that_is_nobody_is_explained() {
    let home = Home::new();
    home.file("dynamic.service", "[Service]\nDynamicUser=yes\n");
    home.file("variables.service", "[Service]\nEnvironmentFile=/no/such/file\n");
    let mut text = String::new();
    for target in [
        "no-such-account",
        "no-such.service",
        "./none.service",
        "./dynamic.service",
        "./variables.service",
    ] {
        let ran = home.run(&format!("doctor --as-service {target}"));
        assert_eq!(ran.exit, 2, "{}", ran.stderr);
        let _ = writeln!(text, "$ exoctl doctor --as-service {target}\n{}", ran.text());
    }
    settings(&home).bind(|| insta::assert_snapshot!("doctor_no_service", text));
}
