//! Which of the calls that a rule sees are hit: a pure function of the seed and the call's number.

use super::FaultSpec;
use crate::config::mix;

/// The calls that a rule has seen and hit.
#[derive(Debug)]
pub(super) struct Schedule {
    seed: u64,
    rate: f64,
    after: u64,
    count: Option<u64>,
    seen: u64,
    hits: u64,
}

impl Schedule {
    /// The schedule that a rule describes.
    pub(super) fn new(spec: &FaultSpec, seed: u64) -> Self {
        Self { seed, rate: spec.rate, after: spec.after, count: spec.count, seen: 0, hits: 0 }
    }

    /// Sees a call, and says whether it is hit.
    pub(super) fn hits_next(&mut self) -> bool {
        self.seen += 1;
        let spent = self.count.is_some_and(|count| self.hits >= count);
        let hit = !spent && self.seen > self.after && draw(self.seed, self.seen) < self.rate;
        self.hits += u64::from(hit);
        hit
    }

    /// Counts a hit that was decided elsewhere.
    pub(super) fn count_hit(&mut self) {
        self.hits += 1;
    }

    /// How many calls were hit.
    pub(super) const fn hits(&self) -> u64 {
        self.hits
    }
}

/// A number from 0 up to 1, excluded, for the n-th call.
fn draw(seed: u64, number: u64) -> f64 {
    (mix(mix(seed) ^ number) >> 11) as f64 / (1_u64 << 53) as f64
}
