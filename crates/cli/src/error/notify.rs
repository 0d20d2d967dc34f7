//! What can be in the way of telling somebody.

use std::path::PathBuf;

use exoctl_notify::{ChannelError, SendError, TemplateError};

use super::CommandError;
use crate::exit::ExitCode;

/// Why somebody was not told.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotifyError {
    /// The channels cannot be read.
    #[error("could not read the channels in {}", path.display())]
    Channels {
        /// Where they are.
        path: PathBuf,
        /// What is wrong.
        source: ChannelError,
    },
    /// There is no such channel.
    #[error("there is no channel {name} in {}", path.display())]
    NoChannel {
        /// Its name.
        name: String,
        /// Where it would be.
        path: PathBuf,
    },
    /// A template is wrong.
    #[error("could not use the templates")]
    Templates(#[source] TemplateError),
    /// A message was not taken.
    #[error("could not tell channel {channel}")]
    NotTold {
        /// Which channel.
        channel: String,
        /// Why not.
        source: SendError,
    },
}

impl From<NotifyError> for CommandError {
    fn from(error: NotifyError) -> Self {
        let exit = match &error {
            NotifyError::NotTold { source, .. } if !source.is_final() => ExitCode::Unavailable,
            NotifyError::NotTold { .. } => ExitCode::Failed,
            _ => ExitCode::Usage,
        };
        Self::explained(exit, error)
    }
}
