//! Runs of jobs on this machine: what the scheduler and its workers are made of here.
//!
//! `exoctl serve`, `exoctl worker` and `exoctl job run` compose the same parts: the ledger, the job files,
//! an executor whose steps are processes of this program, and what is told about all of it.

mod archive;
mod artifacts;
mod cause;
mod executor;
mod ledger;
mod leftover;
mod machine;
mod outbox;
mod record;
mod roster;
mod step_output;
mod step_process;
mod telling;

pub(crate) use ledger::{open as open_ledger, open_existing};
pub(crate) use machine::owner;
pub(crate) use outbox::{LedgerOutbox, carry, carry_on};

use std::sync::Arc;
use std::time::Duration;

use exoctl_runner::{
    Crew, LeaseTimes, Listed, Observer, Scheduler, SchedulerParts, Teller, Worker, WorkerParts,
};
use exoctl_store::{Delivery, Ledger, RunRow, SqlLedger};

use self::archive::Directories;
use self::executor::Processes;
use self::roster::Files;
use self::telling::Telling;
use crate::context::Context;
use crate::error::CommandError;
use crate::job_files::JobFiles;

/// What is the same wherever runs are worked on.
#[derive(Debug)]
pub(crate) struct Installation {
    pub(crate) context: Arc<Context>,
    pub(crate) ledger: Arc<SqlLedger>,
    pub(crate) files: JobFiles,
    lease: LeaseTimes,
    telling: Arc<Telling>,
}

/// For how long runs are taken; tests that kill workers do not want to wait for a minute.
#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct LeaseArgs {
    /// For how long runs are taken before a word is due
    #[arg(long, value_name = "DURATION", hide = true, value_parser = lease)]
    lease: Option<Duration>,
}

impl Installation {
    /// Opens the ledger.
    pub(crate) async fn open(
        context: &Context,
        files: JobFiles,
        lease: &LeaseArgs,
    ) -> Result<Self, CommandError> {
        let context = Arc::new(context.again());
        let ledger = ledger::open(&context).await?;
        let telling = Arc::new(Telling::new(ledger.clone(), context.clone()));
        let lease = lease.lease.map_or_else(LeaseTimes::default, LeaseTimes::of);
        Ok(Self { context, ledger, files, lease, telling })
    }

    /// The ledger, for those who do not care how it is kept.
    pub(crate) fn ledger(&self) -> Arc<dyn Ledger> {
        self.ledger.clone()
    }

    /// Who works here.
    pub(crate) fn worker(&self, observer: Arc<dyn Observer>) -> Result<Worker, CommandError> {
        let executor =
            Processes::new(self.context.clone(), &self.files, self.telling.clone(), self.lease)?;
        Ok(Worker::new(WorkerParts {
            ledger: self.ledger(),
            executor: Arc::new(executor),
            observer,
            clock: self.context.clock(),
            lease: self.lease,
        }))
    }

    /// So many hands, and how they get what they do.
    pub(crate) fn crew(
        &self,
        delivery: Arc<dyn Delivery>,
        hands: usize,
        grace: Duration,
        observer: Arc<dyn Observer>,
    ) -> Result<Crew, CommandError> {
        Ok(Crew {
            worker: self.worker(observer)?,
            delivery,
            owner: owner(),
            hands,
            lease: self.lease,
            grace,
        })
    }

    /// Who decides what is due.
    pub(crate) fn scheduler(&self, observer: Arc<dyn Observer>) -> Result<Scheduler, CommandError> {
        Ok(Scheduler::new(SchedulerParts {
            ledger: self.ledger(),
            jobs: Arc::new(self.roster()),
            teller: self.teller(),
            archive: Arc::new(Directories::new(&self.context.paths()?.data)),
            observer,
            clock: self.context.clock(),
            owner: owner(),
            lease: self.lease,
        }))
    }

    /// The jobs that there are.
    pub(crate) fn roster(&self) -> Files {
        Files::new(self.files.clone(), self.context.clone())
    }

    /// Says how many runs these tenants may have at once, as far as a job says it.
    pub(crate) async fn limit(
        &self,
        listed: &Listed,
        tenants: &[String],
    ) -> Result<(), CommandError> {
        Ok(self.ledger.limit_tenants(tenants, listed.job.limits.tenant_running).await?)
    }

    /// Judges runs whose worker was lost, where no scheduler may be there to do it.
    pub(crate) async fn judge_lost(&self) -> Result<(), CommandError> {
        let lost = |run: &RunRow, state| self.telling.lost(run, state);
        self.ledger.reap(AT_ONCE, &lost, self.context.clock().now()).await?;
        Ok(())
    }

    /// Who writes what is told.
    pub(crate) fn teller(&self) -> Arc<dyn Teller> {
        self.telling.clone()
    }

    /// For how long runs are taken.
    pub(crate) fn lease(&self) -> LeaseTimes {
        self.lease
    }
}

const AT_ONCE: usize = 500;

/// A length of time, in words.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let length: exoctl_job::Duration =
        text.parse().map_err(|error: exoctl_job::InvalidDuration| error.to_string())?;
    Ok(length.std())
}

fn lease(text: &str) -> Result<Duration, String> {
    let length = duration(text)?;
    if length.is_zero() { Err("a lease has some length".to_owned()) } else { Ok(length) }
}
