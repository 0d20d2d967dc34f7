//! The jobs of this installation, for the scheduler.

use std::error::Error;
use std::sync::Arc;

use exoctl_runner::{Jobs, Listed, Roster};

use crate::context::Context;
use crate::job_files::{JobFile, JobFiles};

/// Reads the job files, and the names of the profiles.
#[derive(Debug)]
pub(crate) struct Files {
    files: JobFiles,
    context: Arc<Context>,
}

impl Files {
    /// Those of a directory, for the profiles of this context.
    pub(crate) fn new(files: JobFiles, context: Arc<Context>) -> Self {
        Self { files, context }
    }
}

impl Jobs for Files {
    fn read(&self) -> Result<Roster, Box<dyn Error + Send + Sync>> {
        let mut roster = Roster::default();
        for file in self.files.all()? {
            match file {
                Ok(JobFile { job, text, .. }) => roster.jobs.push(Listed { job, definition: text }),
                Err(error) => roster.problems.push(with_causes(&error)),
            }
        }
        let profiles = self.context.profiles().map_err(|error| error.message())?;
        roster.profiles = profiles.names()?;
        Ok(roster)
    }
}

/// An error and its causes in one line.
fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}
