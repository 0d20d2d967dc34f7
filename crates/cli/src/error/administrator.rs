//! What can go wrong when an administrator signs in, and what the administrator can do about it.

use exoctl_identity::{CredentialError, HumanSignInError};

use super::CommandError;
use super::library::{credential_exit, entra_reference};
use crate::exit::ExitCode;

/// Why an administrator is not signed in by what was given.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AdministratorError {
    /// A token of Graph is no use at Exchange.
    #[error("an access token of Exchange Online is needed too, and only one of Graph is given")]
    NoExchangeToken,
    /// The token that there is does not do.
    #[error(transparent)]
    Given(CredentialError),
}

impl From<AdministratorError> for CommandError {
    fn from(error: AdministratorError) -> Self {
        let (exit, reference) = match &error {
            AdministratorError::NoExchangeToken => (ExitCode::Usage, None),
            AdministratorError::Given(error) => {
                (credential_exit(error), entra_reference(error.entra()))
            }
        };
        Self::explained_to_administrator(exit, error).reference(reference)
    }
}

impl From<HumanSignInError> for CommandError {
    fn from(error: HumanSignInError) -> Self {
        let exit = match &error {
            HumanSignInError::Credential(error) => credential_exit(error),
            HumanSignInError::Declined { .. } | HumanSignInError::TimedOut { .. } => {
                ExitCode::Authentication
            }
            _ => ExitCode::Failed,
        };
        let reference = match &error {
            HumanSignInError::Credential(error) => entra_reference(error.entra()),
            _ => None,
        };
        Self::explained_to_administrator(exit, error).reference(reference)
    }
}

#[cfg(test)]
mod tests {
    use exoctl_identity::EntraError;

    use super::*;

    fn refused(description: &str) -> CommandError {
        let body = format!(
            r#"{{"error":"invalid_grant","error_description":"{description}","correlation_id":"c","trace_id":"t"}}"#
        );
        let response = http::Response::builder().status(400).body(body.into()).unwrap();
        let source = Box::new(EntraError::read(&response).unwrap());
        let authority = "https://login.microsoftonline.com/contoso.onmicrosoft.com".to_owned();
        let client = exoctl_identity::GRAPH_COMMAND_LINE_TOOLS;
        HumanSignInError::from(CredentialError::Refused { authority, client, source }).into()
    }

    #[test]
    fn a_human_is_told_what_a_human_can_do() {
        let error = refused("AADSTS53003: Access has been blocked by Conditional Access policies.");
        assert_eq!(error.exit(), ExitCode::Authentication);
        let report = error.report();
        let fixes: Vec<&str> = report.lines().filter(|line| line.starts_with("Fix: ")).collect();
        assert_eq!(fixes.len(), 2, "{report}");
        assert!(fixes[0].starts_with("Fix: sign in with the browser"), "{report}");
        assert!(report.contains("Reference: correlation c, trace t"), "{report}");
    }

    #[test]
    fn a_code_that_means_the_same_to_both_has_the_advice_of_the_table() {
        let report = refused("AADSTS90002: Tenant 'x' not found.").report();
        assert!(report.contains("Fix: connect with the tenant"), "{report}");
    }
}
