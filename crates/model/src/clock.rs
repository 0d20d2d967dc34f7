//! Time as an argument, so that expiry and renewal are tested without waiting.

use std::fmt::Debug;
use std::sync::Mutex;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// Tells the time. Library code takes one instead of asking the operating system.
pub trait Clock: Debug + Send + Sync {
    /// The current instant.
    fn now(&self) -> Timestamp;

    /// The longest that one who waits for an instant may sleep, in real time, before looking at the
    /// clock again: thirty seconds, after which a machine that was suspended or whose time was set
    /// has noticed. A clock that is moved by hand while programs run asks for less, so that a
    /// scheduler sleeps `until.min(clock.longest_sleep())` and is right with both.
    fn longest_sleep(&self) -> Duration {
        Duration::from_secs(30)
    }
}

/// The operating system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// A clock that stands still until it is moved; for tests and simulations.
#[derive(Debug)]
pub struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    /// A clock that shows `now`.
    pub fn new(now: Timestamp) -> Self {
        Self(Mutex::new(now))
    }

    /// Moves the clock by `step`, backwards if it is negative.
    pub fn advance(&self, step: SignedDuration) {
        let mut now = self.0.lock().expect("no code panics while it holds the clock");
        *now = now.saturating_add(step).expect("a duration never fails to be added");
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().expect("no code panics while it holds the clock")
    }
}
