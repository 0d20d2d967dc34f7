//! `exoctl demo`: the whole story on a simulated tenant, in one process.
//!
//! Every line shown is run through the same code that runs it when a user types it, but for
//! `sim register`, for which the library is called; only the tenant is simulated and everything that exoctl keeps goes to a temporary directory.

mod stage;
mod story;

use std::path::PathBuf;

use crate::context::Context;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::ui::Ui;

/// The arguments of `exoctl demo`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// How many mailboxes the simulated tenant has
    #[arg(long, value_name = "N", default_value_t = 2500, value_parser = clap::value_parser!(u64).range(50..=1_000_000))]
    mailboxes: u64,
    /// Keep what the demo makes in this directory, which must not exist yet
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Needs no account and no network: the tenant is simulated inside this process, on the loopback. It makes a
certificate, registers an application with it, connects, reads, changes, fails on purpose, and disconnects,
and shows for each step what you would type.

Examples:
  exoctl demo
  exoctl demo --mailboxes 100000
  exoctl demo --keep ./demo";

impl Args {
    /// Does it.
    pub(crate) async fn run(
        self,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        let mut stage = stage::Stage::open(self.keep, self.mailboxes, context, ui).await?;
        let told = story::tell(&mut stage).await;
        stage.close().await?;
        told.map(|()| ExitCode::Ok)
    }
}
