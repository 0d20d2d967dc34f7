//! `exoctl serve`: the scheduler and workers in one process, until told to stop.

mod delivery;
mod downtime;
mod figures;
mod listen;
mod stop;

pub(crate) use delivery::DeliveryArgs;
pub(super) use downtime::last_seen;
pub(crate) use figures::Figures;
pub(super) use stop::stop_signal;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use exoctl_runner::{Stop, Stopper};
use tracing::info;

use self::listen::Listener;
use crate::context::Context;
use crate::error::{CommandError, RunError};
use crate::exit::ExitCode;
use crate::job_files::JobsArgs;
use crate::ui::Ui;
use crate::unattended::{Installation, LeaseArgs, LedgerOutbox, carry, carry_on, duration};

/// The arguments of `exoctl serve`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    files: JobsArgs,
    /// How many runs at once; 0 leaves them all to `exoctl worker`
    #[arg(long, value_name = "N", default_value_t = 4)]
    workers: usize,
    #[command(flatten)]
    watched: WatchArgs,
    #[command(flatten)]
    delivery: DeliveryArgs,
    #[command(flatten)]
    lease: LeaseArgs,
}

/// How it can be watched, and how it stops.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct WatchArgs {
    /// Answer /healthz, /readyz and /metrics here; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Allow an address that other machines reach; names of jobs are not secret, but they are there
    #[arg(long, requires = "listen")]
    allow_remote: bool,
    /// How long runs have to end by themselves when it is told to stop
    #[arg(long, value_name = "DURATION", default_value = "90s", value_parser = duration)]
    grace: Duration,
}

const EXAMPLES: &str = "\
What is due is decided from the ledger: after a crash or a night without power it is known what was missed.
Job files are read again whenever it looks, at least every half minute. SIGTERM and ctrl-c stop it in good order.

Examples:
  exoctl serve
  exoctl serve --listen 127.0.0.1:9464 --log info --log-format json
  EXOCTL_LEDGER=file:/etc/exoctl/ledger-url exoctl serve --workers 0

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
        downtime::tell(&here, ui).await?;
        downtime::note(&*here.ledger, context.clock().now()).await;
        let (stopper, stopping) = Stopper::new();
        let mut scheduler = here.scheduler(figures.clone())?;
        let scheduling = {
            let stopping = stopping.clone();
            tokio::spawn(async move { scheduler.run(stopping).await })
        };
        let outbox = LedgerOutbox::new(here.ledger());
        let telling = tokio::spawn(carry_on(outbox, here.context.clone(), stopping.clone()));
        let watching = tokio::spawn(figures.clone().keep(stopping.clone()));
        let crew =
            self.delivery.crew(&here, self.workers, self.watched.grace, figures.clone()).await?;
        let working = async {
            if self.workers > 0 {
                return crew.work(stopping).await;
            }
            never(stopping).await;
            Ok(())
        };
        ui.note(format_args!(
            "Serving {} with {} at once.",
            here.files.directory().display(),
            self.workers
        ));
        let worked = until_stopped(working, signal, &stopper, &figures).await;
        let _ = tokio::join!(scheduling, telling, watching);
        // What ended last is told too.
        carry(&LedgerOutbox::new(here.ledger()), &here.context).await;
        downtime::note(&*here.ledger, context.clock().now()).await;
        drop(listener);
        worked?;
        ui.note("Stopped.");
        Ok(ExitCode::Ok)
    }
}

impl WatchArgs {
    /// Opens the port, if one is asked for.
    pub(super) async fn open(
        &self,
        figures: Arc<Figures>,
        ui: &mut Ui,
    ) -> Result<Option<Listener>, CommandError> {
        let Some(address) = self.listen else { return Ok(None) };
        if !address.ip().is_loopback() && !self.allow_remote {
            return Err(RunError::NotLoopback { address }.into());
        }
        let failed = |source| RunError::Listen { address, source };
        let listener = Listener::open(address, figures).await.map_err(failed)?;
        ui.say(format_args!("Listening on http://{}", listener.address()));
        Ok(Some(listener))
    }

    /// How long runs have to end by themselves.
    pub(crate) fn grace(&self) -> Duration {
        self.grace
    }
}

/// Works until a signal comes, then until what is under way has ended.
pub(crate) async fn until_stopped(
    working: impl Future<Output = Result<(), exoctl_store::StoreError>>,
    signal: impl Future<Output = ()>,
    stopper: &Stopper,
    figures: &Figures,
) -> Result<(), CommandError> {
    let mut working = std::pin::pin!(working);
    figures.is_ready();
    let worked = tokio::select! {
        worked = &mut working => worked,
        () = signal => {
            info!("told to stop");
            figures.stops();
            stopper.stop(Stop::Shutdown);
            working.await
        }
    };
    stopper.stop(Stop::Shutdown);
    Ok(worked?)
}

async fn never(mut stopping: exoctl_runner::Stopping) {
    stopping.stopped().await;
}
