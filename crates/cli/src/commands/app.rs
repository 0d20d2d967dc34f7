//! `exoctl app`: an application as the directory knows it.

mod audit;
mod fix;
mod show;
mod target;
mod trim;

use clap::Subcommand;

use crate::context::Context;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::ui::Ui;

/// The arguments of `exoctl app`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLES: &str = "\
Examples:
  exoctl app show
  exoctl app show --organization contoso.onmicrosoft.com --name \"EXO Reporting\"
  exoctl app audit --organization contoso.onmicrosoft.com --name \"EXO Reporting\"
  exoctl app trim --directory-role \"Global Administrator\"";

/// What it takes to look and not to touch.
const SCOPES: [&str; 2] = ["Application.Read.All", "RoleManagement.Read.Directory"];

#[derive(Debug, Subcommand)]
enum Action {
    /// Show what an application has: certificates, consent, directory roles
    Show(show::Args),
    /// Find what is missing and what is too much
    Audit(audit::Args),
    /// Take away what is too much
    Trim(trim::Args),
}

impl Args {
    /// Does it.
    pub(crate) async fn run(
        self,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        match self.action {
            Action::Show(args) => args.run(context, ui).await,
            Action::Audit(args) => args.run(context, ui).await,
            Action::Trim(args) => args.run(context, ui).await,
        }
    }
}
