//! What can be wrong with what the user gave, before anything is done.

use std::path::PathBuf;

use super::CommandError;
use crate::exit::ExitCode;

/// A setting with a value that it cannot have.
#[derive(Debug, thiserror::Error)]
#[error("{setting} is {value:?}; it must be {expected}")]
pub(crate) struct InvalidSetting {
    /// The option or variable.
    pub(crate) setting: &'static str,
    /// Its value.
    pub(crate) value: String,
    /// What it could be.
    pub(crate) expected: &'static str,
}

impl From<InvalidSetting> for CommandError {
    fn from(error: InvalidSetting) -> Self {
        Self::explained(ExitCode::Usage, error)
    }
}

/// A question that nobody is there to answer.
#[derive(Debug, thiserror::Error)]
#[error("there is no terminal to ask: {question}")]
pub(crate) struct NotInteractive {
    /// The question.
    pub(crate) question: String,
    /// What answers it beforehand.
    pub(crate) instead: String,
}

impl From<NotInteractive> for CommandError {
    fn from(error: NotInteractive) -> Self {
        let fix = format!("use {}", error.instead);
        Self::explained(ExitCode::Usage, error).fix_first(fix)
    }
}

/// A file of the user's that cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("could not {operation} {}", path.display())]
pub(crate) struct FileError {
    /// What was tried, as a verb.
    pub(crate) operation: &'static str,
    /// The file.
    pub(crate) path: PathBuf,
    /// What the system says.
    pub(crate) source: std::io::Error,
}

impl From<FileError> for CommandError {
    fn from(error: FileError) -> Self {
        Self::explained(ExitCode::Failed, error)
    }
}

/// A password that there is none of.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PasswordError {
    /// The variable is not there.
    #[error("the environment variable {0} has no password")]
    NotSet(String),
    /// The file or stdin has an empty first line.
    #[error("the first line of {0} is empty, there is no password in it")]
    Empty(String),
    /// Typed twice, not the same.
    #[error("the two passwords are not the same")]
    Different,
}

impl From<PasswordError> for CommandError {
    fn from(error: PasswordError) -> Self {
        Self::explained(ExitCode::Usage, error)
    }
}

/// The platform does not say where the user's files are.
#[derive(Debug, thiserror::Error)]
#[error("the system does not say where your files are")]
pub(crate) struct NoHome;

impl From<NoHome> for CommandError {
    fn from(error: NoHome) -> Self {
        Self::explained(ExitCode::Usage, error)
    }
}

/// An argument that is not UTF-8.
#[derive(Debug, thiserror::Error)]
#[error("an argument of the cmdlet is not UTF-8 text")]
pub(crate) struct NotText;

impl From<NotText> for CommandError {
    fn from(error: NotText) -> Self {
        Self::usage(error)
    }
}
