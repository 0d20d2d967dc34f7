//! Who does the work: takes runs, holds them, carries them out.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use exoctl_model::Clock;
use exoctl_store::{Claim, Handler, Ledger, RunId};
use futures_util::future::BoxFuture;
use tokio::time::Instant;

use crate::attempt::Workshop;
use crate::{Ended, Executor, LeaseTimes, Observer, Stop, Stopper};

/// What a worker works with.
#[derive(Clone, Debug)]
pub struct WorkerParts {
    /// Where ends are written.
    pub ledger: Arc<dyn Ledger>,
    /// Who carries out the steps.
    pub executor: Arc<dyn Executor>,
    /// Who looks on.
    pub observer: Arc<dyn Observer>,
    /// The time of records; leases go by the ledger's own.
    pub clock: Arc<dyn Clock>,
    /// For how long runs are taken.
    pub lease: LeaseTimes,
}

/// A worker. Its clones are one worker.
#[derive(Clone)]
pub struct Worker {
    shop: Arc<Workshop>,
    active: Arc<Mutex<BTreeMap<RunId, Arc<Stopper>>>>,
}

impl Worker {
    /// Nothing is taken yet.
    pub fn new(parts: WorkerParts) -> Self {
        let WorkerParts { ledger, executor, observer, clock, lease } = parts;
        let shop = Workshop { ledger, executor, observer, clock, lease };
        Self { shop: Arc::new(shop), active: Arc::default() }
    }

    /// Makes an attempt at a run. `claimed` is an instant at which it was not taken yet.
    pub async fn work(&self, claim: Claim, claimed: Instant) -> Ended {
        let run = claim.run;
        let (stopper, stopping) = Stopper::new();
        let stopper = Arc::new(stopper);
        self.active().insert(run, stopper.clone());
        let ended = self.shop.work(claim, claimed, stopper, stopping).await;
        self.active().remove(&run);
        ended
    }

    /// How many attempts are being made.
    pub fn busy(&self) -> usize {
        self.active().len()
    }

    /// Ends all attempts that are being made.
    pub fn stop(&self, why: Stop) {
        for stopper in self.active().values() {
            stopper.stop(why);
        }
    }

    fn active(&self) -> MutexGuard<'_, BTreeMap<RunId, Arc<Stopper>>> {
        self.active.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Handler for Worker {
    fn handle(&self, claim: Claim, claimed: Instant) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            self.work(claim, claimed).await;
        })
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").field("busy", &self.busy()).finish_non_exhaustive()
    }
}
