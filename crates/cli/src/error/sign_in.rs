//! What is missing for signing in.

use super::CommandError;
use crate::exit::ExitCode;

/// Why nobody can sign in with these settings.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignInError {
    /// No organization.
    #[error("no organization is given")]
    NoOrganization,
    /// No application.
    #[error("no application is given")]
    NoApplication,
    /// No certificate and no token.
    #[error("no certificate is given to sign in with")]
    NoMeans,
    /// The variable is empty.
    #[error("the environment variable {0} has no access token")]
    NoTokenIn(String),
    /// The token given at connect is no longer kept.
    #[error("the access token that was given at connect is no longer kept")]
    TokenGone,
    /// A token is to be kept and must not be.
    #[error("an access token that is given once can only be used if the token cache is on")]
    TokenNotKept,
    /// A secret on the command line.
    #[error(
        "-CertificatePassword on the command line shows the password to every user of this machine"
    )]
    PasswordOnCommandLine,
    /// A token on the command line.
    #[error("-AccessToken on the command line shows the token to every user of this machine")]
    TokenOnCommandLine,
    /// A way to sign in that exoctl does not have.
    #[error("exoctl signs in as an application with a certificate; -{0} is for other ways")]
    OtherWay(String),
    /// Two ways to sign in at once.
    #[error("{0} and {1} are both given; one of them signs in")]
    TwoWays(&'static str, &'static str),
    /// The domain of a tenant id is not known.
    #[error("the tenant {0} does not tell its .onmicrosoft.com domain")]
    NoInitialDomain(String),
}

impl From<SignInError> for CommandError {
    fn from(error: SignInError) -> Self {
        Self::explained(ExitCode::Usage, error)
    }
}
