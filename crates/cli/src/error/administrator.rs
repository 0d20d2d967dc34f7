//! What can go wrong when an administrator signs in, and what the administrator can do about it.

use exoctl_identity::{CredentialError, EntraError, HumanSignInError};

use super::CommandError;
use super::library::entra_reference;
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
        match error {
            AdministratorError::NoExchangeToken => Self::usage(error)
                .fix("give --exchange-token-file FILE too")
                .fix("or leave --access-token-file out and sign in"),
            AdministratorError::Given(error) => of_credential(error),
        }
    }
}

impl From<HumanSignInError> for CommandError {
    fn from(error: HumanSignInError) -> Self {
        match error {
            HumanSignInError::Credential(error) => of_credential(error),
            HumanSignInError::Declined { .. } => Self::new(ExitCode::Authentication, error)
                .fix("sign in as an administrator who may consent, and accept what is asked for"),
            HumanSignInError::TimedOut { .. } => {
                Self::new(ExitCode::Authentication, error).fix("run the command again")
            }
            HumanSignInError::Listen { .. } => Self::failed(error).fix("use --device-code"),
            error => Self::failed(error),
        }
    }
}

/// With the advice for humans where there is some; the token endpoint's table is about applications.
fn of_credential(error: CredentialError) -> CommandError {
    let fixes = match error.root() {
        CredentialError::Expired { .. } | CredentialError::Rejected => {
            &["put a new token into the file, or leave the option out and sign in"][..]
        }
        CredentialError::SignInEnded { .. } => &["run the command again and sign in"],
        CredentialError::AzureCli { .. } => {
            &["az login --tenant TENANT, then try again", "or leave --azure-cli out and sign in"]
        }
        _ => error.entra().map(for_humans).unwrap_or_default(),
    };
    if fixes.is_empty() {
        return error.into();
    }
    let reference = entra_reference(error.entra());
    let command = CommandError::new(ExitCode::Authentication, error).reference(reference);
    fixes.iter().fold(command, |command, fix| command.fix(*fix))
}

fn for_humans(error: &EntraError) -> &'static [&'static str] {
    let code = format!("AADSTS{}", error.code);
    TABLE.iter().find(|(known, _)| *known == code).map(|(_, fixes)| *fixes).unwrap_or_default()
}

const CONSENT: &[&str] =
    &["sign in as an administrator who may consent to what the client asks for"];
const OWN_CLIENT: &str = "or register a public client of your own and give it with --client-id";

/// Codes that mean something else to a human than to an application. Source: Learn, "Microsoft Entra
/// authentication and authorization error codes".
const TABLE: &[(&str, &[&str])] = &[
    (
        "AADSTS50011",
        &[
            "add http://localhost to the redirect URIs of the client given with --client-id, platform \"Mobile and desktop applications\"",
        ],
    ),
    (
        "AADSTS50105",
        &[
            "have yourself assigned to the client in Entra admin center > Enterprise applications",
            OWN_CLIENT,
        ],
    ),
    (
        "AADSTS53003",
        &[
            "sign in with the browser if it was with --device-code: many tenants forbid codes",
            "or sign in from a device and a place that the tenant's Conditional Access allows",
        ],
    ),
    ("AADSTS65001", CONSENT),
    (
        "AADSTS65002",
        &[
            "leave --client-id out, or give a public client of your own: Microsoft's get tokens for what Microsoft chose",
        ],
    ),
    (
        "AADSTS700016",
        &["check --client-id: the application (client) id of a public client of this tenant"],
    ),
    (
        "AADSTS7000218",
        &[
            "turn on \"Allow public client flows\" in the authentication settings of the client given with --client-id",
        ],
    ),
    ("AADSTS90094", CONSENT),
    ("AADSTS90095", &["have the request for consent approved, then run the command again"]),
];

#[cfg(test)]
mod tests {
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
        assert!(report.contains("Fix: check -Organization"), "{report}");
    }

    #[test]
    fn every_code_that_is_treated_has_a_row_with_its_fixes() {
        let table = include_str!("../../../../docs/errors.md");
        let (_, table) = table.split_once("## Sign-in of an administrator").unwrap();
        let rows: Vec<Vec<&str>> = table
            .lines()
            .skip(1)
            .take_while(|line| !line.starts_with('#'))
            .filter(|line| line.starts_with("| `"))
            .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
            .collect();
        for (code, fixes) in TABLE {
            let row = rows.iter().find(|row| row[0] == format!("`{code}`"));
            let row = row.unwrap_or_else(|| panic!("docs/errors.md has no row for {code}"));
            assert_eq!(row[2], fixes.join("; "), "{code}");
            assert_eq!(row[3], ExitCode::Authentication.number().to_string(), "{code}");
        }
        assert_eq!(rows.len(), TABLE.len());
    }
}
