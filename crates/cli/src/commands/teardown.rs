//! `exoctl teardown`: takes away what setup has made.

use std::path::PathBuf;

use exoctl_certificate::Thumbprint;
use exoctl_model::{ClientId, TenantReference};
use exoctl_setup::graph::KeyCredential;
use exoctl_setup::{Footprint, Goal, Plan, Unwanted, WantedApplication, well_known};

use super::setup::{
    Request, Survey, WaitArgs, footprint, own_role_group, show, survey, title, write,
};
use crate::cmdlet;
use crate::context::Context;
use crate::error::{CommandError, PlanError};
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
    #[arg(long, value_name = "NAME", required_unless_present = "app_id")]
    name: Option<String>,
    /// The client id of an application that setup has adopted: only what setup has added to it goes
    #[arg(long, value_name = "GUID", conflicts_with_all = ["name", "role_group", "purge"])]
    app_id: Option<ClientId>,
    /// Remove the role group that setup --for-cmdlets has made too; signs in to Exchange
    #[arg(long)]
    role_group: bool,
    /// Remove it from the deleted items too, where it could be restored for thirty days
    #[arg(long)]
    purge: bool,
    /// Show the plan and do nothing
    #[arg(long, conflicts_with = "plan_file", visible_alias = "plan")]
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
  exoctl teardown --organization contoso.onmicrosoft.com --app-id 36ee…

Removes the application that `exoctl setup --name` has made, with its service principal, consent, roles and key credentials,
and the profiles that use it. An application that somebody else has made stays: with --app-id only that goes which setup has
added on this machine. The private key stays in exoctl's store; `exoctl cert remove` removes it.";

impl Args {
    /// Does it.
    pub(crate) async fn run(
        self,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        let patience = self.wait.patience()?;
        let doomed = self.doomed(context)?;
        let request = Request {
            organization: self.organization.clone(),
            application: &doomed.application,
            scopes: doomed.scopes(),
            exchange: doomed.exchange || self.sign_in.exchange_token_file.is_some(),
        };
        let mut survey = survey(request, &self.sign_in, context, ui).await?;
        if let Some((exchange, group)) = survey.exchange.as_ref().zip(doomed.role_group.as_ref()) {
            survey.observed.read_role_group(exchange, group).await?;
        }
        let unwanted = Unwanted {
            tenant: survey.observed.tenant,
            organization: survey.observed.organization.clone(),
            parts: doomed.footprint.map(|footprint| footprint.parts(&survey.observed)),
            application: doomed.application,
            role_group: doomed.role_group.filter(|_| survey.exchange.is_some()),
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

    /// What is to go, going by the command line and by what is kept here.
    fn doomed(&self, context: &Context) -> Result<Doomed, CommandError> {
        let Some(app_id) = self.app_id else {
            let name = self.name.as_deref().unwrap_or_default();
            return Ok(Doomed {
                application: WantedApplication::own(name),
                footprint: None,
                role_group: Some(own_role_group(name)),
                exchange: self.role_group,
            });
        };
        let footprint = footprint::find(app_id, context)?;
        let footprint = footprint.ok_or(PlanError::NoFootprint { app_id })?;
        let role_group = footprint.role_group().map(str::to_owned);
        Ok(Doomed {
            application: WantedApplication::Existing { app_id },
            exchange: role_group.is_some(),
            role_group,
            footprint: Some(footprint),
        })
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
        if let Some(app_id) = self.app_id {
            footprint::forget(app_id, context)?;
        }
        forget(&plan.goal, survey, context, ui)?;
        if self.app_id.is_none() && !self.purge && !plan.is_done() {
            ui.note("It can be restored from the deleted applications for thirty days, and keeps its name until then; --purge removes it for good.");
        }
        Ok(ExitCode::Ok)
    }
}

/// What is to go.
struct Doomed {
    application: WantedApplication,
    /// What setup has done to one that it adopted.
    footprint: Option<Footprint>,
    role_group: Option<String>,
    /// Whether Exchange has to be asked.
    exchange: bool,
}

impl Doomed {
    /// The least that it takes: who removes an application removes its consents and roles with it.
    fn scopes(&self) -> Vec<&'static str> {
        let mut scopes = vec![well_known::APPLICATION_READ_WRITE_ALL];
        if self.footprint.is_some() {
            scopes.push(well_known::ROLE_MANAGEMENT);
        }
        scopes
    }
}

/// Forgets the connections of an application, or of its certificates, that are no more, and says which
/// keys are left.
pub(super) fn forget(
    goal: &Goal,
    survey: &Survey,
    context: &Context,
    ui: &mut Ui,
) -> Result<(), CommandError> {
    let Some(application) = &survey.observed.application else { return Ok(()) };
    let parts = match goal {
        Goal::Teardown(unwanted) => unwanted.parts.as_ref(),
        Goal::Setup(_) => None,
    };
    let is_gone = |key: &&KeyCredential| {
        parts.is_none_or(|parts| key.key_id().is_some_and(|id| parts.credentials.contains(&id)))
    };
    let gone = application.key_credentials.iter().filter(is_gone);
    let gone: Vec<Thumbprint> = gone.filter_map(KeyCredential::thumbprint).collect();
    let profiles = context.profiles()?;
    for name in profiles.names()? {
        // One that cannot be read is not known to be of this application.
        let Ok(profile) = profiles.load(&name) else { continue };
        let is_of_it = profile.app_id == Some(application.app_id)
            && (parts.is_none() || profile.thumbprint().is_some_and(|key| gone.contains(&key)));
        if is_of_it {
            cmdlet::forget(&name, Some(&profile), context)?;
            ui.note(format_args!("The profile {name} is forgotten."));
        }
    }
    let store = context.store()?;
    for thumbprint in gone {
        if store.find(&thumbprint)?.is_some() {
            ui.note(format_args!(
                "The key is left in exoctl's store; to remove it: exoctl cert remove {thumbprint}"
            ));
        }
    }
    Ok(())
}
