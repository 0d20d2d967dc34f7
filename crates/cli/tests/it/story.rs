//! The story of the README: certificate, registration, connect, read, change, disconnect.

use crate::harness::{Home, Tenant, settings};

#[test]
fn from_a_new_certificate_to_a_changed_mailbox_and_out() {
    let tenant = Tenant::start(2500);
    let home = Home::of(&tenant);
    let (thumbprint, certificate) = home.certificate();
    let app = tenant.register(certificate);
    let connect = format!(
        "Connect-ExchangeOnline -CertificateThumbprint {thumbprint} -AppId {app} -Organization contoso.onmicrosoft.com"
    );
    let connected = home.run(&connect).ok();
    assert_eq!(connected.stdout, "", "stdout is data, and there is none");
    let told = connected.stderr;
    assert!(
        told.starts_with("Connected to contoso.onmicrosoft.com as exoctl (Exchange Administrator)"),
        "{told}"
    );

    // 2500 mailboxes are three pages of at most 1000.
    let all = home.run("Get-Mailbox -ResultSize Unlimited --select PrimarySmtpAddress").ok().rows();
    let mut addresses: Vec<_> =
        all.iter().map(|row| row["PrimarySmtpAddress"].to_string()).collect();
    addresses.sort();
    addresses.dedup();
    assert_eq!(addresses.len(), 2500);

    let change = "Set-Mailbox -Identity adele -EmailAddresses @{Add='smtp:a2@contoso.com'}";
    assert_eq!(home.run(change).ok().stdout, "");
    let adele = home.run("get-mailbox adele").ok().rows();
    let addresses = adele[0]["EmailAddresses"].as_array().unwrap();
    assert!(addresses.contains(&"smtp:a2@contoso.com".into()), "{addresses:?}");

    let _ = home.run("Disconnect-ExchangeOnline -Confirm:$false").ok();
    let after = home.run("Get-Mailbox adele");
    settings(&home).bind(|| insta::assert_snapshot!("after_disconnect", after.text()));
    let left = walk(&home.path().join("home"));
    assert!(
        left.iter().all(|path| !path.contains("tokens/") && !path.contains("catalogues/")),
        "{left:?}"
    );
}

#[test]
fn the_cmdlet_of_a_prefix_runs_on_its_connection() {
    let tenant = Tenant::start(50);
    let home = Home::of(&tenant);
    let who = home.connected(&tenant);
    let line = format!(
        "Connect-ExchangeOnline {who} -Organization contoso.onmicrosoft.com -Prefix Second"
    );
    let _ = home.run(&line).ok();
    let _ = home.run("profile use default").ok();
    let rows = home.run("Get-SecondMailbox adele --select Alias").ok().rows();
    assert_eq!(rows.len(), 1);
    let listed = home.run("profile list").ok().rows();
    let names: Vec<_> = listed.iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["default", "second"]);
    let connections = home.run("Get-ConnectionInformation -ModulePrefix second").ok().rows();
    assert_eq!(connections.len(), 1);
    assert_eq!(connections[0]["ModulePrefix"], "Second");
    assert_eq!(connections[0]["TokenStatus"], "Active");
    assert_eq!(connections[0]["TenantID"], tenant.id());
    let _ = home.run("Disconnect-ExchangeOnline -ModulePrefix Second -Confirm:$false").ok();
    let listed = home.run("profile list").ok().rows();
    assert_eq!(listed.len(), 1);
}

#[test]
fn dangerous_cmdlets_ask_and_what_if_changes_nothing() {
    let tenant = Tenant::start(50);
    let home = Home::of(&tenant);
    home.connected(&tenant);
    let count = || home.run("Get-Mailbox -ResultSize Unlimited --select Alias").ok().rows().len();
    let refused = home.run("Remove-Mailbox -Identity adele");
    settings(&home).bind(|| insta::assert_snapshot!("no_terminal_to_confirm", refused.text()));
    let rehearsed = home.run("Remove-Mailbox -Identity adele -WhatIf").ok();
    assert!(rehearsed.stderr.starts_with("What if: "), "{}", rehearsed.stderr);
    assert_eq!(count(), 50);
    let _ = home.run("Remove-Mailbox -Identity adele -Confirm:$false").ok();
    assert_eq!(count(), 49);
}

fn walk(directory: &std::path::Path) -> Vec<String> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            files.extend(walk(&entry.path()));
        } else {
            files.push(entry.path().display().to_string());
        }
    }
    files
}
