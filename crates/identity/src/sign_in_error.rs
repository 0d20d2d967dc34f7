//! Why nobody signed in.

use std::io;
use std::time::Duration;

use crate::{CredentialError, EntraError};

/// Why a human's sign-in came to nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HumanSignInError {
    /// The authority could not be asked, refused, or answered something else.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// The human said no, or is not allowed to say yes.
    #[error("the sign-in was declined")]
    Declined {
        /// The authority's words.
        source: Box<EntraError>,
    },
    /// Nobody came.
    #[error("nobody signed in within {} minutes", after.as_secs().div_ceil(60))]
    TimedOut {
        /// How long was waited.
        after: Duration,
    },
    /// There is no place for the browser to come back to.
    #[error("could not listen on this machine for the browser's return")]
    Listen {
        /// What the system says.
        source: io::Error,
    },
}

impl HumanSignInError {
    /// The authority's words, if it spoke.
    pub fn entra(&self) -> Option<&EntraError> {
        match self {
            Self::Credential(error) => error.entra(),
            Self::Declined { source } => Some(source),
            Self::TimedOut { .. } | Self::Listen { .. } => None,
        }
    }
}
