//! How the jobs are.

use std::collections::BTreeMap;

use exoctl_store::{History as _, JobStatus, Ledger as _, RunId, RunQuery, RunState};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::error::CommandError;
use crate::unattended::Installation;

/// A scheduler looks every half minute, one that is called at least every ten minutes; what nobody has
/// looked at for longer than this was missed.
const MISSED: SignedDuration = SignedDuration::from_mins(30);

/// A job and its runs in short.
#[derive(Debug)]
pub(super) struct Job {
    /// Its name.
    pub(super) name: String,
    /// When it runs, in its words; none if by hand only, or if its file is gone.
    pub(super) schedule: Option<String>,
    /// Whether it has a file.
    pub(super) has_file: bool,
    /// When it runs next, in its zone.
    pub(super) next: Option<jiff::Zoned>,
    /// What the ledger knows.
    pub(super) runs: Option<JobStatus>,
    /// The occurrence that nobody has looked at.
    pub(super) missed: Option<Timestamp>,
    /// The occurrence for which there is no good run although there should be.
    pub(super) late: Option<Timestamp>,
}

/// Looks at all jobs that have a file or runs; gives those files too that are no jobs.
pub(super) async fn look(
    here: &Installation,
    profiles: &[String],
    now: Timestamp,
) -> Result<(Vec<Job>, Vec<String>), CommandError> {
    let known = here.ledger.jobs().await?;
    let mut known: BTreeMap<String, JobStatus> =
        known.into_iter().map(|status| (status.job.clone(), status)).collect();
    let (mut jobs, mut broken) = (Vec::new(), Vec::new());
    for read in here.files.all()? {
        match read {
            Ok(file) => {
                let name = file.job.name.to_string();
                let decided = here.ledger.decided(&name).await?;
                let runs = known.remove(&name);
                let mut job = of_file(&file.job, runs, &decided, profiles, now);
                if let Some(due) = late(&file.job, job.runs.as_ref(), now) {
                    job.late = has_run_by(here, &file.job, due).await?.then_some(due);
                }
                jobs.push(job);
            }
            Err(error) => broken.push(error.to_string()),
        }
    }
    jobs.extend(known.into_values().map(|runs| Job {
        name: runs.job.clone(),
        schedule: None,
        has_file: false,
        next: None,
        runs: Some(runs),
        missed: None,
        late: None,
    }));
    Ok((jobs, broken))
}

fn of_file(
    job: &exoctl_job::Job,
    runs: Option<JobStatus>,
    decided: &BTreeMap<String, Timestamp>,
    profiles: &[String],
    now: Timestamp,
) -> Job {
    let meant = job.profiles.of(profiles);
    let next = meant.iter().filter_map(|tenant| job.next_start(tenant, now)).min();
    let last_until = |until: Option<Timestamp>| job.schedule.as_ref()?.last_until(until?);
    let paused = runs.as_ref().is_some_and(|runs| runs.paused.is_some());
    // Of the tenants that somebody has looked at, the one that was left alone longest.
    let looked = meant.iter().filter_map(|tenant| decided.get(*tenant)).min().copied();
    let missed = last_until(now.checked_sub(MISSED).ok())
        .filter(|due| !paused && looked.is_some_and(|looked| *due > looked));
    Job {
        name: job.name.to_string(),
        schedule: job.schedule.as_ref().map(ToString::to_string),
        has_file: true,
        next: next.map(|at| at.to_zoned(job.zone())),
        runs,
        missed,
        late: None,
    }
}

/// The last occurrence for which there should be a good run by now, and is none.
fn late(job: &exoctl_job::Job, runs: Option<&JobStatus>, now: Timestamp) -> Option<Timestamp> {
    let until = now.checked_sub(job.late_after?.signed()).ok()?;
    let due = job.schedule.as_ref()?.last_until(until)?;
    let success = runs.and_then(|runs| runs.last_success);
    success.is_none_or(|success| success < due).then_some(due)
}

/// Whether the job had a run by the time at which that of an occurrence would have been late. A job that
/// is younger has not missed it.
async fn has_run_by(
    here: &Installation,
    job: &exoctl_job::Job,
    due: Timestamp,
) -> Result<bool, CommandError> {
    let after = job.late_after.map_or(SignedDuration::ZERO, exoctl_job::Duration::signed);
    let query = RunQuery {
        job: Some(job.name.to_string()),
        before: Some(RunId::floor(due.saturating_add(after).unwrap_or(due))),
        limit: 1,
        ..RunQuery::default()
    };
    Ok(!here.ledger.runs(&query).await?.is_empty())
}

impl Job {
    /// Whether its last run has ended well, as far as it has ended.
    pub(super) fn last_is_bad(&self) -> bool {
        let last = self.runs.as_ref().and_then(|runs| runs.last.as_ref());
        last.is_some_and(|run| run.state.needs_attention() && run.state != RunState::Unknown)
    }

    /// As JSON.
    pub(super) fn value(&self) -> Value {
        let runs = self.runs.as_ref();
        let last = runs.and_then(|runs| runs.last.as_ref()).map(|run| {
            json!({
                "run": run.id,
                "profile": run.tenant,
                "scheduled": run.scheduled,
                "trigger": run.trigger,
                "state": run.state,
                "reason": run.reason,
                "exitCode": run.exit_code,
                "startedAt": run.started_at,
                "endedAt": run.ended_at,
            })
        });
        json!({
            "name": self.name,
            "schedule": self.schedule,
            "next": self.next,
            "last": last,
            "lastSuccess": runs.and_then(|runs| runs.last_success),
            "paused": runs.and_then(|runs| runs.paused.as_ref()),
            "missed": self.missed,
            "late": self.late,
            "waiting": runs.map_or(0, |runs| runs.waiting),
            "running": runs.map_or(0, |runs| runs.running),
            "unknown": runs.map_or(0, |runs| runs.unknown),
        })
    }
}
