//! Why no complete answer came, and whether the service may have acted on the request.

use std::error::Error;

use http::StatusCode;

/// The cause of a transport failure, as the network library gives it.
pub(crate) type Source = Box<dyn Error + Send + Sync>;

/// No complete answer came.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// The client could not be set up: an unreadable certificate authority, for example.
    #[error("could not set up the HTTP client")]
    Setup(#[source] Source),
    /// The request cannot be sent: its URL is not absolute or not `https`.
    #[error("could not send a request to {url:?}, an absolute https URL is needed")]
    InvalidRequest {
        /// The URL, without its query.
        url: String,
    },
    /// No connection: name resolution, routing, a closed port, a proxy, or no answer in time.
    #[error("could not connect to {host}")]
    Connect {
        /// Host and port.
        host: String,
        /// The cause.
        source: Source,
    },
    /// The TLS handshake failed: the certificate is not trusted or names another host, or
    /// no common protocol.
    #[error("could not establish a trusted TLS connection to {host}")]
    Tls {
        /// Host and port.
        host: String,
        /// The cause.
        source: Source,
    },
    /// Connected, but the answer was not complete in time.
    #[error("{host} did not answer within {} seconds", limit.as_secs_f64())]
    Timeout {
        /// Host and port.
        host: String,
        /// How long we waited.
        limit: std::time::Duration,
    },
    /// The connection ended before the answer began.
    #[error("the connection to {host} ended before an answer came")]
    Reset {
        /// Host and port.
        host: String,
        /// The cause.
        source: Source,
    },
    /// The answer began but its body ended early or does not decompress.
    #[error("the answer of {host} (HTTP {}) ended after {received} bytes, before it was complete", status.as_u16())]
    Truncated {
        /// Host and port.
        host: String,
        /// Status of the answer.
        status: StatusCode,
        /// Bytes of the body that came, as sent.
        received: u64,
        /// The cause.
        source: Source,
    },
    /// The body is larger than the limit.
    #[error("the answer of {host} (HTTP {}) is larger than {limit} bytes", status.as_u16())]
    TooLarge {
        /// Host and port.
        host: String,
        /// Status of the answer.
        status: StatusCode,
        /// The limit in bytes.
        limit: u64,
    },
}

/// Whether the service may have seen the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// It was never sent; repeating it is safe.
    No,
    /// It was sent, or may have been; a write may have been carried out.
    Maybe,
}

impl TransportError {
    /// Whether the service may have acted on the request.
    pub fn reached(&self) -> Reached {
        match self {
            Self::Setup(_)
            | Self::InvalidRequest { .. }
            | Self::Connect { .. }
            | Self::Tls { .. } => Reached::No,
            Self::Timeout { .. }
            | Self::Reset { .. }
            | Self::Truncated { .. }
            | Self::TooLarge { .. } => Reached::Maybe,
        }
    }

    /// Whether the same request may succeed later without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Connect { .. }
            | Self::Timeout { .. }
            | Self::Reset { .. }
            | Self::Truncated { .. } => true,
            Self::Setup(_)
            | Self::InvalidRequest { .. }
            | Self::Tls { .. }
            | Self::TooLarge { .. } => false,
        }
    }

    /// The status of the answer, if one began.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Truncated { status, .. } | Self::TooLarge { status, .. } => Some(*status),
            _ => None,
        }
    }
}
