//! Which application is meant.

use exoctl_model::{ClientId, TenantReference};
use exoctl_setup::WantedApplication;

use crate::context::{Context, Flags};
use crate::error::{CommandError, SignInError};

/// Which application.
#[derive(clap::Args, Debug)]
pub(super) struct TargetArgs {
    /// The tenant, by its .onmicrosoft.com domain or its id [default: the connection's]
    #[arg(long, value_name = "TENANT")]
    organization: Option<TenantReference>,
    /// The name that setup made the application under
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// The application's client id [default: the connection's]
    #[arg(long, value_name = "GUID", conflicts_with = "name")]
    app_id: Option<ClientId>,
}

impl TargetArgs {
    /// The application that is meant: named, or that of the connection.
    pub(super) fn find(
        &self,
        context: &Context,
    ) -> Result<(Option<TenantReference>, WantedApplication), CommandError> {
        if let Some(name) = &self.name {
            return Ok((self.organization.clone(), WantedApplication::own(name)));
        }
        let flags = Flags {
            organization: self.organization.clone(),
            app_id: self.app_id,
            ..Flags::default()
        };
        let settings = context.settings(&flags)?;
        let app_id = settings.app_id.value.ok_or_else(|| {
            CommandError::usage(SignInError::NoApplication)
                .fix("give --name or --app-id, or connect first")
        })?;
        Ok((settings.organization.value, WantedApplication::Existing { app_id }))
    }
}
