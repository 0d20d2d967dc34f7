//! Ways to sign in, and where settings come from.

use exoctl_sim::Registration;

use crate::harness::{Home, Tenant, settings};

#[test]
fn the_azure_variables_are_enough() {
    let tenant = Tenant::start(50);
    let home = Home::of(&tenant);
    let (thumbprint, certificate) = home.certificate();
    let app = tenant.register(certificate);
    let password = home.file("password", "pass word\n");
    let export =
        format!("cert export {thumbprint} --format pfx --out key.pfx --password-file {password}");
    let _ = home.run(&export).ok();
    let file = home.path().join("key.pfx").display().to_string();
    let variables = [
        ("AZURE_CLIENT_ID", app.as_str()),
        ("AZURE_TENANT_ID", "contoso.onmicrosoft.com"),
        ("AZURE_CLIENT_CERTIFICATE_PATH", file.as_str()),
        ("AZURE_CLIENT_CERTIFICATE_PASSWORD", "pass word"),
    ];
    let rows = home.run_with("Get-Mailbox adele --select Alias", &variables, "").ok().rows();
    assert_eq!(rows.len(), 1);
    let shown = home.run_with("config show --origin", &variables, "").ok();
    let origin = |setting: &str| {
        let rows = shown.rows();
        rows.iter().find(|row| row["setting"] == setting).unwrap()["origin"].to_string()
    };
    assert_eq!(origin("appId"), "\"environment variable AZURE_CLIENT_ID\"");
    assert_eq!(origin("environment"), "\"environment variable EXOCTL_ENVIRONMENT\"");
    assert_eq!(origin("pageSize"), "\"default\"");
    assert!(!shown.stdout.contains("pass word"));
}

#[test]
fn a_key_file_is_opened_with_the_password_of_a_file_and_not_again_while_the_token_lasts() {
    let tenant = Tenant::start(50);
    let home = Home::of(&tenant);
    let (thumbprint, certificate) = home.certificate();
    let app = tenant.register(certificate);
    let password = home.file("password", "secret\n");
    let _ = home
        .run(&format!(
            "cert export {thumbprint} --format pfx --out key.pfx --password-file {password}"
        ))
        .ok();
    let _ = home.run(&format!("cert remove {thumbprint} --yes")).ok();
    let connect = format!(
        "Connect-ExchangeOnline -CertificateFilePath key.pfx -AppId {app} -Organization contoso.onmicrosoft.com"
    );
    let without = home.run(&connect);
    settings(&home).bind(|| insta::assert_snapshot!("no_password", without.text()));
    let _ = home.run(&format!("{connect} --password-file {password}")).ok();
    std::fs::remove_file(home.path().join("key.pfx")).unwrap();
    let _ = home.run("Get-Mailbox adele").ok();
    let fresh = home.run("Get-Mailbox adele --no-token-cache");
    settings(&home).bind(|| insta::assert_snapshot!("key_file_gone", fresh.text()));
}

#[test]
fn a_token_from_stdin_signs_in_until_it_expires() {
    let tenant = Tenant::start(50);
    let home = Home::of(&tenant);
    home.connected(&tenant);
    let token = home.run("token").ok().stdout;
    let other = Home::of(&tenant);
    let connect = "Connect-ExchangeOnline -AccessToken - -Organization contoso.onmicrosoft.com";
    let _ = other.run_with(connect, &[], &token).ok();
    assert_eq!(other.run("Get-Mailbox adele --select Alias").ok().rows().len(), 1);
    let file = other.file("token", &token);
    let connect = format!(
        "Connect-ExchangeOnline -AccessToken @{file} -Organization contoso.onmicrosoft.com"
    );
    let _ = other.run(&connect).ok();
    assert_eq!(other.run("Get-Mailbox adele --select Alias --no-token-cache").ok().rows().len(), 1);
}

#[test]
fn what_is_missing_is_found_in_the_token_before_exchange_is_asked() {
    let tenant = Tenant::start(50);
    let home = Home::of(&tenant);
    let (thumbprint, certificate) = home.certificate();
    let connect = |app: &str| {
        home.run(&format!(
            "Connect-ExchangeOnline -CertificateThumbprint {thumbprint} -AppId {app} -Organization contoso.onmicrosoft.com"
        ))
    };
    let no_consent = tenant.register_as(Registration::new(certificate.clone()).without_consent());
    let no_role = tenant.register_as(Registration::new(certificate));
    let (no_consent, no_role) = (connect(&no_consent), connect(&no_role));
    settings(&home).bind(|| {
        insta::assert_snapshot!("no_consent", no_consent.text());
        insta::assert_snapshot!("no_role", no_role.text());
    });
}
