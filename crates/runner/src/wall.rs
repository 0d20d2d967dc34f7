//! Noticing that the clock was put, or that the machine slept.

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// Compares the clock on the wall with the one that only ever goes on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wall {
    time: Timestamp,
    steady: Instant,
}

impl Wall {
    /// From here on.
    pub(crate) fn new(now: Timestamp) -> Self {
        Self { time: now, steady: Instant::now() }
    }

    /// How far the clock has jumped since this was asked last, forwards or backwards. Small
    /// differences are corrections of the time and none.
    pub(crate) fn jump(&mut self, now: Timestamp) -> Option<SignedDuration> {
        let steady = Instant::now();
        let went = SignedDuration::try_from(steady - self.steady).unwrap_or(SignedDuration::MAX);
        let jump = now.duration_since(self.time) - went;
        *self = Self { time: now, steady };
        (jump.abs() >= SMALLEST).then_some(jump)
    }
}

const SMALLEST: SignedDuration = SignedDuration::from_secs(5);

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use exoctl_model::{Clock as _, ManualClock};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn only_what_the_steady_clock_does_not_know_of_is_a_jump() {
        let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
        let mut wall = Wall::new(clock.now());
        tokio::time::advance(Duration::from_hours(1)).await;
        clock.advance(SignedDuration::from_secs(3601));
        assert_eq!(wall.jump(clock.now()), None);
        clock.advance(SignedDuration::from_hours(-2));
        assert_eq!(wall.jump(clock.now()), Some(SignedDuration::from_hours(-2)));
        tokio::time::advance(Duration::from_secs(1)).await;
        clock.advance(SignedDuration::from_hours(30) + SignedDuration::from_secs(1));
        assert_eq!(wall.jump(clock.now()), Some(SignedDuration::from_hours(30)));
        assert_eq!(wall.jump(clock.now()), None);
    }
}
