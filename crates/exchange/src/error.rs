//! What can come of calling a cmdlet besides its result.

use exoctl_http::TransportError;
use exoctl_identity::CredentialError;
use exoctl_model::Organization;

use crate::cmdlet::CmdletName;
use crate::cmdlet_error::CmdletError;
use crate::encoding::EncodingError;
use crate::invocation::InvalidResultSize;
use crate::trace::Trace;

/// A cmdlet that could not be called, failed, or whose result is not whole.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvokeError {
    /// The cmdlet ran, or was about to, and reported an error.
    #[error("{cmdlet} failed in {organization}")]
    Cmdlet {
        /// Which cmdlet.
        cmdlet: CmdletName,
        /// Where.
        organization: Organization,
        /// The service's words.
        source: Box<CmdletError>,
    },
    /// The parameters cannot be sent.
    #[error("could not send the parameters of {cmdlet}")]
    Parameter {
        /// Which cmdlet.
        cmdlet: CmdletName,
        /// What is wrong with which parameter.
        source: EncodingError,
    },
    /// The wanted number of rows is none.
    #[error("could not call {cmdlet}")]
    ResultSize {
        /// Which cmdlet.
        cmdlet: CmdletName,
        /// What is wrong.
        source: InvalidResultSize,
    },
    /// There is no token to call with.
    #[error("could not authenticate to {organization}")]
    Credential {
        /// Where.
        organization: Organization,
        /// Why.
        source: CredentialError,
    },
    /// The service refused the token (401), a new one too: wrong audience, or the application has
    /// neither the permission Exchange.ManageAsApp nor a role.
    #[error("{organization} refused the access token for {cmdlet}")]
    Unauthorized {
        /// Which cmdlet.
        cmdlet: CmdletName,
        /// Where.
        organization: Organization,
        /// The service's words, if any.
        source: Box<CmdletError>,
    },
    /// The application may not run the cmdlet or give one of its parameters (403), or there is no
    /// such cmdlet; the service does not tell these apart.
    #[error("the application may not run {cmdlet} in {organization}")]
    Forbidden {
        /// Which cmdlet.
        cmdlet: CmdletName,
        /// Where.
        organization: Organization,
        /// The service's words, if any.
        source: Box<CmdletError>,
    },
    /// The application has the permission and no directory role or role group that counts.
    #[error("the application has no supported role in {organization}")]
    RoleNotSupported {
        /// Where.
        organization: Organization,
        /// The service's words.
        source: Box<CmdletError>,
    },
    /// Too many requests, to the last try.
    #[error("{organization} throttled {cmdlet} {attempts} times")]
    Throttled {
        /// Which cmdlet.
        cmdlet: CmdletName,
        /// Where.
        organization: Organization,
        /// How often it was tried.
        attempts: u32,
        /// The last answer.
        source: Box<CmdletError>,
    },
    /// The service was not able to answer, to the last try.
    #[error("{organization} could not run {cmdlet} in {attempts} attempts")]
    Unavailable {
        /// Which cmdlet.
        cmdlet: CmdletName,
        /// Where.
        organization: Organization,
        /// How often it was tried.
        attempts: u32,
        /// The last answer.
        source: Box<CmdletError>,
    },
    /// The request did not get through, to the last try.
    #[error("could not reach the service for {cmdlet} in {attempts} attempts")]
    Transport {
        /// Which cmdlet.
        cmdlet: CmdletName,
        /// How often it was tried.
        attempts: u32,
        /// Why.
        source: TransportError,
    },
    /// A write was sent and nobody knows whether it was done. It is not sent again unless
    /// [`Invocation::retry_writes`](crate::Invocation::retry_writes) says so.
    #[error("{cmdlet} was sent to {organization} and may or may not have been done")]
    OutcomeUnknown {
        /// Which cmdlet.
        cmdlet: CmdletName,
        /// Where.
        organization: Organization,
        /// What came instead of an answer.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Not all rows came, and no limit was asked for.
    #[error("the result of {cmdlet} is not complete after {rows} rows: {reason}")]
    Incomplete {
        /// Which cmdlet.
        cmdlet: CmdletName,
        /// Rows that were given before.
        rows: u64,
        /// Why the rest is missing.
        reason: IncompleteReason,
        /// What the service said when asked for the rest.
        source: Option<Box<InvokeError>>,
    },
    /// A success whose body is not the JSON it should be.
    #[error("could not read the answer to {cmdlet}")]
    Malformed {
        /// Which cmdlet.
        cmdlet: CmdletName,
        /// Where and when.
        trace: Box<Trace>,
        /// Why.
        source: serde_json::Error,
    },
    /// The service redirects to a host that may not see the token.
    #[error("{organization} redirects to {location}, which is not one of the service's hosts")]
    ForeignRedirect {
        /// Where.
        organization: Organization,
        /// The redirect's target.
        location: String,
    },
    /// The module file is not what it is known to be.
    #[error("could not read the module file of {organization}: {reason}")]
    ModuleFile {
        /// Where.
        organization: Organization,
        /// What is missing.
        reason: &'static str,
    },
}

/// Why rows are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IncompleteReason {
    /// The service lost the place again and again.
    ContinuationLost,
    /// The result changed so much while it was read again that rows could not be told apart.
    ResultChanged,
    /// The service says that there are more rows and not how to get them.
    NoWayOn,
    /// The service gives the same page and the same way on again.
    Repeats,
    /// The next page is said to be on a host that may not see the token.
    ForeignContinuation,
    /// A page could not be had.
    PageFailed,
    /// The service warns that it failed while it read the result.
    ServiceFailed,
}

impl std::fmt::Display for IncompleteReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::ContinuationLost => "the service lost the place and did not find it again",
            Self::ResultChanged => "the result changed while it was read again",
            Self::NoWayOn => "the service has more and does not say how to get it",
            Self::Repeats => "the service gives the same page again and again",
            Self::ForeignContinuation => "the next page is said to be on a foreign host",
            Self::PageFailed => "the next page could not be had",
            Self::ServiceFailed => "the service warns that it did not come to the end",
        })
    }
}

/// Whose move it is after an error; a program's exit code follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The cmdlet said no: wrong value, no such object, a rule of the service.
    Failed,
    /// The call itself is wrong and was not sent.
    Usage,
    /// Token or credential.
    Authentication,
    /// Role or permission.
    Permission,
    /// Rows are missing.
    Incomplete,
    /// Throttled, or the service or the network is not available.
    Unavailable,
}

impl InvokeError {
    /// Whose move it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Cmdlet { .. }
            | Self::OutcomeUnknown { .. }
            | Self::Malformed { .. }
            | Self::ForeignRedirect { .. }
            | Self::ModuleFile { .. } => ErrorKind::Failed,
            Self::Parameter { .. } | Self::ResultSize { .. } => ErrorKind::Usage,
            Self::Credential { source, .. } if source.is_transient() => ErrorKind::Unavailable,
            Self::Credential { .. } | Self::Unauthorized { .. } => ErrorKind::Authentication,
            Self::Forbidden { .. } | Self::RoleNotSupported { .. } => ErrorKind::Permission,
            Self::Incomplete { .. } => ErrorKind::Incomplete,
            Self::Throttled { .. } | Self::Unavailable { .. } | Self::Transport { .. } => {
                ErrorKind::Unavailable
            }
        }
    }

    /// The service's own words, if it said any.
    pub fn cmdlet_error(&self) -> Option<&CmdletError> {
        match self {
            Self::Cmdlet { source, .. }
            | Self::Unauthorized { source, .. }
            | Self::Forbidden { source, .. }
            | Self::RoleNotSupported { source, .. }
            | Self::Throttled { source, .. }
            | Self::Unavailable { source, .. } => Some(source),
            Self::OutcomeUnknown { source, .. } => source.downcast_ref(),
            Self::Incomplete { source, .. } => source.as_ref().and_then(|e| e.cmdlet_error()),
            _ => None,
        }
    }

    /// Where and when, if the service answered.
    pub fn trace(&self) -> Option<&Trace> {
        match self {
            Self::Malformed { trace, .. } => Some(trace),
            other => other.cmdlet_error().map(|error| &error.trace),
        }
    }
}
