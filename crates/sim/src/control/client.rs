//! Speaking to the control port of a tenant that runs in another process.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::Url;

use super::{Fault, Move};
use crate::administrator::{AdminTokenRequest, Administrator};
use crate::error::SimError;
use crate::fault::FaultSpec;
use crate::registration::{Registered, Registration};
use crate::request_log::LoggedRequest;
use crate::simulated_tenant::Ready;
use crate::state_directory::StateDirectory;

/// How long the control port may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running tenant's control port, found by its state directory.
#[derive(Debug)]
pub struct ControlClient {
    ready: Ready,
    connector: Connector,
}

struct Connector(TlsConnector);

impl std::fmt::Debug for Connector {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Connector")
    }
}

impl ControlClient {
    /// The control port of the tenant that runs on `state`, if it answers.
    pub async fn open(state: &Path) -> Result<Self, SimError> {
        let not_running = || SimError::NotRunning { state: state.to_owned() };
        if !state.is_dir() {
            return Err(not_running());
        }
        let ready = StateDirectory::open(state)?.read_ready()?.ok_or_else(not_running)?;
        let connector = connector(&ready.ca).ok_or_else(not_running)?;
        let client = Self { ready, connector: Connector(connector) };
        match client.call(Method::GET, "/health", &Value::Null).await {
            Ok(Value::Object(_)) => Ok(client),
            // A ready line that was left behind by a tenant that was killed.
            _ => Err(not_running()),
        }
    }

    /// The tenant's ready line.
    pub const fn ready(&self) -> &Ready {
        &self.ready
    }

    /// Registers an application.
    pub async fn register(&self, registration: &Registration) -> Result<Registered, SimError> {
        self.call(Method::POST, "/register", registration).await
    }

    /// An administrator's access token.
    pub async fn admin_token(&self, request: &AdminTokenRequest) -> Result<String, SimError> {
        let answer: Value = self.call(Method::POST, "/admin-token", request).await?;
        Ok(answer["accessToken"].as_str().unwrap_or_default().to_owned())
    }

    /// Says who signs in from now on, and how that goes.
    pub async fn set_administrator(&self, administrator: &Administrator) -> Result<(), SimError> {
        self.call::<Value>(Method::POST, "/administrator", administrator).await.map(drop)
    }

    /// Adds a fault rule.
    pub async fn inject(&self, fault: &FaultSpec) -> Result<(), SimError> {
        let body = Fault { fault: fault.to_string() };
        self.call::<Value>(Method::POST, "/faults", &body).await.map(drop)
    }

    /// The fault rules in their text form, each with the number of its hits.
    pub async fn faults(&self) -> Result<Vec<(String, u64)>, SimError> {
        let list: Vec<Value> = self.call(Method::GET, "/faults", &Value::Null).await?;
        let row = |rule: &Value| {
            (
                rule["fault"].as_str().unwrap_or_default().to_owned(),
                rule["hits"].as_u64().unwrap_or(0),
            )
        };
        Ok(list.iter().map(row).collect())
    }

    /// Removes all fault rules; what replication held back is seen everywhere at once.
    pub async fn clear_faults(&self) -> Result<(), SimError> {
        self.call::<Value>(Method::DELETE, "/faults", &Value::Null).await.map(drop)
    }

    /// Moves the tenant's clock by so many seconds.
    pub async fn advance_clock(&self, seconds: f64) -> Result<(), SimError> {
        self.call::<Value>(Method::POST, "/clock", &Move::Advance(seconds)).await.map(drop)
    }

    /// Moves the tenant's clock so that it shows `time`.
    pub async fn move_clock(&self, time: Timestamp) -> Result<(), SimError> {
        self.call::<Value>(Method::POST, "/clock", &Move::To(time)).await.map(drop)
    }

    /// What the tenant's clock shows.
    pub async fn time(&self) -> Result<Timestamp, SimError> {
        #[derive(serde::Deserialize)]
        struct Shown {
            time: Timestamp,
        }
        self.call::<Shown>(Method::GET, "/clock", &Value::Null).await.map(|shown| shown.time)
    }

    /// The requests after the one with this number.
    pub async fn requests_since(&self, number: u64) -> Result<Vec<LoggedRequest>, SimError> {
        self.call(Method::GET, &format!("/requests?since={number}"), &Value::Null).await
    }

    /// Stops the tenant.
    pub async fn stop(&self) -> Result<(), SimError> {
        self.call::<Value>(Method::POST, "/stop", &json!({})).await.map(drop)
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, SimError> {
        let refused =
            |answer: String| SimError::Control { request: format!("{method} {path}"), answer };
        let body = serde_json::to_vec(body).map_err(|error| refused(error.to_string()))?;
        let answered = tokio::time::timeout(PATIENCE, self.exchange(&method, path, body)).await;
        let (status, answer) = match answered {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => return Err(refused(error.to_string())),
            Err(_) => return Err(refused("no answer in time".to_owned())),
        };
        let read = serde_json::from_slice(&answer).ok().filter(|_| status.is_success());
        read.ok_or_else(|| {
            let refusal: Option<Value> = serde_json::from_slice(&answer).ok();
            refused(
                refusal
                    .and_then(|value| value["error"].as_str().map(str::to_owned))
                    .unwrap_or_else(|| String::from_utf8_lossy(&answer).into_owned()),
            )
        })
    }

    /// One request on a connection of its own.
    async fn exchange(
        &self,
        method: &Method,
        path: &str,
        body: Vec<u8>,
    ) -> Result<(StatusCode, Vec<u8>), Box<dyn std::error::Error + Send + Sync>> {
        let url: Url = self.ready.control.parse()?;
        let address = url.socket_addrs(|| None)?;
        let stream = TcpStream::connect(&address[..]).await?;
        let stream = self.connector.0.connect(ServerName::try_from("localhost")?, stream).await?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake::<_, Body>(TokioIo::new(stream)).await?;
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, url.authority())
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body))?;
        let driver = tokio::spawn(connection);
        let response = sender.send_request(request).await?;
        let status = response.status();
        let bytes = axum::body::to_bytes(Body::new(response.into_body()), usize::MAX).await?;
        driver.abort();
        Ok((status, bytes.into()))
    }
}

fn connector(ca: &Path) -> Option<TlsConnector> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(ca).ok()?).ok()?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .ok()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Some(TlsConnector::from(Arc::new(config)))
}
