//! Errors of the libraries. What can be done about them is in the catalogue.

use std::error::Error as _;

use exoctl_certificate::{CertificateError, KeyFileError, StoreError};
use exoctl_exchange::powershell::ParseError;
use exoctl_exchange::{ErrorKind, InvokeError};
use exoctl_export::bucket::{BucketError, Refusal};
use exoctl_export::crosscheck::CrosscheckError;
use exoctl_export::manifest::ManifestError;
use exoctl_export::report::ReportError;
use exoctl_export::{ActivityError, ExportError, LedgerError, ReadError};
use exoctl_http::TransportError;
use exoctl_identity::{
    ClaimFinding, CredentialError, CredentialErrorKind, DiscoveryError, DiskTokenCacheError,
    EntraError,
};
use exoctl_mail::MailError;
use exoctl_model::{EnvironmentError, InvalidTenant, UnknownEnvironmentName};
use exoctl_sim::SimError;

use super::CommandError;
use crate::exit::ExitCode;

macro_rules! advised {
    ($($error:ty => $exit:ident),+ $(,)?) => {$(
        impl From<$error> for CommandError {
            fn from(error: $error) -> Self {
                CommandError::explained(ExitCode::$exit, error)
            }
        }
    )+};
}

advised! {
    CertificateError => Failed,
    CrosscheckError => Failed,
    DiskTokenCacheError => Failed,
    EnvironmentError => Usage,
    InvalidTenant => Usage,
    KeyFileError => Failed,
    MailError => Failed,
    ManifestError => Failed,
    ReportError => Failed,
    SimError => Failed,
    StoreError => Failed,
    TransportError => Unavailable,
    UnknownEnvironmentName => Usage,
}

impl From<InvokeError> for CommandError {
    fn from(error: InvokeError) -> Self {
        let exit = exit_of(&error);
        let reference = match (error.trace(), &error) {
            (Some(trace), _) => trace.request_id.as_ref().map(|id| {
                let server = trace.server.as_deref().unwrap_or("unknown");
                let date = trace.date.as_deref().unwrap_or("unknown");
                format!("request {id}, server {server}, {date}")
            }),
            (None, InvokeError::Credential { source, .. }) => entra_reference(source.entra()),
            (None, _) => None,
        };
        CommandError::explained(exit, error).reference(reference)
    }
}

fn exit_of(error: &InvokeError) -> ExitCode {
    match error.kind() {
        ErrorKind::Usage => ExitCode::Usage,
        ErrorKind::Authentication => ExitCode::Authentication,
        ErrorKind::Permission => ExitCode::Permission,
        ErrorKind::Incomplete => ExitCode::Incomplete,
        ErrorKind::Unavailable => ExitCode::Unavailable,
        _ => ExitCode::Failed,
    }
}

fn exit_of_activity(error: &ActivityError) -> ExitCode {
    match error {
        error if error.is_unavailable() => ExitCode::Unavailable,
        error if error.is_permission() => ExitCode::Permission,
        ActivityError::Credential(source) => credential_exit(source),
        ActivityError::Filtered | ActivityError::NotSubscribed { .. } => ExitCode::Usage,
        _ => ExitCode::Failed,
    }
}

/// What Microsoft's support asks for when no token came.
pub(super) fn entra_reference(error: Option<&EntraError>) -> Option<String> {
    let error = error?;
    let (correlation, trace) = (error.correlation_id.as_ref()?, error.trace_id.as_ref()?);
    Some(format!("correlation {correlation}, trace {trace}"))
}

impl From<ExportError> for CommandError {
    fn from(error: ExportError) -> Self {
        let stopped = error.source().and_then(|source| match source.downcast_ref::<ReadError>() {
            Some(ReadError::Stopped(source)) => Some(source),
            _ => None,
        });
        let invoke = stopped.and_then(|source| source.downcast_ref::<InvokeError>());
        let activity = stopped.and_then(|source| source.downcast_ref::<ActivityError>());
        let exit = match (&error, invoke.map(exit_of).or(activity.map(exit_of_activity))) {
            (_, Some(exit)) => exit,
            (ExportError::Source(_), None) => ExitCode::Unavailable,
            (
                ExportError::Ledger(LedgerError::OtherQuery { .. })
                | ExportError::Locked { .. }
                | ExportError::OtherSource { .. }
                | ExportError::OtherTenant { .. }
                | ExportError::Reconciled { .. }
                | ExportError::SpoolGone { .. },
                _,
            ) => ExitCode::Usage,
            _ => ExitCode::Failed,
        };
        CommandError::explained(exit, error)
    }
}

impl From<BucketError> for CommandError {
    fn from(error: BucketError) -> Self {
        let exit = match &error {
            BucketError::Settings { .. }
            | BucketError::PlainHttp { .. }
            | BucketError::OtherQuery { .. }
            | BucketError::Name { .. } => ExitCode::Usage,
            BucketError::Refused { refusal: Refusal::Denied, .. } => ExitCode::Permission,
            BucketError::Refused { refusal: Refusal::Unavailable, .. } => ExitCode::Unavailable,
            _ => ExitCode::Failed,
        };
        CommandError::explained(exit, error)
    }
}

impl From<CredentialError> for CommandError {
    fn from(error: CredentialError) -> Self {
        let exit = credential_exit(&error);
        let reference = entra_reference(error.entra());
        CommandError::explained(exit, error).reference(reference)
    }
}

/// How the program ends when there is no token and the catalogue has no row for why.
pub(super) fn credential_exit(error: &CredentialError) -> ExitCode {
    match error.kind() {
        CredentialErrorKind::Service => ExitCode::Unavailable,
        _ => ExitCode::Authentication,
    }
}

impl From<DiscoveryError> for CommandError {
    fn from(error: DiscoveryError) -> Self {
        let exit = match &error {
            DiscoveryError::Transport { .. } => ExitCode::Unavailable,
            _ => ExitCode::Authentication,
        };
        CommandError::explained(exit, error)
    }
}

/// What the token itself tells will not work.
#[derive(Debug, thiserror::Error)]
#[error("{finding}")]
pub(crate) struct ClaimsError {
    /// What is wrong with the token.
    pub(crate) finding: ClaimFinding,
}

impl From<ClaimsError> for CommandError {
    fn from(error: ClaimsError) -> Self {
        CommandError::explained(ExitCode::Permission, error)
    }
}

/// A command line with the place that is wrong.
#[derive(Debug, thiserror::Error)]
#[error("could not read the command line")]
struct Unreadable(#[source] Pointed);

#[derive(Debug, thiserror::Error)]
#[error("{message}\n{pointer}")]
struct Pointed {
    message: String,
    pointer: String,
}

impl From<ParseError> for CommandError {
    fn from(error: ParseError) -> Self {
        let help = error.help();
        let pointed = Pointed { message: error.to_string(), pointer: error.pointer() };
        let command = Self::explained_as("command-line", Unreadable(pointed));
        help.into_iter().fold(command, Self::fix_first)
    }
}
