//! `exoctl app audit`.

use exoctl_setup::audit;
use serde_json::json;

use super::fix::Fix;
use super::target::TargetArgs;
use crate::commands::setup::{Request, own_role_group, survey};
use crate::context::Context;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::output::Rows;
use crate::sign_in::SignInArgs;
use crate::ui::Ui;

/// The arguments of `exoctl app audit`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    target: TargetArgs,
    /// Look at Exchange too: the role group that setup --for-cmdlets makes, and management roles that it has
    /// directly; signs in there
    #[arg(long, alias = "role-group")]
    exchange: bool,
    #[command(flatten)]
    sign_in: SignInArgs,
}

const EXAMPLES: &str = "\
Examples:
  exoctl app audit
  exoctl app audit --organization contoso.onmicrosoft.com --name \"EXO Reporting\"
  exoctl app audit --app-id 36ee… -o json

Lists what is missing and what is too much: permissions, directory roles, certificates that end soon, are valid for more than
two years or whose key is elsewhere, secrets. Each with the command that changes it. The exit code is 3 if there is
anything.";

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
            exchange: self.exchange || self.sign_in.exchange_token_file.is_some(),
        };
        let mut survey = survey(request, &self.sign_in, context, ui).await?;
        let group = own_role_group(&survey.subject(&wanted));
        if let Some(exchange) = &survey.exchange {
            survey.observed.read_role_group(exchange, &group).await?;
            survey.observed.read_management_roles(exchange).await?;
        }
        let Some(application) = &survey.observed.application else {
            ui.note("There is no such application.");
            return Ok(ExitCode::Ok);
        };
        let listing = context.store()?.list()?;
        let keys = listing.certificates.iter().filter(|stored| stored.has_private_key);
        let keys: Vec<_> = keys.map(|stored| stored.certificate.thumbprint()).collect();
        let now = context.clock().now();
        let findings = audit(&survey.observed, application, &keys, now);
        let fix = Fix::new(&wanted, &survey.observed, &group);
        let mut rows = Rows::new(context, ui)?.noun("Finding");
        for finding in &findings {
            let row = json!({
                "finding": finding.code(),
                "kind": if finding.is_missing() { "missing" } else { "extra" },
                "message": finding.to_string(),
                "fix": fix.of(finding),
            });
            rows.value(&row, ui)?;
        }
        rows.finish(ui)?;
        if findings.is_empty() {
            ui.note(format_args!(
                "Nothing is missing and nothing is too much: {}.",
                application.display_name
            ));
            return Ok(ExitCode::Ok);
        }
        Ok(ExitCode::Findings)
    }
}
