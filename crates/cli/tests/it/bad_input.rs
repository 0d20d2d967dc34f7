//! What is wrong, why, and what to do: the exact text for many ways to get it wrong.

use std::fmt::Write as _;

use crate::harness::{Home, Tenant, settings};

/// Runs all lines and gives what they wrote, one after the other.
fn all(home: &Home, lines: &[&str]) -> String {
    let mut text = String::new();
    for line in lines {
        let ran = home.run(line);
        assert_ne!(ran.exit, 0, "{line}");
        let _ = writeln!(text, "$ exoctl {line}\n{}", ran.text());
    }
    text
}

#[test]
fn command_lines() {
    let home = Home::new();
    let text = all(
        &home,
        &[
            "Get-Mailbox",
            "Get-Mailbox --outptu csv",
            "--profile nowhere Get-Mailbox",
            "--profile ../etc Get-Mailbox",
            "profile use nowhere",
            "--environment missing.json token",
            "--log nonsense:x=y=z profile list",
            "Get-Mailbox --secure Password",
            "Connect-ExchangeOnline",
            "Connect-ExchangeOnline -Organization contoso",
            "Connect-ExchangeOnline -Organization contoso.onmicrosoft.com -AppId 36ee",
            "Connect-ExchangeOnline -Organization contoso.onmicrosoft.com",
            "Connect-ExchangeOnline -CertificateThumbprint 3D05",
            "Connect-ExchangeOnline -CertificateThumbprint XYZ",
            "Connect-ExchangeOnline -PageSize 0",
            "Connect-ExchangeOnline -PageSize 5000",
            "Connect-ExchangeOnline -ExchangeEnvironmentName O365Mars",
            "Connect-ExchangeOnline -UserPrincipalName adele@contoso.com",
            "Connect-ExchangeOnline -Credential x",
            "Connect-ExchangeOnline -CertificatePassword x",
            "Connect-ExchangeOnline -AccessToken eyJ0eXAiOiJKV1QifQ.e30.c2ln",
            "Connect-ExchangeOnline -AppIdd x",
            "Connect-ExchangeOnline -AccessToken - -CertificateFilePath x.pfx",
            "Disconnect-ExchangeOnline -Confirm:$false",
            "Disconnect-ExchangeOnline -ConnectionId 36ee4c6c-0812-40a2-b820-b22ebd02bce3",
        ],
    );
    settings(&home).bind(|| insta::assert_snapshot!("command_lines", text));
}

#[test]
fn files() {
    let home = Home::new();
    home.file("broken.json", "{");
    home.file("plain.json", r#"{"name":"x","authority":"http://x","exchange":"https://x","exchangeResource":"x","compliance":"https://x","complianceRegional":"https://x/{region}","complianceResource":"x","graph":"https://x"}"#);
    home.file("garbage.pfx", "garbage");
    home.file("empty", "");
    let (thumbprint, _) = home.certificate();
    home.file("password", "right\n");
    home.file("wrong", "wrong\n");
    let _ = home
        .run(&format!(
            "cert export {thumbprint} --format pfx --out key.pfx --password-file password"
        ))
        .ok();
    let key = std::fs::read(home.path().join("key.pfx")).unwrap();
    home.file("cut.pfx", &key[..key.len() / 2]);
    let connect = |rest: &str| {
        format!(
            "Connect-ExchangeOnline -AppId 36ee4c6c-0812-40a2-b820-b22ebd02bce3 -Organization contoso.onmicrosoft.com {rest}"
        )
    };
    let lines = [
        "--environment broken.json token".to_owned(),
        "--environment plain.json token".to_owned(),
        connect("-CertificateFilePath missing.pfx"),
        connect("-CertificateFilePath garbage.pfx"),
        connect("-CertificateFilePath cut.pfx --password-file password"),
        connect("-CertificateFilePath key.pfx"),
        connect("-CertificateFilePath key.pfx --password-file wrong"),
        connect("-CertificateFilePath key.pfx --password-file nowhere"),
        connect("-CertificateFilePath key.pfx --password-file empty"),
        connect("-CertificateFilePath key.pfx --password-env NOT_SET"),
        connect("-CertificateFilePath key.pfx --password-stdin"),
        connect(
            "-CertificateFilePath key.pfx -CertificateThumbprint 0000000000000000000000000000000000000001 --password-file password",
        ),
        connect("-CertificateFilePath exo.cer"),
        connect("-CertificateThumbprint 0000000000000000000000000000000000000001"),
        connect("-AccessToken @missing"),
        connect("-AccessToken env"),
    ];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let text = all(&home, &lines);
    settings(&home).bind(|| insta::assert_snapshot!("files", text));
}

#[test]
fn a_tenant_that_says_no() {
    let tenant = Tenant::start(50);
    let home = Home::of(&tenant);
    let who = home.connected(&tenant);
    let connect = |rest: &str| format!("Connect-ExchangeOnline {rest}");
    let app = "-AppId 36ee4c6c-0812-40a2-b820-b22ebd02bce3";
    let thumbprint = who.split(' ').nth(1).unwrap();
    let lines = [
        connect(&format!("{who} -Organization fabrikam.onmicrosoft.com")),
        connect(&format!("{who} -Organization 36ee4c6c-0812-40a2-b820-b22ebd02bce3")),
        connect(&format!(
            "-CertificateThumbprint {thumbprint} {app} -Organization contoso.onmicrosoft.com"
        )),
        format!("Connect-IPPSSession {who} -Organization contoso.onmicrosoft.com"),
        "Get-Mailbox nobody".to_owned(),
        "Get-Mailbox -Idnetity adele".to_owned(),
        "Get-Mailbox -ResultSize 0".to_owned(),
        "Get-Mailbox -ResultSize many".to_owned(),
        "Get-Mailbox -Re x".to_owned(),
        "Get-Mailbox adele second".to_owned(),
        "Get-Mailbox -RecipientTypeDetails Nonsense".to_owned(),
        "Get-Mailbox -o xml".to_owned(),
        "Get-Mailbox --query [".to_owned(),
        "Get-Mailbx".to_owned(),
        "Set-Mailbox adele -EmailAddresses @{Add=".to_owned(),
        "Set-Mailbox adele -EmailAddresses @{Add='a';Add='b'}".to_owned(),
        "Set-Mailbox adele -EmailAddresses $name".to_owned(),
        "Set-Mailbox -CustomAttribute1 x".to_owned(),
        "Set-Mailbox adele -Password x".to_owned(),
        "Remove-Mailbox adele".to_owned(),
        "--environment missing.json Get-Mailbox".to_owned(),
    ];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let text = all(&home, &lines);
    settings(&home).bind(|| insta::assert_snapshot!("a_tenant_that_says_no", text));
}

#[cfg(unix)]
#[test]
fn a_damaged_profile_and_one_that_cannot_be_written() {
    let home = Home::new();
    let profiles = home.path().join("home/config/profiles");
    std::fs::create_dir_all(&profiles).unwrap();
    std::fs::write(profiles.join("default.toml"), "organization = 5\n").unwrap();
    std::fs::write(profiles.join("current"), "default\n").unwrap();
    let damaged = home.run("Get-Mailbox");
    settings(&home).bind(|| insta::assert_snapshot!("damaged_profile", damaged.text()));
    let _ = home.run("profile remove default").ok();
    assert_eq!(home.run("profile list").ok().stdout, "");
}
