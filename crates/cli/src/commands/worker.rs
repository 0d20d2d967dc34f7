//! `exoctl worker`: works on runs that a scheduler elsewhere has written down.

use std::sync::Arc;

use exoctl_runner::Stopper;

use super::serve::{DeliveryArgs, Figures, WatchArgs, stop_signal, until_stopped};
use crate::context::Context;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::job_files::JobsArgs;
use crate::ui::Ui;
use crate::unattended::{Installation, LeaseArgs};

/// The arguments of `exoctl worker`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    files: JobsArgs,
    /// How many runs at once
    #[arg(long, value_name = "N", default_value_t = 4)]
    workers: usize,
    #[command(flatten)]
    watched: WatchArgs,
    #[command(flatten)]
    delivery: DeliveryArgs,
    #[command(flatten)]
    lease: LeaseArgs,
}

const EXAMPLES: &str = "\
Any number of machines can work on one ledger in PostgreSQL (EXOCTL_LEDGER). Each needs the profiles and the
certificates of the jobs, but not the job files: what a run does is in the ledger. One machine, or several,
schedule: exoctl serve.

Examples:
  EXOCTL_LEDGER=file:/etc/exoctl/ledger-url exoctl worker
  EXOCTL_LEDGER=file:/etc/exoctl/ledger-url exoctl worker --workers 16 --delivery graphile
  exoctl worker --listen 127.0.0.1:9465 --log info --log-format json

Exit codes: 0 stopped in good order, all others are failures.";

impl Args {
    /// Does it.
    pub(crate) async fn run(
        self,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        let signal = stop_signal()?;
        let here = Installation::open(context, self.files.files(context)?, &self.lease).await?;
        let figures = Arc::new(Figures::new(here.ledger(), context.clock()));
        let listener = self.watched.open(figures.clone(), ui).await?;
        let (stopper, stopping) = Stopper::new();
        let watching = tokio::spawn(figures.clone().keep(stopping.clone()));
        let grace = self.watched.grace();
        let hands = self.workers.max(1);
        let crew = self.delivery.crew(&here, hands, grace, figures.clone()).await?;
        ui.note(format_args!("Working on {} with {hands} at once.", here.ledger.place()));
        let worked = until_stopped(crew.work(stopping), signal, &stopper, &figures).await;
        let _ = watching.await;
        drop(listener);
        worked?;
        ui.note("Stopped.");
        Ok(ExitCode::Ok)
    }
}
