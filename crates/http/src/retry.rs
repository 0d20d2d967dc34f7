//! [`Retrying`]: repeats a request as its verdicts say. Waiting is tokio's time, chance is an
//! argument, so a test of an hour takes a millisecond and always goes the same way.

use std::convert::Infallible;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use exoctl_model::Clock;
use futures_util::future::BoxFuture;
use tokio::time::{Instant, sleep};
use tracing::debug;

use crate::{
    Calls, Classify, Governor, Request, Response, RetryReason, Transport, TransportError, Verdict,
};

/// What repeating a request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Changes nothing; may be repeated at will.
    Read,
    /// Changes something; is not repeated once it may have been carried out.
    Write,
    /// Changes something, and whoever asks says that it may be carried out twice.
    RepeatableWrite,
}

/// How often and how patiently to repeat.
#[derive(Clone, Debug, PartialEq)]
pub struct RetryPolicy {
    /// Tries in all, the first one included.
    pub attempts: u32,
    /// The wait before the second try; it doubles from then on.
    pub first: Duration,
    /// The longest wait of our own choosing. The service may ask for a longer one.
    pub longest: Duration,
    /// How much of a wait is left to chance, 0 to 1: with 0.5, a wait of 4 s is 2 to 4 s.
    pub jitter: f64,
    /// No try starts later than this after the first one.
    pub deadline: Option<Duration>,
    /// Repeat writes even if they may have been carried out.
    pub repeat_ambiguous_writes: bool,
}

impl Default for RetryPolicy {
    /// As the Exchange module does it: six tries, 2 s doubling; half of it jitter; 30 minutes.
    fn default() -> Self {
        Self {
            attempts: 6,
            first: Duration::from_secs(2),
            longest: Duration::from_secs(64),
            jitter: 0.5,
            deadline: Some(Duration::from_mins(30)),
            repeat_ambiguous_writes: false,
        }
    }
}

impl RetryPolicy {
    /// One try and no more.
    pub fn never() -> Self {
        Self { attempts: 1, ..Self::default() }
    }

    /// The wait after the failed try `attempt` (from 1); `chance` is from 0 to below 1.
    pub fn wait(&self, attempt: u32, chance: f64) -> Duration {
        let doubled = 2_u32.saturating_pow(attempt.saturating_sub(1));
        let wait = self.first.saturating_mul(doubled).min(self.longest);
        wait.mul_f64(1.0 - self.jitter.clamp(0.0, 1.0) * chance.clamp(0.0, 1.0))
    }
}

/// A source of chance.
pub trait Random: Debug + Send + Sync {
    /// A number from 0 to below 1.
    fn fraction(&self) -> f64;
}

/// Chance as the process has it.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fraction(&self) -> f64 {
        fastrand::f64()
    }
}

/// No chance at all: always the same number. For tests.
#[derive(Clone, Copy, Debug, Default)]
pub struct FixedRandom(pub f64);

impl Random for FixedRandom {
    fn fraction(&self) -> f64 {
        self.0
    }
}

/// Which try it is, for the one who makes its request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// From 1.
    pub number: u32,
    /// Why the try before this one was not the last.
    pub previous: Option<RetryReason>,
}

/// The last outcome and how it came about.
#[derive(Debug)]
pub struct Attempted {
    /// The outcome of the last try.
    pub outcome: Result<Response, TransportError>,
    /// Tries made.
    pub attempts: u32,
    /// Set if the last verdict was to try again, but something forbade it.
    pub gave_up: Option<GaveUp>,
    /// Whether one of the tries may have been carried out although no answer said so.
    pub ambiguous: bool,
}

/// What forbade another try.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GaveUp {
    /// The policy's tries are used up.
    Attempts(RetryReason),
    /// The next try would start after the policy's deadline.
    Deadline(RetryReason),
    /// A write that may have been carried out.
    AmbiguousWrite(RetryReason),
}

impl GaveUp {
    /// Why another try was wanted.
    pub fn reason(&self) -> &RetryReason {
        match self {
            Self::Attempts(reason) | Self::Deadline(reason) | Self::AmbiguousWrite(reason) => {
                reason
            }
        }
    }
}

/// Sends requests, again if need be.
#[derive(Clone, Debug)]
pub struct Retrying {
    policy: RetryPolicy,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    governor: Option<Governor>,
}

impl Retrying {
    /// Repeats as `policy` says; `clock` is for Retry-After dates.
    pub fn new(policy: RetryPolicy, clock: Arc<dyn Clock>) -> Self {
        Self { policy, clock, random: Arc::new(SystemRandom), governor: None }
    }

    /// Every try asks `governor` first and tells it of throttling.
    pub fn governed(self, governor: Governor) -> Self {
        Self { governor: Some(governor), ..self }
    }

    /// Takes its chances from `random`.
    pub fn with_random(self, random: Arc<dyn Random>) -> Self {
        Self { random, ..self }
    }

    /// The policy.
    pub fn policy(&self) -> &RetryPolicy {
        &self.policy
    }

    /// Waits as between two tries; `attempt` is the number of the one that failed.
    pub async fn pause(&self, attempt: u32, after: Option<Duration>) {
        sleep(after.unwrap_or_else(|| self.policy.wait(attempt, self.random.fraction()))).await;
    }

    /// Sends `request`, the same each time.
    pub async fn send(
        &self,
        transport: &dyn Transport,
        classify: &dyn Classify,
        effect: Effect,
        request: &Request,
    ) -> Attempted {
        let same = |_| -> BoxFuture<'_, Result<Request, Infallible>> {
            Box::pin(std::future::ready(Ok(request.clone())))
        };
        match self.send_with(transport, classify, effect, same).await {
            Ok(attempted) => attempted,
            Err(never) => match never {},
        }
    }

    /// Sends the request that `prepare` makes for each try, with a fresh token for example.
    /// A failure of `prepare` ends it.
    pub async fn send_with<'a, E>(
        &self,
        transport: &dyn Transport,
        classify: &dyn Classify,
        effect: Effect,
        mut prepare: impl FnMut(Attempt) -> BoxFuture<'a, Result<Request, E>> + Send,
    ) -> Result<Attempted, E> {
        let started = Instant::now();
        let mut attempt = Attempt { number: 1, previous: None };
        let mut ambiguous = false;
        loop {
            let request = prepare(attempt.clone()).await?;
            let (outcome, verdict) = self.once(transport, classify, request).await;
            let attempts = attempt.number;
            ambiguous |= matches!(verdict, Verdict::Ambiguous { .. });
            let again = self.decide(effect, attempts, started, verdict);
            let (wait, reason) = match again {
                Next::Stop(gave_up) => {
                    return Ok(Attempted { outcome, attempts, gave_up, ambiguous });
                }
                Next::Again { wait, reason } => (wait, reason),
            };
            debug!(attempt = attempts, %reason, milliseconds = wait.as_millis() as u64, "waiting");
            sleep(wait).await;
            attempt = Attempt { number: attempts + 1, previous: Some(reason) };
        }
    }

    async fn once(
        &self,
        transport: &dyn Transport,
        classify: &dyn Classify,
        request: Request,
    ) -> (Result<Response, TransportError>, Verdict) {
        let permit = match &self.governor {
            Some(governor) => {
                let Calls(calls) = request.extensions().get().copied().unwrap_or(Calls(1));
                Some(governor.permit_for(calls).await)
            }
            None => None,
        };
        let outcome = transport.send(request).await;
        let verdict = classify.classify(&outcome, self.clock.now());
        match (permit, &verdict) {
            (Some(permit), Verdict::Throttled { after }) => permit.throttled(*after),
            (Some(permit), Verdict::Done) => {
                let answer = outcome.as_ref().ok();
                match answer.and_then(|answer| classify.throttled_within(answer, self.clock.now()))
                {
                    Some(throttled) => permit.partly_throttled(throttled.calls, throttled.after),
                    None => permit.succeeded(),
                }
            }
            (
                Some(permit),
                Verdict::Retry { after: Some(wait), .. }
                | Verdict::Ambiguous { after: Some(wait), .. },
            ) => permit.unavailable(*wait),
            _ => {}
        }
        (outcome, verdict)
    }

    fn decide(&self, effect: Effect, attempts: u32, started: Instant, verdict: Verdict) -> Next {
        let (after, reason, ambiguous) = match verdict {
            Verdict::Done => return Next::Stop(None),
            Verdict::Throttled { after } => (after, RetryReason::Throttled, false),
            Verdict::Retry { after, reason } => (after, reason, false),
            Verdict::Ambiguous { after, reason } => (after, reason, true),
        };
        if ambiguous && effect == Effect::Write && !self.policy.repeat_ambiguous_writes {
            return Next::Stop(Some(GaveUp::AmbiguousWrite(reason)));
        }
        if attempts >= self.policy.attempts {
            return Next::Stop(Some(GaveUp::Attempts(reason)));
        }
        let wait = after.unwrap_or_else(|| self.policy.wait(attempts, self.random.fraction()));
        let late = self.policy.deadline.is_some_and(|limit| started.elapsed() + wait > limit);
        if late {
            return Next::Stop(Some(GaveUp::Deadline(reason)));
        }
        Next::Again { wait, reason }
    }
}

enum Next {
    Stop(Option<GaveUp>),
    Again { wait: Duration, reason: RetryReason },
}
