//! What is told about runs: to whom, and what is in it. It goes into the outbox with the end of the run.

use std::path::Path;
use std::sync::Arc;

use exoctl_job::Job;
use exoctl_notify::{Artifact, Cause, Channels, Event, Notice, Step, Way};
use exoctl_runner::{Attempt, Conclusion, Fate, Teller};
use exoctl_store::{Ledger, NewNotice, RunQuery, RunRow, RunState};
use jiff::Timestamp;

use super::machine;
use super::record::Record;
use crate::context::Context;
use crate::notification;

/// Writes it.
#[derive(Debug)]
pub(crate) struct Telling {
    ledger: Arc<dyn Ledger>,
    context: Arc<Context>,
}

impl Telling {
    /// From what this ledger knows of earlier runs, to the channels of this context.
    pub(crate) fn new(ledger: Arc<dyn Ledger>, context: Arc<Context>) -> Self {
        Self { ledger, context }
    }

    /// A run begins. Who watches for silence is always told.
    pub(super) async fn started(&self, attempt: &Attempt, record: &Record) {
        let channels = self.channels();
        let mut notice = of_record(record);
        notice.event = Event::Started;
        notice.started = Some(attempt.began);
        let mut told = told(&attempt.job, Event::Started);
        told.extend(watchers(&attempt.job, &channels));
        told.sort();
        told.dedup();
        let notices = notices_of(&notice, told, attempt.began);
        // That nobody is told must not keep the run from running.
        let _ = self.ledger.put_notices(&notices, self.context.clock().now()).await;
    }

    /// An attempt has ended, and the run with it or not.
    pub(super) async fn ended(
        &self,
        attempt: &Attempt,
        conclusion: &Conclusion,
        record: &Record,
        directory: &Path,
        log: String,
    ) -> Vec<NewNotice> {
        let Fate::Final(state) = conclusion.fate else { return Vec::new() };
        let now = self.context.clock().now();
        let (previous, last_success) = self.before(attempt).await;
        let job = &attempt.job;
        let mut notice = of_record(record);
        notice.started = Some(attempt.began);
        notice.ended = Some(now);
        notice.outcome = Some(state.name().to_owned());
        notice.previous = previous.map(|state| state.name().to_owned());
        notice.exit = Some(i32::from(conclusion.exit_code));
        notice.next_action.clone_from(&conclusion.next_action);
        notice.cause = cause(conclusion);
        notice.directory = Some(directory.display().to_string());
        notice.log = log;
        notice.last_success = if state == RunState::Done { Some(now) } else { last_success };
        notice.next_run = job.next_start(&attempt.claim.tenant, now);
        let channels = self.channels();
        let mut notices = Vec::new();
        for event in events(state, previous) {
            let mut told: Vec<String> = told(job, event);
            if matches!(event, Event::Success | Event::Failure | Event::Unknown) {
                told.extend(watchers(job, &channels));
            }
            told.sort();
            told.dedup();
            notices.extend(notices_of(&Notice { event, ..notice.clone() }, told, now));
        }
        notices
    }

    /// How the run before this one ended, and when one was last good.
    async fn before(&self, attempt: &Attempt) -> (Option<RunState>, Option<Timestamp>) {
        let mut query = RunQuery {
            job: Some(attempt.claim.job.clone()),
            tenant: Some(attempt.claim.tenant.clone()),
            states: ENDED.to_vec(),
            before: Some(attempt.claim.run),
            limit: 1,
            ..RunQuery::default()
        };
        let last = self.ledger.runs(&query).await.unwrap_or_default();
        query.states = vec![RunState::Done];
        let good = self.ledger.runs(&query).await.unwrap_or_default();
        (last.first().map(|run| run.state), good.first().and_then(|run| run.ended_at))
    }

    /// A file that cannot be read is told by who delivers.
    fn channels(&self) -> Channels {
        notification::channels(&self.context).unwrap_or_default()
    }

    fn job(&self, name: &str) -> Option<Job> {
        let path = self.context.paths().ok()?.jobs.join(format!("{name}.toml"));
        Job::parse(name, &std::fs::read_to_string(path).ok()?).ok()
    }
}

impl Teller for Telling {
    fn lost(&self, run: &RunRow, state: RunState) -> Vec<NewNotice> {
        let Some(job) = self.job(&run.job) else { return Vec::new() };
        let now = self.context.clock().now();
        let text = run.reason.clone().unwrap_or_else(|| "its worker was lost".to_owned());
        let notice = Notice {
            job: run.job.clone(),
            tenant: run.tenant.clone(),
            run: run.id.to_string(),
            attempt: run.attempt,
            scheduled: Some(run.scheduled),
            scheduled_local: Some(run.scheduled.to_zoned(job.zone()).to_string()),
            started: run.started_at,
            ended: Some(now),
            outcome: Some(state.name().to_owned()),
            cause: Some(Cause { code: None, text }),
            next_action: Some(format!("exoctl job logs {}", run.id)),
            directory: run.place.clone(),
            next_run: job.next_start(&run.tenant, now),
            host: run.owner.clone(),
            ..Notice::default()
        };
        let channels = self.channels();
        let mut notices = Vec::new();
        for event in events(state, None) {
            let mut told = told(&job, event);
            told.extend(watchers(&job, &channels));
            told.sort();
            told.dedup();
            notices.extend(notices_of(&Notice { event, ..notice.clone() }, told, now));
        }
        notices
    }

    fn late(
        &self,
        job: &Job,
        tenant: &str,
        scheduled: Timestamp,
        now: Timestamp,
    ) -> Vec<NewNotice> {
        let after = job.late_after.map(|after| after.to_string()).unwrap_or_default();
        let notice = Notice {
            event: Event::Late,
            job: job.name.to_string(),
            tenant: tenant.to_owned(),
            // No run is meant: the occurrence is.
            run: format!("{}-{tenant}-{}", job.name, scheduled.as_second()),
            scheduled: Some(scheduled),
            scheduled_local: Some(scheduled.to_zoned(job.zone()).to_string()),
            cause: Some(Cause {
                code: None,
                text: format!("there was no good run {after} after the time of the schedule"),
            }),
            next_action: Some(format!("exoctl job history {}", job.name)),
            next_run: job.next_start(tenant, now),
            host: Some(machine::owner()),
            ..Notice::default()
        };
        notices_of(&notice, told(job, Event::Late), now)
    }
}

/// What goes into the outbox, once for each channel.
fn notices_of(notice: &Notice, told: Vec<String>, now: Timestamp) -> Vec<NewNotice> {
    let Ok(body) = serde_json::to_value(notice) else { return Vec::new() };
    let of_channel = |channel: String| NewNotice {
        key: Some(format!("{}/{channel}", notice.id())),
        run: notice.run.parse().ok(),
        job: Some(notice.job.clone()),
        tenant: Some(notice.tenant.clone()),
        event: notice.event.name().to_owned(),
        channel,
        body: body.clone(),
        due_at: now,
    };
    told.into_iter().map(of_channel).collect()
}

/// What the end of a run is an event of.
fn events(state: RunState, previous: Option<RunState>) -> Vec<Event> {
    let good = |state: RunState| matches!(state, RunState::Done | RunState::Partial);
    let first = match state {
        RunState::Done | RunState::Partial => Some(Event::Success),
        RunState::Failed | RunState::Crashed | RunState::Expired => Some(Event::Failure),
        RunState::Unknown => Some(Event::Unknown),
        _ => None,
    };
    let recovered = good(state) && previous.is_some_and(|previous| !good(previous));
    let changed = previous.is_some_and(|previous| previous != state);
    first
        .into_iter()
        .chain(recovered.then_some(Event::Recovered))
        .chain((first.is_some() && changed).then_some(Event::Change))
        .collect()
}

/// The channels that a job names for an event.
fn told(job: &Job, event: Event) -> Vec<String> {
    let named = exoctl_job::Event::ALL.into_iter().find(|one| one.name() == event.name());
    named.into_iter().flat_map(|event| job.told(event)).map(ToString::to_string).collect()
}

/// Those of a job's channels that watch for silence, and are told of each start and each end.
fn watchers(job: &Job, channels: &Channels) -> Vec<String> {
    let watches = |name: &&exoctl_job::ChannelName| {
        let channel = channels.find(name.as_str());
        channel.is_some_and(|channel| matches!(channel.way, Way::Healthcheck(_)))
    };
    let mut names: Vec<String> = job
        .notify
        .iter()
        .flat_map(|notify| &notify.to)
        .filter(watches)
        .map(ToString::to_string)
        .collect();
    names.sort();
    names.dedup();
    names
}

fn of_record(record: &Record) -> Notice {
    let step = |step: &super::record::StepRecord| Step {
        name: step.name.clone(),
        outcome: Some(step.end.clone()),
        exit: Some(i32::from(step.exit_code)),
        seconds: u64::try_from(step.milliseconds / 1000).ok(),
    };
    let artifact = |artifact: &super::artifacts::Artifact| Artifact {
        path: artifact.path.clone(),
        bytes: artifact.bytes,
        sha256: Some(artifact.sha256.clone()),
    };
    Notice {
        job: record.job.clone(),
        tenant: record.profile.clone(),
        organization: record.identity.organization.clone(),
        run: record.run.clone(),
        attempt: record.attempts.last().map_or(1, |attempt| attempt.number),
        scheduled: Some(record.scheduled),
        scheduled_local: Some(record.scheduled_local.clone()),
        steps: record.steps.iter().map(step).collect(),
        artifacts: record.artifacts.iter().take(MOST_ARTIFACTS).map(artifact).collect(),
        host: Some(record.machine.host.clone()),
        ..Notice::default()
    }
}

fn cause(conclusion: &Conclusion) -> Option<Cause> {
    let text = conclusion.reason.clone()?;
    Some(Cause { code: conclusion.code.clone(), text })
}

const MOST_ARTIFACTS: usize = 50;
const ENDED: [RunState; 6] = [
    RunState::Done,
    RunState::Partial,
    RunState::Failed,
    RunState::Crashed,
    RunState::Unknown,
    RunState::Expired,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_what_has_changed() {
        use RunState::{Crashed, Done, Failed, Partial, Skipped, Unknown};
        let of = |state, previous| {
            events(state, previous).into_iter().map(Event::name).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(of(Done, None), "success");
        assert_eq!(of(Done, Some(Done)), "success");
        assert_eq!(of(Done, Some(Failed)), "success recovered change");
        assert_eq!(of(Partial, Some(Done)), "success change");
        assert_eq!(of(Failed, Some(Done)), "failure change");
        assert_eq!(of(Crashed, Some(Failed)), "failure change");
        assert_eq!(of(Unknown, None), "unknown");
        assert_eq!(of(Skipped, Some(Done)), "");
    }
}
