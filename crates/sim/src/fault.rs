//! Seeded misbehaviour: which call goes wrong, and how.
//!
//! A plan is a list of rules. Whether a rule hits is a function of its seed and of how many calls it
//! has seen, so that the same calls in the same order meet the same faults. Faults of the transport
//! are drawn and done by the server, the others are drawn and done by the service that is asked.

mod bucket;
mod pattern;
mod schedule;
mod settings;
mod spec;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::call::Service;
use crate::config::mix;
use crate::directory::Lag;
use bucket::Bucket;
pub(crate) use pattern::Pattern;
use schedule::Schedule;
pub(crate) use spec::{FaultKind, ThrottleBody, When};
pub use spec::{FaultSpec, FaultSpecError};

/// What goes wrong with one call.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Fault {
    /// 429.
    Throttle {
        /// Seconds for the `Retry-After` header.
        retry_after: Option<f64>,
        /// What the body says.
        body: ThrottleBody,
    },
    /// A status of the 5xx family.
    Status {
        /// 500, 502, 503 or 504.
        status: u16,
        /// Before or after the call was executed.
        when: When,
        /// Seconds for the `Retry-After` header.
        retry_after: Option<f64>,
    },
    /// The connection breaks.
    Reset(When),
    /// The answer takes longer.
    Slow(Duration),
    /// Only this share of the answer's body arrives.
    Truncate(f64),
    /// 403 with NUL bytes that claim to be gzip.
    NulForbidden,
    /// 401, as if the token had run out.
    ExpiredToken,
    /// The continuation that this answer gives is invalid at once.
    LostContinuation,
    /// What this call writes is not found for a while.
    ReplicationDelay(Lag),
    /// Entra refuses with this code.
    Refuse(u32),
    /// The service sees none of the caller's roles.
    WrongRole,
    /// The page has only this share of its rows, and yet more follow.
    ShortPage(f64),
    /// 200 with a warning, and only this share of the rows.
    Warning {
        /// Text of the warning.
        text: String,
        /// Share of the rows that are given.
        keep: f64,
    },
}

impl Fault {
    /// The word by which rules and the request log call it.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Throttle { .. } => "throttle",
            Self::Status { .. } => "error",
            Self::Reset(_) => "reset",
            Self::Slow(_) => "slow",
            Self::Truncate(_) => "truncate",
            Self::NulForbidden => "nul403",
            Self::ExpiredToken => "expired-token",
            Self::LostContinuation => "lost-continuation",
            Self::ReplicationDelay(_) => "replication",
            Self::Refuse(_) => "refuse",
            Self::WrongRole => "wrong-role",
            Self::ShortPage(_) => "short-page",
            Self::Warning { .. } => "warning",
        }
    }
}

/// The call about which a plan is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CallContext<'a> {
    /// Which service is asked.
    pub service: &'a Service,
    /// The cmdlet it runs; rules for a path are matched with `path` when there is none.
    pub cmdlet: Option<&'a str>,
    /// The path as it was sent.
    pub path: &'a str,
    /// Whether it is one member of a batch. Throttling, 5xx and NUL bodies then hit the member, if
    /// the rule names its cmdlet.
    pub batch_member: bool,
}

/// The rules of a tenant. Can be changed while it runs.
#[derive(Debug)]
pub(crate) struct FaultPlan {
    seed: u64,
    rules: Mutex<Vec<Rule>>,
}

#[derive(Debug)]
struct Rule {
    spec: FaultSpec,
    schedule: Schedule,
    bucket: Option<Bucket>,
}

impl FaultPlan {
    /// A plan of these rules; those without a seed of their own use `seed`.
    pub(crate) fn new(specs: Vec<FaultSpec>, seed: u64) -> Self {
        let plan = Self { seed, rules: Mutex::default() };
        for spec in specs {
            plan.inject(spec);
        }
        plan
    }

    /// The fault that a service does itself with this call, if any.
    pub(crate) fn next(&self, call: &CallContext<'_>, now: Timestamp) -> Option<Fault> {
        self.draw(call, now, |kind, has_match| {
            !kind.is_transport() || (call.batch_member && has_match && kind.is_answer())
        })
    }

    /// How late what this call changes or deletes is seen, if some rule is about changes.
    pub(crate) fn next_change(&self, call: &CallContext<'_>, now: Timestamp) -> Option<Lag> {
        let about_changes =
            |kind: &FaultKind, _| matches!(kind, FaultKind::Replication(lag) if lag.changes);
        match self.draw(call, now, about_changes) {
            Some(Fault::ReplicationDelay(lag)) => Some(lag),
            _ => None,
        }
    }

    /// The code that Entra refuses this call with, if some rule says so.
    pub(crate) fn next_refusal(&self, call: &CallContext<'_>, now: Timestamp) -> Option<u32> {
        match self.draw(call, now, |kind, _| matches!(kind, FaultKind::Refuse { .. })) {
            Some(Fault::Refuse(code)) => Some(code),
            _ => None,
        }
    }

    /// The fault that the server does with this call, if any.
    pub(crate) fn next_transport(&self, call: &CallContext<'_>, now: Timestamp) -> Option<Fault> {
        // A bucket of a cmdlet's calls counts the members of a batch and not the batch as well.
        let batch = call.path.ends_with("$batch");
        self.draw(call, now, |kind, has_match| {
            kind.is_transport() && !(batch && has_match && matches!(kind, FaultKind::Bucket { .. }))
        })
    }

    /// How far Entra's clock is from the tenant's.
    pub(crate) fn entra_skew(&self) -> SignedDuration {
        self.lock().iter().fold(SignedDuration::ZERO, |sum, rule| match rule.spec.kind {
            FaultKind::Skew { seconds } => sum + SignedDuration::from_secs(seconds),
            _ => sum,
        })
    }

    /// Adds a rule.
    pub(crate) fn inject(&self, spec: FaultSpec) {
        let mut rules = self.lock();
        let seed = spec.seed.unwrap_or_else(|| mix(self.seed ^ rules.len() as u64));
        let bucket = match spec.kind {
            FaultKind::Bucket { rate, burst } => Some(Bucket::new(rate, burst)),
            _ => None,
        };
        rules.push(Rule { schedule: Schedule::new(&spec, seed), bucket, spec });
    }

    /// Removes all rules.
    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    /// The rules, each with the number of calls it has hit.
    pub(crate) fn list(&self) -> Vec<(String, u64)> {
        self.lock().iter().map(|rule| (rule.spec.to_string(), rule.schedule.hits())).collect()
    }

    /// Every rule of the stage that matches sees the call; the first that hits decides.
    fn draw(
        &self,
        call: &CallContext<'_>,
        now: Timestamp,
        stage: impl Fn(&FaultKind, bool) -> bool,
    ) -> Option<Fault> {
        let mut drawn = None;
        for rule in self.lock().iter_mut() {
            if stage(&rule.spec.kind, rule.spec.pattern.is_some()) && rule.spec.matches(call) {
                let fault = rule.draw(now);
                drawn = drawn.or(fault);
            }
        }
        drawn
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Rule>> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rule {
    fn draw(&mut self, now: Timestamp) -> Option<Fault> {
        if let Some(bucket) = &mut self.bucket {
            let wait = bucket.take(now)?;
            self.schedule.count_hit();
            return Some(Fault::Throttle { retry_after: Some(wait), body: ThrottleBody::Json });
        }
        if !self.schedule.hits_next() {
            return None;
        }
        Some(match self.spec.kind.clone() {
            FaultKind::Throttle { retry_after, body } => Fault::Throttle { retry_after, body },
            FaultKind::Error { status, when, retry_after } => {
                Fault::Status { status, when, retry_after }
            }
            FaultKind::Reset { when } => Fault::Reset(when),
            FaultKind::Slow { delay } => Fault::Slow(delay),
            FaultKind::Truncate { keep } => Fault::Truncate(keep),
            FaultKind::Nul403 => Fault::NulForbidden,
            FaultKind::ExpiredToken => Fault::ExpiredToken,
            FaultKind::LostContinuation => Fault::LostContinuation,
            FaultKind::Replication(lag) => Fault::ReplicationDelay(lag),
            FaultKind::Refuse { code } => Fault::Refuse(code),
            FaultKind::WrongRole => Fault::WrongRole,
            FaultKind::ShortPage { keep } => Fault::ShortPage(keep),
            FaultKind::Warning { text, keep } => Fault::Warning { text, keep },
            FaultKind::Bucket { .. } | FaultKind::Skew { .. } => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(specs: &[&str], seed: u64) -> FaultPlan {
        FaultPlan::new(specs.iter().map(|spec| spec.parse().unwrap()).collect(), seed)
    }

    fn call<'a>(service: &'a Service, cmdlet: &'a str) -> CallContext<'a> {
        CallContext { service, cmdlet: Some(cmdlet), path: "/adminapi", batch_member: false }
    }

    fn pattern_of_hits(plan: &FaultPlan) -> String {
        let call = call(&Service::Exchange, "Get-Mailbox");
        (0..200)
            .map(|_| {
                if plan.next_transport(&call, Timestamp::UNIX_EPOCH).is_some() { 'x' } else { '.' }
            })
            .collect()
    }

    #[test]
    fn the_same_seed_hits_the_same_calls() {
        let first = pattern_of_hits(&plan(&["throttle:rate=0.3"], 7));
        assert_eq!(first, pattern_of_hits(&plan(&["throttle:rate=0.3"], 7)));
        assert_ne!(first, pattern_of_hits(&plan(&["throttle:rate=0.3"], 8)));
        assert_eq!(
            pattern_of_hits(&plan(&["throttle:rate=0.3,seed=5"], 7)),
            pattern_of_hits(&plan(&["throttle:rate=0.3,seed=5"], 8)),
        );
        let hits = first.matches('x').count();
        assert!((40..=80).contains(&hits), "{hits} of 200 at a rate of 0.3");
    }

    #[test]
    fn after_and_count_bound_the_hits() {
        let hits = pattern_of_hits(&plan(&["error:status=503,after=5,count=3"], 1));
        assert_eq!(&hits[..10], ".....xxx..");
        assert_eq!(hits.matches('x').count(), 3);
    }

    #[test]
    fn rules_see_only_what_they_match() {
        let plan = plan(&["nul403:match=Set-*", "reset:service=entra"], 1);
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(plan.next_transport(&call(&Service::Exchange, "Get-Mailbox"), now), None);
        let set = call(&Service::Exchange, "set-mailbox");
        assert_eq!(plan.next(&set, now), None, "the server does it, not the service");
        assert_eq!(plan.next_transport(&set, now), Some(Fault::NulForbidden));
        let token =
            CallContext { cmdlet: None, path: "/x/oauth2/v2.0/token", ..call(&Service::Entra, "") };
        assert_eq!(plan.next_transport(&token, now), Some(Fault::Reset(When::Before)));
    }

    #[test]
    fn a_member_of_a_batch_is_hit_only_by_a_rule_that_names_its_cmdlet() {
        let plan = plan(&["throttle:", "error:status=503,match=Get-Mailbox"], 1);
        let member = CallContext { batch_member: true, ..call(&Service::Exchange, "Get-Mailbox") };
        let fault = plan.next(&member, Timestamp::UNIX_EPOCH);
        assert_eq!(
            fault,
            Some(Fault::Status { status: 503, when: When::Before, retry_after: None })
        );
    }

    #[test]
    fn an_empty_bucket_says_when_to_come_back() {
        let plan = plan(&["bucket:rate=2,burst=1"], 1);
        let call = call(&Service::Exchange, "Get-Mailbox");
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(plan.next_transport(&call, now), None);
        let Some(Fault::Throttle { retry_after: Some(wait), .. }) = plan.next_transport(&call, now)
        else {
            panic!("the second call must be throttled");
        };
        assert!((wait - 0.5).abs() < 1e-9, "{wait}");
        let later = now + SignedDuration::from_millis(500);
        assert_eq!(plan.next_transport(&call, later), None);
    }
}
