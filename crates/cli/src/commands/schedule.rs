//! `exoctl schedule`: jobs started by the scheduler that is there already.
//!
//! Every scheduler is given the same command, `exoctl job run NAME --if-due`: it says when to look, and
//! the ledger says what is due. So time zones, change-overs, missed runs and overlaps are decided in one
//! place, whoever starts the program.

mod budget;
mod calendar;
mod cron;
mod entry;
mod error;
mod install;
mod kind;
mod kubernetes;
mod launchd;
mod look;
mod options;
mod place;
mod remove;
mod status;
mod systemd;
mod task;
mod xml;

use clap::Subcommand;

use crate::context::Context;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::ui::Ui;

/// The arguments of `exoctl schedule`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLES: &str = "\
`exoctl serve` needs none of this. For those who keep the scheduler that they have, the files for it are made
from the job files; each starts `exoctl job run NAME --if-due`, which does nothing and ends with 75 unless
the ledger says that a run is due.

Examples:
  exoctl schedule install --all --with systemd --user exoctl
  exoctl schedule install audit-monthly --with kubernetes --image registry.example/exoctl:1 --print
  exoctl schedule status --with systemd --check
  exoctl schedule remove audit-monthly --with systemd";

#[derive(Debug, Subcommand)]
enum Action {
    /// Write the files by which a scheduler starts jobs, and say how to switch them on
    Install(install::Args),
    /// Show whether the files are there and say what the job files say
    Status(status::Args),
    /// Remove the files, and say how to switch them off
    #[command(visible_alias = "rm")]
    Remove(remove::Args),
}

impl Args {
    /// Does it.
    #[expect(clippy::unused_async, reason = "all commands are run alike")]
    pub(crate) async fn run(
        self,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        match self.action {
            Action::Install(args) => args.run(context, ui),
            Action::Status(args) => args.run(context, ui),
            Action::Remove(args) => args.run(context, ui),
        }
    }
}
