//! What stands in the way of installing jobs.

use std::path::PathBuf;

use crate::error::CommandError;
use crate::exit::ExitCode;

/// Why files for a scheduler cannot be made or written.
#[derive(Debug, thiserror::Error)]
pub(super) enum ScheduleError {
    /// Nothing says when it is run.
    #[error("job {0} has no schedule; it is run by hand only")]
    NoSchedule(String),
    /// Neither jobs nor `--all`.
    #[error("there is no job file with a schedule in {0}")]
    Nothing(PathBuf),
    /// A CronJob's name would be too long.
    #[error("the name of job {job} is longer than {longest} signs, which Kubernetes cannot have")]
    NameTooLong {
        /// The job.
        job: String,
        /// The most that fits.
        longest: usize,
    },
    /// No image has exoctl.
    #[error("a pod needs an image with exoctl in it")]
    NoImage,
    /// A text that cannot be in such a file.
    #[error("{what} cannot be written into a file of {kind}: {value}")]
    Unwritable {
        /// What it is.
        what: &'static str,
        /// The text.
        value: String,
        /// The scheduler.
        kind: &'static str,
    },
    /// Only root writes there.
    #[error("this account may not write {0}")]
    NoRights(PathBuf),
}

impl From<ScheduleError> for CommandError {
    fn from(error: ScheduleError) -> Self {
        let fix = match &error {
            ScheduleError::NoSchedule(_) => {
                "give it one in its file: schedule = \"daily at 02:30 Europe/Berlin\"".to_owned()
            }
            ScheduleError::Nothing(_) => {
                "see which jobs there are, and whose files are read: exoctl job list; --home, --jobs and EXOCTL_HOME choose others".to_owned()
            }
            ScheduleError::NameTooLong { .. } => {
                "give the job a shorter name: rename its file and `name` in it".to_owned()
            }
            ScheduleError::NoImage => "name it with --image registry.example/exoctl:1".to_owned(),
            ScheduleError::Unwritable { .. } => {
                "choose a path without quotes and line ends".to_owned()
            }
            ScheduleError::NoRights(_) => {
                "run the same with sudo, or write the files elsewhere with --out DIR and install them yourself".to_owned()
            }
        };
        let exit = match error {
            ScheduleError::NoRights(_) => ExitCode::Failed,
            _ => ExitCode::Usage,
        };
        Self::new(exit, error).fix(fix)
    }
}
