//! So many runs at once: brought by a delivery, and handed back in good order.

use std::sync::Arc;
use std::time::Duration;

use exoctl_store::{ClaimRequest, Delivery, StoreError};
use tokio::time::sleep;

use crate::{LeaseTimes, Stop, Stopping, Worker};

/// Hands, and what brings them runs.
#[derive(Clone, Debug)]
pub struct Crew {
    /// Who works.
    pub worker: Worker,
    /// What brings runs.
    pub delivery: Arc<dyn Delivery>,
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
    /// Works on what is brought until told to stop; then lets what is under way end, for the grace,
    /// and hands back what has not. When this returns, nothing is under way.
    pub async fn work(&self, stopping: Stopping) -> Result<(), StoreError> {
        let wanted =
            ClaimRequest { owner: self.owner.clone(), limit: self.hands, lease: self.lease.length };
        let mut told = stopping.clone();
        let stop = Box::pin(async move {
            told.stopped().await;
        });
        let work = self.delivery.work(&wanted, &self.worker, stop);
        let hurry = async {
            let mut told = stopping;
            told.stopped().await;
            sleep(self.grace).await;
            self.worker.stop(Stop::Shutdown);
            std::future::pending::<()>().await;
        };
        tokio::select! {
            worked = work => worked,
            () = hurry => unreachable!("it never ends"),
        }
    }
}
