//! A job: what runs unattended.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::due::{CatchUp, Due, due};
use crate::duration::Duration;
use crate::effect::Effect;
use crate::error::{InvalidJob, Problem};
use crate::file::JobFile;
use crate::jitter::jitter;
use crate::name::JobName;
use crate::notify::{Event, Notify};
use crate::policy::{Limits, Overlap, Priority, Retention};
use crate::profiles::Profiles;
use crate::retry::Retry;
use crate::schedule::Schedule;
use crate::step::Step;

/// A job, as `jobs/NAME.toml` describes it. What each value means is said in `docs/jobs.md`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its name, which is that of its file.
    pub name: JobName,
    /// What it is for.
    pub description: Option<String>,
    /// The profiles that it is run for, one run each.
    pub profiles: Profiles,
    /// When it is run; without one, by hand only.
    pub schedule: Option<Schedule>,
    /// A run that takes longer is ended.
    pub timeout: Duration,
    /// When a failed run is tried again.
    pub retry: Retry,
    /// What happens when a run is due and the one before it is not over.
    pub overlap: Overlap,
    /// What becomes of missed occurrences.
    pub catch_up: CatchUp,
    /// The most that a run is delayed by.
    pub jitter: Duration,
    /// Which runs go first.
    pub priority: Priority,
    /// Whether the author says that doing all steps again does no harm.
    pub idempotent: bool,
    /// So many times a run may bring down its worker.
    pub crash_limit: u32,
    /// There is to be a good run so long after the occurrence.
    pub late_after: Option<Duration>,
    /// How many runs of a tenant there may be at once.
    pub limits: Limits,
    /// How long what a run leaves is kept.
    pub retention: Retention,
    /// Who is told about what.
    pub notify: Vec<Notify>,
    /// What a run does, one after the other; at least one.
    pub steps: Vec<Step>,
}

impl Job {
    /// Reads the text of a file, of which this is the name without `.toml`.
    pub fn parse(stem: &str, text: &str) -> Result<Self, InvalidJob> {
        let file: JobFile = toml::from_str(text).map_err(|error| {
            InvalidJob(vec![Problem::at(
                text,
                error.span(),
                error.message().trim().replace('\n', "; "),
            )])
        })?;
        let mut job = file.job(stem, text).map_err(InvalidJob)?;
        if job.idempotent {
            job.steps.iter_mut().for_each(|step| step.idempotent = true);
        }
        Ok(job)
    }

    /// The text of a file that says the same, with all values.
    pub fn to_toml(&self) -> String {
        toml::to_string(&JobFile::from(self)).expect("a job can be written")
    }

    /// The same values as JSON, with the keys of the file.
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::to_value(JobFile::from(self)).expect("a job can be written")
    }

    /// What it means to do all of it twice: the worst of its steps.
    pub fn effect(&self) -> Effect {
        self.steps.iter().map(Step::effect).max().unwrap_or(Effect::Read)
    }

    /// What it means to repeat a run that was in its step `at` (from 0) when it was last heard of:
    /// the worst of the steps that have begun. Those before any step have done nothing.
    pub fn effect_until(&self, at: usize) -> Effect {
        let begun = self.steps.iter().take(at + 1);
        begun.map(Step::effect).max().unwrap_or(Effect::Read)
    }

    /// The delay of its runs for a tenant; always the same.
    pub fn jitter_for(&self, tenant: &str) -> SignedDuration {
        jitter(self.name.as_str(), tenant, self.jitter)
    }

    /// Which occurrences become runs at `now`; none without a schedule. See [`due`].
    pub fn due(&self, decided_until: Option<Timestamp>, now: Timestamp) -> Due {
        match &self.schedule {
            Some(schedule) => due(schedule, &self.catch_up, decided_until, now),
            None => Due { decisions: Vec::new(), more: false, decided_until: now },
        }
    }

    /// When the next run of a tenant begins after an instant, its jitter included.
    pub fn next_start(&self, tenant: &str, after: Timestamp) -> Option<Timestamp> {
        let jitter = self.jitter_for(tenant);
        let before = after.checked_sub(jitter).ok()?;
        self.schedule.as_ref()?.next_after(before)?.checked_add(jitter).ok()
    }

    /// The zone in which its dates are meant.
    pub fn zone(&self) -> TimeZone {
        self.schedule.as_ref().map_or(TimeZone::UTC, |schedule| schedule.zone().clone())
    }

    /// Those who are told about an event.
    pub fn told(&self, event: Event) -> impl Iterator<Item = &crate::ChannelName> {
        self.notify.iter().filter(move |notify| notify.tells(event)).flat_map(|notify| &notify.to)
    }

    pub(crate) fn default_timeout() -> Duration {
        Duration::from_hours(24)
    }

    pub(crate) fn default_crash_limit() -> u32 {
        3
    }
}
