//! How fast one may go: a fixed rate if one is given, and one learned from being throttled.
//!
//! The learned rate rests on one observation: at the moment of a 429 the service's bucket is
//! empty, so the successes between two such moments, divided by the time between them, are the
//! rate at which it fills. After each throttling the pace is set just under that, and from
//! there it creeps up, because limits are raised and the measurement may have been low. Two
//! such moments that are close to each other say little; then the measurement goes on.

use std::time::Duration;

use tokio::time::Instant;

use crate::Rate;

/// The new pace as a part of the measured one.
const BACK_OFF: f64 = 0.96;
/// Growth of the pace, per second, and how much faster it grows each second: the longer nothing
/// is refused, the likelier the pace is too low.
const GROWTH: f64 = 0.02;
const FASTER: f64 = 0.003;
/// A measurement of so many calls, or of so long, is worth something.
const ENOUGH: u32 = 50;
const LONG_ENOUGH: Duration = Duration::from_secs(3);
/// No single throttling slows down further than to this part.
const STEEPEST: f64 = 0.5;
/// No learned pace is slower than this, in requests per second.
const SLOWEST: f64 = 1.0 / 60.0;
/// How much lateness may be caught up with; timers are no finer than a millisecond.
const CATCH_UP: Duration = Duration::from_millis(50);

/// The rates, seen from the one who wants to send. Pure: time is an argument.
#[derive(Debug)]
pub(crate) struct Pace {
    fixed: Option<Bucket>,
    learned: Option<Learned>,
    /// When the measurement began: the last throttling, or the end of the last idle time.
    since: Instant,
    successes: u32,
    /// What the last measurement that was worth something gave.
    before: f64,
}

#[derive(Debug)]
struct Learned {
    per_second: f64,
    set: Instant,
    next: Instant,
}

impl Learned {
    fn now(&self, now: Instant) -> f64 {
        let elapsed = now.saturating_duration_since(self.set).as_secs_f64();
        self.per_second * (GROWTH * elapsed + FASTER * elapsed * elapsed).exp()
    }
}

impl Pace {
    pub(crate) fn new(fixed: Option<Rate>, now: Instant) -> Self {
        let fixed = fixed.map(|rate| Bucket { rate, tokens: f64::from(rate.burst), filled: now });
        Self { fixed, learned: None, since: now, successes: 0, before: 0.0 }
    }

    /// Takes a place for a request of so many calls, or says when to ask again.
    pub(crate) fn claim(&mut self, now: Instant, calls: u32) -> Result<(), Instant> {
        if let Some(learned) = &self.learned
            && learned.next > now
        {
            return Err(learned.next);
        }
        if let Some(bucket) = &mut self.fixed {
            bucket.take(now, f64::from(calls))?;
        }
        if let Some(learned) = &mut self.learned {
            let from = learned.next.max(now.checked_sub(CATCH_UP).unwrap_or(now));
            learned.next = from + Duration::from_secs_f64(f64::from(calls) / learned.now(now));
        }
        Ok(())
    }

    pub(crate) fn succeeded(&mut self, calls: u32) {
        self.successes = self.successes.saturating_add(calls);
    }

    /// After an idle time the successes before it say nothing about the service's rate.
    pub(crate) fn measure_from(&mut self, now: Instant) {
        (self.since, self.successes) = (now, 0);
    }

    pub(crate) fn throttled(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.since);
        let successes = f64::from(self.successes);
        let measured = successes / elapsed.as_secs_f64().max(0.001);
        let sure = self.successes >= ENOUGH || elapsed >= LONG_ENOUGH;
        let current = self.learned.as_ref().map(|learned| learned.now(now));
        let pace = match current {
            // Nothing got through: a service that refuses everything tells no rate, and waiting
            // is the business of the retries. Else such a time would slow us down for ever.
            Some(current) if self.successes == 0 => current,
            // While we stood still the service's bucket may have run over, and then the measurement
            // is too low: only two such in a row are believed.
            Some(current) if sure => {
                let believed = measured.max(self.before.min(current));
                self.before = measured;
                (believed * BACK_OFF).max(current * STEEPEST)
            }
            // Few calls in a short time: what they may at best stand for, and go on measuring.
            Some(current) => {
                let best = (successes + 2.0 * successes.sqrt()) / elapsed.as_secs_f64().max(0.001);
                best.clamp(current * STEEPEST, current)
            }
            None => measured * BACK_OFF,
        };
        if pace > 0.0 {
            let pace = pace.max(SLOWEST);
            let next = self.learned.as_ref().map_or(now, |learned| learned.next.max(now));
            self.learned = Some(Learned { per_second: pace, set: now, next });
        }
        if sure || current.is_none() {
            self.measure_from(now);
        }
    }

    /// Calls per second that the learned pace allows.
    pub(crate) fn learned(&self, now: Instant) -> Option<f64> {
        self.learned.as_ref().map(|learned| learned.now(now))
    }
}

/// A token bucket.
#[derive(Debug)]
struct Bucket {
    rate: Rate,
    tokens: f64,
    filled: Instant,
}

impl Bucket {
    /// Takes so many tokens at once; those that are more than the bucket holds are owed.
    fn take(&mut self, now: Instant, tokens: f64) -> Result<(), Instant> {
        let elapsed = now.saturating_duration_since(self.filled).as_secs_f64();
        let full = f64::from(self.rate.burst.max(1));
        self.tokens = (self.tokens + elapsed * self.rate.per_second).min(full);
        self.filled = now;
        let enough = tokens.min(full);
        if self.tokens >= enough - 1e-9 {
            self.tokens -= tokens;
            return Ok(());
        }
        let missing = (enough - self.tokens) / self.rate.per_second.max(1e-6);
        Err(now + Duration::from_secs_f64(missing))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_fixed_rate_allows_its_burst_and_then_its_rate() {
        let start = Instant::now();
        let mut pace = Pace::new(Some(Rate { per_second: 4.0, burst: 2 }), start);
        assert!(pace.claim(start, 1).is_ok());
        assert!(pace.claim(start, 1).is_ok());
        assert_eq!(pace.claim(start, 1), Err(start + Duration::from_millis(250)));
        assert!(pace.claim(start + Duration::from_millis(250), 1).is_ok());
        assert!(pace.claim(start + Duration::from_millis(499), 1).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_of_many_calls_takes_as_much_as_they_would() {
        let start = Instant::now();
        let mut pace = Pace::new(Some(Rate { per_second: 4.0, burst: 2 }), start);
        assert!(pace.claim(start, 10).is_ok(), "more than ever fits in the bucket is owed");
        assert_eq!(pace.claim(start, 1), Err(start + Duration::from_millis(2250)));
        let mut pace = Pace::new(None, start);
        pace.succeeded(100);
        let end = start + Duration::from_secs(10);
        pace.throttled(end);
        assert!(pace.claim(end, 10).is_ok());
        let next = pace.claim(end, 1).unwrap_err() - end;
        assert!((1.0..1.1).contains(&next.as_secs_f64()), "ten calls at ten a second: {next:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn an_hour_of_refusals_does_not_slow_down_for_ever() {
        let start = Instant::now();
        let mut pace = Pace::new(None, start);
        for _ in 0..100 {
            pace.succeeded(1);
        }
        for second in 1..3600 {
            pace.throttled(start + Duration::from_secs(second));
        }
        let learned = pace.learned(start + Duration::from_hours(1)).unwrap();
        assert!(learned > 50.0, "{learned}");
        for hour in 1..100 {
            pace.succeeded(1);
            pace.throttled(start + Duration::from_hours(hour));
        }
        assert!(pace.learned(start + Duration::from_hours(99)).unwrap() >= SLOWEST);
    }

    #[tokio::test(start_paused = true)]
    async fn the_pace_after_throttling_is_what_came_through_and_then_grows() {
        let start = Instant::now();
        let mut pace = Pace::new(None, start);
        for _ in 0..100 {
            assert!(pace.claim(start, 1).is_ok());
            pace.succeeded(1);
        }
        let end = start + Duration::from_secs(10);
        pace.throttled(end);
        let learned = pace.learned(end).unwrap();
        assert!((9.0..10.0).contains(&learned), "{learned}");
        assert!(pace.learned(end + Duration::from_secs(10)).unwrap() > 10.0);
    }

    #[tokio::test(start_paused = true)]
    async fn one_bad_measurement_does_not_bring_everything_to_a_stop() {
        let start = Instant::now();
        let mut pace = Pace::new(None, start);
        (0..100).for_each(|_| pace.succeeded(1));
        pace.throttled(start + Duration::from_secs(10));
        pace.throttled(start + Duration::from_secs(20));
        let learned = pace.learned(start + Duration::from_secs(20)).unwrap();
        assert!(learned > 4.0, "{learned}");
    }
}
