//! What can stand in the way of a rotation, and what to do about it.

use std::path::PathBuf;

use exoctl_certificate::Thumbprint;
use exoctl_model::ClientId;
use exoctl_setup::SetupError;

use crate::error::CommandError;

/// Why a certificate was not rotated.
#[derive(Debug, thiserror::Error)]
pub(super) enum RotateError {
    /// Another run has the lock.
    #[error("another rotation of the certificates of {app_id} is running")]
    Busy {
        /// The application.
        app_id: ClientId,
    },
    /// The journal is damaged.
    #[error("could not read the journal in {}", path.display())]
    Journal {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// The journal is of another version.
    #[error("the journal in {} has form {found}, which this exoctl does not read", path.display())]
    JournalFormat {
        /// The file.
        path: PathBuf,
        /// The form that it has.
        found: u64,
    },
    /// The connection has no certificate.
    #[error(
        "the connection {profile} signs in with an access token; it has no certificate to rotate"
    )]
    NoCertificate {
        /// The profile.
        profile: String,
    },
    /// An authority has issued the certificate.
    #[error(
        "the certificate {thumbprint} was issued by {issuer}; exoctl cannot issue the next one"
    )]
    Issued {
        /// The certificate.
        thumbprint: Thumbprint,
        /// Who issued it.
        issuer: String,
    },
    /// The new file would have another password, or none.
    #[error("the password of {} is needed, to give it to the file of the new key", path.display())]
    NoPassword {
        /// The file.
        path: PathBuf,
    },
    /// Nobody knows the object id.
    #[error(
        "the object id of the application {app_id} is not known here, and it may not look itself up"
    )]
    NoObjectId {
        /// The application.
        app_id: ClientId,
    },
    /// The certificate in use no longer proves anything.
    #[error("the application {app_id} has no valid certificate here to prove itself with")]
    NoProof {
        /// The application.
        app_id: ClientId,
        /// What was tried.
        source: Box<SetupError>,
    },
    /// There is an answer and no question.
    #[error("no rotation waits for an authority's answer")]
    NothingRequested,
    /// A request has been made, or more than that.
    #[error("a rotation to the certificate {new} is under way")]
    UnderWay {
        /// The new certificate.
        new: String,
    },
    /// The request's key is gone.
    #[error("the key of the request {id} is no longer in the store")]
    RequestGone {
        /// The request.
        id: String,
    },
    /// The new key is gone.
    #[error("the private key of {thumbprint} is not where the journal says")]
    KeyGone {
        /// The certificate.
        thumbprint: Thumbprint,
    },
}

impl From<RotateError> for CommandError {
    fn from(error: RotateError) -> Self {
        let app_id = match &error {
            RotateError::Busy { app_id }
            | RotateError::NoObjectId { app_id }
            | RotateError::NoProof { app_id, .. } => Some(*app_id),
            _ => None,
        };
        let command = Self::explained_as(code(&error), error);
        app_id.into_iter().fold(command, |command, app_id| command.knowing("app-id", app_id))
    }
}

/// The row of the catalogue.
fn code(error: &RotateError) -> &'static str {
    match error {
        RotateError::Busy { .. } => "rotation-busy",
        RotateError::Journal { .. } | RotateError::JournalFormat { .. } => "rotation-journal",
        RotateError::NoCertificate { .. } => "rotation-no-certificate",
        RotateError::Issued { .. } => "rotation-issued",
        RotateError::NoPassword { .. } => "rotation-password",
        RotateError::NoObjectId { .. } => "rotation-no-object-id",
        RotateError::NoProof { .. } => "rotation-no-proof",
        RotateError::NothingRequested => "rotation-nothing-requested",
        RotateError::UnderWay { .. } => "rotation-under-way",
        RotateError::RequestGone { .. } => "rotation-request-gone",
        RotateError::KeyGone { .. } => "rotation-key-gone",
    }
}
