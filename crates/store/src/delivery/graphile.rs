//! By [graphile_worker](https://docs.rs/graphile_worker), on the ledger's own PostgreSQL.
//!
//! The ledger admits runs in its own fair order, no more than are soon taken, and the engine carries
//! their ids to whichever worker is free; it adds wake-ups and a registry of workers. What it forgets
//! is offered again, and what it brings twice is refused by the ledger, so that nothing depends on how
//! it counts attempts or who completes what.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use exoctl_model::Clock;
use futures_util::StreamExt as _;
use futures_util::future::{BoxFuture, FutureExt as _};
use futures_util::stream::FuturesUnordered;
use graphile_worker::{
    IntoTaskHandlerResult, JobSpec, LocalQueueConfig, TaskHandler, WorkerContext, WorkerOptions,
    WorkerRecoveryConfig, WorkerUtils,
};
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgPoolOptions;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use tracing::{debug, warn};

use super::{Delivery, Handler};
use crate::error::StoreError;
use crate::ledger::{Answer, Ledger};
use crate::record::{Admitted, ClaimOutcome, ClaimRequest, RunId};
use crate::sql::SqlLedger;

/// Where the engine's tables are.
const SCHEMA: &str = "exoctl_delivery";

/// How often runs are admitted.
const PUMP: Duration = Duration::from_millis(500);

/// How often what nobody has taken is offered again, and after how long.
const RECONCILE: Duration = Duration::from_mins(1);
const FORGOTTEN: Duration = Duration::from_mins(2);

/// How long to leave a server alone that does not answer.
const OUTAGE: Duration = Duration::from_secs(2);

/// The engine aborts what has not ended by then. Handlers end long before, by themselves.
const GRACE: Duration = Duration::from_hours(24);

/// By graphile_worker.
#[derive(Clone)]
pub struct Graphile {
    ledger: Arc<SqlLedger>,
    clock: Arc<dyn Clock>,
    pool: sqlx::PgPool,
    times: Times,
}

#[derive(Clone, Copy, Debug)]
struct Times {
    heartbeat: Duration,
    silent: Duration,
}

/// What the engine carries.
#[derive(Debug, Serialize, Deserialize)]
struct Carried {
    run: RunId,
}

/// The way from the engine's tasks, which live by themselves, to the handler, which is borrowed.
#[derive(Clone, Debug)]
struct Inbox(mpsc::Sender<(RunId, oneshot::Sender<()>)>);

impl TaskHandler for Carried {
    const IDENTIFIER: &'static str = "run";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let inbox = context.get_ext::<Inbox>().ok_or("nobody is there to take runs")?;
        let (done, over) = oneshot::channel();
        inbox.0.send((self.run, done)).await.map_err(|_| "the worker stops")?;
        // Dropped without a word: the ledger could not be asked. The engine tries again.
        over.await.map_err(|_| "the ledger did not answer")
    }
}

impl Graphile {
    /// On the server of a ledger. Makes the engine's tables if they are not there.
    pub async fn connect(
        ledger: Arc<SqlLedger>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StoreError> {
        let server = ledger.server().ok_or_else(|| StoreError::Delivery {
            operation: "start",
            reason: "it needs a ledger on PostgreSQL".to_owned(),
        })?;
        let failed = StoreError::of("connect the delivery engine");
        let pool = PgPoolOptions::new().max_connections(8).connect_with(server).await;
        let pool = pool.map_err(failed)?;
        let times = Times { heartbeat: Duration::from_secs(15), silent: Duration::from_mins(1) };
        let engine = Self { ledger, clock, pool, times };
        engine.utils().migrate().await.map_err(|error| said("make its tables", &error))?;
        Ok(engine)
    }

    /// How often the engine's workers say that they live, and after which silence they do not.
    #[must_use]
    pub fn with_heartbeat(mut self, heartbeat: Duration, silent: Duration) -> Self {
        self.times = Times { heartbeat, silent };
        self
    }

    /// Gives runs to the engine that were admitted. One that it has already is replaced.
    pub async fn offer(&self, runs: &[Admitted]) -> Result<(), StoreError> {
        let utils = self.utils();
        for run in runs {
            let spec = JobSpec::builder()
                .job_key(run.run.to_string())
                .priority(run.class.number() as i16)
                .build();
            let added = utils.add_job(Carried { run: run.run }, spec).await;
            added.map_err(|error| said("take a run", &error))?;
        }
        Ok(())
    }

    fn utils(&self) -> WorkerUtils {
        WorkerUtils::new(self.pool.clone(), SCHEMA)
    }

    /// Lets the engine run until the worker is to stop. The engine ends by itself when it cannot write
    /// down what it has done; then it begins anew, and what it had is brought again.
    async fn run(&self, hands: usize, inbox: Inbox, mut told: watch::Receiver<bool>) {
        while let Err(error) = self.session(hands, inbox.clone(), told.clone()).await {
            warn!(error = &error as &dyn std::error::Error, "the delivery engine has ended");
            tokio::select! {
                () = sleep(OUTAGE) => {}
                // An error is that nobody is there to tell it, which is the end too.
                _ = told.wait_for(|stop| *stop) => return,
            }
        }
    }

    async fn session(
        &self,
        hands: usize,
        inbox: Inbox,
        mut told: watch::Receiver<bool>,
    ) -> Result<(), StoreError> {
        let recovery = WorkerRecoveryConfig::default()
            .enabled(true)
            .heartbeat_interval(self.times.heartbeat)
            .sweep_interval(self.times.heartbeat)
            .sweep_threshold(self.times.silent)
            .recovery_delay(Duration::ZERO);
        let stop = async move {
            let _ = told.wait_for(|stop| *stop).await;
        };
        let worker = WorkerOptions::default()
            .schema(SCHEMA)
            .pg_pool(self.pool.clone())
            .concurrency(hands)
            .local_queue(LocalQueueConfig::default().with_size(hands))
            .worker_recovery(recovery)
            .listen_os_shutdown_signals(false)
            .shutdown_signal(stop)
            .shutdown_grace_period(GRACE)
            .add_extension(inbox)
            .define_job::<Carried>()
            .init()
            .await;
        let worker = worker.map_err(|error| said("start", &error))?;
        worker.run().await.map_err(|error| said("go on", &error))
    }

    /// Keeps the engine supplied until the worker is to stop.
    async fn feed(&self, hands: usize, told: watch::Receiver<bool>) -> Result<(), StoreError> {
        let mut pump = interval(PUMP);
        let mut reconcile = interval(RECONCILE);
        pump.set_missed_tick_behavior(MissedTickBehavior::Delay);
        reconcile.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !*told.borrow() {
            tokio::select! {
                _ = pump.tick() => survive(self.pump(hands).await)?,
                _ = reconcile.tick() => survive(self.reconcile().await)?,
            }
        }
        Ok(())
    }

    /// Admits as many runs as will soon be taken, and offers them.
    async fn pump(&self, hands: usize) -> Result<(), StoreError> {
        let waiting = self.ledger.admitted().await?;
        let wanted = (2 * hands).saturating_sub(waiting);
        let admitted = self.ledger.admit(wanted, self.clock.now()).await?;
        self.offer(&admitted).await
    }

    /// Offers again what nobody has taken.
    async fn reconcile(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let before = now.checked_sub(FORGOTTEN).unwrap_or(now);
        let forgotten = self.ledger.overdue(before, 1000, now).await?;
        if !forgotten.is_empty() {
            debug!(runs = forgotten.len(), "offered again what nobody had taken");
        }
        self.offer(&forgotten).await
    }

    /// Claims what the engine has brought and works on it. What it brings although it has ended, runs
    /// elsewhere, or has to wait, is none of the engine's business any more.
    async fn take(
        &self,
        run: RunId,
        wanted: &ClaimRequest,
        handler: &dyn Handler,
        done: oneshot::Sender<()>,
    ) {
        let claimed = Instant::now();
        match self.ledger.claim_run(run, wanted, self.clock.now()).await {
            Ok(ClaimOutcome::Claimed(claim)) => handler.handle(*claim, claimed).await,
            Ok(ClaimOutcome::Refused(refusal)) => debug!(%run, ?refusal, "brought in vain"),
            Err(error) => {
                warn!(error = &error as &dyn std::error::Error, %run, "the run cannot be claimed at the moment");
                return;
            }
        }
        // If nobody listens any more, the engine was stopped.
        let _ = done.send(());
    }
}

impl Delivery for Graphile {
    fn name(&self) -> &'static str {
        "graphile"
    }

    fn work<'a>(
        &'a self,
        wanted: &'a ClaimRequest,
        handler: &'a dyn Handler,
        stop: BoxFuture<'a, ()>,
    ) -> Answer<'a, ()> {
        Box::pin(async move {
            let hands = wanted.limit.max(1);
            let (inbox, mut brought) = mpsc::channel(hands);
            let (stopping, told) = watch::channel(false);
            let mut engine = std::pin::pin!(self.run(hands, Inbox(inbox), told.clone()));
            let mut feed = std::pin::pin!(self.feed(hands, told).fuse());
            let mut busy = FuturesUnordered::new();
            let mut stop = stop.fuse();
            let mut result = Ok(());
            loop {
                tokio::select! {
                    () = &mut engine => break,
                    () = &mut stop => {
                        stopping.send_replace(true);
                    }
                    fed = &mut feed => {
                        // What is under way is not given up for it.
                        stopping.send_replace(true);
                        result = fed;
                    }
                    Some((run, done)) = brought.recv() => {
                        busy.push(self.take(run, wanted, handler, done));
                    }
                    Some(()) = busy.next() => {}
                }
            }
            while busy.next().await.is_some() {}
            result
        })
    }
}

/// An outage is waited for.
fn survive(result: Result<(), StoreError>) -> Result<(), StoreError> {
    match result {
        Err(error) if error.is_transient() || matches!(error, StoreError::Delivery { .. }) => {
            warn!(error = &error as &dyn std::error::Error, "no run can be offered at the moment");
            Ok(())
        }
        other => other,
    }
}

fn said(operation: &'static str, error: &dyn std::error::Error) -> StoreError {
    StoreError::Delivery { operation, reason: error.to_string() }
}

impl fmt::Debug for Graphile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.ledger.place();
        f.debug_struct("Graphile")
            .field("place", place)
            .field("times", &self.times)
            .finish_non_exhaustive()
    }
}
