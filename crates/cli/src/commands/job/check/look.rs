//! What a job file names, looked for: profiles, channels, directories.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use exoctl_job::{Action, Job, Problem};
use exoctl_notify::Channels;
use jiff::{Timestamp, ToSpan as _};

use super::super::occurrences;
use super::steps;
use crate::context::Context;
use crate::error::CommandError;
use crate::job_files::JobFile;

/// What there is on this machine for jobs to name.
#[derive(Debug)]
pub(in crate::commands::job) struct Looker<'a> {
    pub(super) context: &'a Context,
    pub(super) profiles: Vec<String>,
    channels: Result<BTreeSet<String>, String>,
    data: PathBuf,
    pub(super) now: Timestamp,
}

/// What keeps a job from running, and what it runs in spite of.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) wrong: Vec<Problem>,
    pub(super) doubtful: Vec<Problem>,
}

impl<'a> Looker<'a> {
    /// Looks at the configuration once, for all files.
    pub(in crate::commands::job) fn new(context: &'a Context) -> Result<Self, CommandError> {
        let paths = context.paths()?;
        Ok(Self {
            profiles: context.profiles()?.names()?,
            channels: channels(&paths.configuration),
            data: paths.data.join("runs"),
            now: context.clock().now(),
            context,
        })
    }

    /// What is wrong with a job that was read, and what is doubtful.
    pub(super) fn look(&self, file: &JobFile) -> (Vec<Problem>, Vec<Problem>) {
        let mut found = Found::default();
        self.profiles(file, &mut found);
        self.channels(file, &mut found);
        if let Some(reason) = unwritable(&self.data) {
            let message = format!("runs cannot write to {}: {reason}", self.data.display());
            found.wrong.push(Problem::about(&file.text, &file.text, message));
        }
        period_of_another_month(file, self.now, &mut found);
        for (number, step) in file.job.steps.iter().enumerate() {
            steps::look(self, file, number, step, &mut found);
        }
        (found.wrong, found.doubtful)
    }

    /// The profiles that a job is run for, of those that there are.
    pub(super) fn meant(&self, job: &Job) -> Vec<&str> {
        job.profiles.of(&self.profiles)
    }

    fn profiles(&self, file: &JobFile, found: &mut Found) {
        let there = match self.profiles.as_slice() {
            [] => "there are none; connect first".to_owned(),
            names => format!("there are {}", names.join(", ")),
        };
        for name in file.job.profiles.unmatched(&self.profiles) {
            let quoted = format!("{name:?}");
            if name.contains(['*', '?']) {
                let message = format!("no connection is named like {name}: {there}");
                found.doubtful.push(Problem::about(&file.text, &quoted, message));
            } else {
                let message = format!("there is no connection named {name}: {there}");
                found.wrong.push(Problem::about(&file.text, &quoted, message));
            }
        }
    }

    fn channels(&self, file: &JobFile, found: &mut Found) {
        let named: BTreeSet<&str> =
            file.job.notify.iter().flat_map(|notify| &notify.to).map(AsRef::as_ref).collect();
        if named.is_empty() {
            let message = "nobody is told when it fails: there is no [notify]";
            found.doubtful.push(Problem::about(&file.text, "name", message));
        }
        for name in named {
            let message = match &self.channels {
                Ok(known) if known.contains(name) => continue,
                Ok(known) if known.is_empty() => {
                    format!("there is no channel named {name}: notify.toml describes none")
                }
                Ok(known) => {
                    let known: Vec<_> = known.iter().map(String::as_str).collect();
                    format!("there is no channel named {name}: there are {}", known.join(", "))
                }
                Err(reason) => reason.clone(),
            };
            found.wrong.push(Problem::about(&file.text, &format!("{name:?}"), message));
        }
    }
}

/// The names of the channels; none if there is no file.
fn channels(configuration: &Path) -> Result<BTreeSet<String>, String> {
    let path = configuration.join("notify.toml");
    let Ok(text) = fs::read_to_string(&path) else { return Ok(BTreeSet::new()) };
    match Channels::parse(&text, configuration) {
        Ok(channels) => Ok(channels.iter().map(|channel| channel.name.clone()).collect()),
        Err(error) => Err(format!("{} is wrong: {error}", path.display())),
    }
}

/// Why nothing can be written to a directory, or made in the one above it that is there.
fn unwritable(directory: &Path) -> Option<String> {
    let there = directory.ancestors().find(|path| path.exists())?;
    tempfile::Builder::new()
        .prefix(".exoctl")
        .tempfile_in(there)
        .err()
        .map(|error| error.to_string())
}

/// An export of the last month that begins while that month is not over in UTC, where the audit
/// log's months are.
fn period_of_another_month(file: &JobFile, now: Timestamp, found: &mut Found) {
    let job = &file.job;
    let exports = job.steps.iter().any(|step| {
        matches!(&step.action, Action::AuditExport(export) if export.period == exoctl_job::Period::LastMonth)
    });
    let differs = |at: &Timestamp| {
        let day = at.to_zoned(job.zone()).date();
        let meant = day.first_of_month().saturating_sub(1.month());
        let (begin, _) = exoctl_job::Period::LastMonth.at(*at);
        begin.to_zoned(jiff::tz::TimeZone::UTC).date() != meant
    };
    if let Some(at) =
        exports.then(|| occurrences::next(job, now, 24)).into_iter().flatten().find(differs)
    {
        let (begin, _) = exoctl_job::Period::LastMonth.at(at);
        let message = format!(
            "at {} the month is another one in UTC, and the export is of {}; let it run a day later",
            occurrences::text(job, at),
            begin.strftime("%Y-%m")
        );
        found.doubtful.push(Problem::about(&file.text, "schedule", message));
    }
}
