//! `exoctl app show`.

use exoctl_identity::DirectoryRole;
use exoctl_setup::{Observed, well_known};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::target::TargetArgs;
use crate::commands::setup::{Request, survey};
use crate::context::Context;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::output::Rows;
use crate::sign_in::SignInArgs;
use crate::ui::Ui;

/// The arguments of `exoctl app show`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    sign_in: SignInArgs,
}

const EXAMPLES: &str = "\
Examples:
  exoctl app show
  exoctl app show --organization contoso.onmicrosoft.com --name \"EXO Reporting\"
  exoctl app show --app-id 36ee… -o json";

impl Args {
    pub(super) async fn run(
        self,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        let (organization, wanted) = self.target.find(context)?;
        let request = Request {
            organization,
            application: &wanted,
            scopes: super::SCOPES.to_vec(),
            exchange: false,
        };
        let survey = survey(request, &self.sign_in, context, ui).await?;
        let Some(row) = row(&survey.observed, context.clock().now()) else {
            ui.note("There is no such application.");
            return Ok(ExitCode::Ok);
        };
        let mut rows = Rows::new(context, ui)?.noun("Application");
        rows.value(&row, ui)?;
        rows.finish(ui)?;
        Ok(ExitCode::Ok)
    }
}

/// The application with all that it has.
fn row(observed: &Observed, now: Timestamp) -> Option<Value> {
    let application = observed.application.as_ref()?;
    let days = |at: Option<Timestamp>| {
        at.map(|at| at.duration_since(now).as_secs().div_euclid(24 * 60 * 60))
    };
    let time = |at: Option<Timestamp>| at.map(|at| at.to_string());
    let keys: Vec<Value> = application
        .key_credentials
        .iter()
        .map(|key| {
            json!({
                "thumbprint": key.thumbprint().map(|thumbprint| thumbprint.to_string()),
                "name": key.display_name(),
                "notAfter": time(key.end()),
                "daysLeft": days(key.end()),
            })
        })
        .collect();
    let secrets: Vec<Value> = application
        .password_credentials
        .iter()
        .map(|secret| {
            json!({
                "name": secret.display_name,
                "notAfter": time(secret.end_date_time),
                "daysLeft": days(secret.end_date_time),
            })
        })
        .collect();
    let principal = observed.principal.as_ref();
    Some(json!({
        "displayName": application.display_name,
        "appId": application.app_id.to_string(),
        "objectId": application.id.to_string(),
        "uniqueName": application.unique_name,
        "signInAudience": application.sign_in_audience,
        "servicePrincipalId": principal.map(|principal| principal.id.to_string()),
        "enabled": principal.map(|principal| principal.account_enabled),
        "consents": consents(observed),
        "directoryRoles": directory_roles(observed),
        "keyCredentials": keys,
        "passwordCredentials": secrets,
    }))
}

/// The application roles, by name where the name is known.
fn consents(observed: &Observed) -> Vec<String> {
    let exchange = observed.consent();
    let named = |consent: &exoctl_setup::graph::AppRoleAssignment| {
        let resource = consent.resource_display_name.clone();
        let resource = resource.unwrap_or_else(|| consent.resource_id.to_string());
        if exchange.is_some_and(|exchange| exchange.id == consent.id) {
            let name = well_known::EXCHANGE_ONLINE_NAME;
            return format!("{name} / {}", exoctl_identity::EXCHANGE_APP_ROLE);
        }
        format!("{resource} / {}", consent.app_role_id)
    };
    observed.consents.iter().map(named).collect()
}

/// The directory roles; one that Exchange does not take is shown by its id.
fn directory_roles(observed: &Observed) -> Vec<String> {
    let named = |assignment: &exoctl_setup::graph::DirectoryRoleAssignment| {
        let id = assignment.role_definition_id;
        DirectoryRole::by_template_id(id)
            .map_or_else(|| id.to_string(), |role| role.name.to_owned())
    };
    observed.directory_roles.iter().map(named).collect()
}
