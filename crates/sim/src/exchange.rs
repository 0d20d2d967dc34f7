//! The Exchange Online admin API.
//!
//! A request is authenticated and routed in [`http`](self::front), its cmdlet's parameters are bound
//! as PowerShell binds them, its handler answers lazy rows, and the engine writes one page of them.
//! How to add a cmdlet is told in [`cmdlet`].

mod administration;
mod call;
mod caller;
mod cmdlet;
mod cmdlet_error;
mod cmdlets;
mod parameter;
mod row;
mod value;
mod world;

use std::sync::{Arc, RwLock};

use axum::Router;

use crate::config::SimConfig;
use crate::tenant::Tenant;
pub(crate) use value::Value;
use world::World;

/// What Exchange knows.
#[derive(Debug)]
pub(crate) struct State {
    world: RwLock<World>,
}

impl State {
    /// The state that a tenant starts with.
    pub(crate) fn new(config: &SimConfig) -> Self {
        Self { world: RwLock::new(World::new(config)) }
    }
}

/// The routes below `/adminapi`. Paths arrive in lower case, without double slashes, and without the
/// `/compliance` prefix; `Extension<Call>` says which service was meant.
pub(crate) fn router(_tenant: Arc<Tenant>) -> Router {
    Router::new()
}
