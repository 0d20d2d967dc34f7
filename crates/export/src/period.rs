//! A half-open span of time in whole seconds, and what may be asked for in it.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// `[start, end)` in whole seconds, UTC. `CreationTime` has no fractions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Period {
    start: Timestamp,
    end: Timestamp,
}

/// A period that ends before it begins, or not on whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidPeriod {
    /// Nothing lies between the two.
    #[error("a period from {start} to {end} is empty")]
    Empty {
        /// The first second.
        start: Timestamp,
        /// The second after the last.
        end: Timestamp,
    },
    /// Records are dated by the second.
    #[error("{time} is not on a whole second")]
    Fraction {
        /// The time with a fraction.
        time: Timestamp,
    },
}

impl Period {
    /// From `start` on and before `end`.
    pub fn new(start: Timestamp, end: Timestamp) -> Result<Self, InvalidPeriod> {
        for time in [start, end] {
            if time.subsec_nanosecond() != 0 {
                return Err(InvalidPeriod::Fraction { time });
            }
        }
        if start >= end {
            return Err(InvalidPeriod::Empty { start, end });
        }
        Ok(Self { start, end })
    }

    /// The same from and to Unix seconds; `None` if it would be empty.
    pub fn of_seconds(start: i64, end: i64) -> Option<Self> {
        let time = |second| Timestamp::from_second(second).ok();
        Self::new(time(start)?, time(end)?).ok()
    }

    /// The first second.
    pub fn start(self) -> Timestamp {
        self.start
    }

    /// The second after the last.
    pub fn end(self) -> Timestamp {
        self.end
    }

    /// How many seconds it has, at least one.
    pub fn seconds(self) -> i64 {
        self.end.as_second() - self.start.as_second()
    }

    /// Whether a Unix second lies in it.
    pub fn has_second(self, second: i64) -> bool {
        (self.start.as_second()..self.end.as_second()).contains(&second)
    }

    /// What both have in common, if there is anything.
    pub fn common(self, other: Self) -> Option<Self> {
        Self::new(self.start.max(other.start), self.end.min(other.end)).ok()
    }

    /// Its parts between these Unix seconds; those that are not inside of it cut nothing.
    pub fn cut_at(self, seconds: &[i64]) -> Vec<Self> {
        let (start, end) = (self.start.as_second(), self.end.as_second());
        let mut edges: Vec<i64> =
            seconds.iter().copied().filter(|s| *s > start && *s < end).collect();
        edges.extend([start, end]);
        edges.sort_unstable();
        edges.dedup();
        edges.windows(2).filter_map(|pair| Self::of_seconds(pair[0], pair[1])).collect()
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.start, self.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cutting_loses_and_doubles_no_second() {
        let period = Period::of_seconds(100, 200).unwrap();
        let parts = period.cut_at(&[150, 100, 200, 151, 999, 0, 150]);
        let edges: Vec<(i64, i64)> =
            parts.iter().map(|p| (p.start().as_second(), p.end().as_second())).collect();
        assert_eq!(edges, [(100, 150), (150, 151), (151, 200)]);
        for second in 100..200 {
            assert_eq!(parts.iter().filter(|part| part.has_second(second)).count(), 1);
        }
    }

    #[test]
    fn a_period_is_not_empty_and_has_no_fractions() {
        let time = |text: &str| text.parse::<Timestamp>().unwrap();
        let (a, b) = (time("2026-10-01T00:00:00Z"), time("2026-10-01T00:00:00.5Z"));
        assert_eq!(Period::new(a, b), Err(InvalidPeriod::Fraction { time: b }));
        assert_eq!(Period::new(a, a), Err(InvalidPeriod::Empty { start: a, end: a }));
    }
}
