//! A ledger for a test, of either kind, and a clock that stands still.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use exoctl_model::{Clock as _, ManualClock};
use exoctl_store::{
    Claim, ClaimRequest, Ledger as _, LedgerPlace, NewOccurrence, RunId, RunState, SqlLedger,
};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

/// Where ledgers are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

/// Each test for each kind of ledger.
macro_rules! contract {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                let kind = crate::bench::Kind::Sqlite;
                super::$name(&crate::bench::Bench::new(kind).await.unwrap()).await;
            })+
        }
        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                let kind = crate::bench::Kind::Postgres;
                if let Some(bench) = crate::bench::Bench::new(kind).await {
                    super::$name(&bench).await;
                }
            })+
        }
    };
}
pub(crate) use contract;

/// A ledger, its clock, and how to open it again.
pub(crate) struct Bench {
    pub(crate) ledger: Arc<SqlLedger>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) place: LedgerPlace,
    _directory: TempDir,
}

impl Bench {
    /// Nothing if there is no such store on this machine.
    pub(crate) async fn new(kind: Kind) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let place = match kind {
            Kind::Sqlite => LedgerPlace::File(directory.path().join("store/ledger.db")),
            Kind::Postgres => database_url().await?.parse().unwrap(),
        };
        let clock = Arc::new(ManualClock::new("2026-03-01T02:00:00Z".parse().unwrap()));
        let ledger = Arc::new(open(&place, &clock).await);
        Some(Self { ledger, clock, place, _directory: directory })
    }

    /// Another process' view of the same ledger.
    pub(crate) async fn again(&self) -> Arc<SqlLedger> {
        Arc::new(open(&self.place, &self.clock).await)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }

    /// A run of `job` for each tenant, due now.
    pub(crate) async fn due(&self, job: &str, tenants: &[&str]) -> Vec<RunId> {
        let new = NewOccurrence::of(job, self.now(), tenants.iter().copied());
        let created = self.ledger.create(&new, self.now()).await.unwrap();
        created.runs.iter().map(|made| made.run).collect()
    }

    pub(crate) async fn claim(&self, limit: usize) -> Vec<Claim> {
        self.ledger.claim(&worker("w1", limit), self.now()).await.unwrap()
    }

    pub(crate) async fn state(&self, run: RunId) -> RunState {
        use exoctl_store::History as _;
        self.ledger.run(run).await.unwrap().unwrap().state
    }

    /// Everything in it agrees.
    pub(crate) async fn agrees(&self) {
        assert_eq!(self.ledger.check().await.unwrap(), Vec::<String>::new());
    }
}

async fn open(place: &LedgerPlace, clock: &Arc<ManualClock>) -> SqlLedger {
    let ledger = SqlLedger::open(place, clock.clone()).await.unwrap();
    ledger.with_lease_clock(clock.clone())
}

/// Somebody who wants runs, for a minute.
pub(crate) fn worker(owner: &str, limit: usize) -> ClaimRequest {
    ClaimRequest { owner: owner.to_owned(), limit, lease: Duration::from_mins(1) }
}

/// A database of its own on the server of these tests.
pub(crate) async fn database_url() -> Option<String> {
    static NAMES: AtomicUsize = AtomicUsize::new(0);
    let server = server()?;
    let name = format!("test{}", NAMES.fetch_add(1, Ordering::Relaxed));
    let pool = sqlx::PgPool::connect(server).await.unwrap();
    let create = format!("create database {name}");
    sqlx::query(sqlx::AssertSqlSafe(create)).execute(&pool).await.unwrap();
    pool.close().await;
    let (server, _) = server.rsplit_once('/').unwrap();
    Some(format!("{server}/{name}"))
}

#[expect(clippy::print_stdout, reason = "what was not tried is said")]
/// The URL of a server that lives as long as this process.
pub(crate) fn server() -> Option<&'static str> {
    static SERVER: OnceLock<Option<(Child, String)>> = OnceLock::new();
    let server = SERVER.get_or_init(|| {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/postgres");
        let mut child =
            Command::new(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        if url.is_empty() {
            let code = child.wait().unwrap().code();
            assert!(code == Some(3) && !must_run(), "scripts/postgres ended with {code:?}");
            println!("SKIPPED: no PostgreSQL server is installed, so nothing was tried on it");
            return None;
        }
        Some((child, url.trim().to_owned()))
    });
    server.as_ref().map(|(_, url)| url.as_str())
}

/// Whether the lack of a server is a failure, as in CI.
#[expect(clippy::disallowed_methods, reason = "a switch of the tests, not of the program")]
fn must_run() -> bool {
    std::env::var_os("EXOCTL_TEST_POSTGRES").is_some_and(|value| value == "required")
}
