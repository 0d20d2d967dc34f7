//! What can go wrong when an administrator signs in, and what the administrator can do about it.

use exoctl_identity::HumanSignInError;

use super::CommandError;
use crate::exit::ExitCode;

/// What is missing for the sign-in of an administrator.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AdministratorError {
    /// A token of Graph is no use at Exchange.
    #[error("an access token of Exchange Online is needed too, and only one of Graph is given")]
    NoExchangeToken,
}

impl From<AdministratorError> for CommandError {
    fn from(error: AdministratorError) -> Self {
        match error {
            AdministratorError::NoExchangeToken => Self::usage(error)
                .fix("give --exchange-token-file FILE too")
                .fix("or leave --access-token-file out and sign in"),
        }
    }
}

impl From<HumanSignInError> for CommandError {
    fn from(error: HumanSignInError) -> Self {
        let code = error.entra().map(|entra| entra.code);
        let advice = ADVICE.iter().filter(|(known, _)| Some(*known) == code);
        let command = match error {
            HumanSignInError::Credential(error) => Self::from(error),
            HumanSignInError::Declined { .. } => Self::new(ExitCode::Authentication, error)
                .fix("sign in as an administrator who may consent, and accept what is asked for"),
            HumanSignInError::TimedOut { .. } => {
                Self::new(ExitCode::Authentication, error).fix("run the command again")
            }
            HumanSignInError::Listen { .. } => Self::failed(error).fix("use --device-code"),
            error => Self::failed(error),
        };
        // The table of the token endpoint's codes is about applications; humans come first here.
        advice.rev().fold(command, |command, (_, fix)| command.fix_first(*fix))
    }
}

/// Codes that humans meet. Source: Learn, "Microsoft Entra authentication and authorization error
/// codes".
const ADVICE: &[(u32, &str)] = &[
    (
        50_011,
        "add http://localhost to the redirect URIs of the application given with --client-id, platform \"Mobile and desktop applications\"",
    ),
    (
        50_105,
        "have yourself assigned to \"Microsoft Graph Command Line Tools\" in Enterprise applications",
    ),
    (50_105, "or register a public client of your own and give it with --client-id"),
    (53_003, "leave --device-code out and sign in with the browser: many tenants forbid codes"),
    (53_003, "or sign in from a device and place that the tenant's Conditional Access allows"),
    (65_001, "sign in as an administrator who may consent to the application's permissions"),
    (65_002, "leave --client-id out, or give a public client of your own"),
    (90_094, "sign in as an administrator who may consent to the application's permissions"),
    (90_095, "have the request for consent approved, then run the command again"),
    (7_000_218, "turn on \"Allow public client flows\" of the application given with --client-id"),
];

#[cfg(test)]
mod tests {
    use exoctl_identity::{CredentialError, EntraError};

    use super::*;

    fn refused(description: &str) -> CommandError {
        let body = format!(r#"{{"error":"invalid_grant","error_description":"{description}"}}"#);
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
        assert!(fixes[0].starts_with("Fix: leave --device-code out"), "{report}");
        assert!(fixes[1].starts_with("Fix: or sign in from a device"), "{report}");
    }

    #[test]
    fn what_says_nothing_new_has_the_advice_of_the_table() {
        let report = refused("AADSTS90002: Tenant 'x' not found.").report();
        assert!(report.contains("Fix: check -Organization"), "{report}");
    }
}
