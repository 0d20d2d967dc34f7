//! The Exchange Online admin API.
//!
//! A request goes through the `front` (routes) and the `door` (token and roles), its cmdlet's
//! parameters are bound as PowerShell binds them, its handler answers lazy rows, and the engine
//! writes one page of them. How to add a cmdlet is told in `cmdlet`.

mod access;
mod administration;
mod answer;
mod bind;
mod bind_error;
mod buffer;
mod call;
mod caller;
mod cmdlet;
mod cmdlet_error;
mod cmdlets;
mod continuation;
mod door;
mod filter;
mod front;
mod grant;
mod invoke;
mod module_file;
mod page;
mod parameter;
mod replication;
mod row;
mod secret;
mod value;
mod world;

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use axum::Router;
use axum::body::Body;
use axum::routing::any;
use http::Request;

use crate::audit::search::AuditSearch;
use crate::config::SimConfig;
use crate::registration::Registered;
use crate::tenant::Tenant;
use continuation::Continuations;
use replication::Replication;
pub(crate) use row::Item;
use secret::SecretKey;
pub(crate) use value::Value;
use world::World;

/// What Exchange knows.
#[derive(Debug)]
pub(crate) struct State {
    world: RwLock<World>,
    continuations: Continuations,
    replication: Replication,
    key: SecretKey,
}

impl State {
    /// The state that a tenant starts with.
    pub(crate) fn new(config: &SimConfig) -> Self {
        Self {
            world: RwLock::new(World::new(config)),
            continuations: Continuations::default(),
            replication: Replication::default(),
            key: SecretKey::default(),
        }
    }

    /// Looks at the audit log.
    pub(crate) fn audit<T>(&self, look: impl FnOnce(&AuditSearch) -> T) -> T {
        look(&self.read().administration.audit)
    }

    /// Whether the tenant records anything.
    pub(crate) fn records_audit(&self) -> bool {
        let world = self.read();
        cmdlets::records_audit(&world)
    }

    /// Lets everything that was just made be found.
    pub(crate) fn settle(&self) {
        self.replication.settle();
    }

    /// Gives an application the role that can no longer be given.
    pub(crate) fn give_retired_role(&self, application: &Registered, name: &str) {
        self.write().access.give(application, name, cmdlets::RETIRED_ROLE);
    }

    /// The world to read. A handler that panicked has left it whole enough for a simulation.
    fn read(&self) -> RwLockReadGuard<'_, World> {
        self.world.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The world to change.
    fn write(&self) -> RwLockWriteGuard<'_, World> {
        self.world.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The routes below `/adminapi`. Paths arrive in lower case, without double slashes, and without the
/// `/compliance` prefix; `Extension<Call>` says which service was meant.
pub(crate) fn router(tenant: Arc<Tenant>) -> Router {
    let serve = move |request: Request<Body>| front::serve(Arc::clone(&tenant), request);
    Router::new().route("/adminapi/{*path}", any(serve))
}

#[cfg(test)]
mod tests;
