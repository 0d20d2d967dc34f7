//! A ledger, and processes that work on what is in it.

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use exoctl_model::{Clock as _, SystemClock};
use exoctl_store::{
    History as _, Ledger as _, LedgerPlace, NewOccurrence, Outbox as _, RunId, RunRow, SqlLedger,
};
use tempfile::TempDir;
use tokio::time::sleep;

use crate::bench::{Kind, database_url};
use crate::worker_process;

/// How runs get to the workers of a test.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    Direct(Kind),
    Graphile,
}

/// A ledger, and processes that work on what is in it.
pub(crate) struct Fleet {
    pub(crate) ledger: Arc<SqlLedger>,
    pub(crate) place: String,
    pub(crate) way: Way,
    pub(crate) directory: TempDir,
}

/// A process that works, until it is dropped.
pub(crate) struct Worker(Child);

impl Worker {
    pub(crate) fn id(&self) -> String {
        self.0.id().to_string()
    }

    pub(crate) fn signal(&self, signal: &str) {
        assert!(Command::new("kill").args([signal, &self.id()]).status().unwrap().success());
    }

    pub(crate) fn has_ended(&mut self) -> bool {
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
    pub(crate) async fn new(way: Way) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let place = match way {
            Way::Direct(Kind::Sqlite) => directory.path().join("ledger.db").display().to_string(),
            _ => database_url().await?,
        };
        let parsed: LedgerPlace = place.parse().unwrap();
        let ledger = SqlLedger::open(&parsed, Arc::new(SystemClock)).await.unwrap();
        Some(Self { ledger: Arc::new(ledger), place, way, directory })
    }

    pub(crate) fn worker(&self) -> Worker {
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

    pub(crate) async fn due(&self, job: &str) -> RunId {
        let now = SystemClock.now();
        let new = NewOccurrence::of(job, now, ["contoso"]);
        self.ledger.create(&new, now).await.unwrap().runs[0].run
    }

    pub(crate) fn go(&self) {
        std::fs::write(self.directory.path().join("go"), "").unwrap();
    }

    /// How often something is in the log, by whomever.
    pub(crate) fn noted(&self, what: &str) -> usize {
        let log = std::fs::read_to_string(self.directory.path().join("log")).unwrap_or_default();
        log.lines().filter(|line| line.split(' ').next() == Some(what)).count()
    }

    pub(crate) async fn row(&self, run: RunId) -> RunRow {
        self.ledger.run(run).await.unwrap().unwrap()
    }

    /// Waits until something is in the log as often; a worker writes there after the ledger.
    pub(crate) async fn until_noted(&self, what: &str, times: usize) {
        while self.noted(what) < times {
            sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(self.noted(what), times, "{what}");
    }

    /// Stops a worker where it stands, but not while it has SQLite's one lock for writing.
    pub(crate) async fn pause(&self, worker: &Worker) {
        loop {
            worker.signal("-STOP");
            if self.ledger.put_notices(&[], SystemClock.now()).await.is_ok() {
                return;
            }
            worker.signal("-CONT");
        }
    }

    /// Judges what is lost and looks, until it is so.
    pub(crate) async fn until(&self, run: RunId, so: impl Fn(&RunRow) -> bool) -> RunRow {
        loop {
            self.ledger.reap(10, &|_, _| Vec::new(), SystemClock.now()).await.unwrap();
            let row = self.row(run).await;
            if so(&row) {
                return row;
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    pub(crate) async fn outcomes(&self, run: RunId) -> Vec<String> {
        let attempts = self.ledger.attempts(run).await.unwrap();
        attempts.into_iter().map(|attempt| attempt.outcome.unwrap_or_default()).collect()
    }
}
