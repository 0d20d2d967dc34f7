//! What there is to read about runs, jobs and tenants.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::{Class, Fence, RunId, RunState, Trigger};
use crate::Effect;

/// A run.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunRow {
    /// Its name.
    pub id: RunId,
    /// Names the occurrence and the tenant.
    pub key: String,
    /// Of which job.
    pub job: String,
    /// Whose.
    pub tenant: String,
    /// The instant of the schedule.
    pub scheduled: Timestamp,
    /// When it could begin, or can begin again.
    pub due_at: Timestamp,
    /// Why it was made.
    pub trigger: Trigger,
    /// What a repetition would do.
    pub effect: Effect,
    /// How urgent.
    pub class: Class,
    /// How far it is.
    pub state: RunState,
    /// Why it is so, for people.
    pub reason: Option<String>,
    /// How often it began, apart from those that were handed back.
    pub attempt: u32,
    /// How often its worker was lost.
    pub crashes: u32,
    /// How often that may happen.
    pub max_crashes: u32,
    /// Of its last claim.
    pub fence: Fence,
    /// Who works on it, or did last.
    pub owner: Option<String>,
    /// Until when its worker may be silent.
    pub lease_until: Option<Timestamp>,
    /// Why it is to end, if somebody wants that.
    pub cancel: Option<String>,
    /// Where its files are.
    pub place: Option<String>,
    /// What its programs said.
    pub exit_code: Option<i32>,
    /// What there is to know about it.
    pub summary: Value,
    /// When it was written down.
    pub created_at: Timestamp,
    /// When its last attempt began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// Which runs, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunQuery {
    /// Only this job's.
    pub job: Option<String>,
    /// Only this tenant's.
    pub tenant: Option<String>,
    /// Only those that are so far; none are all.
    pub states: Vec<RunState>,
    /// Only older ones: the last of the page before.
    pub before: Option<RunId>,
    /// Only those that were made since then.
    pub since: Option<Timestamp>,
    /// Only those whose name begins so.
    pub prefix: Option<String>,
    /// How many at most; 0 is 100.
    pub limit: usize,
}

/// An attempt of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AttemptRow {
    /// Of which run.
    pub run: RunId,
    /// Under which it wrote.
    pub fence: Fence,
    /// Counts from 1.
    pub number: u32,
    /// Who.
    pub owner: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// How: a state of runs, `retry`, `released` or `lost`.
    pub outcome: Option<String>,
    /// What its programs said.
    pub exit_code: Option<i32>,
}

/// A step of an attempt. Written before it begins, so that one that never ended is seen.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StepRow {
    /// Counts from 1.
    pub number: u32,
    /// What it is called.
    pub name: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// What its program said.
    pub exit_code: Option<i32>,
    /// Where its output is, from the run's directory.
    pub log: Option<String>,
    /// What there is to know about it. `{"repeatable": true}` is a step that may be done again: a run that
    /// loses its worker in such a step is not unknown.
    pub summary: Value,
}

/// A job's runs in short.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JobStatus {
    /// Which job.
    pub job: String,
    /// Whether it is paused.
    pub paused: Option<Pause>,
    /// Its latest run.
    pub last: Option<RunRow>,
    /// When a run of it last did what it should.
    pub last_success: Option<Timestamp>,
    /// How many of its runs wait.
    pub waiting: u64,
    /// How many of its runs run.
    pub running: u64,
    /// Whose outcome nobody knows.
    pub unknown: u64,
}

/// Who stopped something, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pause {
    /// Since when.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// Why.
    pub reason: Option<String>,
}

/// How many runs of a tenant may be running.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TenantLimit {
    /// At most, when the service does not throttle.
    pub max_running: u32,
    /// At most now: halved when the service throttles, one more for each five minutes after.
    pub allowed: u32,
    /// Nothing begins before then.
    pub held_until: Option<Timestamp>,
}

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TenantRow {
    /// The name of its profile.
    pub name: String,
    /// How many of its runs are with a worker or on the way to one.
    pub running: u32,
    /// How many may be.
    pub limit: TenantLimit,
    /// Whether it is paused.
    pub paused: Option<Pause>,
}

/// The ledger in numbers, for metrics.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Stats {
    /// Runs that wait, due or not.
    pub ready: u64,
    /// Runs that the delivery engine has.
    pub admitted: u64,
    /// Runs with a worker.
    pub running: u64,
    /// Runs whose outcome nobody knows.
    pub unknown: u64,
    /// Since when the run has been due that has waited longest.
    pub oldest_due: Option<Timestamp>,
    /// Tenants that may do less than usual because the service throttled.
    pub throttled_tenants: u64,
    /// Tenants that are paused.
    pub paused_tenants: u64,
    /// Notifications that wait or are being sent.
    pub notices_waiting: u64,
    /// Notifications that were given up.
    pub notices_failed: u64,
    /// What the ledger takes on the disk.
    pub bytes: u64,
}
