//! [`AzureCli`]: the tokens of the human who is signed in to the Azure CLI.

use std::io;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use exoctl_http::BoxFuture;
use exoctl_model::{Clock, TenantReference};
use jiff::Timestamp;
use serde::Deserialize;
use tokio::process::Command;
use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::{AccessToken, CredentialError, TokenClaims, TokenCredential, TokenRequest};

/// Runs `az account get-access-token`. The permissions are those that Microsoft gave the Azure CLI:
/// applications and their grants can be written with them, directory roles cannot be assigned.
#[derive(Clone, Debug)]
pub struct AzureCli {
    program: PathBuf,
    tenant: TenantReference,
    clock: Arc<dyn Clock>,
}

/// Why the Azure CLI gave no token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AzureCliError {
    /// It is not there.
    #[error("the Azure CLI (az) is not on the PATH")]
    NotFound,
    /// It cannot be run.
    #[error("the Azure CLI could not be run")]
    Run {
        /// What the system says.
        source: io::Error,
    },
    /// It does not end.
    #[error("the Azure CLI said nothing for {} seconds", .after.as_secs())]
    TimedOut {
        /// How long was waited.
        after: Duration,
    },
    /// It refuses.
    #[error("the Azure CLI ended with {status}: {said}")]
    Failed {
        /// How it ended.
        status: ExitStatus,
        /// What it says, shortened.
        said: String,
    },
    /// What it printed is no token.
    #[error("what the Azure CLI printed is no access token with an end")]
    Unreadable,
}

impl AzureCli {
    /// The `az` on the PATH, in `tenant`.
    pub fn new(tenant: TenantReference, clock: Arc<dyn Clock>) -> Self {
        // Windows runs a batch file only if it is named as one.
        let program = if cfg!(windows) { "az.cmd" } else { "az" };
        Self { program: program.into(), tenant, clock }
    }

    /// Another program instead.
    pub fn with_program(self, program: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), ..self }
    }

    async fn obtain(&self, resource: &str) -> Result<AccessToken, AzureCliError> {
        let obtained_at = self.clock.now();
        let mut command = Command::new(&self.program);
        command
            .args(["account", "get-access-token", "--only-show-errors", "--output", "json"])
            .args(["--resource", resource, "--tenant", &self.tenant.to_string()])
            .stdin(Stdio::null())
            .kill_on_drop(true);
        let output = timeout(PATIENCE, command.output())
            .await
            .map_err(|_| AzureCliError::TimedOut { after: PATIENCE })?
            .map_err(|source| match source.kind() {
                io::ErrorKind::NotFound => AzureCliError::NotFound,
                _ => AzureCliError::Run { source },
            })?;
        let printed = Zeroizing::new(output.stdout);
        if !output.status.success() {
            let said = shortened(&String::from_utf8_lossy(&output.stderr));
            return Err(AzureCliError::Failed { status: output.status, said });
        }
        read_token(&printed, obtained_at).ok_or(AzureCliError::Unreadable)
    }
}

impl TokenCredential for AzureCli {
    fn token<'a>(
        &'a self,
        request: &'a TokenRequest,
    ) -> BoxFuture<'a, Result<AccessToken, CredentialError>> {
        Box::pin(async move {
            let resource = request.scope.resource();
            self.obtain(resource).await.map_err(|source| CredentialError::AzureCli {
                resource: resource.to_owned(),
                source,
            })
        })
    }
}

/// `expires_on` came with version 2.54; `expiresOn` is local time without a zone and is not read.
#[derive(Deserialize)]
struct Printed {
    #[serde(rename = "accessToken")]
    access_token: String,
    expires_on: Option<i64>,
}

fn read_token(printed: &[u8], obtained_at: Timestamp) -> Option<AccessToken> {
    let printed: Printed = serde_json::from_slice(printed).ok()?;
    let said = printed.expires_on.and_then(|seconds| Timestamp::from_second(seconds).ok());
    let ends = || TokenClaims::read(&printed.access_token)?.exp;
    let expires_at = said.or_else(ends)?;
    Some(AccessToken::new(printed.access_token.into(), obtained_at, expires_at))
}

fn shortened(said: &str) -> String {
    let lines = said.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join(" ").chars().take(LONGEST).collect()
}

/// It is a Python program that may have to renew its own token first.
const PATIENCE: Duration = Duration::from_mins(1);
const LONGEST: usize = 500;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_azure_cli_prints_is_read() {
        let now = Timestamp::UNIX_EPOCH;
        // As Learn's reference of `az account get-access-token` shows it, with `expires_on`.
        let printed = br#"{"accessToken":"abc","expiresOn":"2027-01-15 09:00:00.000000","expires_on":1800000000,"subscription":"s","tenant":"t","tokenType":"Bearer"}"#;
        let token = read_token(printed, now).unwrap();
        assert_eq!(token.expires_at().as_second(), 1_800_000_000);
        // {"exp":1800000000} in base64url, made with Python's base64 module.
        let jwt = br#"{"accessToken":"e30.eyJleHAiOjE4MDAwMDAwMDB9.","expiresOn":"2027-01-15 09:00:00.000000"}"#;
        assert_eq!(read_token(jwt, now).unwrap().expires_at().as_second(), 1_800_000_000);
        for bad in ["", "[]", "{}", r#"{"accessToken":"abc"}"#, r#"{"expires_on":1}"#] {
            assert!(read_token(bad.as_bytes(), now).is_none(), "{bad}");
        }
    }

    #[test]
    fn what_it_says_is_shortened() {
        assert_eq!(
            shortened("ERROR: Please run 'az login'\n\n to set up.\n"),
            "ERROR: Please run 'az login' to set up."
        );
        assert_eq!(shortened(&"x".repeat(9999)).len(), 500);
    }
}
