//! Why the Management Activity API did not do something.

use exoctl_http::{Response, TransportError};
use exoctl_identity::CredentialError;
use serde::Deserialize;

/// Why the feed of a tenant cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ActivityError {
    /// The service refused.
    #[error("could not {operation}")]
    Refused {
        /// What was being done.
        operation: &'static str,
        /// What it said.
        source: ActivityRefusal,
    },
    /// There was no answer.
    #[error("could not {operation}")]
    Transport {
        /// What was being done.
        operation: &'static str,
        /// Why not.
        source: TransportError,
    },
    /// There is no token.
    #[error("could not get a token for the Management Activity API")]
    Credential(#[source] CredentialError),
    /// An answer is not what answers are.
    #[error("could not read the answer when trying to {operation}")]
    Unreadable {
        /// What was being done.
        operation: &'static str,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A link leads to another host, which is not told our token.
    #[error("the service gives a link to another host: {link}")]
    ForeignLink {
        /// The link.
        link: String,
    },
    /// The pages of a list have no end.
    #[error("the list of content has no end")]
    Endless,
    /// Nobody collects these.
    #[error("there is no subscription to {}", content_types.join(", "))]
    NotSubscribed {
        /// The content types.
        content_types: Vec<String>,
    },
    /// The feed can only be had whole.
    #[error("the Management Activity API takes no record types, operations or users")]
    Filtered,
    /// It could not be kept since when there is a subscription.
    #[error("could not keep when the subscriptions were started")]
    State(#[source] std::io::Error),
}

/// What the service said.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the service answered {status}{}: {message}", if code.is_empty() { String::new() } else { format!(" {code}") })]
pub struct ActivityRefusal {
    /// The status of HTTP. Throttling is a 403 with the code `AF429`.
    pub status: u16,
    /// The service's code, `AF20022` for example; empty if it gave none.
    pub code: String,
    /// Its words.
    pub message: String,
}

impl ActivityRefusal {
    /// What an answer says that is no success.
    pub(super) fn read(response: &Response) -> Self {
        #[derive(Deserialize)]
        struct Body {
            error: Said,
        }
        #[derive(Deserialize)]
        struct Said {
            code: String,
            #[serde(default)]
            message: String,
        }
        let status = response.status().as_u16();
        if let Ok(Body { error }) = serde_json::from_slice(response.body()) {
            return Self { status, code: error.code, message: error.message };
        }
        let text = String::from_utf8_lossy(response.body());
        let message: String = text.chars().filter(|c| !c.is_control()).take(300).collect();
        Self { status, code: String::new(), message }
    }
}

impl ActivityError {
    /// The service's code, if it refused with one.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { source, .. } => Some(&source.code),
            _ => None,
        }
    }

    /// Whether the service is busy or not well.
    pub fn is_unavailable(&self) -> bool {
        self.code() == Some("AF429") || self.is_unanswered()
    }

    /// Whether there was no answer, or one that says to try again.
    pub(super) fn is_unanswered(&self) -> bool {
        match self {
            Self::Refused { source, .. } => source.code == "AF50000" || source.status >= 500,
            Self::Transport { source, .. } => source.is_transient(),
            _ => false,
        }
    }

    /// Whether the application lacks a permission.
    pub fn is_permission(&self) -> bool {
        matches!(self, Self::Refused { source, .. } if source.code == "AF10001" || (source.status == 403 && source.code != "AF429"))
    }
}
