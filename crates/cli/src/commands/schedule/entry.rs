//! What a scheduler is told about one job, and the files that tell it.

use std::path::{Path, PathBuf};

use exoctl_job::{Action, Job};
use jiff::Timestamp;

use super::budget;
use super::options::Options;

/// A job as a scheduler sees it.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    /// The job.
    pub(super) job: &'a Job,
    /// Its file, as it is written.
    pub(super) text: &'a str,
    /// How it is installed.
    pub(super) options: &'a Options,
    /// For how many profiles it is run.
    pub(super) profiles: usize,
    /// From when on calendars are compared.
    pub(super) now: Timestamp,
}

/// A file that a scheduler reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    /// Its name.
    pub(super) name: String,
    /// What is in it.
    pub(super) bytes: Vec<u8>,
}

impl Written {
    /// A file of text.
    pub(super) fn text(name: String, text: String) -> Self {
        Self { name, bytes: text.into_bytes() }
    }
}

impl Entry<'_> {
    /// The job's name.
    pub(super) fn name(&self) -> &str {
        self.job.name.as_str()
    }

    /// What the scheduler shows.
    pub(super) fn description(&self) -> String {
        let what = self.job.description.as_deref().unwrap_or_default().replace(['\n', '\r'], " ");
        let what = what.trim();
        if what.is_empty() {
            format!("exoctl job {}", self.name())
        } else {
            format!("exoctl job {}: {what}", self.name())
        }
    }

    /// The words of the command.
    pub(super) fn command(&self) -> Vec<String> {
        let program = self.options.program.display().to_string();
        // Quiet: cron sends mail with whatever is said, and most of the time nothing is due.
        let rest = ["--quiet", "job", "run", self.name(), "--if-due"].map(str::to_owned);
        [program].into_iter().chain(rest).collect()
    }

    /// The words of the command for a scheduler that takes all but 0 for a failure.
    pub(super) fn command_that_ends_well(&self) -> Vec<String> {
        self.command().into_iter().chain(["--not-due-ok".to_owned()]).collect()
    }

    /// The variables that the command is started with, but for what a scheduler adds.
    pub(super) fn variables(&self) -> Vec<(&'static str, String)> {
        let path = |path: &Option<PathBuf>| path.as_deref().map(text);
        [
            ("EXOCTL_HOME", path(&self.options.home)),
            ("EXOCTL_JOBS", path(&self.options.jobs)),
            ("EXOCTL_LEDGER", self.options.ledger.clone()),
            ("EXOCTL_ENVIRONMENT", path(&self.options.environment)),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
    }

    /// Whether it starts programs that are not exoctl, which may make code as they run.
    pub(super) fn has_programs(&self) -> bool {
        self.job.steps.iter().any(|step| matches!(step.action, Action::Program(_)))
    }

    /// So many seconds it may take.
    pub(super) fn seconds(&self) -> i64 {
        budget::seconds(self.job, self.profiles)
    }

    /// A minute below ten that is the job's own, so that not all look at once.
    pub(super) fn minute(&self) -> u8 {
        let sum: u32 = self.name().bytes().map(u32::from).sum();
        (sum % 10) as u8
    }
}

/// A path as text; those that are none are shown as well as can be.
pub(super) fn text(path: &Path) -> String {
    path.display().to_string()
}
