//! Jobs that are not there or whose files are wrong.

use std::path::PathBuf;

use exoctl_job::InvalidJob;

use super::{CommandError, FileError};
use crate::exit::ExitCode;

/// Why there is no job, or no new one.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JobError {
    /// No such job.
    #[error("there is no job named {name:?} in {}", directory.display())]
    Unknown {
        /// The name.
        name: String,
        /// Where it was looked for.
        directory: PathBuf,
        /// Those that there are.
        known: Vec<String>,
    },
    /// The file is no job.
    #[error("{} is not a job", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is in it.
        text: String,
        /// What is wrong, and where.
        source: InvalidJob,
    },
    /// There is one of this name already.
    #[error("there is a job named {name:?} already: {}", path.display())]
    Exists {
        /// The name.
        name: String,
        /// Its file.
        path: PathBuf,
    },
    /// A new job that has not what its template needs.
    #[error("the job cannot be written: {reason}")]
    NotWritten {
        /// What is missing or wrong.
        reason: String,
    },
    /// The preflight has found something that would fail at night.
    #[error("the job was not added: {findings} would keep it from running at night")]
    Preflight {
        /// How many things, in words.
        findings: String,
    },
    /// The file system did not do it.
    #[error(transparent)]
    File(#[from] FileError),
}

impl From<JobError> for CommandError {
    fn from(error: JobError) -> Self {
        let known = match &error {
            JobError::Unknown { known, .. } if !known.is_empty() => {
                Some(format!("use one of {}", known.join(", ")))
            }
            _ => None,
        };
        let command = Self::explained(ExitCode::Usage, error);
        known.into_iter().fold(command, Self::fix_first)
    }
}
