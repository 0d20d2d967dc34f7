//! A temporary home, a simulated tenant, and the binary.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use exoctl_http::{HttpOptions, HttpTransport, Transport as _};
use exoctl_model::Cloud;
use exoctl_sim::activity::profile::ActivityProfile;
use exoctl_sim::audit::search::AuditSearch;
use exoctl_sim::{
    AdminTokenRequest, Administrator, ControlClient, DirectoryRole, Registration, SentMail,
    SimConfig, SimulatedTenant,
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A directory in which one test's runs keep their things.
pub(crate) struct Home {
    directory: TempDir,
    environment: Option<PathBuf>,
}

/// What a run wrote and how it ended.
#[must_use = "a run's outcome is what a test is about"]
pub(crate) struct Ran {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) exit: i32,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self { directory: TempDir::new().unwrap(), environment: None }
    }

    /// With everything directed at a tenant.
    pub(crate) fn of(tenant: &Tenant) -> Self {
        Self { environment: Some(tenant.environment().to_owned()), ..Self::new() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// The description of the tenant that everything is directed at.
    pub(crate) fn environment(&self) -> Option<&Path> {
        self.environment.as_deref()
    }

    /// A file in the home, with this content.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// What is in a file of the home.
    #[track_caller]
    pub(crate) fn read(&self, name: &str) -> String {
        self.read_path(&self.path().join(name))
    }

    /// What is in a file.
    #[track_caller]
    #[expect(clippy::unused_self, reason = "beside the one that takes a name")]
    pub(crate) fn read_path(&self, path: &Path) -> String {
        std::fs::read_to_string(path).unwrap()
    }

    /// Runs a line; words are separated by spaces, those in double quotes keep them.
    pub(crate) fn run(&self, line: &str) -> Ran {
        self.run_with(line, &[], "")
    }

    /// Runs words as they are.
    pub(crate) fn run_words(&self, words: &[&str]) -> Ran {
        self.run_all(words.iter().map(|word| (*word).to_owned()).collect(), &[], "")
    }

    /// Runs words as they are, with environment variables.
    pub(crate) fn run_words_with(&self, words: Vec<String>, variables: &[(&str, &str)]) -> Ran {
        self.run_all(words, variables, "")
    }

    /// Runs a line with environment variables and stdin.
    pub(crate) fn run_with(&self, line: &str, variables: &[(&str, &str)], stdin: &str) -> Ran {
        self.run_all(words(line), variables, stdin)
    }

    /// Begins to run a line; nobody listens to what it says.
    pub(crate) fn spawn(&self, line: &str) -> Child {
        let mut command = self.command(words(line));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap()
    }

    fn run_all(&self, words: Vec<String>, variables: &[(&str, &str)], stdin: &str) -> Ran {
        let mut command = self.command(words);
        command.envs(variables.iter().copied());
        let mut child = command.spawn().unwrap();
        // A program that reads no stdin may be gone before all is written.
        let _ = std::io::Write::write_all(&mut child.stdin.take().unwrap(), stdin.as_bytes());
        let output = child.wait_with_output().unwrap();
        Ran {
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            exit: output.status.code().expect("not ended by a signal"),
        }
    }

    /// The program with these words and this home, not started yet.
    pub(crate) fn command(&self, words: impl IntoIterator<Item = String>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_exoctl"));
        command
            .args(words)
            .env_clear()
            .env("EXOCTL_HOME", self.path().join("home"))
            .env("HOME", self.path())
            .env("TZ", "UTC")
            .current_dir(self.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(environment) = &self.environment {
            command.env("EXOCTL_ENVIRONMENT", environment);
        }
        command
    }

    /// Makes a certificate in the store; gives its thumbprint and its DER form.
    pub(crate) fn certificate(&self) -> (String, Vec<u8>) {
        let made = self.run("cert new --subject CN=Test -o json").ok();
        let rows: serde_json::Value = serde_json::from_str(&made.stdout).unwrap();
        let thumbprint = rows["thumbprint"].as_str().unwrap().to_owned();
        let _ =
            self.run(&format!("cert export {thumbprint} --format cer --force --out exo.cer")).ok();
        (thumbprint, std::fs::read(self.path().join("exo.cer")).unwrap())
    }

    /// Makes a certificate, registers it, connects with it; gives `-CertificateThumbprint … -AppId …`.
    pub(crate) fn connected(&self, tenant: &Tenant) -> String {
        let (thumbprint, certificate) = self.certificate();
        let app = tenant.register(certificate);
        let who = format!("-CertificateThumbprint {thumbprint} -AppId {app}");
        let line = format!("Connect-ExchangeOnline {who} -Organization contoso.onmicrosoft.com");
        let _ = self.run(&line).ok();
        who
    }
}

impl Ran {
    /// The same, which must have ended with success.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.exit, 0, "{}", self.stderr);
        self
    }

    /// The rows, as JSON lines have them.
    pub(crate) fn rows(&self) -> Vec<serde_json::Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// All of it as one text.
    pub(crate) fn text(&self) -> String {
        let Self { stdout, stderr, exit } = self;
        format!("{stdout}{stderr}exit {exit}\n")
    }
}

/// A simulated tenant in this process.
pub(crate) struct Tenant {
    runtime: Runtime,
    running: Option<SimulatedTenant>,
    state: TempDir,
}

impl Tenant {
    pub(crate) fn start(mailboxes: u64) -> Self {
        Self::start_with(mailboxes, &[])
    }

    /// A tenant with another id than all the others have.
    pub(crate) fn another() -> Self {
        Self::of(|config| {
            config.mailboxes = 1;
            config.seed = 7;
        })
    }

    /// With things that go wrong, as `exoctl sim --fault` takes them.
    pub(crate) fn start_with(mailboxes: u64, faults: &[&str]) -> Self {
        Self::of(|config| {
            config.mailboxes = mailboxes;
            config.faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
        })
    }

    /// As it is described.
    pub(crate) fn of(describe: impl FnOnce(&mut SimConfig)) -> Self {
        let state = TempDir::new().unwrap();
        let runtime = Runtime::new().unwrap();
        let mut config = SimConfig::new(state.path());
        describe(&mut config);
        let tenant = runtime.block_on(SimulatedTenant::start(config)).unwrap();
        Self { runtime, running: Some(tenant), state }
    }

    /// Looks at its audit log.
    pub(crate) fn audit<T>(&self, look: impl FnOnce(&AuditSearch) -> T) -> T {
        self.tenant().audit(look)
    }

    /// The mail that was sent through Graph.
    pub(crate) fn sent_mail(&self) -> Vec<SentMail> {
        self.tenant().sent_mail()
    }

    fn tenant(&self) -> &SimulatedTenant {
        self.running.as_ref().unwrap()
    }

    pub(crate) fn environment(&self) -> &Path {
        &self.tenant().ready().environment
    }

    pub(crate) fn id(&self) -> String {
        self.tenant().ready().tenant_id.to_string()
    }

    /// Registers a certificate as an Exchange administrator; gives the application's id.
    pub(crate) fn register(&self, certificate: Vec<u8>) -> String {
        let role = DirectoryRole::ExchangeAdministrator;
        self.register_as(Registration::new(certificate).with_role(role))
    }

    /// A Graph token of an administrator with these directory roles, as a file has it.
    pub(crate) fn admin_token(&self, roles: &[DirectoryRole]) -> String {
        let request = AdminTokenRequest::new(roles.iter().copied());
        format!("{}\n", self.tenant().admin_token(&request).unwrap())
    }

    /// A Graph token of a Global Administrator with these delegated permissions only.
    pub(crate) fn admin_token_with(&self, scopes: &[&str]) -> String {
        let request = AdminTokenRequest::new([DirectoryRole::GlobalAdministrator]);
        let request = request.with_scopes(scopes.iter().copied());
        self.tenant().admin_token(&request).unwrap()
    }

    /// An Exchange token of an administrator with these directory roles.
    pub(crate) fn exchange_token(&self, roles: &[DirectoryRole]) -> String {
        let request = AdminTokenRequest::new(roles.iter().copied()).for_exchange();
        self.tenant().admin_token(&request).unwrap()
    }

    /// Asks Graph as a Global Administrator; gives the status.
    pub(crate) fn graph(&self, method: &str, path: &str, body: &serde_json::Value) -> u16 {
        let text = std::fs::read_to_string(self.environment()).unwrap();
        let cloud = Cloud::from_environment_json(&text).unwrap();
        let certificate_authority = cloud.certificate_authority.clone();
        let options = HttpOptions { certificate_authority, ..HttpOptions::default() };
        let transport = HttpTransport::new(&options).unwrap();
        let scopes = ["Application.ReadWrite.All", "Policy.ReadWrite.ApplicationConfiguration"];
        let token = self.admin_token_with(&scopes);
        let request = http::Request::builder()
            .method(method)
            .uri(format!("{}v1.0/{path}", cloud.graph))
            .header("authorization", format!("Bearer {}", token.trim()))
            .header("content-type", "application/json")
            .body(body.to_string().into())
            .unwrap();
        self.block_on(transport.send(request)).unwrap().status().as_u16()
    }

    /// Who signs in from here on, and how that goes.
    pub(crate) fn set_administrator(&self, administrator: Administrator) {
        self.tenant().set_administrator(administrator);
    }

    /// Nothing goes wrong from here on, and everything is seen everywhere.
    pub(crate) fn clear_faults(&self) {
        self.tenant().clear_faults();
    }

    /// From here on this goes wrong too.
    pub(crate) fn inject(&self, fault: &str) {
        let control = self.block_on(ControlClient::open(self.state.path())).unwrap();
        self.block_on(control.inject(&fault.parse().unwrap())).unwrap();
    }

    /// How the Management Activity API behaves from here on.
    pub(crate) fn set_activity(&self, profile: &str) {
        self.tenant().set_activity(ActivityProfile::parse(profile).unwrap());
    }

    /// Whether a record of the audit log is in no blob that the API gives at the moment.
    pub(crate) fn activity_lacks(&self, index: u64) -> bool {
        self.tenant().activity_lacks(index)
    }

    /// What is late is seen everywhere now; what is new from here on may be late again.
    pub(crate) fn settle(&self) {
        self.tenant().settle();
    }

    /// Waits for something in the tenant's runtime.
    pub(crate) fn block_on<T>(&self, what: impl Future<Output = T>) -> T {
        self.runtime.block_on(what)
    }

    pub(crate) fn register_as(&self, registration: Registration) -> String {
        self.tenant().register(registration).unwrap().app_id.to_string()
    }
}

impl Drop for Tenant {
    fn drop(&mut self) {
        if let Some(tenant) = self.running.take() {
            self.runtime.block_on(tenant.shutdown());
        }
    }
}

/// Replaces what differs from run to run.
pub(crate) fn settings(home: &Home) -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(&home.path().display().to_string(), "[HOME]");
    settings.add_filter(r"/tmp/\.tmp[A-Za-z0-9]+", "[STATE]");
    settings.add_filter(r"\.exoctl-\w{6}\.tmp", ".exoctl-[RANDOM].tmp");
    settings.add_filter(r"\b[0-9A-F]{40}\b", "[THUMBPRINT]");
    settings
        .add_filter(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "[GUID]");
    settings.add_filter(r"127\.0\.0\.1:\d+", "127.0.0.1:[PORT]");
    settings.add_filter(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "[TIME]");
    settings.add_filter(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", "[DATE]");
    settings.add_filter(r"server \w+,", "server [SERVER],");
    settings
}

fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            c => words.last_mut().unwrap().push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}
