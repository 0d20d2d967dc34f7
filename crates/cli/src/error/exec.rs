//! What can be in the way of a program that `exoctl exec` runs.

use std::ffi::OsString;
use std::io;

use exoctl_broker::Resource;

use super::CommandError;
use crate::exit::ExitCode;

/// Why a program was not run, or not to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExecError {
    /// No port of the loopback.
    #[error("could not open a port of this machine for the managed identity")]
    Endpoint(#[source] io::Error),
    /// The program is not there, or is none.
    #[error("could not start {}", program.display())]
    Start {
        /// The program.
        program: OsString,
        /// What the system says.
        source: io::Error,
    },
    /// Something between the program and us broke.
    #[error("could not {0} the program")]
    Program(&'static str, #[source] io::Error),
    /// A connection with a token that somebody else made.
    #[error("the connection has one access token, which is not for {0}")]
    GivenToken(Resource),
}

impl From<ExecError> for CommandError {
    fn from(error: ExecError) -> Self {
        Self::explained(ExitCode::Failed, error)
    }
}
