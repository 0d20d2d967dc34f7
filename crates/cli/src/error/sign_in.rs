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
        let fixes: &[&str] = match &error {
            SignInError::NoOrganization => &[
                "give -Organization contoso.onmicrosoft.com, or set AZURE_TENANT_ID",
                "or connect once: exoctl Connect-ExchangeOnline -CertificateThumbprint … -AppId … -Organization …",
            ],
            SignInError::NoApplication => {
                &["give -AppId with the application (client) id, or set AZURE_CLIENT_ID"]
            }
            SignInError::NoMeans => &[
                "give -CertificateThumbprint (exoctl cert list shows them) or -CertificateFilePath, or set AZURE_CLIENT_CERTIFICATE_PATH",
                "or connect once: exoctl Connect-ExchangeOnline -CertificateThumbprint … -AppId … -Organization …",
            ],
            SignInError::NoTokenIn(_) | SignInError::TokenGone => {
                &["connect again: exoctl Connect-ExchangeOnline …"]
            }
            SignInError::TokenNotKept => &[
                "use -AccessToken @FILE, a file that is read each time, or leave the token cache on",
            ],
            SignInError::PasswordOnCommandLine => &[
                "use --password-file FILE, --password-env NAME or --password-stdin",
                "or give nothing: the password is asked for on a terminal",
            ],
            SignInError::TokenOnCommandLine => &[
                "use -AccessToken @FILE, -AccessToken - (stdin), or -AccessToken env with EXOCTL_ACCESS_TOKEN set",
            ],
            SignInError::OtherWay(_) => &[
                "use -CertificateThumbprint or -CertificateFilePath with -AppId and -Organization",
            ],
            SignInError::TwoWays(..) => &["leave one of them out"],
            SignInError::NoInitialDomain(_) => {
                &["give -Organization as a domain: contoso.onmicrosoft.com"]
            }
        };
        let exit = match &error {
            SignInError::NoTokenIn(_) | SignInError::TokenGone => ExitCode::Authentication,
            _ => ExitCode::Usage,
        };
        let error = Self::new(exit, error);
        fixes.iter().fold(error, |error, fix| error.fix(*fix))
    }
}
