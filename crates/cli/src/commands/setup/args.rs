//! Options that setup shares with others, or that are a world of their own.

use std::time::Duration;

use exoctl_model::{ClientId, TenantReference};
use exoctl_setup::{Desired, Observed, Patience, WantedApplication, emit};
use jiff::SignedDuration;

use crate::error::{CommandError, InvalidTime};

/// What the desired state is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Form {
    /// The requiredResourceAccess for the portal's manifest editor
    Manifest,
    /// A configuration for the azuread provider
    Terraform,
    /// A Markdown page with the clicks in the portal
    Guide,
}

impl Form {
    pub(super) fn write(self, desired: &Desired, observed: &Observed) -> String {
        match self {
            Self::Manifest => emit::manifest(observed),
            Self::Terraform => emit::terraform(desired, observed),
            Self::Guide => emit::guide(desired, observed),
        }
    }
}

/// Which application of which tenant.
#[derive(clap::Args, Debug)]
pub(crate) struct TargetArgs {
    /// The tenant, by its .onmicrosoft.com domain or its id
    #[arg(long, value_name = "TENANT")]
    pub(crate) organization: Option<TenantReference>,
    /// The application's display name
    #[arg(long, value_name = "NAME", required_unless_present = "app_id")]
    name: Option<String>,
    /// Take the application with this client id, which was made by somebody else
    #[arg(long, value_name = "GUID", conflicts_with = "name")]
    app_id: Option<ClientId>,
}

/// How long to wait.
#[derive(clap::Args, Debug)]
pub(crate) struct WaitArgs {
    /// How long to wait until what was done is seen everywhere: 90s, 15m
    #[arg(long, value_name = "TIME", default_value = "15m")]
    wait: String,
}

impl TargetArgs {
    pub(crate) fn application(&self) -> WantedApplication {
        match (self.app_id, &self.name) {
            (Some(app_id), _) => WantedApplication::Existing { app_id },
            (None, name) => WantedApplication::own(name.as_deref().unwrap_or_default()),
        }
    }
}

impl TargetArgs {
    /// Whom a certificate is for, going by the command line alone.
    pub(super) fn subject(&self) -> String {
        let name = match (self.app_id, &self.name) {
            (Some(app_id), _) => app_id.to_string(),
            (None, name) => name.as_deref().unwrap_or_default().trim().to_owned(),
        };
        exoctl_certificate::DistinguishedName::common_name(&name).to_string()
    }
}

impl WaitArgs {
    pub(crate) fn patience(&self) -> Result<Patience, CommandError> {
        let text = self.wait.clone();
        let limit: SignedDuration = text.parse().map_err(|source| InvalidTime { text, source })?;
        let limit = Duration::try_from(limit).unwrap_or_default();
        Ok(Patience { limit, ..Patience::default() })
    }
}
