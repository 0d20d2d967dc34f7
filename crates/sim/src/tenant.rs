//! The tenant's state, shared by all services.

mod authentication;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use uuid::Uuid;

pub(crate) use authentication::{AuthFailure, Principal};

use crate::activity;
use crate::call::{Call, Service};
use crate::config::SimConfig;
use crate::directory::{Application, Before, Directory, Lag, Replica, Replication};
use crate::entra::{SignIns, TokenKey};
use crate::error::SimError;
use crate::exchange;
use crate::fault::{CallContext, Fault, FaultPlan};
use crate::graph::SentMail;
use crate::registration::{Registered, Registration};
use crate::request_log::RequestLog;
use crate::state_directory::StateDirectory;

/// A simulated tenant, as its services see it.
#[derive(Debug)]
pub(crate) struct Tenant {
    id: Uuid,
    domains: Vec<String>,
    config: SimConfig,
    state: StateDirectory,
    directory: Mutex<Directory>,
    token_key: TokenKey,
    faults: FaultPlan,
    log: RequestLog,
    tokens: AtomicU64,
    replication: Replication,
    sign_ins: SignIns,
    sent_mail: Mutex<Vec<SentMail>>,
    /// What the Management Activity API knows.
    pub activity: activity::State,
    /// What Exchange knows.
    pub exchange: exchange::State,
}

impl Tenant {
    /// The tenant that `config` describes, with the applications registered earlier.
    pub(crate) fn new(config: SimConfig, state: StateDirectory) -> Result<Self, SimError> {
        Ok(Self {
            id: config.tenant_id(),
            domains: domains(&config.organization),
            directory: Mutex::new(state.read_registrations()?),
            token_key: TokenKey::generate()?,
            faults: FaultPlan::new(config.faults.clone(), config.seed),
            log: RequestLog::default(),
            tokens: AtomicU64::new(0),
            replication: Replication::default(),
            sign_ins: SignIns::default(),
            sent_mail: Mutex::default(),
            activity: activity::State::new(config.activity.clone()),
            exchange: exchange::State::new(&config),
            state,
            config,
        })
    }

    /// The tenant's id.
    pub(crate) const fn id(&self) -> Uuid {
        self.id
    }

    /// The tenant's `.onmicrosoft.com` domain.
    pub(crate) fn organization(&self) -> &str {
        &self.config.organization
    }

    /// Its verified domains, the `.onmicrosoft.com` one first.
    pub(crate) fn domains(&self) -> &[String] {
        &self.domains
    }

    /// Whether a text names this tenant: its id or one of its domains.
    pub(crate) fn is_named(&self, text: &str) -> bool {
        text.parse::<Uuid>() == Ok(self.id)
            || self.domains.iter().any(|domain| domain.eq_ignore_ascii_case(text))
    }

    /// What it was started with.
    pub(crate) const fn config(&self) -> &SimConfig {
        &self.config
    }

    /// Moves the clock, of those too who work with the tenant if it is the system's.
    pub(crate) fn move_clock(&self, by: SignedDuration) -> Result<(), SimError> {
        let clock = &self.config.clock;
        clock.advance(by);
        if clock.runs() { self.state.write_clock(clock.offset()) } else { Ok(()) }
    }

    /// What time it is.
    pub(crate) fn now(&self) -> Timestamp {
        self.config.clock.now()
    }

    /// What time Entra believes it is.
    pub(crate) fn entra_now(&self) -> Timestamp {
        self.now().saturating_add(self.faults.entra_skew()).expect("a signed duration adds")
    }

    /// What goes wrong.
    pub(crate) const fn faults(&self) -> &FaultPlan {
        &self.faults
    }

    /// The requests that were answered.
    pub(crate) const fn log(&self) -> &RequestLog {
        &self.log
    }

    /// The key that signs access tokens.
    pub(crate) const fn token_key(&self) -> &TokenKey {
        &self.token_key
    }

    /// The registered applications.
    pub(crate) fn directory(&self) -> MutexGuard<'_, Directory> {
        self.directory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Object id of one of Microsoft's own service principals; it differs from tenant to tenant.
    pub(crate) fn principal_of(&self, app_id: Uuid) -> Uuid {
        let mut bytes = *self.id.as_bytes();
        for (byte, other) in bytes.iter_mut().zip(app_id.as_bytes().iter().rev()) {
            *byte ^= other;
        }
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }

    /// Counts the tokens that were issued; gives the number of this one.
    pub(crate) fn count_token(&self) -> u64 {
        self.tokens.fetch_add(1, Ordering::Relaxed)
    }

    /// Keeps a mail that was sent.
    pub(crate) fn keep_sent_mail(&self, mail: SentMail) {
        self.sent_mail.lock().unwrap_or_else(PoisonError::into_inner).push(mail);
    }

    /// All mail that was sent.
    pub(crate) fn sent_mail(&self) -> Vec<SentMail> {
        self.sent_mail.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What people who sign in are in the middle of.
    pub(crate) const fn sign_ins(&self) -> &SignIns {
        &self.sign_ins
    }

    /// Removes all fault rules, and lets everybody see what they held back.
    pub(crate) fn clear_faults(&self) {
        self.faults.clear();
        self.settle();
    }

    /// Lets everybody see what was held back.
    pub(crate) fn settle(&self) {
        self.replication.settle();
        self.exchange.settle();
    }

    /// Whether replication has not brought an application to where this call arrived yet. For one that
    /// Graph did not make the fault is drawn at its first call.
    pub(crate) fn is_hidden_by_replication(&self, application: &Application, call: &Call) -> bool {
        let id = application.object_id.to_string();
        if !self.replication.knows(Replica::Entra, &id) {
            let lag = self.lag(&call.service, &call.path).unwrap_or_default();
            self.replication.delay(Replica::Entra, &id, lag, self.now());
        }
        !self.sees(Replica::Entra, &id)
    }

    /// Makes what a call to Graph wrote late, if the rules say so, on each replica.
    pub(crate) fn delay(&self, id: &(impl ToString + ?Sized), call: &Call) {
        let id = id.to_string();
        self.replication.forget_before(&id);
        for (replica, service) in
            [(Replica::Graph, Service::Graph), (Replica::Entra, Service::Entra)]
        {
            if let Some(lag) = self.lag(&service, &call.path) {
                self.replication.delay(replica, &id, lag, self.now());
            }
        }
    }

    /// Lets Graph show what a call changed or deleted as it was, if the rules say so.
    pub(crate) fn delay_change(&self, before: Before, call: &Call) {
        let context = CallContext {
            service: &Service::Graph,
            cmdlet: None,
            path: &call.path,
            batch_member: false,
        };
        let id = before.row["id"].as_str().unwrap_or_default().to_owned();
        match self.faults.next_change(&context, self.now()) {
            Some(lag) => self.replication.keep_showing(&id, before, lag, self.now()),
            None => self.replication.forget_before(&id),
        }
    }

    /// How this read of Graph still shows an object that was changed or deleted.
    pub(crate) fn shown_before(&self, id: &str) -> Option<Before> {
        self.replication.shown_before(id, self.now())
    }

    /// Rows of objects that were deleted and that a read may still show.
    pub(crate) fn deleted_rows(&self, collection: &str) -> Vec<Value> {
        self.replication.deleted_rows(collection)
    }

    /// Whether this read of a replica sees what has this id.
    pub(crate) fn sees(&self, replica: Replica, id: &(impl ToString + ?Sized)) -> bool {
        self.replication.sees(replica, &id.to_string(), self.now())
    }

    fn lag(&self, service: &Service, path: &str) -> Option<Lag> {
        let context = CallContext { service, cmdlet: None, path, batch_member: false };
        match self.faults.next(&context, self.now()) {
            Some(Fault::ReplicationDelay(lag)) => Some(lag),
            _ => None,
        }
    }

    /// Registers an application, and keeps it for the next start on the same state directory.
    pub(crate) fn register(&self, registration: &Registration) -> Result<Registered, SimError> {
        let mut directory = self.directory();
        let registered = directory.register(registration, self.now())?;
        self.keep(&directory)?;
        if registration.impersonation {
            let application = directory.by_app_id(registered.app_id);
            let name = application.map_or_else(String::new, |known| known.display_name.clone());
            self.exchange.give_retired_role(&registered, &name);
        }
        Ok(registered)
    }

    /// Keeps the directory for the next start on the same state directory.
    pub(crate) fn keep(&self, directory: &Directory) -> Result<(), SimError> {
        self.state.write_registrations(directory)
    }
}

/// The domains of a tenant: `contoso.onmicrosoft.com`, `contoso.com`, `contoso.mail.onmicrosoft.com`.
fn domains(organization: &str) -> Vec<String> {
    let mut domains = vec![organization.to_owned()];
    if let Some(name) = organization.strip_suffix(".onmicrosoft.com") {
        domains.push(format!("{name}.com"));
        domains.push(format!("{name}.mail.onmicrosoft.com"));
    }
    domains
}
