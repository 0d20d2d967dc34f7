//! The commands that doctor prints do fix what it has found.

use exoctl_sim::{DirectoryRole, Registration};
use serde_json::Value;

use crate::harness::{Home, Tenant};

/// What `doctor` says of one check.
fn found(home: &Home, more: &str, check: &str) -> Value {
    let rows: Value =
        serde_json::from_str(&home.run(&format!("doctor -o json {more}")).stdout).unwrap();
    rows.as_array().unwrap().iter().find(|row| row["check"] == check).unwrap().clone()
}

/// Finds it, runs the first command that is printed, with what only a human can add, and looks again.
#[track_caller]
fn fixed(home: &Home, more: &str, check: &str, code: &str, human: &dyn Fn(&str) -> String) {
    let before = found(home, more, check);
    assert_eq!(before["code"], code, "{before}");
    let fixes = before["fixes"].as_array().unwrap();
    let run = fixes.iter().find_map(|fix| fix["run"].as_str()).unwrap();
    let run = human(run);
    if let Some(line) = run.strip_prefix("exoctl ") {
        let words = shlex::split(line).unwrap();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let _ = home.run_words(&words).ok();
    } else {
        let shell = std::process::Command::new("sh").args(["-c", &run]).status().unwrap();
        assert!(shell.success(), "{run}");
    }
    let after = found(home, more, check);
    assert_eq!(after["state"], "ok", "after {run}: {after}");
}

fn as_printed(run: &str) -> String {
    run.to_owned()
}

/// A home with a connection of this kind, and the tokens of an administrator.
fn connected(
    tenant: &Tenant,
    certificate: &str,
    how: impl Fn(Registration) -> Registration,
) -> Home {
    let home = administrator(tenant);
    let made = home.run(&format!("cert new --subject CN=Test {certificate} -o json")).ok();
    let made: Value = serde_json::from_str(&made.stdout).unwrap();
    let thumbprint = made["thumbprint"].as_str().unwrap();
    let _ = home.run(&format!("cert export {thumbprint} --format cer --out exo.cer")).ok();
    let certificate = std::fs::read(home.path().join("exo.cer")).unwrap();
    let app = tenant.register_as(how(Registration::new(certificate)));
    let connect =
        format!("Connect-ExchangeOnline -CertificateThumbprint {thumbprint} -AppId {app}");
    let _ = home.run(&format!("{connect} -Organization contoso.onmicrosoft.com")).ok();
    home
}

fn administrator(tenant: &Tenant) -> Home {
    let home = Home::of(tenant);
    let roles = [DirectoryRole::GlobalAdministrator];
    home.file("graph.txt", tenant.admin_token(&roles));
    home.file("exchange.txt", tenant.exchange_token(&roles));
    home
}

const TOKENS: &str = "--access-token-file graph.txt --exchange-token-file exchange.txt --yes";

#[test]
fn a_machine_without_a_connection() {
    let tenant = Tenant::start(50);
    let home = administrator(&tenant);
    fixed(&home, "", "connection", "no-connection-yet", &|run| {
        let run = run.replace("TENANT.onmicrosoft.com", "contoso.onmicrosoft.com");
        format!("{run} {TOKENS}")
    });
}

#[test]
fn a_certificate_that_ends_soon() {
    let tenant = Tenant::start(50);
    let home = connected(&tenant, "--valid-for 20d", |registration| {
        registration.with_role(DirectoryRole::GlobalReader)
    });
    fixed(&home, "", "validity", "certificate-ends-soon", &|run| format!("{run} --yes"));
}

#[test]
fn an_audit_log_that_is_off() {
    let tenant = Tenant::start(50);
    let home = connected(&tenant, "", |registration| {
        registration.with_role(DirectoryRole::ExchangeAdministrator)
    });
    let _ = home.run("Set-AdminAuditLogConfig -UnifiedAuditLogIngestionEnabled $false --yes").ok();
    fixed(&home, "", "audit log", "audit-log-off", &as_printed);
}

#[test]
fn a_cmdlet_that_is_not_granted() {
    let tenant = Tenant::start(50);
    let home =
        connected(&tenant, "", |registration| registration.with_role(DirectoryRole::GlobalReader));
    let more = "--for-cmdlets Get-Mailbox,Set-Mailbox";
    fixed(&home, more, "cmdlets", "cmdlet-not-granted", &|run| format!("{run} {TOKENS}"));
}

#[cfg(unix)]
#[test]
fn files_that_others_get_at() {
    use std::os::unix::fs::PermissionsExt as _;
    let tenant = Tenant::start(50);
    let home =
        connected(&tenant, "", |registration| registration.with_role(DirectoryRole::GlobalReader));
    let store = home.path().join("home/certificates");
    let file = std::fs::read_dir(&store).unwrap().next().unwrap().unwrap().path();
    let open = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    open(&file, 0o644);
    fixed(&home, "", "file permissions", "store-permissions", &as_printed);
    open(&store, 0o777);
    fixed(&home, "", "file permissions", "directory-writable", &as_printed);
}

#[test]
fn what_reads_mailboxes_past_cmdlets() {
    let tenant = Tenant::start(50);
    let home = connected(&tenant, "", |registration| {
        registration.with_role(DirectoryRole::ExchangeAdministrator).with_impersonation()
    });
    // The printed command is an audit, whose findings have the commands that take it away.
    fixed(&home, "", "impersonation", "impersonation", &|run| {
        let words = shlex::split(&format!("{run} {TOKENS} -o jsonl")).unwrap();
        let words: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
        let rows = home.run_words(&words).rows();
        let row = rows.iter().find(|row| row["finding"] == "impersonation").unwrap();
        format!("{} {TOKENS}", row["fix"].as_str().unwrap())
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_directory_that_a_service_cannot_write() {
    if !super::service::is_root() {
        return;
    }
    let tenant = Tenant::start(50);
    let home = super::service::home_of(&tenant);
    std::fs::create_dir(home.path().join("home")).unwrap();
    for directory in ["cache", "tokens"] {
        std::fs::create_dir(home.path().join("home").join(directory)).unwrap();
    }
    super::service::unit(&home, "User=nobody\n");
    let more = "--as-service ./report.service";
    // One directory is named; the other is there for the same reason.
    fixed(&home, more, "write paths", "service-cannot-write", &|run| {
        format!("{run} && {}", run.replace("/cache", "/tokens"))
    });
}
