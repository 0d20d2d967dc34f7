//! Which occurrences become runs.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::duration::Duration;
use crate::schedule::Schedule;

/// What becomes of occurrences that nobody was there for: the machine was off, the scheduler stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CatchUpMode {
    /// One run for all of them: that of the latest.
    #[default]
    Once,
    /// A run for each, at most a hundred, the latest.
    All,
    /// None of them is run.
    None,
}

/// What becomes of missed occurrences, and how old they may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct CatchUp {
    /// How many are run.
    pub mode: CatchUpMode,
    /// Those that are older are not run.
    pub window: Duration,
}

impl Default for CatchUp {
    fn default() -> Self {
        Self { mode: CatchUpMode::default(), window: Duration::from_days(365) }
    }
}

/// An occurrence and what becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The instant at which it was scheduled, without the jitter of its tenant.
    pub scheduled: Timestamp,
    /// What becomes of it.
    pub verdict: Verdict,
}

/// What becomes of an occurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A run. `late` is one that nobody was there for in time.
    Run {
        /// Whether it makes up for a missed one.
        late: bool,
    },
    /// No run.
    Skip(SkipReason),
}

/// Why a missed occurrence is not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SkipReason {
    /// `catch-up` is `none`.
    NotCaughtUp,
    /// A later one is run in its place.
    Coalesced,
    /// It is older than the window.
    OutsideWindow,
}

/// What was decided at an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The occurrences since the last decision, the oldest first.
    pub decisions: Vec<Decision>,
    /// Whether there were more, older ones, which are not listed and not run.
    pub more: bool,
    /// Until when all is decided now. It is kept with the decisions and given to the next call.
    pub decided_until: Timestamp,
}

/// So late an occurrence still counts as on time: schedulers that call every ten minutes are.
pub(crate) const ON_TIME: SignedDuration = SignedDuration::from_mins(15);

/// So many occurrences are decided at once, at most.
pub(crate) const MOST: usize = 100;

/// A clock that was moved back by more than this was wrong before. By less, it was put right, and
/// nothing is decided until it is again where it was.
pub(crate) const PUT_RIGHT: SignedDuration = SignedDuration::from_hours(24);

/// Decides about the occurrences after `decided_until` and up to `now`.
///
/// Nothing but the arguments counts, so that it does not matter who decides, where and after which
/// downtime. Without `decided_until` the job is seen for the first time: it has no past, and
/// nothing is due. Two that decide at once decide the same; who creates runs names them by
/// [`crate::occurrence_key`] and creates each once. That is also why a clock that was moved back
/// far begins anew: what has a run already gets no second one.
pub fn due(
    schedule: &Schedule,
    catch_up: &CatchUp,
    decided_until: Option<Timestamp>,
    now: Timestamp,
) -> Due {
    let nothing = |decided_until| Due { decisions: Vec::new(), more: false, decided_until };
    let Some(since) = decided_until else { return nothing(now) };
    if now <= since {
        return nothing(if since.duration_since(now) > PUT_RIGHT { now } else { since });
    }
    let mut decisions = Vec::new();
    let mut until = now;
    let more = loop {
        match schedule.last_until(until).filter(|at| *at > since) {
            None => break false,
            Some(_) if decisions.len() == MOST => break true,
            Some(scheduled) => {
                let verdict = judge(scheduled, decisions.len(), catch_up, now);
                decisions.push(Decision { scheduled, verdict });
                until = scheduled - SignedDuration::from_nanos(1);
            }
        }
    };
    decisions.reverse();
    Due { decisions, more, decided_until: now }
}

/// What becomes of an occurrence after which `later` others have come.
fn judge(scheduled: Timestamp, later: usize, catch_up: &CatchUp, now: Timestamp) -> Verdict {
    let age = now.duration_since(scheduled);
    let late = age > ON_TIME;
    match catch_up.mode {
        _ if late && age > catch_up.window.signed() => Verdict::Skip(SkipReason::OutsideWindow),
        CatchUpMode::None if late => Verdict::Skip(SkipReason::NotCaughtUp),
        CatchUpMode::None | CatchUpMode::Once if later > 0 => Verdict::Skip(SkipReason::Coalesced),
        _ => Verdict::Run { late },
    }
}
