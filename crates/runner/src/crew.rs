//! So many runs at once: taken when there is a hand free, and handed back in good order.

use std::sync::Arc;
use std::time::Duration;

use exoctl_model::Clock;
use exoctl_store::{ClaimRequest, Ledger};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tracing::warn;

use crate::{LeaseTimes, Stop, Stopping, Worker};

/// Hands that take runs straight from the ledger.
#[derive(Clone, Debug)]
pub struct Crew {
    /// Who works.
    pub worker: Worker,
    /// Where runs are taken from.
    pub ledger: Arc<dyn Ledger>,
    /// The time by which runs are due.
    pub clock: Arc<dyn Clock>,
    /// Who this is: the host and the process, for people.
    pub owner: String,
    /// How many runs at once.
    pub hands: usize,
    /// For how long runs are taken.
    pub lease: LeaseTimes,
    /// How long runs have to end by themselves when the crew is to stop.
    pub grace: Duration,
}

impl Crew {
    /// Takes runs and works on them until told to stop; then lets those that are under way end, for
    /// the grace, and hands back what has not. When this returns, nothing is under way.
    pub async fn work(&self, mut stopping: Stopping) {
        let mut under_way = JoinSet::new();
        while stopping.said().is_none() {
            let free = self.hands.saturating_sub(under_way.len());
            let claimed = Instant::now();
            let claims = if free == 0 { Vec::new() } else { self.claim(free).await };
            let found = !claims.is_empty();
            for claim in claims {
                let worker = self.worker.clone();
                under_way.spawn(async move { worker.work(claim, claimed).await });
            }
            let look = LOOK.min(self.clock.longest_sleep());
            tokio::select! {
                _ = stopping.stopped() => break,
                Some(_) = under_way.join_next() => {}
                // Where there was one there may be more.
                () = sleep(look), if !found || under_way.len() >= self.hands => {}
                () = std::future::ready(()), if found && under_way.len() < self.hands => {}
            }
        }
        let all = async { while under_way.join_next().await.is_some() {} };
        if timeout(self.grace, all).await.is_err() {
            self.worker.stop(Stop::Shutdown);
            while under_way.join_next().await.is_some() {}
        }
    }

    async fn claim(&self, limit: usize) -> Vec<exoctl_store::Claim> {
        let wanted = ClaimRequest { owner: self.owner.clone(), limit, lease: self.lease.length };
        match self.ledger.claim(&wanted, self.clock.now()).await {
            Ok(claims) => claims,
            Err(error) => {
                warn!(error = &error as &dyn std::error::Error, "no runs could be taken");
                Vec::new()
            }
        }
    }
}

const LOOK: Duration = Duration::from_millis(500);
