//! The verdict on an answer: is it final, and if not, may it have been carried out?
//!
//! Each API has its own [`Classify`], because each signals failure differently; a new rule is
//! a match arm there and a line in its table test.

use std::borrow::Cow;
use std::fmt;
use std::fmt::Debug;
use std::time::Duration;

use http::StatusCode;
use jiff::Timestamp;

use crate::{Reached, Response, TransportError, retry_after};

/// What to do about the outcome of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Final, good or bad: hand it to the caller.
    Done,
    /// The service asks everybody to slow down; the request was not carried out.
    Throttled {
        /// How long the service wants to be left alone.
        after: Option<Duration>,
    },
    /// The request was not carried out; repeat it, writes included.
    Retry {
        /// How long the service wants to be left alone.
        after: Option<Duration>,
        /// Why.
        reason: RetryReason,
    },
    /// The request may have been carried out: repeat a read, but a write only if allowed.
    Ambiguous {
        /// How long the service wants to be left alone.
        after: Option<Duration>,
        /// Why.
        reason: RetryReason,
    },
}

/// Why a request is repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetryReason {
    /// Too many requests.
    Throttled,
    /// The token was refused; the next attempt should carry a new one.
    Unauthorized,
    /// A status that says the service is unwell.
    Status(StatusCode),
    /// No complete answer.
    Transport,
    /// Something in the body: the service's name for it.
    Service(Cow<'static, str>),
}

impl fmt::Display for RetryReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Throttled => f.write_str("throttled"),
            Self::Unauthorized => f.write_str("token refused"),
            Self::Status(status) => write!(f, "HTTP {}", status.as_u16()),
            Self::Transport => f.write_str("no complete answer"),
            Self::Service(name) => f.write_str(name),
        }
    }
}

/// One API's rules for what is worth repeating.
pub trait Classify: Debug + Send + Sync {
    /// The verdict on `outcome`; `now` is for Retry-After dates.
    fn classify(&self, outcome: &Result<Response, TransportError>, now: Timestamp) -> Verdict;

    /// Of an answer that is final: the calls in it that were throttled. Only a batch has any.
    fn throttled_within(&self, _response: &Response, _now: Timestamp) -> Option<ThrottledCalls> {
        None
    }
}

/// Calls of one request that the service did not carry out, because they were too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThrottledCalls {
    /// How many.
    pub calls: u32,
    /// How long the service wants to be left alone.
    pub after: Option<Duration>,
}

/// A request's extension: how many calls it carries, if it is a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calls(pub u32);

/// The rules of RFC 9110 and nothing else: 429 throttles; 408, 500, 502, 503, 504 and transport
/// failures are worth repeating.
#[derive(Clone, Copy, Debug, Default)]
pub struct StandardClassify;

impl Classify for StandardClassify {
    fn classify(&self, outcome: &Result<Response, TransportError>, now: Timestamp) -> Verdict {
        match outcome {
            Ok(response) => Verdict::of_status(response, now),
            Err(error) => Verdict::of_transport_error(error),
        }
    }
}

impl Verdict {
    /// The verdict by status alone.
    pub fn of_status(response: &Response, now: Timestamp) -> Self {
        let after = retry_after::of(response.headers(), now);
        match response.status() {
            StatusCode::TOO_MANY_REQUESTS => Self::Throttled { after },
            status @ (StatusCode::REQUEST_TIMEOUT
            | StatusCode::INTERNAL_SERVER_ERROR
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT) => {
                Self::Ambiguous { after, reason: RetryReason::Status(status) }
            }
            _ => Self::Done,
        }
    }

    /// The verdict on a transport failure: a transient one is repeated, and it is ambiguous if
    /// the request may have reached the service.
    pub fn of_transport_error(error: &TransportError) -> Self {
        let reason = RetryReason::Transport;
        match (error.is_transient(), error.reached()) {
            (false, _) => Self::Done,
            (true, Reached::No) => Self::Retry { after: None, reason },
            (true, Reached::Maybe) => Self::Ambiguous { after: None, reason },
        }
    }
}
