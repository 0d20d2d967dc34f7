//! A simulated tenant in this process, and connections to it that wait for milliseconds only.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use exoctl_certificate::{CertifiedKey, NewCertificate};
use exoctl_exchange::{Connection, ConnectionBuilder};
use exoctl_http::{HttpOptions, HttpTransport, RetryPolicy, Retrying};
use exoctl_identity::{AssertionOptions, Authority, CachedCredential, CertificateCredential};
use exoctl_model::{Clock, Cloud, SystemClock};
use exoctl_sim::{
    ControlClient, DirectoryRole, LoggedRequest, Registration, SimClock, SimConfig, SimulatedTenant,
};
use jiff::Timestamp;
use tempfile::TempDir;

use crate::recorder::Recorder;

pub(crate) const ORGANIZATION: &str = "contoso.onmicrosoft.com";

/// A tenant, an application in it, and the one transport to both.
pub(crate) struct Tenant {
    _sim: SimulatedTenant,
    control: ControlClient,
    _state: TempDir,
    cloud: Cloud,
    app: String,
    key: CertifiedKey,
    pub(crate) clock: TenantClock,
    pub(crate) recorder: Arc<Recorder>,
}

/// The tenant's clock as the client sees it: both are moved together.
#[derive(Clone, Debug)]
pub(crate) struct TenantClock(pub(crate) SimClock);

impl Clock for TenantClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

impl Tenant {
    /// Starts a tenant with so many mailboxes.
    pub(crate) async fn start(mailboxes: u64, adjust: impl FnOnce(&mut SimConfig)) -> Self {
        Self::start_with_key(mailboxes, key().clone(), adjust).await
    }

    /// The same with a key of its own.
    pub(crate) async fn start_with_key(
        mailboxes: u64,
        key: CertifiedKey,
        adjust: impl FnOnce(&mut SimConfig),
    ) -> Self {
        let state = TempDir::new().unwrap();
        let mut config = SimConfig::new(state.path());
        config.mailboxes = mailboxes;
        adjust(&mut config);
        let clock = TenantClock(config.clock.clone());
        let sim = SimulatedTenant::start(config).await.unwrap();
        let registration = Registration::new(key.certificate().der())
            .with_role(DirectoryRole::ExchangeAdministrator)
            .with_role(DirectoryRole::GlobalAdministrator);
        let app = sim.register(registration).unwrap().app_id.to_string();
        let control = ControlClient::open(state.path()).await.unwrap();
        let environment = std::fs::read_to_string(&sim.ready().environment).unwrap();
        let cloud = Cloud::from_environment_json(&environment).unwrap();
        let options = HttpOptions {
            certificate_authority: cloud.certificate_authority.clone(),
            ..HttpOptions::default()
        };
        let recorder = Arc::new(Recorder::new(HttpTransport::new(&options).unwrap()));
        Self { _sim: sim, control, _state: state, cloud, app, key, clock, recorder }
    }

    pub(crate) fn cloud(&self) -> &Cloud {
        &self.cloud
    }

    /// A connection with a token cache and a governor of its own.
    pub(crate) fn connection(&self) -> ConnectionBuilder {
        self.connection_with(self.cached())
    }

    /// A token cache.
    pub(crate) fn cached(&self) -> Arc<CachedCredential> {
        Arc::new(CachedCredential::new(Arc::new(self.credential()), Arc::new(self.clock.clone())))
    }

    /// A connection with a governor of its own.
    pub(crate) fn connection_with(&self, credential: Arc<CachedCredential>) -> ConnectionBuilder {
        let organization = ORGANIZATION.parse().unwrap();
        Connection::builder(self.cloud.clone(), organization, credential, self.recorder.clone())
            .clock(Arc::new(self.clock.clone()))
            .retry(policy())
    }

    pub(crate) fn credential(&self) -> CertificateCredential {
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        CertificateCredential::new(
            Authority::new(&self.cloud, ORGANIZATION.parse().unwrap()),
            self.app.parse().unwrap(),
            Arc::new(self.key.clone()),
            self.recorder.clone(),
            clock.clone(),
            AssertionOptions::default(),
        )
        .with_retrying(Retrying::new(policy(), clock))
    }

    pub(crate) async fn inject(&self, rule: &str) {
        self.control.inject(&rule.parse().unwrap()).await.unwrap();
    }

    /// Removes all faults; gives the number of calls they have hit.
    pub(crate) async fn clear(&self) -> u64 {
        let hits = self.hits().await;
        self.control.clear_faults().await.unwrap();
        hits
    }

    pub(crate) async fn hits(&self) -> u64 {
        self.control.faults().await.unwrap().iter().map(|(_, hits)| hits).sum()
    }

    pub(crate) async fn requests_since(&self, number: u64) -> Vec<LoggedRequest> {
        self.control.requests_since(number).await.unwrap()
    }
}

/// Eight tries, some milliseconds apart: at a rate of 0.15, eight hits in a row do not happen.
fn policy() -> RetryPolicy {
    RetryPolicy {
        attempts: 8,
        first: Duration::from_millis(1),
        longest: Duration::from_millis(4),
        ..RetryPolicy::default()
    }
}

/// The one key of these tests; making one takes a while.
fn key() -> &'static CertifiedKey {
    static KEY: OnceLock<CertifiedKey> = OnceLock::new();
    KEY.get_or_init(|| {
        let wanted = NewCertificate::new("CN=Faults".parse().unwrap());
        wanted.self_signed("1y".parse().unwrap(), &SystemClock).unwrap()
    })
}
