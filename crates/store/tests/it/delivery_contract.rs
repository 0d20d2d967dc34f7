//! What every way of delivery does when workers are killed, paused, poisoned or cut off: real
//! processes, real signals.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use exoctl_model::{Clock as _, SystemClock};
use exoctl_store::{
    Claim, Delivery as _, Direct, Finish, Graphile, Handler, History as _, Ledger as _,
    Outbox as _, RunId, RunState, SqlLedger, StoreError,
};
use futures_util::future::BoxFuture;
use sqlx::Connection as _;
use tokio::time::{Instant, sleep};

use crate::bench::{Bench, Kind, worker};
use crate::fleet::{Fleet, Way};
use crate::worker_process;

macro_rules! contract {
    ($($name:ident),+ $(,)?) => {
        contract!(@ sqlite, Way::Direct(Kind::Sqlite); $($name),+);
        contract!(@ postgres, Way::Direct(Kind::Postgres); $($name),+);
        contract!(@ graphile, Way::Graphile; $($name),+);
    };
    (@ $module:ident, $way:expr; $($name:ident),+) => {
        mod $module {
            use crate::bench::Kind;
            use crate::fleet::{Fleet, Way};
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

/// The engine ends when it cannot write down that it has brought something.
#[tokio::test]
async fn a_worker_outlives_its_engine() {
    let Some(fleet) = Fleet::new(Way::Graphile).await else { return };
    let mut worker = fleet.worker();
    let (server, name) = fleet.place.rsplit_once('/').unwrap();
    let admin = sqlx::PgPool::connect(&format!("{server}/postgres")).await.unwrap();
    for _ in 0..8 {
        let before = fleet.noted("begun");
        let run = fleet.due("quick").await;
        while fleet.noted("begun") == before {
            sleep(Duration::from_millis(20)).await;
        }
        let cut = "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1";
        sqlx::query(cut).bind(name).execute(&admin).await.unwrap();
        fleet.until(run, |row| row.state == RunState::Done).await;
        assert!(!worker.has_ended());
    }
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
