//! What every way of delivery does when workers are killed, paused, poisoned or cut off: real
//! processes, real signals.

use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use exoctl_model::{Clock as _, SystemClock};
use exoctl_store::{
    Claim, Delivery as _, Direct, Finish, Graphile, Handler, History as _, Ledger as _,
    LedgerPlace, NewOccurrence, Outbox as _, RunId, RunRow, RunState, SqlLedger, StoreError,
};
use futures_util::future::BoxFuture;
use sqlx::Connection as _;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::bench::{Bench, Kind, database_url, worker};
use crate::worker_process;

/// How runs get to the workers of a test.
#[derive(Clone, Copy, Debug)]
enum Way {
    Direct(Kind),
    Graphile,
}

macro_rules! contract {
    ($($name:ident),+ $(,)?) => {
        contract!(@ sqlite, Way::Direct(Kind::Sqlite); $($name),+);
        contract!(@ postgres, Way::Direct(Kind::Postgres); $($name),+);
        contract!(@ graphile, Way::Graphile; $($name),+);
    };
    (@ $module:ident, $way:expr; $($name:ident),+) => {
        mod $module {
            use super::{Fleet, Kind, Way};
            $(#[tokio::test]
            async fn $name() {
                let _ = Kind::Sqlite;
                if let Some(fleet) = Fleet::new($way).await {
                    super::$name(&fleet).await;
                }
            })+
        }
    };
}

contract!(
    a_killed_workers_run_is_run_once_more,
    a_run_may_take_longer_than_a_lease,
    a_paused_worker_comes_back_to_nothing,
    a_run_that_kills_its_workers_stops,
);

/// A ledger, and processes that work on what is in it.
struct Fleet {
    ledger: Arc<SqlLedger>,
    place: String,
    way: Way,
    directory: TempDir,
}

/// A process that works, until it is dropped.
struct Worker(Child);

impl Worker {
    fn id(&self) -> String {
        self.0.id().to_string()
    }

    fn signal(&self, signal: &str) {
        assert!(Command::new("kill").args([signal, &self.id()]).status().unwrap().success());
    }

    fn has_ended(&mut self) -> bool {
        self.0.try_wait().unwrap().is_some()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Fleet {
    async fn new(way: Way) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let place = match way {
            Way::Direct(Kind::Sqlite) => directory.path().join("ledger.db").display().to_string(),
            _ => database_url().await?,
        };
        let parsed: LedgerPlace = place.parse().unwrap();
        let ledger = SqlLedger::open(&parsed, Arc::new(SystemClock)).await.unwrap();
        Some(Self { ledger: Arc::new(ledger), place, way, directory })
    }

    fn worker(&self) -> Worker {
        let way = if matches!(self.way, Way::Graphile) { "graphile" } else { "direct" };
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "worker_process::worker_process"])
            .env(worker_process::PLACE, &self.place)
            .env(worker_process::DELIVERY, way)
            .env(worker_process::DIRECTORY, self.directory.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Worker(child.unwrap())
    }

    async fn due(&self, job: &str) -> RunId {
        let now = SystemClock.now();
        let new = NewOccurrence::of(job, now, ["contoso"]);
        self.ledger.create(&new, now).await.unwrap().runs[0].run
    }

    fn go(&self) {
        std::fs::write(self.directory.path().join("go"), "").unwrap();
    }

    /// How often something is in the log, by whomever.
    fn noted(&self, what: &str) -> usize {
        let log = std::fs::read_to_string(self.directory.path().join("log")).unwrap_or_default();
        log.lines().filter(|line| line.split(' ').next() == Some(what)).count()
    }

    async fn row(&self, run: RunId) -> RunRow {
        self.ledger.run(run).await.unwrap().unwrap()
    }

    /// Waits until something is in the log as often; a worker writes there after the ledger.
    async fn until_noted(&self, what: &str, times: usize) {
        while self.noted(what) < times {
            sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(self.noted(what), times, "{what}");
    }

    /// Stops a worker where it stands, but not while it has SQLite's one lock for writing.
    async fn pause(&self, worker: &Worker) {
        loop {
            worker.signal("-STOP");
            if self.ledger.put_notices(&[], SystemClock.now()).await.is_ok() {
                return;
            }
            worker.signal("-CONT");
        }
    }

    /// Judges what is lost and looks, until it is so.
    async fn until(&self, run: RunId, so: impl Fn(&RunRow) -> bool) -> RunRow {
        loop {
            self.ledger.reap(10, &|_, _| Vec::new(), SystemClock.now()).await.unwrap();
            let row = self.row(run).await;
            if so(&row) {
                return row;
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    async fn outcomes(&self, run: RunId) -> Vec<String> {
        let attempts = self.ledger.attempts(run).await.unwrap();
        attempts.into_iter().map(|attempt| attempt.outcome.unwrap_or_default()).collect()
    }
}

async fn a_killed_workers_run_is_run_once_more(fleet: &Fleet) {
    let run = fleet.due("long").await;
    let first = fleet.worker();
    fleet.until(run, |row| row.state == RunState::Running).await;
    first.signal("-KILL");
    let second = fleet.worker();
    fleet.until(run, |row| row.owner == Some(second.id())).await;
    fleet.go();
    fleet.until(run, |row| row.state == RunState::Done).await;
    assert_eq!(fleet.outcomes(run).await, ["lost", "done"]);
    fleet.until_noted("Recorded(Done)", 1).await;
    assert_eq!(fleet.noted("begun"), 2);
    assert_eq!(fleet.ledger.check().await.unwrap(), Vec::<String>::new());
}

async fn a_run_may_take_longer_than_a_lease(fleet: &Fleet) {
    let run = fleet.due("long").await;
    let _worker = fleet.worker();
    let begun = fleet.until(run, |row| row.state == RunState::Running).await.lease_until;
    // Long after the lease that it began with, and the engine's patience.
    let later = begun.unwrap() + worker_process::LEASE + Duration::from_secs(1);
    fleet.until(run, |row| row.lease_until.is_some_and(|until| until > later)).await;
    fleet.go();
    fleet.until(run, |row| row.state == RunState::Done).await;
    assert_eq!((fleet.outcomes(run).await, fleet.noted("begun")), (vec!["done".to_owned()], 1));
}

async fn a_paused_worker_comes_back_to_nothing(fleet: &Fleet) {
    let run = fleet.due("long").await;
    let first = fleet.worker();
    fleet.until(run, |row| row.state == RunState::Running).await;
    fleet.pause(&first).await;
    let second = fleet.worker();
    let id = second.id();
    fleet.until(run, |row| row.owner.as_deref() == Some(&id)).await;
    first.signal("-CONT");
    fleet.until_noted("Stale", 1).await;
    assert_eq!(fleet.noted("stale"), 1, "it has learnt it by a renewal");
    fleet.go();
    let done = fleet.until(run, |row| row.state == RunState::Done).await;
    assert_eq!(done.owner, Some(id));
    fleet.until_noted("Recorded(Done)", 1).await;
    assert_eq!(fleet.outcomes(run).await, ["lost", "done"]);
}

async fn a_run_that_kills_its_workers_stops(fleet: &Fleet) {
    let run = fleet.due("poison").await;
    let mut worker = fleet.worker();
    loop {
        let row = fleet.until(run, |_| true).await;
        if row.state == RunState::Crashed {
            break;
        }
        if worker.has_ended() {
            worker = fleet.worker();
        }
        sleep(Duration::from_millis(50)).await;
    }
    // The worker that was started last still does its work.
    let quick = fleet.due("quick").await;
    if worker.has_ended() {
        worker = fleet.worker();
    }
    fleet.until(quick, |row| row.state == RunState::Done).await;
    assert_eq!(fleet.outcomes(run).await, ["lost"; 3]);
    assert!(!worker.has_ended(), "nobody was given the poison again");
}

#[tokio::test]
async fn what_the_engine_brings_twice_is_run_once() {
    let Some(fleet) = Fleet::new(Way::Graphile).await else { return };
    let run = fleet.due("long").await;
    let engine = Graphile::connect(fleet.ledger.clone(), Arc::new(SystemClock)).await.unwrap();
    let admitted = fleet.ledger.admit(10, SystemClock.now()).await.unwrap();
    engine.offer(&admitted).await.unwrap();
    let _worker = fleet.worker();
    fleet.until(run, |row| row.state == RunState::Running).await;
    // The engine forgets the key of what it is carrying, so this is carried too.
    engine.offer(&admitted).await.unwrap();
    let _other = fleet.worker();
    fleet.go();
    fleet.until(run, |row| row.state == RunState::Done).await;
    engine.offer(&admitted).await.unwrap();
    let after = fleet.due("quick").await;
    fleet.until(after, |row| row.state == RunState::Done).await;
    assert_eq!(fleet.outcomes(run).await, ["done"]);
    assert_eq!(fleet.noted("begun"), 2, "the run, and the one after it");
}

/// What was given to an engine that nobody runs any more is not forgotten.
#[tokio::test]
async fn workers_without_an_engine_take_what_one_had() {
    let bench = Bench::new(Kind::Sqlite).await.unwrap();
    let runs = bench.due("nightly", &["contoso"]).await;
    assert_eq!(bench.ledger.admit(9, bench.now()).await.unwrap().len(), 1);
    bench.pass(121);
    let (taken, got) = tokio::sync::oneshot::channel();
    let hand = First { ledger: bench.ledger.clone(), taken: Mutex::new(Some(taken)) };
    let direct = Direct::new(bench.ledger.clone(), bench.clock.clone());
    let stop = Box::pin(async { assert_eq!(got.await.unwrap(), runs[0]) });
    direct.work(&worker("w", 2), &hand, stop).await.unwrap();
    assert_eq!(bench.state(runs[0]).await, RunState::Done);
}

/// Ends the first run and says so.
#[derive(Debug)]
struct First {
    ledger: Arc<SqlLedger>,
    taken: Mutex<Option<tokio::sync::oneshot::Sender<RunId>>>,
}

impl Handler for First {
    fn handle(&self, claim: Claim, _: Instant) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let end = Finish::done(0);
            self.ledger.finish(claim.run, claim.fence, &end, claim.due_at).await.unwrap();
            self.taken.lock().unwrap().take().unwrap().send(claim.run).unwrap();
        })
    }
}

/// Another process has the one lock for writing for longer than anybody waits for it.
#[tokio::test]
async fn workers_outlive_a_locked_file() {
    let fleet = Fleet::new(Way::Direct(Kind::Sqlite)).await.unwrap();
    let run = fleet.due("long").await;
    let _worker = fleet.worker();
    fleet.until(run, |row| row.state == RunState::Running).await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&fleet.place);
    let mut other = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql("begin immediate").execute(&mut other).await.unwrap();
    while fleet.noted("outage") == 0 {
        sleep(Duration::from_millis(50)).await;
    }
    let busy = fleet.ledger.put_notices(&[], SystemClock.now()).await.unwrap_err();
    assert!(matches!(busy, StoreError::Busy { .. }), "{busy:?}");
    assert!(fleet.ledger.run(run).await.unwrap().is_some(), "it can still be read");
    sqlx::raw_sql("rollback").execute(&mut other).await.unwrap();
    fleet.go();
    fleet.until(run, |row| row.state == RunState::Done).await;
}

/// For PostgreSQL: the server throws everybody out and lets nobody in.
async fn outage(way: Way) {
    let Some(fleet) = Fleet::new(way).await else { return };
    let run = fleet.due("long").await;
    let _worker = fleet.worker();
    fleet.until(run, |row| row.state == RunState::Running).await;
    let (server, name) = fleet.place.rsplit_once('/').unwrap();
    let admin = sqlx::PgPool::connect(&format!("{server}/postgres")).await.unwrap();
    let say = async |text: String| {
        sqlx::query(sqlx::AssertSqlSafe(text)).execute(&admin).await.unwrap();
    };
    say(format!("alter database {name} allow_connections false")).await;
    say(format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'"))
        .await;
    while fleet.noted("outage") == 0 {
        sleep(Duration::from_millis(50)).await;
    }
    say(format!("alter database {name} allow_connections true")).await;
    fleet.go();
    fleet.until(run, |row| row.state == RunState::Done).await;
    // The worker goes on with what comes after.
    let after = fleet.due("quick").await;
    fleet.until(after, |row| row.state == RunState::Done).await;
    assert_eq!(fleet.ledger.check().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn workers_outlive_an_outage_of_the_ledger() {
    outage(Way::Direct(Kind::Postgres)).await;
}

#[tokio::test]
async fn workers_outlive_an_outage_of_the_engine() {
    outage(Way::Graphile).await;
}
