//! What can be in the way of a program.

use std::ffi::OsString;
use std::io;

use exoctl_broker::{InvalidResource, Resource};

use crate::error::CommandError;
use crate::exit::ExitCode;

/// Why a program was not run.
#[derive(Debug, thiserror::Error)]
pub(super) enum ExecError {
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
    /// A resource that is kept in a profile, or written in an environment file, and is none.
    #[error("a resource of this connection is not valid")]
    Resource(#[source] InvalidResource),
    /// A connection with a token that somebody else made.
    #[error("the connection has one access token, which is not for {0}")]
    GivenToken(Resource),
}

impl From<ExecError> for CommandError {
    fn from(error: ExecError) -> Self {
        match &error {
            ExecError::Start { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                let pwsh = matches!(&error, ExecError::Start { program, .. } if program == "pwsh");
                let missing = Self::new(ExitCode::Program(127), error);
                if pwsh {
                    missing.fix("install PowerShell 7: https://aka.ms/powershell")
                } else {
                    missing.fix("check the spelling, or give the whole path")
                }
            }
            ExecError::Start { .. } => Self::new(ExitCode::Program(126), error),
            ExecError::Resource(_) => Self::usage(error),
            ExecError::GivenToken(_) => Self::usage(error)
                .fix("connect with a certificate: exoctl Connect-ExchangeOnline -CertificateThumbprint THUMBPRINT -AppId APP-ID -Organization TENANT.onmicrosoft.com"),
            ExecError::Endpoint(_) | ExecError::Program(..) => Self::failed(error),
        }
    }
}
