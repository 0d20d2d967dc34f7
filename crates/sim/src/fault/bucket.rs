//! A token bucket: so many calls a second, with a burst.

use jiff::Timestamp;

/// A bucket that starts full.
#[derive(Debug)]
pub(super) struct Bucket {
    /// Tokens a second.
    rate: f64,
    burst: f64,
    tokens: f64,
    filled: Option<Timestamp>,
}

impl Bucket {
    /// A full bucket of `burst` calls that gains `rate` calls a second.
    pub(super) fn new(rate: f64, burst: f64) -> Self {
        Self { rate, burst, tokens: burst, filled: None }
    }

    /// Takes a call out of the bucket, or says after how many seconds there is one.
    pub(super) fn take(&mut self, now: Timestamp) -> Option<f64> {
        let passed = self.filled.map_or(0.0, |filled| now.duration_since(filled).as_secs_f64());
        self.filled = Some(now);
        self.tokens = (self.tokens + passed.max(0.0) * self.rate).min(self.burst);
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return None;
        }
        Some((1.0 - self.tokens) / self.rate)
    }
}
