//! Keeping a run for as long as one works on it, and knowing when one must not any more.

use std::sync::Arc;
use std::time::Duration;

use exoctl_model::Clock;
use exoctl_store::{Fence, Ledger, Renewal, RunId};
use tokio::time::{Instant, sleep_until, timeout_at};
use tracing::{debug, warn};

use crate::wall::Wall;
use crate::{Stop, Stopper};

/// How long a worker may be silent, and how it keeps from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseTimes {
    /// After this long without a word the run is given to another.
    pub length: Duration,
    /// How often a word is given.
    pub heartbeat: Duration,
    /// How long before the end of the lease all work for the run has to end.
    pub margin: Duration,
}

impl LeaseTimes {
    /// For leases of this length: a word four times in each, and the last sixth to end in.
    pub fn of(length: Duration) -> Self {
        Self { length, heartbeat: length / 4, margin: length / 6 }
    }

    /// How often the clocks are compared.
    fn look(&self) -> Duration {
        Duration::from_secs(1).min(self.heartbeat)
    }
}

impl Default for LeaseTimes {
    /// A lease of a minute, a word every quarter of it, the end ten seconds before.
    fn default() -> Self {
        Self::of(Duration::from_mins(1))
    }
}

/// A run that is held.
#[derive(Debug)]
pub(crate) struct Lease {
    pub(crate) ledger: Arc<dyn Ledger>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) run: RunId,
    pub(crate) fence: Fence,
    pub(crate) times: LeaseTimes,
}

impl Lease {
    /// Renews the lease, which was got at `claimed` at the earliest, until that fails or comes too
    /// late; says so then and returns. Deadlines are of the steady clock, which no setting of the
    /// time moves; when the other one jumps, the machine may have slept, and the lease is asked for at once.
    pub(crate) async fn hold(self, claimed: Instant, stopper: Arc<Stopper>) {
        let mut good_until = claimed + self.times.length.saturating_sub(self.times.margin);
        let mut next = claimed + self.times.heartbeat;
        let mut wall = Wall::new(self.clock.now());
        loop {
            let look = Instant::now() + self.times.look();
            sleep_until(look.min(next).min(good_until)).await;
            let asked = Instant::now();
            if asked >= good_until {
                warn!(run = %self.run, "the lease could not be renewed in time");
                return stopper.stop(Stop::LeaseLost);
            }
            let jump = wall.jump(self.clock.now());
            if asked < next && jump.is_none() {
                continue;
            }
            let renewal = self.ledger.renew(self.run, self.fence, self.times.length);
            match timeout_at(good_until, renewal).await {
                Ok(Ok(Renewal::Held { cancel })) => {
                    good_until = asked + self.times.length.saturating_sub(self.times.margin);
                    next = asked + self.times.heartbeat;
                    if cancel.is_some() {
                        stopper.stop(Stop::Cancelled);
                    }
                }
                Ok(Ok(Renewal::Stale)) => {
                    warn!(run = %self.run, "the run is somebody else's now");
                    return stopper.stop(Stop::LeaseLost);
                }
                Ok(Err(error)) => {
                    debug!(run = %self.run, error = &error as &dyn std::error::Error, "no renewal");
                    next = asked + self.times.heartbeat / 5;
                }
                // Too late: the top of the loop says so.
                Err(_) => {}
            }
        }
    }
}
