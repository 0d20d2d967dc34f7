//! What was not told. Addresses of webhooks are secrets: errors name their hosts.

use std::error::Error;
use std::path::PathBuf;

use exoctl_http::TransportError;
use exoctl_mail::MailError;

use crate::{SecretPlace, TemplateError};

/// An error of whoever opens secrets and makes transports.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// A notification that was not sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The secret is not where it should be.
    #[error("could not read {place}")]
    Secret {
        /// Where it should be.
        place: SecretPlace,
        /// Why it is not.
        source: BoxError,
    },
    /// What is in the place of the address is none, or none with https.
    #[error("what is in {place} is no address that begins with https://")]
    Address {
        /// Where it is.
        place: SecretPlace,
    },
    /// The certificate authority cannot be read.
    #[error("could not read the certificate authority {path}")]
    Authority {
        /// Where.
        path: PathBuf,
        /// Why not.
        source: BoxError,
    },
    /// The message could not be made.
    #[error("could not make the message")]
    Template(#[source] TemplateError),
    /// The mail was not sent.
    #[error("could not send the mail")]
    Mail(#[source] MailError),
    /// There is no token for Microsoft Graph.
    #[error("could not sign in to Microsoft Graph")]
    Graph(#[source] BoxError),
    /// Nobody answered.
    #[error("could not reach {host}")]
    Unreachable {
        /// Who.
        host: String,
        /// Why not.
        source: TransportError,
    },
    /// The answer is that it was not taken.
    #[error("{host} did not take the notification: {status} {answer}")]
    Refused {
        /// Who.
        host: String,
        /// The HTTP status.
        status: u16,
        /// The beginning of the answer, without what the address has.
        answer: String,
        /// How many seconds it wants to be left alone.
        after: Option<u64>,
    },
}

impl SendError {
    /// Whether trying again has no sense: somebody has to change something first.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Address { .. } | Self::Template(_) => true,
            Self::Secret { .. } | Self::Authority { .. } | Self::Graph(_) => false,
            Self::Unreachable { source, .. } => {
                matches!(source, TransportError::InvalidRequest { .. })
            }
            // 404 and 410: the webhook is gone. 200 is a check that does not exist.
            Self::Refused { status, .. } => {
                matches!(status, 200..=399 | 400 | 401 | 403 | 404 | 405 | 410 | 413 | 422)
            }
            Self::Mail(error) => match error {
                MailError::Address { .. } | MailError::Message(_) => true,
                // 4xx of SMTP is for a while, 5xx for good.
                MailError::Refused { code, .. } => code.is_some_and(|code| code >= 500),
                MailError::GraphRefused { status, .. } => {
                    matches!(status, 400 | 401 | 403 | 404 | 413)
                }
                _ => false,
            },
        }
    }

    /// How many seconds the receiver wants to be left alone.
    pub fn after(&self) -> Option<u64> {
        match self {
            Self::Refused { after, .. } => *after,
            _ => None,
        }
    }

    /// The error with its causes, in one line.
    pub fn line(&self) -> String {
        let mut line = self.to_string();
        let mut next = self.source();
        while let Some(cause) = next {
            let text = cause.to_string();
            if !line.contains(&text) {
                line.push_str(": ");
                line.push_str(&text);
            }
            next = cause.source();
        }
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}
