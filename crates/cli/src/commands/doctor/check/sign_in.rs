//! The application signs in, and what the authority says about it.

use exoctl_identity::{CredentialError, Scope, TokenCredential as _, TokenRequest};

use super::super::finding::Finding;
use super::super::visit::{Refused, Visit};
use super::{Check, Looking};
use crate::context::Means;
use crate::error::CommandError;
use crate::profile::Source;

/// What the authority looks at, in its order: which of its errors belongs to which check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// The application is not there, or may not sign in.
    Application,
    /// The certificate is not taken.
    Certificate,
    /// Anything else.
    Token,
}

/// The check that an error of the token endpoint belongs to.
pub(super) fn stage(code: u32) -> Stage {
    match code {
        700_016 | 7_000_229 | 650_059 | 7_000_112 | 70_001 | 700_025 => Stage::Application,
        700_027 | 5_002_738 | 5_002_723 | 70_002 | 50_012 | 700_021 | 700_030 | 50_013
        | 500_133 | 50_032 | 50_027 => Stage::Certificate,
        _ => Stage::Token,
    }
}

/// Whether the application is there and enabled, going by what the authority says.
pub(super) struct Application;

impl Check for Application {
    fn name(&self) -> &'static str {
        "application"
    }

    fn needs(&self) -> &'static [&'static str] {
        &["tenant", "registration", "key pair"]
    }

    fn run<'a>(&'a self, visit: &'a mut Visit<'_>) -> Looking<'a> {
        Box::pin(async move {
            let outcome = ask(visit).await;
            let finding = match &outcome {
                Ok(token) => {
                    let name = token.claims().and_then(|claims| {
                        Some(format!(
                            "{} ({})",
                            claims.app_display_name.clone()?,
                            claims.appid.clone()?
                        ))
                    });
                    let name = name.unwrap_or_else(|| "the application".to_owned());
                    Finding::ok(format!("{name} is there and enabled"))
                }
                Err(Refused { code: Some(code), finding }) => match stage(*code) {
                    Stage::Application => finding.clone(),
                    _ => Finding::ok("the authority knows it"),
                },
                // No answer of the authority's says nothing about the application.
                Err(Refused { code: None, .. }) => Finding::skipped("the authority did not say"),
            };
            visit.learned.token = Some(outcome);
            finding
        })
    }
}

/// A new token: one from a cache would tell what was the case when it was issued.
async fn ask(visit: &Visit<'_>) -> Result<exoctl_identity::AccessToken, Refused> {
    let sign_in = visit.learned.sign_in.as_ref().expect("the connection was found");
    let scope = Scope::exchange(&sign_in.cloud);
    let request = TokenRequest::new(scope);
    let given = matches!(
        visit.settings().means.value,
        Some(Means::Source(
            Source::TokenFile { .. } | Source::TokenVariable { .. } | Source::TokenGiven
        ))
    );
    let request = if given { request } else { request.renewing() };
    sign_in.credential.token(&request).await.map_err(|error: CredentialError| Refused {
        code: error.entra().map(|error| error.code),
        finding: Finding::failed(&CommandError::from(error)),
    })
}

/// Whether there is a token in the end.
pub(super) struct Token;

impl Check for Token {
    fn name(&self) -> &'static str {
        "sign-in"
    }

    fn needs(&self) -> &'static [&'static str] {
        &["application", "certificate"]
    }

    fn run<'a>(&'a self, visit: &'a mut Visit<'_>) -> Looking<'a> {
        Box::pin(async move {
            match visit.learned.token.as_ref().expect("the check of the application has asked") {
                Ok(token) => {
                    let until = token.expires_at();
                    let until = until.round(jiff::Unit::Second).unwrap_or(until);
                    Finding::ok(format!("a token until {until}"))
                }
                Err(refused) => refused.finding.clone(),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_belongs_to_what_it_is_about() {
        // Learn, "Microsoft Entra authentication and authorization error codes".
        assert_eq!(stage(700_016), Stage::Application);
        assert_eq!(stage(700_027), Stage::Certificate);
        assert_eq!(stage(700_024), Stage::Token);
        assert_eq!(stage(53_003), Stage::Token);
        assert_eq!(stage(0), Stage::Token);
    }
}
