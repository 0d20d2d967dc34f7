//! What can obtain a token, and why it may not.

use std::fmt::Debug;
use std::sync::Arc;

use exoctl_http::{BoxFuture, TransportError};
use exoctl_model::{ClientId, Clock};
use jiff::Timestamp;

use crate::{AccessToken, AssertionError, AzureCliError, EntraError, Fingerprint, Scope};

/// Something that can obtain access tokens.
///
/// Implement it for another way to get one (a vault, a managed identity) and wrap it in
/// [`crate::CachedCredential`].
pub trait TokenCredential: Debug + Send + Sync {
    /// A token for `request`.
    fn token<'a>(
        &'a self,
        request: &'a TokenRequest,
    ) -> BoxFuture<'a, Result<AccessToken, CredentialError>>;
}

impl<T: TokenCredential + ?Sized> TokenCredential for Arc<T> {
    fn token<'a>(
        &'a self,
        request: &'a TokenRequest,
    ) -> BoxFuture<'a, Result<AccessToken, CredentialError>> {
        (**self).token(request)
    }
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenRequest {
    /// The resource.
    pub scope: Scope,
    /// Claims that the resource demanded in a challenge.
    pub claims: Option<String>,
    /// Not from a cache: the resource refused the last one.
    pub renew: bool,
    /// The token that the resource refused, so that many who were refused with the same one
    /// renew it once.
    pub rejected: Option<Fingerprint>,
}

impl TokenRequest {
    /// A token for `scope`, from a cache or new.
    pub fn new(scope: Scope) -> Self {
        Self { scope, claims: None, renew: false, rejected: None }
    }

    /// Any token but `rejected`, which the resource refused.
    pub fn rejecting(self, rejected: &AccessToken) -> Self {
        Self { renew: true, rejected: Some(rejected.fingerprint()), ..self }
    }

    /// A new token whatever there is.
    pub fn renewing(self) -> Self {
        Self { renew: true, ..self }
    }

    /// With the claims of a challenge.
    pub fn with_claims(self, claims: Option<String>) -> Self {
        Self { claims, ..self }
    }
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialError {
    /// The key did not sign.
    #[error("could not prove that this is application {client}")]
    Assertion {
        /// The application.
        client: ClientId,
        /// The cause.
        source: AssertionError,
    },
    /// The authority could not be reached.
    #[error("could not ask {authority} for a token")]
    Transport {
        /// Login host and tenant.
        authority: String,
        /// The cause.
        source: TransportError,
    },
    /// The authority refused.
    #[error("{authority} gave no token to application {client}")]
    Refused {
        /// Login host and tenant.
        authority: String,
        /// The application.
        client: ClientId,
        /// Its words.
        source: Box<EntraError>,
    },
    /// The authority's answer is neither a token nor an error document.
    #[error("{authority} answered the request for a token with HTTP {status} and {found}")]
    Unreadable {
        /// Login host and tenant.
        authority: String,
        /// The HTTP status.
        status: u16,
        /// What it sent instead.
        found: &'static str,
    },
    /// A token that was given to us has expired and cannot be renewed.
    #[error("the given access token expired at {at} and cannot be renewed")]
    Expired {
        /// When it expired.
        at: Timestamp,
    },
    /// A token that was given to us was refused and cannot be renewed.
    #[error("the given access token was refused and cannot be renewed")]
    Rejected,
    /// A human's sign-in without a refresh token gives one token and no other.
    #[error("the sign-in has ended and gives no further token for {resource}")]
    SignInEnded {
        /// The resource that one was asked for.
        resource: String,
    },
    /// The Azure CLI gave none.
    #[error("could not get a token for {resource} from the Azure CLI")]
    AzureCli {
        /// The resource that one was asked for.
        resource: String,
        /// Why.
        source: AzureCliError,
    },
    /// The failure of a renewal that others waited for too.
    #[error(transparent)]
    Shared(Arc<CredentialError>),
}

/// Whose move it is after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CredentialErrorKind {
    /// Ours: key, certificate, network, or settings on this machine.
    Operator,
    /// The tenant's administrator: registration, consent, policy.
    TenantAdmin,
    /// The service's: throttled or unwell; later may do.
    Service,
}

impl CredentialError {
    /// The failure itself, if this one is shared by several who waited.
    pub fn root(&self) -> &Self {
        match self {
            Self::Shared(error) => error.root(),
            error => error,
        }
    }

    /// The authority's words, if it spoke.
    pub fn entra(&self) -> Option<&EntraError> {
        match self {
            Self::Refused { source, .. } => Some(source),
            Self::Shared(error) => error.entra(),
            _ => None,
        }
    }

    /// Whether the same request may succeed later without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Transport { source, .. } => source.is_transient(),
            Self::Refused { source, .. } => source.is_transient(),
            Self::Unreadable { status, .. } => *status == 429 || *status >= 500,
            Self::Shared(error) => error.is_transient(),
            Self::Assertion { .. }
            | Self::Expired { .. }
            | Self::Rejected
            | Self::SignInEnded { .. }
            | Self::AzureCli { .. } => false,
        }
    }

    /// Whose move it is.
    pub fn kind(&self) -> CredentialErrorKind {
        match self {
            Self::Shared(error) => error.kind(),
            Self::Refused { source, .. } if !source.is_transient() => {
                CredentialErrorKind::TenantAdmin
            }
            Self::Refused { .. } => CredentialErrorKind::Service,
            Self::Unreadable { .. } if self.is_transient() => CredentialErrorKind::Service,
            _ => CredentialErrorKind::Operator,
        }
    }
}

/// A token that somebody else obtained.
#[derive(Clone, Debug)]
pub struct StaticToken {
    token: AccessToken,
    clock: Arc<dyn Clock>,
}

impl StaticToken {
    /// Gives `token` for every request, whatever its scope, until it expires. If it is a JWT its
    /// `exp` counts; an opaque one is trusted until the service refuses it.
    pub fn new(token: secrecy::SecretString, clock: Arc<dyn Clock>) -> Self {
        let now = clock.now();
        let token = AccessToken::new(token, now, Timestamp::MAX);
        let expires_at = token.claims().and_then(|claims| claims.exp);
        let token = match expires_at {
            Some(at) => AccessToken::new(token.secret().clone(), now, at),
            None => token,
        };
        Self { token, clock }
    }
}

impl TokenCredential for StaticToken {
    fn token<'a>(
        &'a self,
        request: &'a TokenRequest,
    ) -> BoxFuture<'a, Result<AccessToken, CredentialError>> {
        let at = self.token.expires_at();
        let outcome = if !self.token.is_valid(self.clock.now()) {
            Err(CredentialError::Expired { at })
        } else if request.renew {
            Err(CredentialError::Rejected)
        } else {
            Ok(self.token.clone())
        };
        Box::pin(std::future::ready(outcome))
    }
}
