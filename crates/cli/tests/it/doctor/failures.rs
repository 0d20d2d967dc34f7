//! Each check failing at least once, by the fault that it is there for.

use std::fmt::Write as _;

use exoctl_certificate::{NewCertificate, pem};
use exoctl_model::ManualClock;
use exoctl_sim::{DirectoryRole, Registration};
use serde_json::Value;

use super::{diagnosis, settings};
use crate::harness::{Home, Tenant};

/// A machine whose settings are all in variables.
struct Machine<'a> {
    tenant: &'a Tenant,
    home: Home,
    variables: Vec<(&'static str, String)>,
}

impl<'a> Machine<'a> {
    /// Whose application has its certificate, the permission and a role.
    fn new(tenant: &'a Tenant) -> Self {
        Self::registered(tenant, |registration| registration.with_role(DirectoryRole::GlobalReader))
    }

    /// Whose application is registered as an administrator likes.
    fn registered(tenant: &'a Tenant, how: impl Fn(Registration) -> Registration) -> Self {
        let home = Home::of(tenant);
        let (thumbprint, certificate) = home.certificate();
        let export = "--format pem --private-key --no-password --out key.pem --force";
        let _ = home.run(&format!("cert export {thumbprint} {export}")).ok();
        let app = tenant.register_as(how(Registration::new(certificate)));
        let key = home.path().join("key.pem").display().to_string();
        let variables = vec![
            ("AZURE_CLIENT_ID", app),
            ("AZURE_TENANT_ID", "contoso.onmicrosoft.com".to_owned()),
            ("AZURE_CLIENT_CERTIFICATE_PATH", key),
        ];
        Self { tenant, home, variables }
    }

    /// With a variable like this instead.
    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.variables.retain(|(known, _)| *known != name);
        self.variables.push((name, value.into()));
        self
    }

    /// With another key file; also on the application, if it is to be there.
    fn with_key(self, valid_for: &str, since: &str, is_registered: bool) -> Self {
        let clock = ManualClock::new(since.parse().unwrap());
        let wanted = NewCertificate::new("CN=Other".parse().unwrap());
        let key = wanted.self_signed(valid_for.parse().unwrap(), &clock).unwrap();
        self.home.file("key.pem", pem::write(&key, None).unwrap().as_bytes());
        if is_registered {
            let app = self.variables[0].1.parse().unwrap();
            let more = Registration::new(key.certificate().der()).with_app_id(app);
            self.tenant.register_as(more);
        }
        self
    }

    /// With an environment file that differs.
    fn with_environment(self, change: impl Fn(&mut Value)) -> Self {
        let text = std::fs::read(self.tenant.environment()).unwrap();
        let mut file: Value = serde_json::from_slice(&text).unwrap();
        change(&mut file);
        let path = self.home.file("environment.json", file.to_string());
        self.with("EXOCTL_ENVIRONMENT", path)
    }

    fn doctor(&self, more: &str) -> String {
        let variables: Vec<(&str, &str)> =
            self.variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let text =
            diagnosis(&self.home.run_with(&format!("doctor -o json {more}"), &variables, ""));
        text.replace(&self.home.path().display().to_string(), "[HOME]")
    }
}

/// The text of all cases, and the checks that one of them made fail.
fn snapshot(name: &str, cases: &[(&str, String)]) {
    let mut text = String::new();
    for (title, diagnosis) in cases {
        let _ = writeln!(text, "== {title}\n{diagnosis}");
    }
    settings(&Home::new()).bind(|| insta::assert_snapshot!(name, text));
}

#[cfg(unix)]
fn open_to_all(path: &std::path::Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(unix)]
#[test]
fn what_is_wrong_on_this_machine() {
    let tenant = Tenant::start(50);
    let damaged = Machine::new(&tenant).with("EXOCTL_PROFILE", "broken");
    std::fs::create_dir_all(damaged.home.path().join("home/config/profiles")).unwrap();
    damaged.home.file("home/config/profiles/broken.toml", "organization = ");
    let no_application = Machine::new(&tenant).with("AZURE_CLIENT_ID", "");
    let gone = Machine::new(&tenant).with("AZURE_CLIENT_CERTIFICATE_PATH", "gone.pem");
    let no_password = Machine::new(&tenant);
    let sample = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../certificate/tests/fixtures/pfx/01-openssl3-default.pfx"
    );
    no_password.home.file("key.pfx", std::fs::read(sample).unwrap());
    let no_password = no_password.with("AZURE_CLIENT_CERTIFICATE_PATH", "key.pfx");
    let mixed = Machine::new(&tenant);
    let other = NewCertificate::new("CN=Other".parse().unwrap());
    let other = other.self_signed("1y".parse().unwrap(), &exoctl_model::SystemClock).unwrap();
    let other = pem::write_private_key(other.key(), None).unwrap();
    let text = std::fs::read_to_string(mixed.home.path().join("key.pem")).unwrap();
    let certificate = &text[text.find("-----BEGIN CERTIFICATE").unwrap()..];
    mixed.home.file("key.pem", format!("{}{certificate}", other.as_str()));
    let open = Machine::new(&tenant);
    open_to_all(&open.home.path().join("key.pem"), 0o644);
    let replaceable = Machine::new(&tenant);
    open_to_all(replaceable.home.path(), 0o777);
    let expired = Machine::new(&tenant).with_key("1d", "2020-01-01T00:00:00Z", false);
    let early = Machine::new(&tenant).with_key("1y", "2099-01-01T00:00:00Z", false);
    let now = exoctl_model::Clock::now(&exoctl_model::SystemClock).to_string();
    let ends = Machine::new(&tenant).with_key("20d", &now, true);
    snapshot(
        "doctor_machine",
        &[
            ("a profile that cannot be read", damaged.doctor("")),
            ("no application", no_application.doctor("")),
            ("a key file that is not there", gone.doctor("")),
            ("a key file whose password nobody gives", no_password.doctor("")),
            ("a key file with the key of another certificate", mixed.doctor("")),
            ("a key file that others may read", open.doctor("")),
            ("a directory that others may write to", replaceable.doctor("")),
            ("an expired certificate", expired.doctor("")),
            ("a certificate of the future", early.doctor("")),
            ("a certificate that ends soon", ends.doctor("")),
        ],
    );
}

#[cfg(unix)]
#[test]
fn a_key_of_the_store_that_others_may_read_or_that_does_not_belong() {
    let tenant = Tenant::start(50);
    let home = Home::of(&tenant);
    home.connected(&tenant);
    let tokens = std::fs::read_dir(home.path().join("home/tokens")).unwrap();
    let token = tokens.map(|entry| entry.unwrap().path()).next().unwrap();
    open_to_all(&token, 0o640);
    let shared = diagnosis(&home.run("doctor -o json"));
    open_to_all(&token, 0o600);
    let store = home.path().join("home/certificates");
    let mut file = std::fs::read_dir(&store).unwrap().map(|entry| entry.unwrap().path());
    let file = file.find(|path| path.extension().is_some_and(|end| end == "pem")).unwrap();
    open_to_all(&file, 0o644);
    let open = diagnosis(&home.run("doctor -o json"));
    open_to_all(&file, 0o600);

    let other = NewCertificate::new("CN=Other".parse().unwrap());
    let other = other.self_signed("1y".parse().unwrap(), &exoctl_model::SystemClock).unwrap();
    let other = pem::write_private_key(other.key(), None).unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    let certificate = &text[text.find("-----BEGIN CERTIFICATE").unwrap()..];
    std::fs::write(&file, format!("{}{certificate}", other.as_str())).unwrap();
    let foreign = diagnosis(&home.run("doctor -o json"));
    std::fs::remove_file(&file).unwrap();
    let gone = diagnosis(&home.run("doctor -o json"));
    let token = token.file_name().unwrap().to_str().unwrap();
    let shared = shared.replace(token, "[TOKEN]");
    let text =
        format!("== a token\n{shared}\n== open\n{open}\n== foreign\n{foreign}\n== gone\n{gone}");
    settings(&home).bind(|| insta::assert_snapshot!("doctor_store", text));
}

#[test]
fn what_is_wrong_on_the_way() {
    let tenant = Tenant::start(50);
    let other = Tenant::start(50);
    let nobody = "https://login.invalid/";
    let unknown = Machine::new(&tenant).with_environment(|file| file["authority"] = nobody.into());
    let text = std::fs::read(other.environment()).unwrap();
    let foreign: Value = serde_json::from_slice(&text).unwrap();
    let authority = foreign["certificateAuthority"].clone();
    let untrusted = Machine::new(&tenant)
        .with_environment(|file| file["certificateAuthority"] = authority.clone());
    let closed = Machine::new(&tenant)
        .with_environment(|file| file["authority"] = "https://127.0.0.1:1/".into());
    let late = Tenant::start_with(50, &["skew:seconds=120,service=entra"]);
    let hour = Tenant::start_with(50, &["skew:seconds=-3600,service=entra"]);
    let late = Machine::new(&late).doctor("");
    let hour = Machine::new(&hour).doctor("");
    snapshot(
        "doctor_network",
        &[
            ("a host that nobody knows", unknown.doctor("")),
            ("an authority that is not trusted", untrusted.doctor("")),
            ("nobody listens", closed.doctor("")),
            ("a clock that is two minutes behind", late),
            ("a clock that is an hour ahead", hour),
        ],
    );
}

#[test]
fn what_is_wrong_in_the_directory() {
    let tenant = Tenant::start(50);
    let nowhere = Machine::new(&tenant).with("AZURE_TENANT_ID", "fabrikam.onmicrosoft.com");
    let nobody = "9f7a1b2c-0000-4000-8000-0123456789ab";
    let stranger = Machine::new(&tenant).with("AZURE_CLIENT_ID", nobody);
    let of = |how: fn(Registration) -> Registration| Machine::registered(&tenant, how);
    let disabled = of(Registration::disabled);
    let unprincipled = of(Registration::without_service_principal);
    let unknown = Machine::new(&tenant);
    let unknown = unknown.with_key("1y", "2026-01-01T00:00:00Z", false);
    unknown.home.file("token.txt", tenant.admin_token(&[DirectoryRole::GlobalReader]));
    disabled.home.file("token.txt", tenant.admin_token(&[DirectoryRole::GlobalReader]));
    let blocked = of(Registration::blocked_by_policy);
    let consent = of(Registration::without_consent);
    let role = of(|registration| registration);
    snapshot(
        "doctor_directory",
        &[
            ("no such tenant", nowhere.doctor("")),
            ("no such application", stranger.doctor("")),
            ("disabled", disabled.doctor("")),
            (
                "disabled, seen by an administrator",
                disabled.doctor("--access-token-file token.txt"),
            ),
            ("no service principal", unprincipled.doctor("")),
            ("another certificate", unknown.doctor("")),
            (
                "another certificate, seen by an administrator",
                unknown.doctor("--access-token-file token.txt"),
            ),
            ("blocked by Conditional Access", blocked.doctor("")),
            ("no consent", consent.doctor("")),
            ("no role", role.doctor("")),
        ],
    );
}

#[test]
fn what_is_wrong_in_the_services() {
    let exchange = Tenant::start_with(50, &["nul403:match=Get-Mailbox"]);
    let exchange = Machine::new(&exchange).doctor("");
    let compliance = Tenant::start_with(50, &["nul403:service=compliance"]);
    let compliance = Machine::new(&compliance).doctor("");
    let tenant = Tenant::start(50);
    let missing = Machine::new(&tenant).doctor("--for-cmdlets Get-Mailbox,Set-Mailbox,New-Foo");
    let off = Machine::registered(&tenant, |registration| {
        registration.with_role(DirectoryRole::ExchangeAdministrator)
    });
    let variables: Vec<(&str, &str)> =
        off.variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let turned = "Set-AdminAuditLogConfig -UnifiedAuditLogIngestionEnabled $false --yes";
    let _ = off.home.run_with(turned, &variables, "").ok();
    snapshot(
        "doctor_services",
        &[
            ("a cmdlet that does not run", exchange),
            ("Security & Compliance refuses", compliance),
            ("cmdlets that are not granted", missing),
            ("no audit log", off.doctor("")),
        ],
    );
}

/// Elsewhere than on Linux the authorities that are trusted cannot be chosen by a variable.
#[cfg(target_os = "linux")]
#[test]
fn a_proxy_that_opens_tls() {
    let tenant = Tenant::start(50);
    let text = std::fs::read(tenant.environment()).unwrap();
    let file: Value = serde_json::from_slice(&text).unwrap();
    let place = file["authority"].as_str().unwrap().trim_start_matches("https://");
    let place = place.trim_end_matches('/').parse().unwrap();
    let (proxy, _asked) = crate::hostile::network::proxy_to(place);
    let machine = Machine::new(&tenant);
    let trusted = machine.home.file("ca.pem", file["certificateAuthority"].as_str().unwrap());
    let machine = machine
        .with("EXOCTL_ENVIRONMENT", "")
        .with("HTTPS_PROXY", format!("http://adele:hunter2@{proxy}"))
        .with("SSL_CERT_FILE", trusted);
    let opened = machine.doctor("");
    let other = Tenant::start(50);
    let text = std::fs::read(other.environment()).unwrap();
    let file: Value = serde_json::from_slice(&text).unwrap();
    let other = machine.home.file("other.pem", file["certificateAuthority"].as_str().unwrap());
    let untrusted = machine.with("SSL_CERT_FILE", other).doctor("");
    snapshot("doctor_proxy", &[("trusted", opened), ("not trusted", untrusted)]);
}

#[test]
fn what_reads_mailboxes_past_cmdlets() {
    let tenant = Tenant::start(50);
    let machine = Machine::new(&tenant);
    let of = |path: &str| -> Vec<Value> {
        let all = crate::setup::directory(&tenant);
        let (_, list) = all.into_iter().find(|(known, _)| known == path).unwrap();
        list["value"].as_array().unwrap().clone()
    };
    let principals = of("servicePrincipals");
    let find = |app: &str| principals.iter().find(|one| one["appId"] == app).unwrap()["id"].clone();
    let own = find(&machine.variables[0].1);
    // Learn, "Authenticate an EWS application by using OAuth": Office 365 Exchange Online and its
    // full_access_as_app.
    let resource = find("00000002-0000-0ff1-ce00-000000000000");
    let role = "dc890d15-9560-4a4c-9b7f-a736ec74ec40";
    let body = serde_json::json!({"principalId": own, "resourceId": resource, "appRoleId": role});
    let path = format!("servicePrincipals/{}/appRoleAssignments", own.as_str().unwrap());
    crate::setup::post(&tenant, &path, &body);
    let retired = Machine::registered(&tenant, |registration| {
        registration.with_role(DirectoryRole::ExchangeAdministrator).with_impersonation()
    });
    snapshot(
        "doctor_impersonation",
        &[
            ("full_access_as_app", machine.doctor("")),
            ("ApplicationImpersonation", retired.doctor("")),
        ],
    );
}
