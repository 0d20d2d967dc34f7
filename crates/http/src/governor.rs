//! [`Governor`]: keeps all calls to one tenant under the service's limits.
//!
//! The limits are not documented, so they are learned. A throttled call makes everybody wait as
//! long as the service asks, lowers the most calls in flight a little and sets a pace just
//! under the measured one; success raises both again. Calls are let through in the order in
//! which they came.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};
use tracing::debug;

use crate::pace::Pace;

/// What a governor starts from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GovernorOptions {
    /// The most calls in flight at once.
    pub concurrency: usize,
    /// A rate that is never exceeded, if one is wanted.
    pub rate: Option<Rate>,
}

impl Default for GovernorOptions {
    fn default() -> Self {
        Self { concurrency: 8, rate: None }
    }
}

/// A token bucket's measures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Calls per second in the long run.
    pub per_second: f64,
    /// Calls at once after a rest.
    pub burst: u32,
}

/// One tenant's limits, shared by its clones.
#[derive(Clone, Debug)]
pub struct Governor(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// Held by the one whose turn it is; tokio's mutex is fair.
    turn: tokio::sync::Mutex<()>,
    /// Told when something ends.
    changed: Notify,
    state: Mutex<State>,
    most: f64,
}

#[derive(Debug)]
struct State {
    in_flight: usize,
    limit: f64,
    paused_until: Instant,
    idle_since: Instant,
    pace: Pace,
    /// Counts throttlings that changed something. A call that began before the last of them
    /// tells nothing new.
    epoch: u64,
    throttled: u64,
}

/// How things stand, to show.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GovernorState {
    /// Calls in flight.
    pub in_flight: usize,
    /// The most calls in flight that are allowed now.
    pub concurrency: usize,
    /// The learned pace in calls per second, once throttled.
    pub pace: Option<f64>,
    /// How long everybody still has to wait.
    pub pause: Duration,
    /// Throttled calls so far.
    pub throttled: u64,
}

impl Governor {
    /// A governor for one tenant.
    pub fn new(options: GovernorOptions) -> Self {
        let now = Instant::now();
        let most = options.concurrency.max(1) as f64;
        let state = State {
            in_flight: 0,
            limit: most,
            paused_until: now,
            idle_since: now,
            pace: Pace::new(options.rate, now),
            epoch: 0,
            throttled: 0,
        };
        Self(Arc::new(Shared {
            turn: tokio::sync::Mutex::default(),
            changed: Notify::new(),
            state: Mutex::new(state),
            most,
        }))
    }

    /// Waits for a place. The place is free again when the permit is used up or dropped.
    pub async fn permit(&self) -> Permit {
        self.permit_for(1).await
    }

    /// Waits for a place for one request that carries so many calls: a batch. It takes as much
    /// of the pace as they would one by one.
    pub async fn permit_for(&self, calls: u32) -> Permit {
        let _turn = self.0.turn.lock().await;
        loop {
            let admission = self.0.state().admit(Instant::now(), calls);
            match admission {
                Admission::Granted(epoch) => {
                    return Permit { shared: self.0.clone(), epoch, calls };
                }
                Admission::Later(at) => sleep_until(at).await,
                Admission::Full => self.0.changed.notified().await,
            }
        }
    }

    /// Makes everybody wait for `wait` from now, or longer if they have to already.
    pub fn pause(&self, wait: Duration) {
        self.0.state().pause(Instant::now(), wait);
    }

    /// How things stand.
    pub fn state(&self) -> GovernorState {
        let now = Instant::now();
        let state = self.0.state();
        GovernorState {
            in_flight: state.in_flight,
            concurrency: state.limit as usize,
            pace: state.pace.learned(now),
            pause: state.paused_until.saturating_duration_since(now),
            throttled: state.throttled,
        }
    }
}

/// The place of one call in flight.
#[derive(Debug)]
#[must_use = "the place is given up when the permit is dropped"]
pub struct Permit {
    shared: Arc<Shared>,
    epoch: u64,
    calls: u32,
}

impl Permit {
    /// The service answered and was not unwell.
    pub fn succeeded(self) {
        let most = self.shared.most;
        let mut state = self.shared.state();
        state.pace.succeeded(self.calls);
        state.limit = (state.limit + 0.5 / state.limit).min(most);
    }

    /// The service asked to slow down, for `after` if it said so.
    pub fn throttled(self, after: Option<Duration>) {
        let calls = self.calls;
        self.partly_throttled(calls, after);
    }

    /// The same of only so many of the calls that the request carried.
    pub fn partly_throttled(self, calls: u32, after: Option<Duration>) {
        let now = Instant::now();
        let mut state = self.shared.state();
        state.pace.succeeded(self.calls.saturating_sub(calls));
        state.throttled += 1;
        if let Some(after) = after {
            state.pause(now, after);
        }
        if self.epoch < state.epoch {
            return;
        }
        state.epoch += 1;
        state.limit = (state.limit * 0.9).max(1.0);
        state.pace.throttled(now);
        debug!(
            concurrency = state.limit as usize,
            per_second = state.pace.learned(now),
            "throttled, slowing down"
        );
    }

    /// The service is unwell and asked to be left alone for `wait`.
    pub fn unavailable(self, wait: Duration) {
        self.shared.state().pause(Instant::now(), wait);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        state.in_flight -= 1;
        if state.in_flight == 0 {
            state.idle_since = Instant::now();
        }
        drop(state);
        self.shared.changed.notify_one();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Admission {
    Granted(u64),
    Later(Instant),
    Full,
}

impl State {
    fn admit(&mut self, now: Instant, calls: u32) -> Admission {
        if self.paused_until > now {
            return Admission::Later(self.paused_until);
        }
        if self.in_flight >= self.limit as usize {
            return Admission::Full;
        }
        if let Err(at) = self.pace.claim(now, calls) {
            return Admission::Later(at);
        }
        let rested_from = self.idle_since.max(self.paused_until);
        if self.in_flight == 0 && now.saturating_duration_since(rested_from) > IDLE {
            self.pace.measure_from(now);
        }
        self.in_flight += 1;
        Admission::Granted(self.epoch)
    }

    fn pause(&mut self, now: Instant, wait: Duration) {
        self.paused_until = self.paused_until.max(now + wait);
    }
}

/// Without a call for so long, there was nothing to do: a slow pace leaves shorter gaps.
const IDLE: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests;
