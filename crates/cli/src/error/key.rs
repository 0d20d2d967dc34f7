//! A key that cannot be had.

use std::path::PathBuf;

use exoctl_certificate::{KeyFileError, StoreError, Thumbprint};
use jiff::Timestamp;

use super::CommandError;
use crate::exit::ExitCode;

/// Why there is no key to sign in with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    /// The store does not give it.
    #[error("could not open the certificate")]
    Store(#[from] StoreError),
    /// The file cannot be read.
    #[error("could not read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file gives none.
    #[error("could not open the key in {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: KeyFileError,
    },
    /// The certificate is no longer good.
    #[error("the certificate {thumbprint} expired on {at}")]
    Expired {
        /// Which.
        thumbprint: Thumbprint,
        /// When.
        at: Timestamp,
    },
    /// The certificate is not good yet.
    #[error("the certificate {thumbprint} is not valid before {at}")]
    NotYetValid {
        /// Which.
        thumbprint: Thumbprint,
        /// From when on.
        at: Timestamp,
    },
}

impl From<KeyError> for CommandError {
    fn from(error: KeyError) -> Self {
        let exit = match &error {
            KeyError::Store(StoreError::NotFound { .. })
            | KeyError::Expired { .. }
            | KeyError::NotYetValid { .. } => ExitCode::Authentication,
            KeyError::Read { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
                ExitCode::Usage
            }
            _ => ExitCode::Failed,
        };
        CommandError::explained(exit, error)
    }
}
