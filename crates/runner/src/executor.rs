//! What does the work: one method each for the beginning of an attempt, a step, and the end.

use std::fmt::Debug;

use exoctl_job::{Effect, Job};
use exoctl_store::{Claim, NewNotice};
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use serde_json::Value;

use crate::{Conclusion, Stop, Stopping};

/// A run that somebody has claimed, and the job as it was when the run was made.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The run.
    pub claim: Claim,
    /// What it does.
    pub job: Job,
    /// When the attempt began.
    pub began: Timestamp,
}

/// Carries out the steps of runs. It knows nothing of leases: it is told when to stop.
pub trait Executor: Debug + Send + Sync {
    /// Prepares an attempt: its directory, and that nothing of an earlier one still runs. Gives the
    /// place where the run's files are, or a sentence that says why there is none.
    fn begin<'a>(&'a self, attempt: &'a Attempt) -> BoxFuture<'a, Result<String, String>>;

    /// Carries out a step, the first is 0. When this returns, nothing of it runs any more, however it
    /// ended; after [`Stop::LeaseLost`] that is within moments.
    fn step<'a>(
        &'a self,
        attempt: &'a Attempt,
        index: usize,
        stopping: Stopping,
    ) -> BoxFuture<'a, StepOutcome>;

    /// Writes the record of an attempt. What is given back goes into the ledger with its end.
    fn end<'a>(
        &'a self,
        attempt: &'a Attempt,
        reports: &'a [StepReport],
        conclusion: &'a Conclusion,
    ) -> BoxFuture<'a, Closing>;

    /// The ledger has taken the end of an attempt, or has not: then the run was somebody else's already.
    fn settled<'a>(&'a self, attempt: &'a Attempt, taken: bool) -> BoxFuture<'a, ()>;
}

/// What goes into the ledger with the end of an attempt.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Closing {
    /// What there is to know about the run.
    pub summary: Value,
    /// What is told about it.
    pub notices: Vec<NewNotice>,
}

/// How a step ended, and what its program had to say about that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepOutcome {
    /// How it ended.
    pub end: StepEnd,
    /// Why, in one line.
    pub cause: Option<String>,
    /// The code by which the same cause is known everywhere.
    pub code: Option<String>,
    /// What to do about it, in one line.
    pub next_action: Option<String>,
    /// Where its output is, from the run's directory.
    pub output: Option<String>,
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepEnd {
    /// With an exit code.
    Exited(u8),
    /// By a signal of somebody else's.
    Killed(u8),
    /// Its time was up.
    TimedOut,
    /// It was told to stop, and stopped in the middle.
    Stopped(Stop),
    /// It was never started.
    NotStarted(String),
    /// An earlier attempt has done it, and it must not be done twice.
    DoneBefore,
    /// An earlier attempt has begun it, it must not be done twice, and nobody saw its end.
    UnclearBefore,
}

impl StepEnd {
    /// Whether it did what it was to do, with findings or without.
    pub const fn is_success(&self) -> bool {
        matches!(self, Self::Exited(DONE | FINDINGS) | Self::DoneBefore)
    }

    /// The exit code that says the same.
    pub const fn code(&self) -> u8 {
        match self {
            Self::Exited(code) => *code,
            Self::Killed(signal) => 128_u8.saturating_add(*signal),
            Self::TimedOut => TIMED_OUT,
            Self::Stopped(_) | Self::NotStarted(_) => FAILED,
            Self::DoneBefore => DONE,
            Self::UnclearBefore => UNKNOWN,
        }
    }
}

/// A step of an attempt, when it is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepReport {
    /// Counts from 1.
    pub number: u32,
    /// What it is called.
    pub name: String,
    /// What a repetition would do.
    pub effect: Effect,
    /// When it began.
    pub began: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// How.
    pub outcome: StepOutcome,
}

impl StepEnd {
    /// This end, without anything to say about it.
    pub fn bare(self) -> StepOutcome {
        StepOutcome { end: self, cause: None, code: None, next_action: None, output: None }
    }
}

/// The exit codes of steps and of runs.
pub(crate) const DONE: u8 = 0;
pub(crate) const FAILED: u8 = 1;
pub(crate) const FINDINGS: u8 = 3;
pub(crate) const UNAVAILABLE: u8 = 7;
pub(crate) const UNKNOWN: u8 = 14;
pub(crate) const TIMED_OUT: u8 = 124;
