//! A tenant, a credential and a transport: what a cmdlet is invoked on.

use std::fmt;
use std::sync::{Arc, Mutex};

use exoctl_http::{Governor, GovernorOptions, RetryPolicy, Retrying, Transport};
use exoctl_identity::{Scope, TokenCredential};
use exoctl_model::{Clock, Cloud, Organization, SystemClock, TenantId};
use tokio::sync::OnceCell;
use url::Url;
use uuid::Uuid;

use crate::catalogue::Catalogue;
use crate::request::Addressee;

/// A connection to Exchange Online or to Security & Compliance. Cheap to clone; all clones share
/// one governor, one token cache and one region.
///
/// There is no session on the server: nothing is sent before the first cmdlet, and nothing needs
/// to be closed.
#[derive(Clone)]
pub struct Connection(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) cloud: Cloud,
    pub(crate) addressee: Addressee,
    pub(crate) credential: Arc<dyn TokenCredential>,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) policy: RetryPolicy,
    pub(crate) governor: Governor,
    pub(crate) random: Option<Arc<dyn exoctl_http::Random>>,
    /// Where the tenant lives, once a front door has told.
    pub(crate) home: Mutex<Option<Url>>,
    pub(crate) region: Mutex<Option<String>>,
    pub(crate) catalogue: OnceCell<Arc<Catalogue>>,
}

/// Collects what a connection needs.
#[derive(Debug)]
pub struct ConnectionBuilder {
    cloud: Cloud,
    organization: Organization,
    tenant: Option<TenantId>,
    credential: Arc<dyn TokenCredential>,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    page_size: u16,
    compliance: bool,
    region: Option<String>,
    policy: RetryPolicy,
    governor: Governor,
    random: Option<Arc<dyn exoctl_http::Random>>,
    catalogue: Option<Arc<Catalogue>>,
    id: Uuid,
}

impl Connection {
    /// Begins a connection to an organization of a cloud.
    pub fn builder(
        cloud: Cloud,
        organization: Organization,
        credential: Arc<dyn TokenCredential>,
        transport: Arc<dyn Transport>,
    ) -> ConnectionBuilder {
        ConnectionBuilder {
            cloud,
            organization,
            tenant: None,
            credential,
            transport,
            clock: Arc::new(SystemClock),
            page_size: 1000,
            compliance: false,
            region: None,
            policy: RetryPolicy::default(),
            governor: Governor::new(GovernorOptions::default()),
            random: None,
            catalogue: None,
            id: Uuid::new_v4(),
        }
    }

    /// The connection's id, as `Get-ConnectionInformation` shows it.
    pub fn id(&self) -> Uuid {
        self.0.addressee.connection_id
    }

    /// The organization.
    pub fn organization(&self) -> &Organization {
        &self.0.addressee.organization
    }

    /// The tenant's id, if it was given.
    pub fn tenant_id(&self) -> Option<TenantId> {
        self.0.addressee.tenant
    }

    /// The cloud.
    pub fn cloud(&self) -> &Cloud {
        &self.0.cloud
    }

    /// Whether it is one to Security & Compliance.
    pub fn is_compliance(&self) -> bool {
        self.0.addressee.compliance
    }

    /// The tenant's region, `eur02b` for example, once a front door has redirected there; worth
    /// keeping for [`ConnectionBuilder::region`].
    pub fn region(&self) -> Option<String> {
        self.0.region.lock().expect("no code panics while it holds the region").clone()
    }

    /// The base of the host that requests go to at the moment.
    pub fn uri(&self) -> Url {
        let home = self.0.home.lock().expect("no code panics while it holds the host").clone();
        home.unwrap_or_else(|| self.front().clone())
    }

    /// The host that everybody begins with.
    pub(crate) fn front(&self) -> &Url {
        if self.is_compliance() { &self.0.cloud.compliance } else { &self.0.cloud.exchange }
    }

    /// The scope of the tokens for this connection.
    pub fn scope(&self) -> Scope {
        if self.is_compliance() {
            Scope::compliance(&self.0.cloud)
        } else {
            Scope::exchange(&self.0.cloud)
        }
    }

    /// The most rows of a page.
    pub(crate) fn page_size(&self) -> u16 {
        self.0.addressee.page_size
    }

    pub(crate) fn retrying(&self) -> Retrying {
        let policy = self.0.policy.clone();
        let retrying =
            Retrying::new(policy, self.0.clock.clone()).governed(self.0.governor.clone());
        match &self.0.random {
            Some(random) => retrying.with_random(random.clone()),
            None => retrying,
        }
    }
}

impl ConnectionBuilder {
    /// The tenant's id; requests then name the tenant by it, as the module does.
    pub fn tenant_id(self, tenant: TenantId) -> Self {
        Self { tenant: Some(tenant), ..self }
    }

    /// Tells the time.
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Rows in a page, 1 to 1000; 1000 if not given.
    pub fn page_size(self, rows: u16) -> Self {
        Self { page_size: rows.clamp(1, 1000), ..self }
    }

    /// To Security & Compliance instead of Exchange Online.
    pub fn compliance(self, compliance: bool) -> Self {
        Self { compliance, ..self }
    }

    /// The tenant's region as [`Connection::region`] told it another time.
    pub fn region(self, region: impl Into<String>) -> Self {
        Self { region: Some(region.into()), ..self }
    }

    /// How to repeat what failed.
    pub fn retry(self, policy: RetryPolicy) -> Self {
        Self { policy, ..self }
    }

    /// Shares limits with other connections to the same tenant.
    pub fn governor(self, governor: Governor) -> Self {
        Self { governor, ..self }
    }

    /// Where the jitter of waits comes from.
    pub fn random(self, random: Arc<dyn exoctl_http::Random>) -> Self {
        Self { random: Some(random), ..self }
    }

    /// What is known of the cmdlets already; else the module file is fetched when it is needed.
    pub fn catalogue(self, catalogue: Arc<Catalogue>) -> Self {
        Self { catalogue: Some(catalogue), ..self }
    }

    /// An id of one's own instead of a random one.
    pub fn id(self, id: Uuid) -> Self {
        Self { id, ..self }
    }

    /// The connection. Nothing is sent yet.
    pub fn build(self) -> Connection {
        let connection = Connection(Arc::new(Inner {
            addressee: Addressee {
                organization: self.organization,
                tenant: self.tenant,
                compliance: self.compliance,
                connection_id: self.id,
                page_size: self.page_size,
            },
            cloud: self.cloud,
            credential: self.credential,
            transport: self.transport,
            clock: self.clock,
            policy: self.policy,
            governor: self.governor,
            random: self.random,
            home: Mutex::new(None),
            region: Mutex::new(None),
            catalogue: OnceCell::new_with(self.catalogue),
        }));
        if let Some(region) = self.region {
            connection.settle(&region);
        }
        connection
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("organization", self.organization())
            .field("uri", &self.uri().as_str())
            .field("compliance", &self.is_compliance())
            .field("id", &self.id())
            .finish_non_exhaustive()
    }
}
