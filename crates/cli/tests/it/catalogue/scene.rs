//! One row's world: a tenant, an administrator's token, a home with a key, an application.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, OnceLock};

use exoctl_http::{HttpOptions, HttpTransport, Transport as _};
use exoctl_model::Cloud;
use exoctl_sim::{DirectoryRole, Registration};
use serde_json::Value;
use tempfile::TempDir;

use super::rows::Row;
use crate::harness::{Home, Ran, Tenant};

pub(super) const CONTOSO: &str = "contoso.onmicrosoft.com";
const PASSWORD: &str = "pass word\n";

/// A tenant and what one person has who works with it.
pub(super) struct Scene {
    pub(super) tenant: Tenant,
    pub(super) home: Home,
    /// The application, an Exchange administrator unless a case says otherwise.
    pub(super) app: String,
    pub(super) thumbprint: String,
    pub(super) certificate: Vec<u8>,
    words: Vec<(&'static str, String)>,
    variables: std::cell::RefCell<BTreeMap<String, String>>,
    redirect: Option<&'static str>,
}

/// A key that is made once and copied into each home: making one takes longer than all the rest.
fn first_home() -> &'static (Home, String, Vec<u8>) {
    static FIRST: OnceLock<(Home, String, Vec<u8>)> = OnceLock::new();
    FIRST.get_or_init(|| {
        let home = Home::new();
        let (thumbprint, certificate) = home.certificate();
        home.file("password", PASSWORD);
        let export = "--format pfx --out key.pfx --password-file password";
        let _ = home.run(&format!("cert export {thumbprint} {export}")).ok();
        (home, thumbprint, certificate)
    })
}

impl Scene {
    pub(super) fn new() -> Self {
        let (first, thumbprint, certificate) = first_home();
        let tenant = Tenant::start(10);
        let home = Home::of(&tenant);
        copy(&first.path().join("home"), &home.path().join("home"));
        for file in ["password", "key.pfx", "exo.cer"] {
            std::fs::copy(first.path().join(file), home.path().join(file)).unwrap();
        }
        home.file("token.txt", tenant.admin_token(&[DirectoryRole::GlobalAdministrator]));
        home.file("exchange.txt", tenant.exchange_token(&[DirectoryRole::GlobalAdministrator]));
        let app = tenant.register(certificate.clone());
        let words = vec![
            ("THUMBPRINT", thumbprint.clone()),
            ("APP-ID", app.clone()),
            ("TENANT.onmicrosoft.com", CONTOSO.to_owned()),
            ("\"ROLE\"", "\"Exchange Administrator\"".to_owned()),
            ("--name NAME", "--name \"EXO Reporting\"".to_owned()),
        ];
        let (thumbprint, certificate) = (thumbprint.clone(), certificate.clone());
        let variables = std::cell::RefCell::default();
        Self { tenant, home, app, thumbprint, certificate, words, variables, redirect: None }
    }

    /// What a human knows whom the print leaves a word in upper case to.
    pub(super) fn words(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.words.iter().map(|(word, value)| (*word, value.as_str()))
    }

    pub(super) fn know(&mut self, word: &'static str, value: impl Into<String>) {
        self.words.insert(0, (word, value.into()));
    }

    /// Lets what the fix prints go into a file.
    pub(super) fn redirect_to(&mut self, file: &'static str) {
        self.redirect = Some(file);
    }

    pub(super) fn redirect(&self) -> Option<&'static str> {
        self.redirect
    }

    pub(super) fn set_variable(&self, name: &str, value: impl Into<String>) {
        self.variables.borrow_mut().insert(name.to_owned(), value.into());
    }

    pub(super) fn unset_variable(&self, name: &str) {
        self.variables.borrow_mut().remove(name);
    }

    /// Runs a line as a shell would understand it.
    pub(super) fn run(&self, line: &str) -> Ran {
        let variables = self.variables.borrow();
        let variables: Vec<(&str, &str)> =
            variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.home.run_words_with(shlex::split(line).unwrap(), &variables)
    }

    /// Connects as the application.
    pub(super) fn connect(&self) {
        let _ = self.run(&self.connect_line()).ok();
    }

    pub(super) fn connect_line(&self) -> String {
        let Self { thumbprint, app, .. } = self;
        format!(
            "Connect-ExchangeOnline -CertificateThumbprint {thumbprint} -AppId {app} -Organization {CONTOSO}"
        )
    }

    /// Connects with the key in a file.
    pub(super) fn connect_with_file(&self) {
        let _ = self.run(&self.connect_line_with_file()).ok();
    }

    pub(super) fn connect_line_with_file(&self) -> String {
        let app = &self.app;
        format!(
            "Connect-ExchangeOnline -CertificateFilePath key.pfx -AppId {app} -Organization {CONTOSO} --password-file password"
        )
    }

    /// The object id of the application's service principal.
    pub(super) fn principal(&self) -> String {
        let path = format!("servicePrincipals(appId='{}')", self.app);
        self.graph("GET", &path, &Value::Null)["id"].as_str().unwrap().to_owned()
    }

    /// Another application with the same certificate.
    pub(super) fn register(&mut self, how: impl FnOnce(Registration) -> Registration) {
        self.app = self.tenant.register_as(how(Registration::new(&self.certificate)));
        self.know("APP-ID", self.app.clone());
    }

    /// The connection's file, changed.
    pub(super) fn edit_profile(&self, change: impl FnOnce(String) -> String) {
        let path = self.profile();
        let text = std::fs::read_to_string(&path).unwrap();
        let changed = change(text.clone());
        assert_ne!(changed, text, "the profile has nothing to change");
        std::fs::write(path, changed).unwrap();
    }

    pub(super) fn profile(&self) -> PathBuf {
        self.home.path().join("home/config/profiles/default.toml")
    }

    /// The file of the store that has the key.
    pub(super) fn store_file(&self) -> PathBuf {
        let store = self.home.path().join("home/certificates");
        let mut files = std::fs::read_dir(store).unwrap().map(|entry| entry.unwrap().path());
        files.find(|path| path.extension().is_some_and(|end| end == "pem")).unwrap()
    }

    /// A copy of the environment file with a change, which everything is directed at.
    pub(super) fn edit_environment(&self, change: impl FnOnce(&mut Value)) {
        let text = std::fs::read_to_string(self.tenant.environment()).unwrap();
        let mut environment: Value = serde_json::from_str(&text).unwrap();
        change(&mut environment);
        let file = self.home.file("environment.json", environment.to_string());
        self.set_variable("EXOCTL_ENVIRONMENT", file);
    }

    /// Puts the tenant's own environment file where the changed one was.
    pub(super) fn mend_environment(&self) {
        std::fs::copy(self.tenant.environment(), self.home.path().join("environment.json"))
            .unwrap();
    }

    /// Asks Graph as a Global Administrator.
    pub(super) fn graph(&self, method: &str, path: &str, body: &Value) -> Value {
        let text = std::fs::read_to_string(self.tenant.environment()).unwrap();
        let cloud = Cloud::from_environment_json(&text).unwrap();
        let certificate_authority = cloud.certificate_authority.clone();
        let options = HttpOptions { certificate_authority, ..HttpOptions::default() };
        let transport = Arc::new(HttpTransport::new(&options).unwrap());
        let scopes = ["Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All"];
        let scopes = scopes.iter().chain(&[
            "RoleManagement.ReadWrite.Directory",
            "Policy.Read.All",
            "Policy.ReadWrite.ApplicationConfiguration",
            "Policy.ReadWrite.Authorization",
        ]);
        let token = self.tenant.admin_token_with(&scopes.copied().collect::<Vec<_>>());
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let request = http::Request::builder()
            .method(method)
            .uri(format!("{}v1.0/{path}", cloud.graph))
            .header("authorization", format!("Bearer {}", token.trim()))
            .header("content-type", "application/json")
            .body(body.into())
            .unwrap();
        let answer = self.tenant.block_on(transport.send(request)).unwrap();
        let text = String::from_utf8_lossy(answer.body());
        assert!(answer.status().is_success(), "{method} {path}: {} {text}", answer.status());
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// A key and certificate made by OpenSSL, of this size and between these days (`YYMMDD`), in
    /// the store; gives the thumbprint.
    pub(super) fn key_of_openssl(&self, bits: u32, from: &str, to: &str) -> String {
        let directory = TempDir::new().unwrap();
        let script = format!(
            "touch index.txt && echo 01 > serial && printf '{CONFIGURATION}' > ca.cnf && \
             openssl req -new -newkey rsa:{bits} -nodes -keyout key.pem -out request.pem -subj /CN=Test && \
             openssl ca -batch -selfsign -notext -config ca.cnf -keyfile key.pem -in request.pem \
               -out certificate.pem -startdate {from}000000Z -enddate {to}000000Z"
        );
        let made = Command::new("sh").args(["-c", &script]).current_dir(directory.path()).output();
        let made = made.unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let path = |name: &str| directory.path().join(name).display().to_string();
        let line = format!("cert import {} {} -o json", path("key.pem"), path("certificate.pem"));
        let imported: Value = serde_json::from_str(&self.run(&line).ok().stdout).unwrap();
        std::fs::copy(path("certificate.pem"), self.home.path().join("openssl.pem")).unwrap();
        imported["thumbprint"].as_str().unwrap().to_owned()
    }
}

/// What an administrator adds who has a token and reads the plan first.
pub(super) fn answers_for(line: &str) -> &'static str {
    let is_exchange = ["--role-group", "--for-cmdlets"].iter().any(|part| line.contains(part));
    match line.split(' ').next() {
        Some("setup") if is_exchange => {
            " --access-token-file token.txt --exchange-token-file exchange.txt --yes"
        }
        Some("setup" | "teardown") => " --access-token-file token.txt --yes",
        Some("app") => " --access-token-file token.txt",
        Some("cert") if line.contains("rotate") => " --access-token-file token.txt --yes",
        Some("cert") if line.contains("export") || line.contains("import") => {
            " --password-file password"
        }
        Some(cmdlet) if cmdlet.starts_with("Remove-") => " -Confirm:$false",
        _ => "",
    }
}

/// A certificate as PEM text.
pub(super) fn pem_of(der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

/// What the program makes of its own print, when somebody pastes it.
pub(super) fn explains(stderr: &str, row: &Row) {
    let home = Home::new();
    let told = home.run_with("doctor --explain - -o json", &[], stderr);
    let told: Value = serde_json::from_str(&told.ok().stdout).unwrap();
    let explained = told[0]["explained"].as_array().unwrap();
    let codes: Vec<&Value> = explained.iter().map(|one| &one["code"]).collect();
    assert!(codes.contains(&&Value::from(row.code.as_str())), "{codes:?} of {stderr}");
}

const CONFIGURATION: &str = "[ca]\\ndefault_ca=a\\n[a]\\ndatabase=index.txt\\nserial=serial\\nnew_certs_dir=.\\ndefault_md=sha256\\npolicy=p\\nx509_extensions=e\\n[p]\\ncommonName=supplied\\n[e]\\nkeyUsage=digitalSignature\\n";

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    std::fs::set_permissions(to, std::fs::metadata(from).unwrap().permissions()).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}
