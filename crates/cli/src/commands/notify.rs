//! `exoctl notify`: being told what became of runs.

mod list;
mod outbox;
mod templates;
mod test;

use clap::Subcommand;

use crate::context::Context;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::ui::Ui;

/// The arguments of `exoctl notify`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLES: &str = "\
Channels are in notify.toml beside the profiles, and jobs name them. Secrets are never in it: it says where they are.

  [channel.ops]
  kind = \"mail\"                       # or teams, slack, webhook, healthcheck
  from = \"exoctl@contoso.com\"
  to = [\"ops@contoso.com\"]
  smtp = \"smtp.contoso.com:587\"       # or graph = true
  user = \"exoctl\"
  password = \"file:/run/secrets/smtp\" # or env:NAME

  [channel.alive]
  kind = \"healthcheck\"
  url = \"env:HEALTHCHECK_URL\"

Examples:
  exoctl notify list
  exoctl notify test ops
  exoctl notify outbox --failed
  exoctl notify templates --write ./templates";

#[derive(Debug, Subcommand)]
enum Action {
    /// List the channels, and whether their secrets are there
    #[command(visible_alias = "ls")]
    List(list::Args),
    /// Tell a channel something, to see whether it arrives
    Test(test::Args),
    /// List what is to be told and was, and send once more what was given up
    Outbox(outbox::Args),
    /// List the templates of messages, and what is wrong with yours
    Templates(templates::Args),
}

impl Args {
    /// Does it.
    pub(crate) async fn run(
        self,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        match self.action {
            Action::List(args) => args.run(context, ui),
            Action::Test(args) => args.run(context, ui).await,
            Action::Outbox(args) => args.run(context, ui).await,
            Action::Templates(args) => args.run(context, ui),
        }
    }
}
