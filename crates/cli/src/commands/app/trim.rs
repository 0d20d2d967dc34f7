//! `exoctl app trim`: takes away what an application has too much of. The application stays.

use exoctl_identity::DirectoryRole;
use exoctl_setup::{Observed, Parts, Unwanted, well_known};
use uuid::Uuid;

use super::target::TargetArgs;
use crate::commands::setup::{Request, WaitArgs, show, survey, title};
use crate::context::Context;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::sign_in::SignInArgs;
use crate::ui::Ui;

/// The arguments of `exoctl app trim`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES, group = clap::ArgGroup::new("parts")
    .args(["credentials", "consents", "directory_roles", "management_roles", "other_tenants", "user_read"])
    .required(true)
    .multiple(true))]
pub(super) struct Args {
    #[command(flatten)]
    target: TargetArgs,
    /// A certificate or secret, by its key id; may be repeated
    #[arg(long = "credential", value_name = "KEY-ID")]
    credentials: Vec<Uuid>,
    /// Admin consent to one permission, by the assignment's id; may be repeated
    #[arg(long = "consent", value_name = "ID")]
    consents: Vec<String>,
    /// A directory role, by its name or by the assignment's id; may be repeated
    #[arg(long = "directory-role", value_name = "ROLE")]
    directory_roles: Vec<String>,
    /// A management role that it has directly, by the assignment's name; signs in to Exchange
    #[arg(long = "management-role", value_name = "NAME")]
    management_roles: Vec<String>,
    /// That accounts of other tenants may sign in to it
    #[arg(long)]
    other_tenants: bool,
    /// That it asks for Microsoft Graph / User.Read
    #[arg(long)]
    user_read: bool,
    /// Show the plan and do nothing
    #[arg(long, visible_alias = "plan")]
    what_if: bool,
    #[command(flatten)]
    wait: WaitArgs,
    #[command(flatten)]
    sign_in: SignInArgs,
}

const EXAMPLES: &str = "\
Examples:
  exoctl app trim --directory-role \"Global Administrator\"
  exoctl app trim --app-id 36ee… --credential 9f7a… --what-if
  exoctl app trim --app-id 36ee… --management-role \"ApplicationImpersonation-EXO Reporting\"

`exoctl app audit` finds what is too much and prints these commands.";

impl Args {
    pub(super) async fn run(
        self,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        let patience = self.wait.patience()?;
        let (organization, wanted) = self.target.find(context)?;
        let request = Request {
            organization,
            application: &wanted,
            scopes: self.scopes(),
            exchange: !self.management_roles.is_empty(),
        };
        let mut survey = survey(request, &self.sign_in, context, ui).await?;
        if let Some(exchange) = &survey.exchange {
            survey.observed.read_management_roles(exchange).await?;
        }
        let unwanted = Unwanted {
            tenant: survey.observed.tenant,
            organization: survey.observed.organization.clone(),
            application: wanted,
            parts: Some(self.parts(&survey.observed)),
            role_group: None,
            purge: false,
        };
        let plan = exoctl_setup::removal(&unwanted, &survey.observed)?;
        if self.what_if {
            return show(&plan, context, ui);
        }
        ui.say(format_args!("{}\n\n{plan}", title(&plan)));
        let agreed = plan.is_done()
            || ui.confirm("Carry out this plan?", "--yes, or --what-if to see it only")?;
        if agreed {
            survey.carry_out(&plan, &patience, context, ui).await?;
        }
        Ok(ExitCode::Ok)
    }

    /// The least that it takes.
    fn scopes(&self) -> Vec<&'static str> {
        let mut scopes = vec![well_known::APPLICATION_READ_WRITE_ALL];
        if !self.directory_roles.is_empty() {
            scopes.push(well_known::ROLE_MANAGEMENT);
        }
        if !self.consents.is_empty() {
            scopes.push(well_known::APP_ROLE_ASSIGNMENT_ALL);
        }
        scopes
    }

    fn parts(&self, observed: &Observed) -> Parts {
        let is_named = |id: Uuid, name: &String| {
            DirectoryRole::by_name(name).is_some_and(|role| role.template_id == id)
        };
        let roles = observed.directory_roles.iter().filter(|role| {
            self.directory_roles
                .iter()
                .any(|wanted| *wanted == role.id || is_named(role.role_definition_id, wanted))
        });
        let application = observed.application.as_ref().filter(|_| self.user_read);
        Parts {
            directory_roles: roles.map(|role| role.id.clone()).collect(),
            credentials: self.credentials.clone(),
            consents: self.consents.clone(),
            management_roles: self.management_roles.clone(),
            other_tenants: self.other_tenants,
            requested: application.map(|there| there.asked_without(well_known::USER_READ)),
            ..Parts::default()
        }
    }
}
