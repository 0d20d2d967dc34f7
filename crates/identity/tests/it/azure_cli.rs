//! The Azure CLI, played by scripts.
#![cfg(unix)]

use exoctl_identity::{AzureCli, CredentialError, Scope, TokenCredential, TokenRequest};
use exoctl_model::Cloud;
use secrecy::ExposeSecret;

use crate::authority::clock;

/// The token of a program in the fixtures: one written just now may be busy when it is run.
async fn token(program: &str) -> Result<String, CredentialError> {
    let program = format!("{}/tests/fixtures/azure-cli/{program}", env!("CARGO_MANIFEST_DIR"));
    let tenant = "contoso.onmicrosoft.com".parse().unwrap();
    let azure_cli = AzureCli::new(tenant, clock()).with_program(program);
    let request = TokenRequest::new(Scope::graph(&Cloud::default()));
    let token = azure_cli.token(&request).await?;
    Ok(token.secret().expose_secret().to_owned())
}

#[tokio::test]
async fn it_is_asked_for_the_resource_in_the_tenant() {
    assert_eq!(
        token("prints-its-arguments").await.unwrap(),
        "account get-access-token --only-show-errors --output json \
        --resource https://graph.microsoft.com --tenant contoso.onmicrosoft.com"
    );
}

#[tokio::test]
async fn what_it_says_when_it_refuses_is_told() {
    let error = token("refuses").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "could not get a token for https://graph.microsoft.com from the Azure CLI"
    );
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(
        cause,
        "the Azure CLI ended with exit status: 1: ERROR: Please run 'az login' to setup account."
    );
}

#[tokio::test]
async fn an_azure_cli_that_is_not_there_or_prints_something_else_is_an_error() {
    let error = token("greets").await.unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(cause, "what the Azure CLI printed is no access token with an end");
    let missing = AzureCli::new("contoso.onmicrosoft.com".parse().unwrap(), clock())
        .with_program("/nowhere/az");
    let request = TokenRequest::new(Scope::graph(&Cloud::default()));
    let error = missing.token(&request).await.unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(cause, "the Azure CLI (az) is not on the PATH");
}
