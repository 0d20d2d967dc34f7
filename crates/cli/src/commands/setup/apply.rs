//! Carrying out a plan: one that was just agreed to, or `exoctl setup apply FILE`.

use std::path::{Path, PathBuf};

use exoctl_model::TenantReference;
use exoctl_setup::{
    Desired, Footprint, Goal, Patience, Plan, WantedApplication, WantedCertificate,
};
use serde_json::Value;

use super::certificate::{self, Key};
use super::finish::{self, Finished};
use super::footprint;
use super::{Request, Survey, WaitArgs, show, survey, title};
use crate::commands::teardown::forget;
use crate::context::Context;
use crate::error::{CommandError, FileError, PlanError};
use crate::exit::ExitCode;
use crate::password::PasswordArgs;
use crate::sign_in::SignInArgs;
use crate::ui::Ui;

/// The arguments of `exoctl setup apply`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The plan, as --plan-file has written it
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Show what is left to do and do nothing
    #[arg(long, visible_alias = "plan")]
    what_if: bool,
    #[command(flatten)]
    wait: WaitArgs,
    #[command(flatten)]
    sign_in: SignInArgs,
}

const EXAMPLES: &str = "\
Examples:
  exoctl setup apply plan.json
  exoctl setup apply plan.json --what-if
  exoctl setup apply plan.json --yes --access-token-file token.txt

What is done already is left out. If the tenant has changed so that something would have to be done that is not in the
plan, nothing is done. Several people can carry out one plan after the other, each the steps that they may do.
The private key stays where the plan was made; only there the connection is tried and kept.";

impl Args {
    pub(super) async fn run(
        self,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        let patience = self.wait.patience()?;
        let agreed = read_plan(&self.file)?;
        let tenant = TenantReference::Id(agreed.goal.tenant());
        let application = agreed.goal.application();
        let request = Request {
            organization: Some(tenant),
            application,
            scopes: scopes(&agreed),
            exchange: agreed.goal.takes_exchange() && self.can_sign_in_to_exchange(),
        };
        let mut survey = survey(request, &self.sign_in, context, ui).await?;
        if let (Some(exchange), Some(group)) = (&survey.exchange, agreed.goal.role_group()) {
            survey.observed.read_role_group(exchange, group).await?;
        }
        let plan = left(&agreed, &survey, context)?;
        if self.what_if {
            return show(&plan, context, ui);
        }
        ui.say(format_args!("{}\n\n{plan}", title(&plan)));
        if !plan.is_done()
            && !ui.confirm("Carry out this plan?", "--yes, or --what-if to see it only")?
        {
            return Ok(ExitCode::Ok);
        }
        let changes = plan.pending().count();
        let key = here(&plan, context)?;
        let password = PasswordArgs::default();
        carry_out(&agreed, &survey, key, &password, changes, &patience, context, ui).await
    }
}

impl Args {
    /// A token of Graph alone is of no use there; the steps of Exchange are then left to others.
    fn can_sign_in_to_exchange(&self) -> bool {
        self.sign_in.exchange_token_file.is_some() || self.sign_in.access_token_file.is_none()
    }
}

/// What of a plan is still to be done.
fn left(agreed: &Plan, survey: &Survey, context: &Context) -> Result<Plan, CommandError> {
    let now = context.clock().now();
    Ok(match &agreed.goal {
        Goal::Setup(desired) => exoctl_setup::plan(desired, &survey.observed, now)?,
        Goal::Teardown(unwanted) => exoctl_setup::removal(unwanted, &survey.observed)?,
    })
}

/// The permissions that the administrator needs for the plan.
fn scopes(plan: &Plan) -> Vec<&'static str> {
    match &plan.goal {
        Goal::Setup(desired) => desired.graph_scopes(),
        Goal::Teardown(_) => vec![exoctl_setup::well_known::APPLICATION_READ_WRITE_ALL],
    }
}

/// The key of the plan's certificate, if it is on this machine.
fn here(plan: &Plan, context: &Context) -> Result<Option<Key>, CommandError> {
    let Goal::Setup(Desired { certificate: WantedCertificate::Existing { certificate }, .. }) =
        &plan.goal
    else {
        return Ok(None);
    };
    let thumbprint = certificate.0.thumbprint();
    let found = context.store_with(&thumbprint)?.find(&thumbprint)?;
    match found.filter(|found| found.has_private_key) {
        Some(_) => certificate::in_store(&thumbprint, context).map(Some),
        None => Ok(None),
    }
}

/// Reads a plan.
fn read_plan(path: &Path) -> Result<Plan, CommandError> {
    let text = std::fs::read_to_string(path).map_err(|source| FileError {
        operation: "read the plan",
        path: path.into(),
        source,
    })?;
    let syntax = |source| PlanError::Syntax { path: path.to_owned(), source };
    let plan: Value = serde_json::from_str(&text).map_err(syntax)?;
    match plan["format"].as_u64() {
        Some(found) if found != u64::from(Plan::FORMAT) => {
            let path = path.to_owned();
            Err(PlanError::Format { path, found, expected: Plan::FORMAT }.into())
        }
        _ => Ok(serde_json::from_value(plan).map_err(syntax)?),
    }
}

/// Does it, looks whether it works if the key is here, and keeps the connection.
#[expect(clippy::too_many_arguments, reason = "all of what was agreed to, and with what")]
pub(super) async fn carry_out(
    plan: &Plan,
    survey: &Survey,
    key: Option<Key>,
    password: &PasswordArgs,
    changes: usize,
    patience: &Patience,
    context: &Context,
    ui: &mut Ui,
) -> Result<ExitCode, CommandError> {
    if let Some(footprint) = Footprint::of(plan, &survey.observed)
        && let WantedApplication::Existing { app_id } = plan.goal.application()
    {
        footprint::remember(*app_id, footprint, context)?;
    }
    let applied = survey.carry_out(plan, patience, context, ui).await?;
    let (Goal::Setup(desired), Some(applied)) = (&plan.goal, applied) else {
        forget(&plan.goal, survey, context, ui)?;
        return Ok(ExitCode::Ok);
    };
    let finished = Finished { desired, applied, changes };
    match key {
        Some(key) => {
            finish::with_key(&finished, &key, survey, password, patience, context, ui).await
        }
        None => finish::without_key(&finished, context, ui),
    }
}
