//! What can stand in the way of a rotation, and what to do about it.

use std::path::PathBuf;

use exoctl_certificate::Thumbprint;
use exoctl_model::ClientId;
use exoctl_setup::SetupError;

use crate::error::CommandError;
use crate::exit::ExitCode;

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
        let fixes = fixes(&error);
        let exit = match &error {
            RotateError::Busy { .. } => ExitCode::Unavailable,
            RotateError::Journal { .. }
            | RotateError::JournalFormat { .. }
            | RotateError::KeyGone { .. }
            | RotateError::RequestGone { .. } => ExitCode::Failed,
            RotateError::NoProof { .. } => ExitCode::Authentication,
            RotateError::NoObjectId { .. } => ExitCode::Permission,
            _ => ExitCode::Usage,
        };
        fixes.iter().fold(Self::new(exit, error), |command, fix| command.fix(*fix))
    }
}

fn fixes(error: &RotateError) -> &'static [&'static str] {
    match error {
        RotateError::Busy { .. } => &["let it end; this command can be run again at any time"],
        RotateError::Journal { .. } | RotateError::JournalFormat { .. } => &[
            "put the file back from a backup, or move it away: then nothing is known of earlier rotations, and `exoctl app show` shows what the application has",
        ],
        RotateError::NoCertificate { .. } => {
            &["choose another connection: exoctl cert rotate --profile NAME"]
        }
        RotateError::Issued { .. } => &[
            "write a request: exoctl cert rotate --csr-out exo.csr; have the authority answer it; then: exoctl cert rotate --complete ANSWER",
            "or take a self-signed certificate from now on: add --self-signed",
        ],
        RotateError::NoPassword { .. } => {
            &["give it with --password-file FILE or --password-env NAME, as at the connect"]
        }
        RotateError::NoObjectId { .. } => &[
            "have an administrator sign in this once, later runs know it: exoctl cert rotate --as-admin",
            "or name it; the portal shows it as \"Object ID\" of the app registration: --object-id GUID",
        ],
        RotateError::NoProof { .. } => {
            &["have an administrator sign in to do it: exoctl cert rotate --as-admin"]
        }
        RotateError::NothingRequested => &[
            "write a request first: exoctl cert rotate --csr-out exo.csr",
            "for a certificate that is not to replace another one: exoctl cert complete ANSWER",
        ],
        RotateError::UnderWay { .. } => &["finish it first: exoctl cert rotate"],
        RotateError::RequestGone { .. } => {
            &["write a new request: exoctl cert rotate --csr-out exo.csr"]
        }
        RotateError::KeyGone { .. } => {
            &["put it back: exoctl cert import FILE; `exoctl cert list` shows what there is"]
        }
    }
}
