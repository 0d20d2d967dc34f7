//! `exoctl profile`: the connections by name.

use clap::Subcommand;
use exoctl_broker::Resource;
use serde_json::json;

use crate::cmdlet;
use crate::context::{Context, Flags};
use crate::error::{CommandError, ProfileError};
use crate::exit::ExitCode;
use crate::output::Rows;
use crate::profile::Profile;
use crate::ui::Ui;

/// The arguments of `exoctl profile`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLES: &str = "\
A profile is what Connect-ExchangeOnline keeps: who signs in where, and no secret.

Examples:
  exoctl profile list
  exoctl profile use fabrikam
  exoctl --profile fabrikam Get-Mailbox
  exoctl profile remove fabrikam";

#[derive(Debug, Subcommand)]
enum Action {
    /// List the connections
    #[command(
        visible_alias = "ls",
        after_help = "Examples:\n  exoctl profile list\n  exoctl profile list -o json"
    )]
    List,
    /// Make a connection the current one
    #[command(after_help = "Examples:\n  exoctl profile use fabrikam")]
    Use {
        /// Its name
        name: String,
    },
    /// Show a connection
    #[command(
        after_help = "Examples:\n  exoctl profile show\n  exoctl profile show fabrikam -o yaml"
    )]
    Show {
        /// Its name; the current one if not given
        name: Option<String>,
    },
    /// Let programs of `exoctl exec` have tokens for these resources
    #[command(
        after_help = "Examples:\n  exoctl profile allow https://graph.microsoft.com\n  exoctl --profile fabrikam profile allow https://graph.microsoft.com https://vault.azure.net"
    )]
    Allow {
        /// The resources, by address or application id
        #[arg(value_name = "URI", required = true)]
        resources: Vec<Resource>,
    },
    /// Let programs of `exoctl exec` have no tokens for these resources any longer
    #[command(after_help = "Examples:\n  exoctl profile disallow https://graph.microsoft.com")]
    Disallow {
        /// The resources, by address or application id
        #[arg(value_name = "URI", required = true)]
        resources: Vec<Resource>,
    },
    /// Forget a connection with its tokens, as Disconnect-ExchangeOnline does
    #[command(visible_alias = "rm", after_help = "Examples:\n  exoctl profile remove fabrikam")]
    Remove {
        /// Its name
        name: String,
    },
}

impl Args {
    /// Does it.
    #[expect(clippy::unused_async, reason = "all commands are run alike")]
    pub(crate) async fn run(
        self,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        let profiles = context.profiles()?;
        match self.action {
            Action::List => {
                let current = profiles.current()?;
                let mut rows = Rows::new(context, ui)?.noun("Profile");
                for name in profiles.names()? {
                    let profile = profiles.load(&name)?;
                    rows.value(&row(&name, &profile, current.as_deref()), ui)?;
                }
                rows.finish(ui)?;
            }
            Action::Use { name } => {
                let profile = profiles.load(&name)?;
                profiles.set_current(Some(&name.to_ascii_lowercase()))?;
                ui.note(format_args!(
                    "{name} ({}) is now the current connection.",
                    profile.organization
                ));
            }
            Action::Show { name } => {
                let current = profiles.current()?;
                let name = name.or_else(|| context.global().profile.clone()).or(current.clone());
                let name = name.ok_or(ProfileError::NotConnected)?;
                let profile = profiles.load(&name)?;
                let mut rows = Rows::new(context, ui)?.noun("Profile");
                rows.value(&row(&name, &profile, current.as_deref()), ui)?;
                rows.finish(ui)?;
            }
            Action::Allow { resources } => change_allowed(context, ui, |kept| {
                for resource in resources {
                    if !kept.contains(&resource) {
                        kept.push(resource);
                    }
                }
            })?,
            Action::Disallow { resources } => {
                change_allowed(context, ui, |kept| kept.retain(|one| !resources.contains(one)))?;
            }
            Action::Remove { name } => {
                // One whose file is damaged can be removed too.
                let profile = match profiles.load(&name) {
                    Ok(profile) => Some(profile),
                    Err(ProfileError::Syntax { .. }) => None,
                    Err(error) => return Err(error.into()),
                };
                cmdlet::forget(&name, profile.as_ref(), context)?;
                ui.note(format_args!("The connection {name} is forgotten."));
            }
        }
        Ok(ExitCode::Ok)
    }
}

/// Changes what programs get tokens for by the chosen or current connection.
fn change_allowed(
    context: &Context,
    ui: &mut Ui,
    change: impl FnOnce(&mut Vec<Resource>),
) -> Result<(), CommandError> {
    let settings = context.settings(&Flags::default())?;
    let (Some(name), Some(mut profile)) = (settings.profile_name.value, settings.profile) else {
        return Err(ProfileError::NotConnected.into());
    };
    let mut resources = profile.allowed_resources()?;
    change(&mut resources);
    profile.allowed_resources = resources.iter().map(Resource::to_string).collect();
    context.profiles()?.save(&name, &profile)?;
    let more = if profile.allowed_resources.is_empty() {
        "no other resource".to_owned()
    } else {
        profile.allowed_resources.join(", ")
    };
    ui.note(format_args!(
        "Programs of `exoctl exec` get tokens of {name} ({}) for Exchange Online, Security & Compliance and {more}.",
        profile.organization
    ));
    Ok(())
}

fn row(name: &str, profile: &Profile, current: Option<&str>) -> serde_json::Value {
    let cloud = match (&profile.environment_file, profile.exchange_environment_name) {
        (Some(path), _) => path.display().to_string(),
        (None, name) => name.unwrap_or_default().to_string(),
    };
    json!({
        "name": name,
        "current": current.is_some_and(|current| current.eq_ignore_ascii_case(name)),
        "organization": profile.organization.as_str(),
        "service": profile.service,
        "appId": profile.app_id.map(|id| id.to_string()),
        "tenantId": profile.tenant_id.to_string(),
        "environment": cloud,
        "prefix": profile.prefix,
        "pageSize": profile.page_size,
        "allowedResources": profile.allowed_resources,
        "credential": profile.credential,
        "connectedAt": profile.connected_at,
    })
}
