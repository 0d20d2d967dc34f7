//! How a run gets to a worker.

mod direct;
mod graphile;

use std::fmt::Debug;

use futures_util::future::BoxFuture;
use tokio::time::Instant;

pub use self::direct::Direct;
pub use self::graphile::Graphile;
use crate::ledger::Answer;
use crate::record::{Claim, ClaimRequest};

/// Brings runs that are due to workers.
///
/// It may bring a run twice, late, or to two workers at once: what it brings has been claimed in the
/// ledger, so that one worker has it and what another still writes is refused.
pub trait Delivery: Debug + Send + Sync {
    /// What it is called.
    fn name(&self) -> &'static str;

    /// Brings runs to the handler, at most `wanted.limit` at once, until `stop` is there; then brings
    /// no more, and returns when the handler is done with those it has.
    ///
    /// An outage of the ledger or the engine is waited for. An error is one that waiting does not
    /// help.
    fn work<'a>(
        &'a self,
        wanted: &'a ClaimRequest,
        handler: &'a dyn Handler,
        stop: BoxFuture<'a, ()>,
    ) -> Answer<'a, ()>;
}

/// Who works on runs.
pub trait Handler: Debug + Send + Sync {
    /// Works on a run and writes down its end. `claimed` is an instant at which it was not claimed
    /// yet: its lease is not over before the lease's length after that.
    fn handle(&self, claim: Claim, claimed: Instant) -> BoxFuture<'_, ()>;
}
