//! Keeping a run for as long as one works on it, and knowing when one must not any more.

use std::sync::Arc;
use std::time::Duration;

use exoctl_model::Clock;
use exoctl_store::{Fence, Ledger, Renewal, RunId, StoreError};
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

    /// For how long what works for the run may go on without word from its worker, which may have been
    /// stopped itself: so that it ends before the lease does, whenever the last word was sent.
    pub fn patience(&self) -> Duration {
        self.length.saturating_sub(self.margin * 2)
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
pub(crate) struct Lease<R> {
    pub(crate) renewals: R,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) run: RunId,
    pub(crate) times: LeaseTimes,
}

/// Who is asked for another lease.
pub(crate) trait Renewals: Send + Sync {
    /// Asks.
    fn renew(&self, length: Duration) -> impl Future<Output = Result<Renewal, StoreError>> + Send;
}

/// The ledger, for a run under a fence.
#[derive(Debug)]
pub(crate) struct InLedger {
    pub(crate) ledger: Arc<dyn Ledger>,
    pub(crate) run: RunId,
    pub(crate) fence: Fence,
}

impl Renewals for InLedger {
    async fn renew(&self, length: Duration) -> Result<Renewal, StoreError> {
        self.ledger.renew(self.run, self.fence, length).await
    }
}

impl<R: Renewals> Lease<R> {
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
            let renewal = self.renewals.renew(self.times.length);
            match timeout_at(good_until, renewal).await {
                Ok(Ok(Renewal::Held { cancel })) => {
                    good_until = asked + self.times.length.saturating_sub(self.times.margin);
                    next = asked + self.times.heartbeat;
                    stopper.renewed();
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

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use exoctl_model::ManualClock;
    use jiff::{SignedDuration, Timestamp};
    use tokio::time::advance;

    use super::*;

    /// Answers as it is told, and notes when it was asked.
    #[derive(Debug)]
    struct Scripted {
        began: Instant,
        asked: Arc<Mutex<Vec<u64>>>,
        answer: fn(usize) -> Option<Renewal>,
    }

    impl Renewals for Scripted {
        async fn renew(&self, _: Duration) -> Result<Renewal, StoreError> {
            let number = {
                let mut asked = self.asked.lock().unwrap();
                asked.push(self.began.elapsed().as_secs());
                asked.len()
            };
            match (self.answer)(number) {
                Some(renewal) => Ok(renewal),
                // It never answers.
                None => std::future::pending().await,
            }
        }
    }

    const HELD: Renewal = Renewal::Held { cancel: None };

    /// After how many seconds somebody was told to stop, why, and when the ledger was asked.
    async fn hold(answer: fn(usize) -> Option<Renewal>) -> (u64, Stop, Vec<u64>) {
        let began = Instant::now();
        let asked = Arc::new(Mutex::default());
        let clock = Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH));
        let (stopper, mut stopping) = Stopper::new();
        let lease = Lease {
            renewals: Scripted { began, asked: asked.clone(), answer },
            clock: Following::new(clock),
            run: RunId::new(Timestamp::UNIX_EPOCH),
            times: LeaseTimes::default(),
        };
        tokio::spawn(lease.hold(began, Arc::new(stopper)));
        let why = stopping.stopped().await;
        let asked = asked.lock().unwrap().clone();
        (began.elapsed().as_secs(), why, asked)
    }

    /// A clock that goes with the paused one.
    #[derive(Debug)]
    struct Following(Arc<ManualClock>, Instant);

    impl Following {
        fn new(clock: Arc<ManualClock>) -> Arc<Self> {
            Arc::new(Self(clock, Instant::now()))
        }
    }

    impl Clock for Following {
        fn now(&self) -> Timestamp {
            self.0.now() + SignedDuration::try_from(self.1.elapsed()).unwrap()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn work_ends_ten_seconds_before_the_lease_does() {
        // Fifteen, thirty and forty-five seconds are held; then nobody answers any more.
        let (after, why, asked) = hold(|number| (number <= 3).then_some(HELD)).await;
        assert_eq!((after, why), (45 + 60 - 10, Stop::LeaseLost));
        assert_eq!(asked, [15, 30, 45, 60]);
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_lost_a_run_stops_at_once_and_who_is_to_cancel_is_told() {
        let (after, why, _) = hold(|_| Some(Renewal::Stale)).await;
        assert_eq!((after, why), (15, Stop::LeaseLost));
        let cancel = |_| Some(Renewal::Held { cancel: Some("replaced".to_owned()) });
        let (after, why, _) = hold(cancel).await;
        assert_eq!((after, why), (15, Stop::Cancelled));
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_sleep_of_the_machine_the_lease_is_asked_for_at_once() {
        let began = Instant::now();
        let asked = Arc::new(Mutex::default());
        let manual = Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH));
        let (stopper, mut stopping) = Stopper::new();
        let lease = Lease {
            renewals: Scripted { began, asked: asked.clone(), answer: |_| Some(Renewal::Stale) },
            clock: Following::new(manual.clone()),
            run: RunId::new(Timestamp::UNIX_EPOCH),
            times: LeaseTimes::default(),
        };
        tokio::spawn(lease.hold(began, Arc::new(stopper)));
        advance(Duration::from_millis(2500)).await;
        // The steady clock stands still while the machine sleeps.
        manual.advance(SignedDuration::from_hours(8));
        assert_eq!(stopping.stopped().await, Stop::LeaseLost);
        assert_eq!(asked.lock().unwrap().clone(), [3]);
    }
}
