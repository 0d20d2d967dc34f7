//! Starting and stopping a simulated tenant.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::activity::profile::ActivityProfile;
use crate::administrator::{AdminTokenRequest, Administrator};
use crate::audit::search::AuditSearch;
use crate::clock::SimClock;
use crate::config::SimConfig;
use crate::control::{self, ControlClient};
use crate::directory::Directory;
use crate::error::SimError;
use crate::graph::SentMail;
use crate::registration::{Registered, Registration};
use crate::server::{self, Gate, ServerIdentity};
use crate::state_directory::StateDirectory;
use crate::tenant::Tenant;
use crate::{activity, entra, exchange, graph};

/// What one needs to know to use a running tenant: the one line that `exoctl sim` prints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ready {
    /// Base URL of all services; the authority is `<url>/<tenant>`.
    pub url: String,
    /// The environment file that clients take.
    pub environment: PathBuf,
    /// The certificate (PEM) of the authority to trust.
    pub ca: PathBuf,
    /// The tenant's id.
    pub tenant_id: Uuid,
    /// The tenant's primary domain.
    pub organization: String,
    /// Base URL of the control port.
    pub control: String,
}

/// A tenant that is running in this process. Dropping it stops it without waiting.
#[derive(Debug)]
pub struct SimulatedTenant {
    ready: Ready,
    tenant: Arc<Tenant>,
    state: StateDirectory,
    stop: watch::Sender<bool>,
    servers: Vec<JoinHandle<()>>,
}

impl SimulatedTenant {
    /// Starts a tenant. When this returns it answers, and its files are written.
    pub async fn start(config: SimConfig) -> Result<Self, SimError> {
        if !config.listen.ip().is_loopback() && !config.allow_remote {
            return Err(SimError::NotLoopback { address: config.listen });
        }
        let state = StateDirectory::open(&config.state)?;
        let identity = ServerIdentity::generate(config.listen.ip())?;
        let listener = server::listen(config.listen).await?;
        let control_listener = server::listen(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let failed = |source| SimError::Listen { address: config.listen, source };
        let address = listener.local_addr().map_err(failed)?;
        let control_address = control_listener.local_addr().map_err(failed)?;

        let clock_runs = config.clock.runs();
        if clock_runs {
            if config.clock.offset().is_zero() {
                config.clock.advance(state.read_clock()?);
            }
            state.write_clock(config.clock.offset())?;
        }
        let tenant = Arc::new(Tenant::new(config, state.clone())?);
        let ready = Ready {
            url: format!("https://{}", reachable(address)),
            environment: state.environment(),
            ca: state.certificate_authority(),
            tenant_id: tenant.id(),
            organization: tenant.organization().to_owned(),
            control: format!("https://{control_address}"),
        };
        state.write_environment(
            &environment(&ready.url, &identity.authority_pem, clock_runs),
            &identity.authority_pem,
        )?;

        let (stop, stopped) = watch::channel(false);
        let gate = Arc::new(Gate::new(tenant.clone(), services(&tenant)));
        let control = Arc::new(control::Control::new(tenant.clone(), stop.clone()));
        let servers = vec![
            tokio::spawn(server::serve(listener, identity.acceptor.clone(), gate, stopped.clone())),
            tokio::spawn(server::serve(control_listener, identity.acceptor, control, stopped)),
        ];
        state.write_ready(&ready)?;
        Ok(Self { ready, tenant, state, stop, servers })
    }

    /// How to reach it.
    pub const fn ready(&self) -> &Ready {
        &self.ready
    }

    /// Registers an application.
    #[expect(clippy::needless_pass_by_value, reason = "callers build it for this one call")]
    pub fn register(&self, registration: Registration) -> Result<Registered, SimError> {
        self.tenant.register(&registration)
    }

    /// An administrator's access token.
    pub fn admin_token(&self, request: &AdminTokenRequest) -> Result<String, SimError> {
        Ok(entra::admin_token(&self.tenant, request)?)
    }

    /// Looks at the audit log: what a client should have received, and how the search misbehaves.
    pub fn audit<T>(&self, look: impl FnOnce(&AuditSearch) -> T) -> T {
        self.tenant.exchange.audit(look)
    }

    /// Replaces how the Management Activity API behaves.
    pub fn set_activity(&self, profile: ActivityProfile) {
        self.tenant.activity.set_profile(profile);
    }

    /// Whether record `index` of the audit log is in no blob that the Management Activity API gives
    /// at the moment.
    pub fn activity_lacks(&self, index: u64) -> bool {
        let now = self.tenant.now();
        self.tenant.exchange.audit(|search| self.tenant.activity.lacks(search.log(), index, now))
    }

    /// The mail that was sent through Graph, in order.
    pub fn sent_mail(&self) -> Vec<SentMail> {
        self.tenant.sent_mail()
    }

    /// Says who signs in from now on, and how that goes.
    pub fn set_administrator(&self, administrator: Administrator) {
        self.tenant.sign_ins().set_administrator(administrator);
    }

    /// Removes all fault rules; what replication held back is seen everywhere at once.
    pub fn clear_faults(&self) {
        self.tenant.clear_faults();
    }

    /// Lets everybody see what replication holds back now; what is new from then on may be late again.
    pub fn settle(&self) {
        self.tenant.settle();
    }

    /// Waits until somebody asks the control port to stop the tenant.
    pub async fn stop_requested(&self) {
        let mut stop = self.stop.subscribe();
        // The sender lives as long as we do.
        let _ = stop.wait_for(|stop| *stop).await;
    }

    /// Stops listening, lets open requests finish for a moment, and forgets the ready line.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        for server in std::mem::take(&mut self.servers) {
            // A server that panicked has stopped as well.
            let _ = server.await;
        }
    }
}

impl Drop for SimulatedTenant {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        self.state.remove_ready();
    }
}

/// Registers an application with the tenant of a state directory: through the control port of the one
/// that is running, or in the files for the next start.
pub async fn register(state: &Path, registration: Registration) -> Result<Registered, SimError> {
    // Judged here first: a file that holds a key by mistake stays in this process.
    let now = clock_of(state)?.now();
    Directory::default().register(&registration, now)?;
    match ControlClient::open(state).await {
        Ok(control) => control.register(&registration).await,
        Err(SimError::NotRunning { .. }) => {
            let state = StateDirectory::open(state)?;
            let mut directory = state.read_registrations()?;
            let registered = directory.register(&registration, now)?;
            state.write_registrations(&directory)?;
            Ok(registered)
        }
        Err(error) => Err(error),
    }
}

/// The clock of the tenant of a state directory, which need not be there yet.
fn clock_of(state: &Path) -> Result<SimClock, SimError> {
    let clock = SimClock::system();
    if state.is_dir() {
        clock.advance(StateDirectory::open(state)?.read_clock()?);
    }
    Ok(clock)
}

fn services(tenant: &Arc<Tenant>) -> Router {
    Router::new()
        .merge(entra::router(tenant.clone()))
        .merge(graph::router(tenant.clone()))
        .merge(exchange::router(tenant.clone()))
        .merge(activity::router(tenant.clone()))
}

/// An address that a client can connect to: nobody connects to 0.0.0.0.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::from([127, 0, 0, 1]),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// What clients read; one whose clock stands still leaves them theirs.
fn environment(url: &str, authority_pem: &str, clock_runs: bool) -> String {
    let mut document = json!({
        "name": "simulated",
        "authority": url,
        "exchange": url,
        "exchangeResource": "https://outlook.office365.com",
        "compliance": format!("{url}/compliance"),
        "complianceRegional": format!("{url}/compliance/{{region}}"),
        "complianceResource": "https://ps.compliance.protection.outlook.com",
        "graph": url,
        "activity": url,
        "activityResource": "https://manage.office.com",
        "certificateAuthority": authority_pem,
    });
    if clock_runs {
        document["clock"] = json!(StateDirectory::CLOCK);
    }
    format!("{document:#}\n")
}
