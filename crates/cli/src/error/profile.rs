//! Profiles that are not there or cannot be read.

use std::path::{Path, PathBuf};

use super::CommandError;
use crate::exit::ExitCode;

/// Why a named connection cannot be used or kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProfileError {
    /// A name that cannot be one.
    #[error("a connection's name has letters, digits, - and _ only, not {0:?}")]
    Name(String),
    /// No such profile.
    #[error("there is no connection named {name:?}")]
    Unknown {
        /// The name.
        name: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// There is no current profile.
    #[error("there is no connection yet")]
    NotConnected,
    /// The file is not what exoctl has written.
    #[error("could not read the connection in {}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Where it fails.
        source: toml::de::Error,
    },
    /// The profile cannot be written as TOML.
    #[error("could not write the connection {name:?} as TOML")]
    Encode {
        /// Its name.
        name: String,
        /// Why.
        source: toml::ser::Error,
    },
    /// The file system did not do it.
    #[error("could not {operation} {}", path.display())]
    Io {
        /// What was tried, as a verb.
        operation: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

impl ProfileError {
    pub(crate) fn io(operation: &'static str, path: &Path, source: std::io::Error) -> Self {
        Self::Io { operation, path: path.to_owned(), source }
    }
}

impl From<ProfileError> for CommandError {
    fn from(error: ProfileError) -> Self {
        let known = match &error {
            ProfileError::Unknown { known, .. } if !known.is_empty() => {
                Some(format!("use one of {}", known.join(", ")))
            }
            _ => None,
        };
        let command = Self::explained(ExitCode::Failed, error);
        known.into_iter().fold(command, Self::fix_first)
    }
}
