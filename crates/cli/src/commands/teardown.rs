//! `exoctl teardown`: takes away what setup has made.

use std::path::PathBuf;

use exoctl_model::TenantReference;
use exoctl_setup::graph::KeyCredential;
use exoctl_setup::{Plan, Unwanted, WantedApplication};

use super::setup::{Request, Survey, WaitArgs, own_role_group, show, survey, title, write};
use crate::cmdlet;
use crate::context::Context;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::sign_in::SignInArgs;
use crate::ui::Ui;

/// The arguments of `exoctl teardown`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The tenant, by its .onmicrosoft.com domain or its id
    #[arg(long, value_name = "TENANT")]
    organization: Option<TenantReference>,
    /// The name that setup made the application under
    #[arg(long, value_name = "NAME")]
    name: String,
    /// Remove the role group that setup --for-cmdlets has made too; signs in to Exchange
    #[arg(long)]
    role_group: bool,
    /// Remove it from the deleted items too, where it could be restored for thirty days
    #[arg(long)]
    purge: bool,
    /// Show the plan and do nothing
    #[arg(long, conflicts_with = "plan_file")]
    what_if: bool,
    /// Write the plan to this file and do nothing; `exoctl setup apply FILE` carries it out
    #[arg(long, value_name = "FILE")]
    plan_file: Option<PathBuf>,
    #[command(flatten)]
    wait: WaitArgs,
    #[command(flatten)]
    sign_in: SignInArgs,
}

const EXAMPLES: &str = "\
Examples:
  exoctl teardown --organization contoso.onmicrosoft.com --name \"EXO Reporting\" --what-if
  exoctl teardown --organization contoso.onmicrosoft.com --name \"EXO Reporting\"
  exoctl teardown --organization contoso.onmicrosoft.com --name \"EXO Reporting\" --purge --yes

Removes the application that `exoctl setup --name` has made, with its service principal, consent, roles and key credentials,
and the profiles that use it. An application that somebody else has made is left alone. The private key stays in
exoctl's store; `exoctl cert remove` removes it.";

impl Args {
    /// Does it.
    pub(crate) async fn run(
        self,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        let patience = self.wait.patience()?;
        let application = WantedApplication::own(&self.name);
        let request = Request {
            organization: self.organization.clone(),
            application: &application,
            scopes: vec![exoctl_setup::well_known::APPLICATION_READ_WRITE_ALL],
            exchange: self.role_group || self.sign_in.exchange_token_file.is_some(),
        };
        let mut survey = survey(request, &self.sign_in, context, ui).await?;
        let role_group = own_role_group(&self.name);
        if let Some(exchange) = &survey.exchange {
            survey.observed.read_role_group(exchange, &role_group).await?;
        }
        let unwanted = Unwanted {
            tenant: survey.observed.tenant,
            organization: survey.observed.organization.clone(),
            application,
            role_group: survey.exchange.is_some().then_some(role_group),
            purge: self.purge,
        };
        let plan = exoctl_setup::removal(&unwanted, &survey.observed)?;
        if self.what_if {
            return show(&plan, context, ui);
        }
        if let Some(path) = &self.plan_file {
            return write(&plan, path, ui);
        }
        ui.say(format_args!("{}\n\n{plan}", title(&plan)));
        let asked = plan.is_done()
            || ui.confirm("Carry out this plan?", "--yes, or --what-if to see it only")?;
        if !asked {
            return Ok(ExitCode::Ok);
        }
        self.carry_out(&plan, &survey, &patience, context, ui).await
    }

    async fn carry_out(
        &self,
        plan: &Plan,
        survey: &Survey,
        patience: &exoctl_setup::Patience,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        survey.carry_out(plan, patience, context, ui).await?;
        forget(survey, context, ui)?;
        if !self.purge && !plan.is_done() {
            ui.note("It can be restored from the deleted applications for thirty days, and keeps its name until then; --purge removes it for good.");
        }
        Ok(ExitCode::Ok)
    }
}

/// Forgets the connections of an application that is no more, and says which keys are left.
pub(super) fn forget(survey: &Survey, context: &Context, ui: &mut Ui) -> Result<(), CommandError> {
    let Some(application) = &survey.observed.application else { return Ok(()) };
    let profiles = context.profiles()?;
    for name in profiles.names()? {
        // One that cannot be read is not known to be of this application.
        let Ok(profile) = profiles.load(&name) else { continue };
        if profile.app_id == Some(application.app_id) {
            cmdlet::forget(&name, Some(&profile), context)?;
            ui.note(format_args!("The profile {name} is forgotten."));
        }
    }
    let store = context.store()?;
    for thumbprint in application.key_credentials.iter().filter_map(KeyCredential::thumbprint) {
        if store.find(&thumbprint)?.is_some() {
            ui.note(format_args!(
                "The key is left in exoctl's store; to remove it: exoctl cert remove {thumbprint}"
            ));
        }
    }
    Ok(())
}
