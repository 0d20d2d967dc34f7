//! `exoctl sim`.

mod admin_token;
mod clock;
mod fault;
mod log;
mod register;
mod run;

use clap::Subcommand;

use crate::context::Context;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::ui::Ui;

/// The arguments of `exoctl sim`.
#[derive(clap::Args, Debug)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = EXAMPLES
)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: run::Args,
}

/// What can be done with a tenant that runs.
#[derive(Debug, Subcommand)]
enum Command {
    /// Register an application with its certificate, consent and role
    Register(register::Args),
    /// Get a token of an administrator who has signed in, for `exoctl setup`
    AdminToken(admin_token::Args),
    /// Show the tenant's clock, or move it and that of everybody who works with it
    Clock(clock::Args),
    /// Make things go wrong, or right again
    Fault(fault::Args),
    /// Show the requests that the tenant answered
    Log(log::Args),
}

const EXAMPLES: &str = "\
Examples:
  exoctl sim --state ./tenant
  exoctl sim --state ./tenant --audit-records 100000 --audit wild
  exoctl sim --state ./tenant --mailboxes 50000 --seed 7 --fault throttle:rate=0.1,retry-after=1.5
  exoctl sim register --state ./tenant --certificate exo.cer --role \"Exchange Administrator\"
  exoctl sim admin-token --state ./tenant > token.txt
  exoctl sim clock --state ./tenant --advance 30d
  exoctl --environment ./tenant/environment.json Connect-ExchangeOnline …

The tenant prints one line of JSON when it is ready and stops at ctrl-c or SIGTERM.
Faults are KIND or KIND:KEY=VALUE,…; the kinds are throttle, bucket, error, reset, slow, truncate,
nul403, expired-token, lost-continuation, replication, skew, refuse, wrong-role, short-page and
warning, the keys of all are rate, after, count, match, service and seed. See docs/simulated-tenant.md.";

impl Args {
    /// Does it.
    pub(crate) async fn run(
        self,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        match self.command {
            None => self.run.run(context, ui).await,
            Some(Command::Register(args)) => args.run(ui).await,
            Some(Command::AdminToken(args)) => args.run(ui).await,
            Some(Command::Clock(args)) => args.run(ui).await,
            Some(Command::Fault(args)) => args.run(ui).await,
            Some(Command::Log(args)) => args.run(ui).await,
        }
    }
}
