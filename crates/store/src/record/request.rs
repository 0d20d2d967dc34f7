//! What is asked of the ledger, and what it answers.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::{Class, Fence, NewNotice, RunId, RunState, Trigger};
use crate::{Effect, Overlap};

/// An occurrence of a job: one run for each tenant.
#[derive(Clone, Debug)]
pub struct NewOccurrence {
    /// Which job.
    pub job: String,
    /// The job as it was when this was decided; what a worker gets. Kept once per text.
    pub definition: String,
    /// The instant of the schedule, or of the asking.
    pub scheduled: Timestamp,
    /// Why.
    pub trigger: Trigger,
    /// Names an occurrence that somebody asked for; a scheduled one is named by its instant.
    pub request: Option<String>,
    /// What a repetition would do.
    pub effect: Effect,
    /// What happens if an earlier run of the same job and tenant has not ended.
    pub overlap: Overlap,
    /// How urgent.
    pub class: Class,
    /// How often its worker may be lost before it is not tried again.
    pub max_crashes: u32,
    /// One for each tenant.
    pub runs: Vec<NewRun>,
}

/// A run of an occurrence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRun {
    /// Whose.
    pub tenant: String,
    /// Not to begin before then: the instant of the schedule and the tenant's share of the jitter.
    pub due_at: Timestamp,
    /// Why it is not to run at all, if it is only to be written down.
    pub skip: Option<String>,
}

impl NewOccurrence {
    /// A scheduled occurrence of something that may be repeated, due at once.
    pub fn of<T: Into<String>>(
        job: &str,
        scheduled: Timestamp,
        tenants: impl IntoIterator<Item = T>,
    ) -> Self {
        let run = |tenant: T| NewRun { tenant: tenant.into(), due_at: scheduled, skip: None };
        Self {
            job: job.to_owned(),
            definition: String::new(),
            scheduled,
            trigger: Trigger::Schedule,
            request: None,
            effect: Effect::Read,
            overlap: Overlap::Skip,
            class: Class::Scheduled,
            max_crashes: 3,
            runs: tenants.into_iter().map(run).collect(),
        }
    }

    /// The key of a tenant's run, of which there is only one in a ledger.
    pub fn key(&self, tenant: &str) -> String {
        match &self.request {
            Some(request) => format!("{}/{request}/{tenant}", self.job),
            None => format!("{}/{}/{tenant}", self.job, self.scheduled),
        }
    }
}

/// What became of an occurrence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Created {
    /// The runs that were made.
    pub runs: Vec<NewRunState>,
    /// How many there were already.
    pub existing: usize,
    /// Runs that are to end, or have ended, because these replace them.
    pub replaced: Vec<RunId>,
}

/// A run that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRunState {
    /// Its name.
    pub run: RunId,
    /// Whose.
    pub tenant: String,
    /// Ready, or skipped.
    pub state: RunState,
}

/// Who wants runs, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimRequest {
    /// Who: the host and the process, for people.
    pub owner: String,
    /// How many at most.
    pub limit: usize,
    /// For how long without a [renewal](crate::Ledger::renew).
    pub lease: Duration,
}

/// A run that somebody may work on until its lease is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Which.
    pub run: RunId,
    /// Under which everything about it is written.
    pub fence: Fence,
    /// Names the occurrence and the tenant; the same in every attempt.
    pub key: String,
    /// Of which job.
    pub job: String,
    /// Whose.
    pub tenant: String,
    /// The job as it was when the run was made.
    pub definition: String,
    /// The instant of the schedule.
    pub scheduled: Timestamp,
    /// When it could begin.
    pub due_at: Timestamp,
    /// Why it was made.
    pub trigger: Trigger,
    /// What a repetition would do.
    pub effect: Effect,
    /// Counts from 1.
    pub attempt: u32,
    /// How often its worker was lost.
    pub crashes: u32,
    /// Where its last attempt put its files, if there was one.
    pub place: Option<String>,
}

/// What came of claiming a certain run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClaimOutcome {
    /// It is the caller's.
    Claimed(Box<Claim>),
    /// It is not.
    Refused(Refusal),
}

/// Why a run could not be claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is none of that name.
    Missing,
    /// It runs already, or has ended.
    Taken(RunState),
    /// It is to begin later.
    NotDue(Timestamp),
    /// Another run of the same job and tenant is running.
    Overlaps,
    /// The tenant has as many running as it may.
    Limit,
    /// The job or the tenant is paused, or the tenant waits after being throttled.
    Held,
}

/// A run that was given to the delivery engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admitted {
    /// Which.
    pub run: RunId,
    /// Names the occurrence and the tenant.
    pub key: String,
    /// How urgent.
    pub class: Class,
}

/// Whether a run is still the caller's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// It is, for another lease.
    Held {
        /// Why it is to end soon, if it is.
        cancel: Option<String>,
    },
    /// It is somebody else's, or has ended: stop, and write nothing more.
    Stale,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Finish {
    /// What becomes of the run.
    pub end: End,
    /// What the programs said.
    pub exit_code: Option<i32>,
    /// For people: one line, if something was wrong.
    pub reason: Option<String>,
    /// What there is to know about it.
    pub summary: Value,
    /// What is told about it, written in the same transaction.
    pub notices: Vec<NewNotice>,
    /// Whether the service throttled.
    pub throttled: Option<Throttled>,
}

/// What becomes of a run after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It is over.
    Final(RunState),
    /// It is tried again, not before then.
    Retry {
        /// When.
        at: Timestamp,
    },
}

/// The service asked to be left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttled {
    /// Nothing of the tenant begins before then.
    pub until: Option<Timestamp>,
}

impl Finish {
    /// It did what it should.
    pub fn done(exit_code: i32) -> Self {
        Self {
            end: End::Final(RunState::Done),
            exit_code: Some(exit_code),
            reason: None,
            summary: Value::Null,
            notices: Vec::new(),
            throttled: None,
        }
    }
}

/// Whether the end of an attempt was written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FinishOutcome {
    /// It was, by this call or by one before whose answer was not heard; the run is now so. That is
    /// [`RunState::Cancelled`] instead of another try if somebody wanted the run to end.
    Recorded(RunState),
    /// The run is somebody else's, or has ended. Nothing was written.
    Stale,
}

/// What came of wanting a run to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelOutcome {
    /// It had not begun, and never will.
    Cancelled,
    /// Its worker learns it with its next renewal.
    Requested,
    /// It had ended so.
    Ended(RunState),
    /// There is none of that name.
    Missing,
}

/// A run whose worker was lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reaped {
    /// Which.
    pub run: RunId,
    /// Of which job.
    pub job: String,
    /// Whose.
    pub tenant: String,
    /// Whose worker it was.
    pub owner: String,
    /// What became of it.
    pub state: RunState,
}
