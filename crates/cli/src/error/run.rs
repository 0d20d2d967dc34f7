//! What can be in the way of runs, and of those who ask about them.

use std::io;
use std::net::SocketAddr;

use exoctl_store::{InvalidPlace, RunState, StoreError};

use super::CommandError;
use crate::exit::ExitCode;

/// Why a run was not made, or is not there.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    /// No run of that id.
    #[error("there is no run {run:?}, nor a run of a job of that name")]
    Unknown {
        /// What was asked for.
        run: String,
    },
    /// Several runs of that beginning.
    #[error("several runs begin with {run:?}")]
    Ambiguous {
        /// What was asked for.
        run: String,
    },
    /// It ran elsewhere, or its log is kept no longer.
    #[error("the log of run {run} is not on this machine")]
    NoLog {
        /// Its id.
        run: String,
    },
    /// Only an unknown outcome can be said by a human.
    #[error("the outcome of run {run} is known, it is {state}")]
    NotUnknown {
        /// Its id.
        run: String,
        /// How it ended.
        state: RunState,
    },
    /// Neither a job nor a profile.
    #[error("neither a job nor a profile was named")]
    NothingToPause,
    /// The profile is none of the job's.
    #[error("the job {job} is not run for the profile {profile}")]
    NotItsProfile {
        /// The job.
        job: String,
        /// The profile.
        profile: String,
    },
    /// There is no profile that the job names.
    #[error("there is no profile that the job {job} could be run for")]
    NoProfile {
        /// The job.
        job: String,
    },
    /// What `EXOCTL_LEDGER` says is no place.
    #[error("EXOCTL_LEDGER does not say where a ledger is")]
    LedgerPlace(#[source] InvalidPlace),
    /// graphile_worker works on PostgreSQL only.
    #[error("--delivery graphile needs a ledger on PostgreSQL")]
    NotShared,
    /// The port is not to be had.
    #[error("could not listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// Others could reach it.
    #[error("{address} can be reached from other machines")]
    NotLoopback {
        /// The address.
        address: SocketAddr,
    },
}

impl RunError {
    /// Its row of the catalogue.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } | Self::Ambiguous { .. } => "run-unknown",
            Self::NoLog { .. } => "run-log-elsewhere",
            Self::NotUnknown { .. } => "run-not-unknown",
            Self::NothingToPause => "pause-what",
            Self::NotItsProfile { .. } | Self::NoProfile { .. } => "job-no-profile",
            Self::LedgerPlace(_) | Self::NotShared => "ledger-place",
            Self::Listen { .. } | Self::NotLoopback { .. } => "listen-address",
        }
    }
}

impl From<RunError> for CommandError {
    fn from(error: RunError) -> Self {
        Self::explained(ExitCode::Usage, error)
    }
}

/// Its row of the catalogue.
pub(crate) fn ledger_code(error: &StoreError) -> &'static str {
    match error {
        StoreError::Newer { .. } => "ledger-newer",
        StoreError::NetworkFileSystem { .. } => "ledger-network-file-system",
        _ => "ledger-unavailable",
    }
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        Self::explained(ExitCode::Unavailable, error)
    }
}
