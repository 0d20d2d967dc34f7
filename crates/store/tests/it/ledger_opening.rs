//! Where ledgers are, who may read them, and those that older and newer versions have left.

use std::sync::Arc;
use std::time::Duration;

use exoctl_model::ManualClock;
use exoctl_store::{
    Class, Effect, Finish, History as _, InvalidPlace, Ledger as _, LedgerPlace, Outbox as _,
    RunQuery, RunState, SqlLedger, StoreError, Trigger,
};
use jiff::{SignedDuration, Timestamp};
use sqlx::{AssertSqlSafe, Connection as _, Row as _};

use crate::bench::{Bench, Kind, database_url, worker};

const VERSION_1: &str = include_str!("../fixtures/ledger-1.sql");

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(at("2026-01-02T00:02:30Z")))
}

/// A ledger that version 1 has left in a file.
async fn left_in_a_file(directory: &tempfile::TempDir) -> LedgerPlace {
    let path = directory.path().join("ledger.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut database = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql(VERSION_1).execute(&mut database).await.unwrap();
    database.close().await.unwrap();
    LedgerPlace::File(path)
}

async fn reads_as_it_was_and_goes_on(place: &LedgerPlace) {
    let now = at("2026-01-02T00:02:30Z");
    let ledger = SqlLedger::open(place, clock()).await.unwrap().with_lease_clock(clock());
    assert_eq!(ledger.check().await.unwrap(), Vec::<String>::new());
    let [ready, running, done] = &ledger.runs(&RunQuery::default()).await.unwrap()[..] else {
        panic!()
    };
    assert_eq!((done.state, done.attempt, done.crashes), (RunState::Done, 2, 1));
    assert_eq!(done.summary, serde_json::json!({"rows": 12}));
    assert_eq!(done.ended_at, Some(at("2026-01-01T00:02:40Z")));
    assert_eq!((running.trigger, running.class), (Trigger::CatchUp, Class::Backfill));
    assert_eq!((ready.effect, ready.class), (Effect::DesiredState, Class::Human));
    assert_eq!(ledger.steps(done.id).await.unwrap()[0].name, "Get-Mailbox");
    assert_eq!(ledger.attempts(done.id).await.unwrap().len(), 2);
    assert_eq!(ledger.decided("nightly").await.unwrap()["contoso"], at("2026-01-02T00:00:00Z"));
    let held = ledger.jobs().await.unwrap().remove(0).paused.unwrap();
    assert_eq!((held.by.as_str(), held.reason.as_deref()), ("root", Some("holiday")));

    // Its worker is gone: half a minute after the lease nobody knows what became of it.
    let reaped = ledger.reap(9, &|_, _| Vec::new(), now).await.unwrap();
    assert_eq!((reaped[0].run, reaped[0].state), (running.id, RunState::Unknown));
    let claim = ledger.claim(&worker("w", 9), now).await.unwrap().remove(0);
    assert_eq!((claim.run, claim.definition.as_str()), (ready.id, "name = \"nightly\""));
    ledger.finish(claim.run, claim.fence, &Finish::done(0), now).await.unwrap();
    assert_eq!(ledger.claim_notices(&worker("n", 9), now).await.unwrap()[0].tries, 2);
    assert_eq!(ledger.check().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn a_file_of_version_1_is_opened() {
    let directory = tempfile::tempdir().unwrap();
    reads_as_it_was_and_goes_on(&left_in_a_file(&directory).await).await;
}

#[tokio::test]
async fn a_database_of_version_1_is_opened() {
    let Some(url) = database_url().await else { return };
    let mut database = sqlx::PgConnection::connect(&url).await.unwrap();
    let text = format!("create schema exoctl; set search_path to exoctl; {VERSION_1}");
    sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut database).await.unwrap();
    reads_as_it_was_and_goes_on(&url.parse().unwrap()).await;
}

/// The tables that were migrated are those that are made.
#[tokio::test]
async fn an_old_file_becomes_what_a_new_one_is() {
    let directory = tempfile::tempdir().unwrap();
    let old = left_in_a_file(&directory).await;
    let new = LedgerPlace::File(directory.path().join("new.db"));
    let mut tables = Vec::new();
    for place in [old, new] {
        SqlLedger::open(&place, clock()).await.unwrap();
        let LedgerPlace::File(path) = place else { panic!() };
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
        let mut database = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
        let text = "select sql from sqlite_schema where sql is not null order by name";
        let rows = sqlx::query(text).fetch_all(&mut database).await.unwrap();
        let same = |sql: String| sql.replace("IF NOT EXISTS ", "").to_lowercase();
        tables.push(rows.iter().map(|row| same(row.get("sql"))).collect::<Vec<_>>());
    }
    assert_eq!(tables[0], tables[1]);
}

#[tokio::test]
async fn tables_of_a_later_version_are_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let place = left_in_a_file(&directory).await;
    let LedgerPlace::File(path) = &place else { panic!() };
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    let mut database = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql("insert into meta (version) values (99)").execute(&mut database).await.unwrap();
    let refused = SqlLedger::open(&place, clock()).await.unwrap_err();
    assert!(matches!(refused, StoreError::Newer { found: 99, known: 1 }), "{refused}");
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_reads_a_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let bench = Bench::new(Kind::Sqlite).await.unwrap();
    bench.due("nightly", &["contoso"]).await;
    let LedgerPlace::File(path) = &bench.place else { panic!() };
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    let files: Vec<_> = path.parent().unwrap().read_dir().unwrap().map(|f| f.unwrap()).collect();
    assert!(files.len() >= 3, "the database, its log and the log's index: {files:?}");
    for file in files {
        assert_eq!(mode(&file.path()), 0o600, "{file:?}");
    }
}

#[tokio::test]
async fn what_is_no_database_is_said_to_be_none() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ledger.db");
    std::fs::write(&path, "It was a dark and stormy night; the rain fell in torrents. ".repeat(99))
        .unwrap();
    let refused = SqlLedger::open(&LedgerPlace::File(path), clock()).await.unwrap_err();
    assert!(matches!(refused, StoreError::Unreadable { .. }), "{refused:?}");
}

/// Neither a server that is not there nor one that refuses is told about with the password.
#[tokio::test]
async fn a_password_is_in_no_error() {
    let password = "hunter2-4711";
    let nowhere = format!("postgres://exoctl:{password}@%2Fnowhere/ledger");
    let mut urls = vec![nowhere];
    if let Some(url) = database_url().await {
        let url = url.replace("exoctl@", &format!("nobody:{password}@"));
        urls.extend([url.clone(), format!("{url}?sslmode={password}")]);
    }
    for url in urls {
        let said = match url.parse::<LedgerPlace>() {
            Err(error @ InvalidPlace::Url) => format!("{error} {error:?}"),
            Err(error) => panic!("{error}"),
            Ok(place) => {
                let error = SqlLedger::open(&place, clock()).await.unwrap_err();
                let mut said = format!("{place} {place:?} {error} {error:?}");
                let mut source = std::error::Error::source(&error);
                while let Some(error) = source {
                    said += &error.to_string();
                    source = error.source();
                }
                said
            }
        };
        assert!(!said.contains(password), "{said}");
    }
}

#[tokio::test]
async fn a_password_is_not_in_what_an_open_ledger_shows_of_itself() {
    let Some(url) = database_url().await else { return };
    // This server asks for none.
    let place: LedgerPlace = url.replace("exoctl@", "exoctl:hunter2-4711@").parse().unwrap();
    let ledger = Arc::new(SqlLedger::open(&place, clock()).await.unwrap());
    let engine = exoctl_store::Graphile::connect(ledger.clone(), clock()).await.unwrap();
    let shown = format!("{ledger:?} {engine:?} {}", ledger.place());
    assert!(!shown.contains("hunter2-4711"), "{shown}");
}

/// On a server, leases go by its clock, whatever those of the machines say.
#[tokio::test]
async fn machines_whose_clocks_are_wrong_take_nothing_from_each_other() {
    let Some(url) = database_url().await else { return };
    let place: LedgerPlace = url.parse().unwrap();
    let early = Arc::new(ManualClock::new(at("1999-01-01T00:00:00Z")));
    let late = Arc::new(ManualClock::new(at("2099-01-01T00:00:00Z")));
    let first = SqlLedger::open(&place, early).await.unwrap();
    let second = SqlLedger::open(&place, late).await.unwrap();
    let (then, now) = (at("1999-01-01T00:00:00Z"), at("2099-01-01T00:00:00Z"));
    let new = exoctl_store::NewOccurrence::of("nightly", then, ["contoso"]);
    first.create(&new, then).await.unwrap();
    let claim = first.claim(&worker("early", 1), then).await.unwrap().remove(0);
    assert_eq!(second.reap(9, &|_, _| Vec::new(), now).await.unwrap(), []);
    let duty = Duration::from_mins(1);
    assert!(first.lead("scheduler", "early", duty).await.unwrap().is_some());
    assert!(second.lead("scheduler", "late", duty).await.unwrap().is_none());
    let until = first.run(claim.run).await.unwrap().unwrap().lease_until.unwrap();
    assert!(until > then + SignedDuration::from_hours(24 * 365 * 20), "the server's: {until}");
}
