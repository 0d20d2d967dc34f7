//! What can go wrong with certificates on the command line, and what to do about it.

use std::path::PathBuf;

use exoctl_certificate::{
    CompleteError, GenerateError, InvalidName, InvalidThumbprint, KeyFileError, StoreError,
};

use crate::error::CommandError;
use crate::exit::ExitCode;

/// Why a certificate command failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum CertError {
    /// A subject that is no name.
    #[error("could not read the subject \"{text}\"")]
    Subject {
        /// What was typed.
        text: String,
        /// What is wrong with it.
        source: InvalidName,
    },
    /// A thumbprint that is none.
    #[error("\"{text}\" is neither a file nor a thumbprint")]
    Thumbprint {
        /// What was typed.
        text: String,
        /// What is wrong with it.
        source: InvalidThumbprint,
    },
    /// A time that is none.
    #[error("could not read the time \"{text}\"")]
    Time {
        /// What was typed.
        text: String,
        /// What is wrong with it.
        source: jiff::Error,
    },
    /// No key or certificate could be made.
    #[error("could not make the certificate")]
    Generate(#[from] GenerateError),
    /// A file cannot be used.
    #[error("could not use {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: KeyFileError,
    },
    /// No store has the certificate.
    #[error("could not find the certificate")]
    NotFound(#[source] StoreError),
    /// An output file is there already.
    #[error("{} is there already and was not overwritten", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A password that is for nothing.
    #[error("--password-… and --no-password mean something only for a file with a private key")]
    PasswordForNothing,
    /// Private keys do not go to stdout.
    #[error("a private key is not written to stdout")]
    KeyToStdout,
    /// There is no request that waits.
    #[error("no request waits for the certificate in {}", path.display())]
    NoRequest {
        /// The authority's answer.
        path: PathBuf,
        /// Why the request that comes nearest is not answered.
        source: Option<CompleteError>,
    },
    /// The store does not exist on this system.
    #[error("there is no store of .NET's own on this system")]
    NoDotnetStore,
}

impl From<CertError> for CommandError {
    fn from(error: CertError) -> Self {
        let fixes = fixes(&error);
        let path = match &error {
            CertError::File { path, .. } => Some(path.display().to_string()),
            _ => None,
        };
        let command = match code(&error) {
            Some(code) => Self::explained_as(code, error),
            None => Self::explained(ExitCode::Failed, error),
        };
        let command = path.into_iter().fold(command, |command, path| command.knowing("path", path));
        fixes.iter().rev().fold(command, |command, fix| command.fix_first(*fix))
    }
}

/// The row of the catalogue, unless the cause tells.
fn code(error: &CertError) -> Option<&'static str> {
    Some(match error {
        CertError::Subject { .. } | CertError::Time { .. } | CertError::Generate(_) => {
            "certificate-wish"
        }
        CertError::Thumbprint { .. }
        | CertError::PasswordForNothing
        | CertError::KeyToStdout
        | CertError::NoDotnetStore => "certificate-argument",
        CertError::Exists { .. } => "file-exists",
        CertError::NoRequest { .. } => "no-request",
        CertError::File { .. } | CertError::NotFound(_) => return None,
    })
}

/// What the row is too general for.
fn fixes(error: &CertError) -> &'static [&'static str] {
    match error {
        CertError::Subject { .. } => &["write it as in: --subject \"CN=EXO Reporting,O=Contoso\""],
        CertError::Thumbprint { .. } => &["`exoctl cert list` shows what there is"],
        CertError::Time { .. } => &["write it as in: --valid-for 1y, 6mo, 180d"],
        CertError::KeyToStdout => &["name a file with --out"],
        CertError::NoDotnetStore => &["leave --store dotnet out"],
        _ => &[],
    }
}
