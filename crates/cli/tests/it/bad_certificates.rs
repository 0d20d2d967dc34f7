//! Certificates, keys and files that cannot be used: the exact text for each.

use std::fmt::Write as _;
use std::path::Path;

use exoctl_sim::{DirectoryRole, Registration};

use crate::harness::{Home, Tenant, settings};

const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../certificate/tests/fixtures");

/// Runs all lines, none of which may succeed, and gives what they wrote.
fn all(home: &Home, lines: &[String]) -> String {
    let mut text = String::new();
    for line in lines {
        let ran = home.run(line);
        assert_ne!(ran.exit, 0, "{line}");
        let shown = line.replace(SAMPLES, "[SAMPLES]");
        let _ = writeln!(text, "$ exoctl {shown}\n{}", ran.text().replace(SAMPLES, "[SAMPLES]"));
    }
    text
}

#[test]
fn files_that_hold_no_usable_key() {
    let home = Home::new();
    home.file("password", "Passw0rd!\n");
    home.file("wrong", "wrong\n");
    home.file("empty.pfx", "");
    home.file("text.pfx", "Dear admin, the certificate is attached.\n");
    let whole = std::fs::read(Path::new(SAMPLES).join("pfx/01-openssl3-default.pfx")).unwrap();
    home.file("cut.pfx", &whole[..whole.len() / 2]);
    let mut damaged = whole.clone();
    damaged[900] ^= 0x55;
    home.file("damaged.pfx", damaged);
    let show = |file: &str| format!("cert show {file} --password-file password");
    let sample = |name: &str| show(&format!("{SAMPLES}/pfx/{name}"));
    let lines = [
        show("missing.pfx"),
        show("empty.pfx"),
        show("text.pfx"),
        show("cut.pfx"),
        show("damaged.pfx"),
        sample("11-openssl-cert-only.pfx"),
        sample("19-openssl-rc4-128.pfx"),
        sample("24-openssl-ec-key.pfx"),
        sample("26-openssl-camellia.pfx"),
        format!("cert show {SAMPLES}/pfx/01-openssl3-default.pfx --password-file wrong"),
        format!("cert show {SAMPLES}/pfx/01-openssl3-default.pfx"),
        format!(
            "cert show {SAMPLES}/pfx/10-openssl-chain3.pfx --password-file password --thumbprint {}",
            "0".repeat(40)
        ),
        "cert show .".to_owned(),
    ];
    settings(&home)
        .bind(|| insta::assert_snapshot!("files_that_hold_no_usable_key", all(&home, &lines)));
}

#[test]
fn a_key_that_does_not_belong_to_the_certificate() {
    let home = Home::new();
    let (first, _) = home.certificate();
    let (second, _) = home.certificate();
    for (thumbprint, name) in [(first, "a"), (second, "b")] {
        let export = format!("cert export {thumbprint} --format pem");
        let _ = home.run(&format!("{export} --out {name}.pem")).ok();
        let _ =
            home.run(&format!("{export} --private-key --no-password --out {name}-key.pem")).ok();
    }
    let key = std::fs::read_to_string(home.path().join("a-key.pem")).unwrap();
    let key = &key[key.find("-----BEGIN PRIVATE KEY").unwrap()..];
    home.file("key.pem", key.split_inclusive("-----END PRIVATE KEY-----\n").next().unwrap());
    let stranger = std::fs::read_to_string(home.path().join("b.pem")).unwrap();
    home.file(
        "mixed.pem",
        format!("{}{stranger}", std::fs::read_to_string(home.path().join("key.pem")).unwrap()),
    );
    let lines = ["cert show mixed.pem", "cert import mixed.pem", "cert show key.pem"];
    let lines = lines.map(str::to_owned);
    settings(&home)
        .bind(|| insta::assert_snapshot!("a_key_that_does_not_belong", all(&home, &lines)));
}

#[test]
fn wishes_that_cannot_be_fulfilled() {
    let home = Home::new();
    let (thumbprint, _) = home.certificate();
    home.file("there.cer", "already here");
    home.file("stranger.cer", "no certificate");
    let lines = [
        "cert new --subject Reporting".to_owned(),
        "cert new --subject CN=".to_owned(),
        "cert new --subject CN=x --valid-for soon".to_owned(),
        "cert new --subject CN=x --valid-for 0d".to_owned(),
        "cert new --subject CN=x --key-size 1024".to_owned(),
        "cert new --subject CN=x --dns-name spaß.contoso.com".to_owned(),
        format!("cert export {thumbprint} --format cer --out there.cer"),
        format!("cert export {thumbprint} --format pfx --out new.pfx"),
        format!("cert export {thumbprint} --format cer --out nowhere/exo.cer"),
        format!("cert export {thumbprint} --format der --out exo.der"),
        "cert show 3D05".to_owned(),
        "cert show 0000000000000000000000000000000000000001".to_owned(),
        "cert remove 0000000000000000000000000000000000000001 --yes".to_owned(),
        "cert complete stranger.cer".to_owned(),
        "cert complete exo.cer".to_owned(),
    ];
    settings(&home)
        .bind(|| insta::assert_snapshot!("wishes_that_cannot_be_fulfilled", all(&home, &lines)));
}

#[test]
fn an_application_that_is_not_ready() {
    let tenant = Tenant::start(50);
    let home = Home::of(&tenant);
    let (thumbprint, certificate) = home.certificate();
    let ready = Registration::new(certificate.clone());
    let no_consent = tenant.register_as(
        ready.clone().without_consent().with_role(DirectoryRole::ExchangeAdministrator),
    );
    let no_role = tenant.register_as(ready);
    let (stranger, _) = home.certificate();
    let connect = |thumbprint: &str, app: &str| {
        format!(
            "Connect-ExchangeOnline -CertificateThumbprint {thumbprint} -AppId {app} -Organization contoso.onmicrosoft.com"
        )
    };
    let lines = [
        connect(&thumbprint, &no_consent),
        connect(&thumbprint, &no_role),
        connect(&stranger, &no_role),
    ];
    settings(&home)
        .bind(|| insta::assert_snapshot!("an_application_that_is_not_ready", all(&home, &lines)));
}

#[test]
fn a_clock_that_is_an_hour_off() {
    let tenant = Tenant::start_with(50, &["skew:seconds=3600,service=entra"]);
    let home = Home::of(&tenant);
    let (thumbprint, certificate) = home.certificate();
    let app = tenant.register(certificate);
    let line = format!(
        "Connect-ExchangeOnline -CertificateThumbprint {thumbprint} -AppId {app} -Organization contoso.onmicrosoft.com"
    );
    let ran = home.run(&line);
    assert_eq!(ran.exit, 4, "{}", ran.stderr);
    assert!(ran.stderr.contains("AADSTS700024"), "{}", ran.stderr);
    let mut settings = settings(&home);
    settings.add_filter(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z?", "[TIME]");
    settings.bind(|| insta::assert_snapshot!("a_clock_that_is_an_hour_off", ran.text()));
}

#[cfg(unix)]
#[test]
fn a_home_that_cannot_be_written() {
    let home = Home::new();
    // Root may write anywhere, so the place is one that nobody can make a directory in.
    home.file("home", "a file where the directory should be");
    let lines = ["cert new --subject CN=x", "cert list", "profile list"].map(str::to_owned);
    let mut text = String::new();
    for line in &lines {
        let _ = writeln!(text, "$ exoctl {line}\n{}", home.run(line).text());
    }
    settings(&home).bind(|| insta::assert_snapshot!("a_home_that_cannot_be_written", text));
}

/// A file system of 64 KiB, where the machine lets us have one.
#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_is_full() {
    use std::process::Command;

    let home = Home::new();
    let script = format!(
        "mount -t tmpfs -o size=64k none '{home}' && dd if=/dev/zero of='{home}/filler' bs=1k count=60 2>/dev/null; \
         for i in 1 2 3; do EXOCTL_HOME='{home}/home' '{exoctl}' cert new --subject CN=x; echo exit $?; done; \
         ls '{home}/home/certificates'",
        home = home.path().display(),
        exoctl = env!("CARGO_BIN_EXE_exoctl"),
    );
    let ran = Command::new("unshare").args(["--mount", "sh", "-c", &script]).output();
    let Ok(output) = ran.filter_mounted() else {
        println!("skipped: this machine gives us no mount namespace");
        return;
    };
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("No space left on device"), "{text}");
    let listed = String::from_utf8(output.stdout).unwrap();
    assert!(listed.contains("exit 1"), "{listed}");
    // What was not written whole is not there at all.
    for file in listed.lines().filter(|line| !line.starts_with('{') && !line.starts_with("exit")) {
        let whole = Path::new(file).extension().is_some_and(|end| end == "pem");
        assert!(whole, "{file} was left behind");
    }
}

#[cfg(target_os = "linux")]
trait FilterMounted {
    fn filter_mounted(self) -> Result<std::process::Output, ()>;
}

#[cfg(target_os = "linux")]
impl FilterMounted for std::io::Result<std::process::Output> {
    fn filter_mounted(self) -> Result<std::process::Output, ()> {
        let output = self.map_err(drop)?;
        let refused = String::from_utf8_lossy(&output.stderr).contains("unshare failed")
            || String::from_utf8_lossy(&output.stderr).contains("permission denied");
        if refused { Err(()) } else { Ok(output) }
    }
}
