//! The tenant's own clock: the system's, or a fixed one, moved at will.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// The clock of a simulated tenant. Clones show the same time.
#[derive(Debug, Clone)]
pub struct SimClock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    fixed: Option<Timestamp>,
    offset: Mutex<SignedDuration>,
}

impl SimClock {
    /// The system's clock, until it is moved.
    pub fn system() -> Self {
        Self(Arc::new(Inner { fixed: None, offset: Mutex::new(SignedDuration::ZERO) }))
    }

    /// A clock that stands still at `start` until it is moved.
    pub fn fixed(start: Timestamp) -> Self {
        Self(Arc::new(Inner { fixed: Some(start), offset: Mutex::new(SignedDuration::ZERO) }))
    }

    /// What the clock shows.
    #[expect(clippy::disallowed_methods, reason = "this is the one clock of the simulated tenant")]
    pub fn now(&self) -> Timestamp {
        let base = self.0.fixed.unwrap_or_else(Timestamp::now);
        base.saturating_add(self.offset()).expect("a signed duration never fails to add")
    }

    /// Moves the clock forward, or back with a negative duration.
    pub fn advance(&self, by: SignedDuration) {
        let mut offset = self.0.offset.lock().unwrap_or_else(PoisonError::into_inner);
        *offset = offset.saturating_add(by);
    }

    /// Whether it goes on by itself, as the system's does.
    pub fn runs(&self) -> bool {
        self.0.fixed.is_none()
    }

    /// How far the clock was moved in all.
    pub fn offset(&self) -> SignedDuration {
        *self.0.offset.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for SimClock {
    fn default() -> Self {
        Self::system()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_moves_only_when_it_is_moved() {
        let clock = SimClock::fixed("2026-01-02T03:04:05Z".parse().unwrap());
        clock.clone().advance(SignedDuration::from_mins(90));
        assert_eq!(clock.now().to_string(), "2026-01-02T04:34:05Z");
        clock.advance(SignedDuration::from_hours(-1));
        assert_eq!(clock.offset(), SignedDuration::from_mins(30));
        assert!(!clock.runs());
    }
}
