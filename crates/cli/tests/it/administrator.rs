//! The sign-in of an administrator against the simulated tenant, which knows nothing of the client.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use exoctl_http::{HttpOptions, HttpTransport, Transport};
use exoctl_identity::{
    Authority, BrowserFlow, DelegatedScopes, DeviceCodeFlow, EXCHANGE_POWERSHELL,
    GRAPH_COMMAND_LINE_TOOLS, HumanSignInError, PublicClient, Scope, SignedIn, TokenCredential,
    TokenRequest,
};
use exoctl_model::{ClientId, Cloud, SystemClock};
use exoctl_sim::{Administrator, DirectoryRole, SimConfig, SimulatedTenant};
use secrecy::ExposeSecret;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use url::Url;

use crate::harness::{Home, Tenant, settings};

/// A simulated tenant and the way to it.
struct Scene {
    tenant: SimulatedTenant,
    cloud: Cloud,
    transport: Arc<dyn Transport>,
    _state: TempDir,
}

impl Scene {
    async fn new() -> Self {
        let state = TempDir::new().unwrap();
        let mut config = SimConfig::new(state.path());
        config.mailboxes = 10;
        let tenant = SimulatedTenant::start(config).await.unwrap();
        let environment = std::fs::read_to_string(&tenant.ready().environment).unwrap();
        let cloud = Cloud::from_environment_json(&environment).unwrap();
        let certificate_authority = cloud.certificate_authority.clone();
        let options = HttpOptions { certificate_authority, ..HttpOptions::default() };
        let transport = Arc::new(HttpTransport::new(&options).unwrap());
        Self { tenant, cloud, transport, _state: state }
    }

    fn client(&self, id: ClientId) -> PublicClient {
        let authority = Authority::new(&self.cloud, "contoso.onmicrosoft.com".parse().unwrap());
        PublicClient::new(authority, id, self.transport.clone(), Arc::new(SystemClock))
    }

    fn graph(&self) -> DelegatedScopes {
        DelegatedScopes::graph(&self.cloud, ["Application.ReadWrite.All"])
    }

    /// Signs in as a browser would: asks for the page and goes where it is sent.
    async fn sign_in(
        &self,
        id: ClientId,
        scopes: DelegatedScopes,
    ) -> Result<SignedIn, HumanSignInError> {
        let flow = BrowserFlow::start(self.client(id), scopes).await?;
        let location = self.open(flow.address().as_str()).await;
        let (flow, ()) = tokio::join!(flow.finish(), visit(&location));
        flow
    }

    /// Where the page sends the browser.
    async fn open(&self, address: &str) -> Url {
        let request = http::Request::get(address).body(<_>::default()).unwrap();
        let answer = self.transport.send(request).await.unwrap();
        assert_eq!(answer.status(), 302, "{answer:?}");
        answer.headers()["location"].to_str().unwrap().parse().unwrap()
    }

    /// `exoctl setup --what-if` with a way to sign in; what it says comes line by line.
    fn rehearse(&self, way: &str, home: &Path) -> (Running, mpsc::UnboundedReceiver<String>) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_exoctl"))
            .args(["setup", "--organization", "contoso.onmicrosoft.com", "--name", "EXO"])
            .args(["--role", "Global Reader", "--what-if", "--log", "trace", "-v", way])
            .env_clear()
            .env("EXOCTL_HOME", home.join("home"))
            .env("EXOCTL_ENVIRONMENT", &self.tenant.ready().environment)
            .env("HOME", home)
            .current_dir(home)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (said, lines) = mpsc::unbounded_channel();
        let running = tokio::task::spawn_blocking(move || {
            let mut all = String::new();
            for line in stderr.lines().map(Result::unwrap) {
                all.push_str(&line);
                all.push('\n');
                let _ = said.send(line);
            }
            (all, child.wait().unwrap().code())
        });
        (running, lines)
    }

    /// As somebody who wants no client of Microsoft's would in the portal.
    async fn register_public_client(&self, signed_in: &SignedIn) -> ClientId {
        let token = signed_in.token(&TokenRequest::new(Scope::graph(&self.cloud))).await.unwrap();
        let application = serde_json::json!({
            "displayName": "Sign-in", "signInAudience": "AzureADMyOrg",
            "isFallbackPublicClient": true,
            "publicClient": {"redirectUris": ["http://localhost"]},
        });
        let request =
            http::Request::post(self.cloud.graph.join("v1.0/applications").unwrap().as_str())
                .header("authorization", format!("Bearer {}", token.secret().expose_secret()))
                .header("content-type", "application/json")
                .body(application.to_string().into())
                .unwrap();
        let answer = self.transport.send(request).await.unwrap();
        assert_eq!(answer.status(), 201, "{answer:?}");
        let made: serde_json::Value = serde_json::from_slice(answer.body()).unwrap();
        made["appId"].as_str().unwrap().parse().unwrap()
    }

    async fn status(&self, signed_in: &SignedIn, path: &str) -> u16 {
        let request = TokenRequest::new(Scope::graph(&self.cloud));
        let token = signed_in.token(&request).await.unwrap();
        let request = http::Request::get(self.cloud.graph.join(path).unwrap().as_str())
            .header("authorization", format!("Bearer {}", token.secret().expose_secret()))
            .body(<_>::default())
            .unwrap();
        self.transport.send(request).await.unwrap().status().as_u16()
    }
}

/// All that a program says, and how it ends.
type Running = tokio::task::JoinHandle<(String, Option<i32>)>;

async fn visit(location: &Url) {
    assert_eq!(location.host_str(), Some("localhost"), "{location}");
    let port = location.port().unwrap();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let path = &location[url::Position::BeforePath..url::Position::AfterQuery];
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.read_to_end(&mut Vec::new()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_browser_brings_a_token_that_graph_takes_and_that_is_renewed() {
    let scene = Scene::new().await;
    let signed_in = scene.sign_in(GRAPH_COMMAND_LINE_TOOLS, scene.graph()).await.unwrap();
    assert!(signed_in.granted().iter().any(|name| name == "Application.ReadWrite.All"));
    let user_name = signed_in.account().user_name.clone().unwrap();
    assert!(user_name.starts_with("admin@"), "{user_name}");
    let tenant = signed_in.account().tenant_id.unwrap().to_string();
    assert_eq!(tenant, scene.tenant.ready().tenant_id.to_string());
    assert_eq!(scene.status(&signed_in, "v1.0/applications").await, 200);
    let request = TokenRequest::new(Scope::graph(&scene.cloud));
    let first = signed_in.token(&request).await.unwrap();
    let second = signed_in.token(&request.clone().rejecting(&first)).await.unwrap();
    assert_ne!(first.fingerprint(), second.fingerprint());
    assert_eq!(scene.status(&signed_in, "v1.0/applications").await, 200);
    scene.tenant.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn exchange_has_a_sign_in_of_its_own() {
    let scene = Scene::new().await;
    let role = DirectoryRole::ExchangeAdministrator;
    scene.tenant.set_administrator(Administrator::new([role]));
    let scope = Scope::exchange(&scene.cloud);
    let wanted = DelegatedScopes::all(scope.clone());
    let signed_in = scene.sign_in(EXCHANGE_POWERSHELL, wanted).await.unwrap();
    let token = signed_in.token(&TokenRequest::new(scope)).await.unwrap();
    let claims = token.claims().unwrap();
    assert_eq!(claims.aud.as_deref(), Some("https://outlook.office365.com"));
    assert!(!claims.scp.is_empty() && claims.roles.is_empty(), "{claims:?}");
    let roles: Vec<_> = claims.directory_roles().map(|role| role.name).collect();
    assert_eq!(roles, ["Exchange Administrator"]);
    scene.tenant.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_of_ones_own_gets_tokens_of_both_by_one_sign_in() {
    let scene = Scene::new().await;
    let first = scene.sign_in(GRAPH_COMMAND_LINE_TOOLS, scene.graph()).await.unwrap();
    let own = scene.register_public_client(&first).await;
    let (graph, exchange) = (Scope::graph(&scene.cloud), Scope::exchange(&scene.cloud));
    let flow = BrowserFlow::start(scene.client(own), scene.graph()).await.unwrap();
    let flow = flow.with_scopes(DelegatedScopes::of(exchange.clone(), ["Exchange.Manage"]));
    let location = scene.open(flow.address().as_str()).await;
    let (signed_in, ()) = tokio::join!(flow.finish(), visit(&location));
    let signed_in = signed_in.unwrap();
    for (scope, permission) in [(graph, "Application.ReadWrite.All"), (exchange, "Exchange.Manage")]
    {
        let token = signed_in.token(&TokenRequest::new(scope)).await.unwrap();
        let claims = token.claims().unwrap();
        assert!(claims.scp.iter().any(|name| name == permission), "{claims:?}");
        assert_eq!(claims.appid.as_deref(), Some(own.to_string().as_str()));
    }
    scene.tenant.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_declines_is_heard_in_the_browser_and_on_another_device() {
    let scene = Scene::new().await;
    let role = DirectoryRole::GlobalAdministrator;
    scene.tenant.set_administrator(Administrator::new([role]).declining().after_polls(0));
    let error = scene.sign_in(GRAPH_COMMAND_LINE_TOOLS, scene.graph()).await.unwrap_err();
    assert!(matches!(error, HumanSignInError::Declined { .. }), "{error:?}");
    let client = scene.client(GRAPH_COMMAND_LINE_TOOLS);
    let flow = DeviceCodeFlow::start(client, scene.graph()).await.unwrap();
    let error = flow.finish().await.unwrap_err();
    assert!(matches!(error, HumanSignInError::Declined { .. }), "{error:?}");
    scene.tenant.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_for_another_device_brings_a_token() {
    let scene = Scene::new().await;
    let client = scene.client(GRAPH_COMMAND_LINE_TOOLS);
    let flow = DeviceCodeFlow::start(client, scene.graph()).await.unwrap();
    assert!(flow.prompt().message.contains(&flow.prompt().user_code), "{:?}", flow.prompt());
    let signed_in = flow.finish().await.unwrap();
    assert_eq!(scene.status(&signed_in, "v1.0/applications").await, 200);
    scene.tenant.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn setup_waits_for_the_browser_that_somebody_opens_and_keeps_nothing() {
    let (scene, home) = (Scene::new().await, TempDir::new().unwrap());
    let (running, mut lines) = scene.rehearse("--no-browser", home.path());
    let address = loop {
        let line = lines.recv().await.expect("an address");
        if line.trim_start().starts_with("https://") {
            break line.trim().to_owned();
        }
    };
    let location = scene.open(&address).await;
    visit(&location).await;
    let (said, exit) = running.await.unwrap();
    assert_eq!(exit, Some(3), "{said}");
    assert!(said.contains("signed in as admin@"), "{said}");
    let code = location.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    keeps_to_itself(&said, home.path(), &[&code]);
    scene.tenant.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn setup_tells_the_code_for_another_device_and_keeps_nothing() {
    let (scene, home) = (Scene::new().await, TempDir::new().unwrap());
    let role = DirectoryRole::GlobalAdministrator;
    scene.tenant.set_administrator(Administrator::new([role]).after_polls(0));
    let (running, _lines) = scene.rehearse("--device-code", home.path());
    let (said, exit) = running.await.unwrap();
    assert_eq!(exit, Some(3), "{said}");
    let told = "Sign in to Microsoft Graph as an administrator: open \
        https://login.microsoft.com/device on any device and enter the code ";
    assert!(said.contains(told), "{said}");
    assert!(said.contains("signed in as admin@"), "{said}");
    keeps_to_itself(&said, home.path(), &[]);
    scene.tenant.shutdown().await;
}

/// No token is said or kept, nor any of `secrets`.
fn keeps_to_itself(said: &str, home: &Path, secrets: &[&str]) {
    let mut texts = vec![said.to_owned()];
    texts.extend(
        files(home)
            .iter()
            .map(|file| String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned()),
    );
    for text in &texts {
        // The header of a JWT, which begins every access token.
        for secret in secrets.iter().chain(&["eyJ", "refresh_token="]) {
            assert!(!text.contains(secret), "{secret} is in:\n{text}");
        }
    }
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn a_sign_in_that_cannot_be_is_explained() {
    const SETUP: &str = "setup --organization contoso.onmicrosoft.com --name EXO";
    let tenant = Tenant::start(10);
    let home = Home::of(&tenant);
    home.file("expired.txt", format!("{EXPIRED}\n"));
    let mut told = String::new();
    for way in [
        "",
        "--device-code --no-browser",
        "--access-token-file expired.txt",
        "--azure-cli",
        "--device-code --client-id 11111111-2222-4333-8444-555555555555",
        // The Azure CLI's own client may not assign directory roles.
        "--device-code --client-id 04b07795-8ddb-461a-bbee-02f9e1bf7b46",
    ] {
        let ran = home.run(&format!("{SETUP} --role \"Global Reader\" --what-if {way}"));
        writeln!(told, "$ exoctl setup … {way}\n{}", ran.text()).unwrap();
    }
    settings(&home).bind(|| insta::assert_snapshot!("sign_in_of_administrator", told));
}

/// `{"exp":1}` in base64url, made with Python's base64 module.
const EXPIRED: &str = "e30.eyJleHAiOjF9.";
