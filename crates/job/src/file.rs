//! A job as its file has it.

mod shape;

use std::ops::Range;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::due::CatchUp;
use crate::duration::Duration;
use crate::error::Problem;
use crate::job::Job;
use crate::name::JobName;
use crate::notify::Notify;
use crate::policy::{Limits, Overlap, Priority, Retention};
use crate::profiles::{Pattern, Profiles};
use crate::retry::Retry;
use crate::schedule::Schedule;
use crate::step::{Step, StepFile};

/// A job of exoctl: what runs unattended, when, for which tenants, and who is told.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "Job", transform = shape::profile_or_profiles)]
pub(crate) struct JobFile {
    /// The job's name, which is that of the file without `.toml`.
    #[schemars(with = "JobName")]
    name: Spanned<JobName>,
    /// What it is for, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// The profile that it is run for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Pattern>")]
    profile: Option<Spanned<Pattern>>,
    /// The profiles that it is run for, one run each; `*` and `?` stand for any signs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Vec<Pattern>>")]
    profiles: Option<Spanned<Vec<Pattern>>>,
    /// When it is run; without it, by hand only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    schedule: Option<Schedule>,
    /// A run that takes longer is ended, with all that it has started.
    #[serde(default = "Job::default_timeout")]
    timeout: Duration,
    /// When a failed run is tried again.
    #[serde(default)]
    retry: Retry,
    /// What happens when a run is due and the one before it is not over.
    #[serde(default)]
    overlap: Overlap,
    /// What happens to occurrences that were missed while nothing was running: `once`, `all` or
    /// `none`, or a table with `mode` and `window`.
    #[serde(default, deserialize_with = "shape::word_or_table")]
    #[schemars(schema_with = "shape::catch_up")]
    catch_up: CatchUp,
    /// Runs are delayed by up to this time, always the same for a job and a tenant.
    #[serde(default)]
    jitter: Duration,
    /// Which runs go first when there are not enough workers.
    #[serde(default)]
    priority: Priority,
    /// Doing all steps again does no harm, so that they may be repeated after an unclear end.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    idempotent: bool,
    /// So many times a run may bring down its worker before it is given up.
    #[serde(default = "Job::default_crash_limit")]
    #[schemars(range(min = 1, max = 100))]
    crash_limit: u32,
    /// There is to be a good run so long after the occurrence; if not, it is late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    late_after: Option<Duration>,
    /// How many runs of a tenant there may be at once.
    #[serde(default)]
    limits: Limits,
    /// How long what a run leaves is kept.
    #[serde(default)]
    retention: Retention,
    /// Who is told about what: a table, or several.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "shape::one_or_many"
    )]
    #[schemars(schema_with = "shape::notify")]
    notify: Vec<Notify>,
    /// What a run does, one after the other.
    #[schemars(with = "Vec<StepFile>", length(min = 1))]
    steps: Spanned<Vec<Step>>,
}

impl JobFile {
    /// The job, or what does not fit together.
    pub(crate) fn job(self, stem: &str, text: &str) -> Result<Job, Vec<Problem>> {
        let mut problems = self.faults(stem, text);
        let profiles = self.meant().map_err(|(span, message)| {
            problems.push(Problem::at(text, Some(span), message));
        });
        let Some(profiles) = profiles.ok().filter(|_| problems.is_empty()) else {
            return Err(problems);
        };
        Ok(Job {
            name: self.name.into_inner(),
            description: self.description,
            profiles,
            schedule: self.schedule,
            timeout: self.timeout,
            retry: self.retry,
            overlap: self.overlap,
            catch_up: self.catch_up,
            jitter: self.jitter,
            priority: self.priority,
            idempotent: self.idempotent,
            crash_limit: self.crash_limit,
            late_after: self.late_after,
            limits: self.limits,
            retention: self.retention,
            notify: self.notify,
            steps: self.steps.into_inner(),
        })
    }

    /// What is wrong with values that are read by themselves.
    fn faults(&self, stem: &str, text: &str) -> Vec<Problem> {
        let key = |name: &str| text.find(name).map_or(0..0, |at| at..at + name.len());
        let name = self.name.get_ref();
        let other_name =
            format!("the job is named {name} and its file {stem}.toml; they are to be the same");
        let faults = [
            (name.as_str() != stem, self.name.span(), other_name.as_str()),
            (self.steps.get_ref().is_empty(), self.steps.span(), "a job has at least one step"),
            (self.timeout.is_zero(), key("timeout"), "a run needs some time: `timeout` is zero"),
            (
                !(1..=20).contains(&self.retry.attempts),
                key("attempts"),
                "`retry.attempts` is from 1 to 20",
            ),
            (
                !(1..=100).contains(&self.crash_limit),
                key("crash-limit"),
                "`crash-limit` is from 1 to 100",
            ),
            (
                !(1..=100).contains(&self.limits.tenant_running),
                key("tenant-running"),
                "`limits.tenant-running` is from 1 to 100",
            ),
        ];
        let wrong = faults.into_iter().filter(|(is_wrong, ..)| *is_wrong);
        wrong.map(|(_, span, message)| Problem::at(text, Some(span), message)).collect()
    }

    /// The profiles that are meant, or what is wrong with how they are said, and where.
    fn meant(&self) -> Result<Profiles, (Range<usize>, &'static str)> {
        match (&self.profile, &self.profiles) {
            (Some(one), None) if one.get_ref().is_glob() => {
                Err((one.span(), "`profile` is one; patterns are in `profiles`"))
            }
            (Some(one), None) => {
                Ok(Profiles::new(vec![one.get_ref().clone()]).expect("one is more than none"))
            }
            (None, Some(several)) => Profiles::new(several.get_ref().clone())
                .ok_or((several.span(), "`profiles` is empty: the job is run for nobody")),
            (Some(_), Some(several)) => {
                Err((several.span(), "a job has either `profile` or `profiles`"))
            }
            (None, None) => Err((
                self.name.span(),
                "the job is run for nobody: `profile` or `profiles` is missing",
            )),
        }
    }
}

impl From<&Job> for JobFile {
    fn from(job: &Job) -> Self {
        let patterns: Vec<Pattern> = (&job.profiles).into();
        let one = job.profiles.only().is_some();
        let profile = patterns.first().filter(|_| one).cloned();
        Self {
            name: nowhere(job.name.clone()),
            description: job.description.clone(),
            profile: profile.map(nowhere),
            profiles: (!one).then(|| nowhere(patterns)),
            schedule: job.schedule.clone(),
            timeout: job.timeout,
            retry: job.retry.clone(),
            overlap: job.overlap,
            catch_up: job.catch_up,
            jitter: job.jitter,
            priority: job.priority,
            idempotent: job.idempotent,
            crash_limit: job.crash_limit,
            late_after: job.late_after,
            limits: job.limits,
            retention: job.retention,
            notify: job.notify.clone(),
            steps: nowhere(job.steps.clone()),
        }
    }
}

/// A value that is written and was not read.
fn nowhere<T>(value: T) -> Spanned<T> {
    Spanned::new(0..0, value)
}
