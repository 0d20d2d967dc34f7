//! The bundle for somebody who helps: what is in it, and that no secret is.

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::harness::{Home, Tenant};

/// The members of a zip file, by name.
fn members(path: &std::path::Path) -> Vec<(String, String)> {
    let mut zip = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
    (0..zip.len())
        .map(|at| {
            let mut member = zip.by_index(at).unwrap();
            let mut text = String::new();
            member.read_to_string(&mut text).unwrap();
            (member.name().unwrap().into_owned(), text)
        })
        .collect()
}

/// The secrets of this list that are in a member, with the member's name.
fn leaks(members: &[(String, String)], secrets: &[(&str, String)]) -> Vec<String> {
    let mut found = Vec::new();
    for (name, text) in members {
        for (what, secret) in secrets {
            if text.contains(secret.as_str()) || name.contains(secret.as_str()) {
                found.push(format!("{what} in {name}"));
            }
        }
    }
    found
}

#[test]
fn no_secret_is_in_the_bundle() {
    let tenant = Tenant::start(50);
    let home = Home::of(&tenant);
    let (thumbprint, certificate) = home.certificate();
    let app = tenant.register(certificate);
    let password = "Planted-Passw0rd-of-the-PFX";
    let password_file = home.file("password", format!("{password}\n"));
    let export = format!("cert export {thumbprint} --format pfx --out key.pfx");
    let _ = home.run(&format!("{export} --password-file {password_file}")).ok();
    let pem = format!("cert export {thumbprint} --private-key --no-password --format pem");
    let _ = home.run(&format!("{pem} --out key.pem")).ok();
    let connect = format!(
        "Connect-ExchangeOnline -CertificateFilePath key.pfx -AppId {app} -Organization contoso.onmicrosoft.com"
    );
    let _ = home.run(&format!("{connect} --password-file {password_file}")).ok();
    // The tokens' cache has one now.
    let _ = home.run("Get-Mailbox adele").ok();
    let token = home.run("token").ok().stdout.trim().to_owned();
    let key = std::fs::read_to_string(home.path().join("key.pem")).unwrap();
    let body: Vec<&str> = key
        .split("-----BEGIN PRIVATE KEY-----")
        .nth(1)
        .unwrap()
        .split("-----END")
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    let pfx = STANDARD.encode(std::fs::read(home.path().join("key.pfx")).unwrap());
    let secrets = [
        ("password of the PFX", password.to_owned()),
        ("first line of the key", body[0].to_owned()),
        ("last line of the key", (*body.last().unwrap()).to_owned()),
        ("access token", token.clone()),
        ("signature of the token", token.rsplit('.').next().unwrap().to_owned()),
        ("opaque token", "0.AXoAplanted-opaque-refresh-token".to_owned()),
        ("password of the proxy", "Planted-Proxy-Passw0rd".to_owned()),
        ("password in a variable", "Planted-Variable-Passw0rd".to_owned()),
        ("secret of a client", "planted~client~secret".to_owned()),
        ("session cookie", "planted-session-cookie".to_owned()),
        ("middle of the PFX", pfx[400..460].to_owned()),
        ("sign-in name", "adele.vance@".to_owned()),
    ];
    let line = |at: usize| secrets[at].1.as_str();
    let log = format!(
        "2026-11-21T10:00:00Z TRACE request POST /token Authorization: Bearer {token}\n\
         {{\"level\":\"TRACE\",\"headers\":{{\"authorization\":\"Bearer {token}\"}}}}\n\
         client_id={app}&client_secret={}&grant_type=client_credentials\n\
         {{\"refresh_token\":\"{}\",\"access_token\":\"{token}\"}}\n\
         the cache has {token} cut {}\n\
         key {key}\n\
         inline {}\n\
         pfx {pfx}\n\
         proxy https://adele:{}@proxy:8080\n\
         the password is {password}, signed in as adele.vance@contoso.onmicrosoft.com\n\
         Set-Cookie: session={}\n\
         request 0f3f7a5e-1111-4222-8333-444455556666 answered 403\n",
        line(8),
        line(5),
        &token[..token.len() / 2],
        key.replace('\n', "\\n"),
        line(6),
        line(9),
    );
    home.file("exoctl.log", &log);
    let proxy = format!("http://adele:{}@127.0.0.1:1", line(6));
    let variables = [
        ("HTTPS_PROXY", proxy.as_str()),
        ("AZURE_CLIENT_CERTIFICATE_PASSWORD", line(7)),
        ("EXOCTL_ACCESS_TOKEN", token.as_str()),
    ];
    let ran = home.run_with("doctor --bundle support.zip --with-log exoctl.log", &variables, "");
    assert_eq!(ran.exit, 3, "the password's file is open to others: {}", ran.stderr);
    let path = home.path().join("support.zip");
    let members = members(&path);
    let names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "doctor.json",
            "doctor.txt",
            "version.json",
            "configuration.json",
            "environment.json",
            "certificates.json",
            "profiles/default.json",
            "logs/1-exoctl.log",
        ]
    );
    assert_eq!(leaks(&members, &secrets), Vec::<String>::new());
    assert_eq!(leaks(&[("screen".to_owned(), ran.text())], &secrets), Vec::<String>::new());
    // The search finds what is there: the same log as it was has them all but the variable's.
    let found = leaks(&[("log".to_owned(), log)], &secrets);
    assert_eq!(found.len(), secrets.len() - 1, "{found:?}");

    let text = |name: &str| &members.iter().find(|(member, _)| member == name).unwrap().1;
    assert!(
        text("logs/1-exoctl.log").contains("0f3f7a5e-1111-4222-8333-444455556666 answered 403")
    );
    assert!(text("logs/1-exoctl.log").contains("person-1@contoso.onmicrosoft.com"));
    assert!(
        text("environment.json").contains("http://***@127.0.0.1:1"),
        "{}",
        text("environment.json")
    );
    assert!(text("certificates.json").contains(&thumbprint));
    assert_eq!(
        text("doctor.txt").trim_end().lines().skip(2).collect::<Vec<_>>(),
        ran.stdout.trim_end().lines().collect::<Vec<_>>()
    );

    let hidden = "doctor --bundle hidden.zip --hide-organizations";
    assert_eq!(home.run(hidden).exit, 3);
    let organization = [("organization", "contoso".to_owned())];
    assert_eq!(
        leaks(&self::members(&home.path().join("hidden.zip")), &organization),
        Vec::<String>::new()
    );
}

#[cfg(unix)]
#[test]
fn a_bundle_is_for_its_owner_only_and_replaces_another() {
    use std::os::unix::fs::PermissionsExt as _;
    let tenant = Tenant::start(50);
    let home = Home::of(&tenant);
    home.file("support.zip", "not ours yet, and open to all");
    assert_eq!(home.run("doctor --bundle support.zip").exit, 3);
    let path = home.path().join("support.zip");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(members(&path).len() > 4);
}
