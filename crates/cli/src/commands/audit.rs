//! `exoctl audit`: the unified audit log, exported whole.

mod access;
mod crosscheck;
mod export;
mod period;
mod reconcile;
mod report;
mod target;
mod verify;
mod watch;

use clap::Subcommand;

pub(crate) use self::period::moment;

use crate::context::Context;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::ui::Ui;

/// The arguments of `exoctl audit`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLES: &str = "\
Examples:
  exoctl audit export --last-month --to ./audit/2026-10
  exoctl audit export --from 2026-10-01 --to-date 2026-10-08 --to ./audit/week --sink jsonl --compress zstd
  exoctl audit verify ./audit/2026-10 --certificate exo.cer
  exoctl audit reconcile ./audit/2026-10
  exoctl audit crosscheck ./search ./feed
  exoctl audit report ./audit/2026-10 --html review.html";

#[derive(Debug, Subcommand)]
enum Action {
    /// Export the audit log of a period, with proof that it is complete
    Export(export::Args),
    /// Compare two exports, of two sources mostly: what is only in one of them
    Crosscheck(crosscheck::Args),
    /// Read the period of an export again, and add what came since
    Reconcile(reconcile::Args),
    /// Tell a reviewer what an export holds: coverage, what to look at, what happened
    Report(report::Args),
    /// Check an export without a network: signature, files, counts, coverage
    Verify(verify::Args),
}

impl Args {
    /// Does it.
    pub(crate) async fn run(
        self,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        match self.action {
            Action::Export(args) => args.run(context, ui).await,
            Action::Crosscheck(args) => args.run(context, ui),
            Action::Reconcile(args) => args.run(context, ui).await,
            Action::Report(args) => args.run(context, ui).await,
            Action::Verify(args) => args.run(context, ui).await,
        }
    }
}
