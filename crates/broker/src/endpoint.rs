//! The listener, for as long as it is wanted.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use exoctl_identity::{TokenCredential, TokenRequest};
use exoctl_model::{ClientId, Clock};
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use secrecy::{ExposeSecret, SecretString};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tracing::{debug, info, warn};

use crate::door::APP_SERVICE_PATH;
use crate::{AllowedResources, Door, answer, random};

/// What an endpoint is made of.
#[derive(Clone, Debug)]
pub struct EndpointOptions {
    /// Gives the tokens; keeps and renews them too.
    pub credential: Arc<dyn TokenCredential>,
    /// The application that they are of, if it is known.
    pub client: Option<ClientId>,
    /// What they may be for.
    pub allowed: AllowedResources,
    /// Whether the Instance Metadata Service is spoken too.
    pub imds: bool,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

/// A managed identity on the loopback. It ends when this is closed or dropped.
#[derive(Debug)]
pub struct Endpoint {
    reception: Arc<Reception>,
    serving: JoinHandle<()>,
}

impl Endpoint {
    /// Opens a port of the system's choosing, which other machines cannot reach.
    pub async fn open(options: EndpointOptions) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let door = Door {
            port: listener.local_addr()?.port(),
            header: random::secret(),
            imds: options.imds.then(random::secret),
            client: options.client,
            allowed: options.allowed,
        };
        let (credential, clock) = (options.credential, options.clock);
        let reception = Arc::new(Reception { door, credential, clock, refused: Mutex::default() });
        let serving = tokio::spawn(serve(listener, reception.clone()));
        Ok(Self { reception, serving })
    }

    /// `IDENTITY_ENDPOINT`, and `MSI_ENDPOINT` of older clients.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}{APP_SERVICE_PATH}", self.reception.door.port)
    }

    /// `IDENTITY_HEADER`, and `MSI_SECRET` of older clients.
    pub fn header(&self) -> &SecretString {
        &self.reception.door.header
    }

    /// `AZURE_POD_IDENTITY_AUTHORITY_HOST`, if the Instance Metadata Service is spoken. Its
    /// protocol has no secret, so the path has one.
    pub fn imds_host(&self) -> Option<SecretString> {
        let Door { port, imds, .. } = &self.reception.door;
        let path = imds.as_ref()?.expose_secret();
        Some(format!("http://127.0.0.1:{port}/{path}").into())
    }

    /// The secret of [`Endpoint::imds_host`] alone.
    pub fn imds_secret(&self) -> Option<&SecretString> {
        self.reception.door.imds.as_ref()
    }

    /// The resources that tokens were asked for and that are not allowed.
    pub fn refused(&self) -> Vec<String> {
        self.reception.refused().iter().cloned().collect()
    }

    /// Ends it: when this returns, nobody listens at the port and no request is being answered.
    pub async fn close(mut self) {
        self.serving.abort();
        // It was ended, which is an error of the task and of nobody else.
        let _ = (&mut self.serving).await;
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Answers what comes in until it is aborted.
async fn serve(listener: TcpListener, reception: Arc<Reception>) {
    let mut visits = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if visits.len() < MOST_VISITS => match accepted {
                Ok((stream, peer)) => {
                    visits.spawn(visit(stream, peer.ip(), reception.clone()));
                }
                Err(error) => {
                    debug!(error = &error as &dyn std::error::Error, "a visit was not accepted");
                    // Out of file descriptors, for example: others have to end first.
                    tokio::time::sleep(BREATH).await;
                }
            },
            Some(_) = visits.join_next() => {}
        }
    }
}

async fn visit(stream: TcpStream, peer: IpAddr, reception: Arc<Reception>) {
    let service = service_fn(move |request: Request<Incoming>| {
        let reception = reception.clone();
        async move { Ok::<_, Infallible>(reception.answer(peer, &request).await) }
    });
    let served = http1::Builder::new()
        .keep_alive(false)
        .timer(TokioTimer::new())
        .header_read_timeout(READ_TIMEOUT)
        .max_buf_size(LARGEST_REQUEST)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        debug!(error = &error as &dyn std::error::Error, "a visit to the identity endpoint failed");
    }
}

/// Who answers.
#[derive(Debug)]
struct Reception {
    door: Door,
    credential: Arc<dyn TokenCredential>,
    clock: Arc<dyn Clock>,
    refused: Mutex<BTreeSet<String>>,
}

impl Reception {
    async fn answer<B>(&self, peer: IpAddr, request: &Request<B>) -> Response<String> {
        let wanted = match self.door.admit(peer, request) {
            Ok(wanted) => wanted,
            Err(refusal) => {
                warn!(status = refusal.status.as_u16(), why = refusal.message, "no token given");
                if let Some(resource) = &refusal.resource {
                    self.note_refused(resource.as_str());
                }
                return answer::refused(&refusal);
            }
        };
        match self.credential.token(&TokenRequest::new(wanted.resource.scope())).await {
            Ok(token) => {
                let resource = wanted.resource.as_str();
                info!(resource, token = %token.fingerprint(), "token given");
                answer::granted(&wanted, &token, self.door.client, self.clock.now())
            }
            Err(error) => {
                warn!(error = &error as &dyn std::error::Error, "no token obtained");
                answer::no_token(&error)
            }
        }
    }

    fn note_refused(&self, resource: &str) {
        let mut refused = self.refused();
        if refused.len() < MOST_NOTED {
            refused.insert(resource.to_owned());
        }
    }

    fn refused(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const MOST_VISITS: usize = 64;
const MOST_NOTED: usize = 20;
const READ_TIMEOUT: Duration = Duration::from_secs(30);
const LARGEST_REQUEST: usize = 64 * 1024;
const BREATH: Duration = Duration::from_millis(50);
