//! Errors that a cmdlet reported beside its rows, and preferences that end it.

use super::CommandError;
use crate::exit::ExitCode;

/// An error that did not end the cmdlet.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Reported(pub(crate) String);

impl From<Reported> for CommandError {
    fn from(error: Reported) -> Self {
        Self::explained(ExitCode::Failed, error)
    }
}

/// `-WarningAction Stop` met a warning.
#[derive(Debug, thiserror::Error)]
#[error("-WarningAction stops at the warning: {0}")]
pub(crate) struct Stopped(pub(crate) String);

impl From<Stopped> for CommandError {
    fn from(error: Stopped) -> Self {
        Self::explained(ExitCode::Failed, error)
    }
}
