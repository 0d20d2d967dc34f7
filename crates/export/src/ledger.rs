//! What is done and what is left, in an embedded database: the only thing that decides where an
//! export goes on.
//!
//! One process writes, through one connection; every change is one transaction that is on the disk
//! when it returns.

mod row;
mod write;

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection as _, Row as _, SqliteConnection};
use tokio::sync::Mutex;

pub(crate) use self::row::{State, StretchRow, WindowRow};
use crate::disk;
use crate::query::Query;
use crate::sink::Checkpoint;
use crate::source::{Anomaly, Survey};
use crate::stage::Counts;
use crate::verdict::Verdict;

/// Of the tables; a ledger of another version is not touched.
const FORMAT: i64 = 2;

/// The ledger of one export.
#[derive(Debug)]
pub(crate) struct Ledger {
    path: PathBuf,
    connection: Mutex<SqliteConnection>,
}

/// Why the ledger did not do something.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// The database failed.
    #[error("could not {operation} in the ledger {}", path.display())]
    Database {
        /// What was being done.
        operation: &'static str,
        /// The database.
        path: PathBuf,
        /// Why not.
        source: sqlx::Error,
    },
    /// The file could not be made.
    #[error("could not open the ledger {}", path.display())]
    File {
        /// The database.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// It was written by another version, or something in it is not what it should be.
    #[error("the ledger {} cannot be read: {reason}", path.display())]
    Unreadable {
        /// The database.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// It is of an export of something else.
    #[error("{} holds the export of another query: {found}", path.display())]
    OtherQuery {
        /// The export's directory.
        path: PathBuf,
        /// What it is of.
        found: String,
    },
}

/// How a window ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settled {
    pub(crate) verdict: Verdict,
    pub(crate) reason: Option<String>,
    pub(crate) counts: Counts,
    pub(crate) segment: Option<(u64, [u8; 32])>,
    pub(crate) effort: Effort,
}

/// What reading a window took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Effort {
    pub(crate) attempts: u32,
    pub(crate) anomalies: Vec<Anomaly>,
    pub(crate) calls: u64,
    pub(crate) request_ids: Vec<String>,
    /// What the last reading noted of the number of rows.
    pub(crate) told: Option<u64>,
    pub(crate) refused: bool,
}

/// What came of a window before it was split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) counts: Counts,
    pub(crate) segment: Option<(u64, [u8; 32])>,
}

impl Ledger {
    /// Opens a ledger, makes it if there is none.
    pub(crate) async fn open(path: &Path) -> Result<Self, LedgerError> {
        let file = |source| LedgerError::File { path: path.to_owned(), source };
        // The database's other files get the permissions of this one.
        disk::open_private(path).map_err(file)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10));
        let failed = |source| LedgerError::Database {
            operation: "open the database",
            path: path.to_owned(),
            source,
        };
        let connection = SqliteConnection::connect_with(&options).await.map_err(failed)?;
        let ledger = Self { path: path.to_owned(), connection: Mutex::new(connection) };
        ledger.make_tables().await?;
        Ok(ledger)
    }

    async fn make_tables(&self) -> Result<(), LedgerError> {
        let failed = self.failing("make the tables");
        let mut connection = self.connection.lock().await;
        let mut change = connection.begin_with("BEGIN IMMEDIATE").await.map_err(&failed)?;
        let known = sqlx::query("select 1 from sqlite_schema where name = 'export'");
        if known.fetch_optional(&mut *change).await.map_err(&failed)?.is_none() {
            let tables = sqlx::raw_sql(include_str!("ledger/schema.sql"));
            tables.execute(&mut *change).await.map_err(&failed)?;
        }
        change.commit().await.map_err(&failed)
    }

    /// The export's query and state; nothing if none has begun.
    pub(crate) async fn export(&self) -> Result<Option<(Query, State)>, LedgerError> {
        let mut connection = self.connection.lock().await;
        let found = sqlx::query("select format, query, state from export")
            .fetch_optional(&mut *connection)
            .await;
        let Some(row) = found.map_err(self.failing("read the query"))? else {
            return Ok(None);
        };
        let format: i64 = row.get(0);
        if format != FORMAT {
            return Err(self.unreadable(format!("it has the format {format}, not {FORMAT}")));
        }
        let query: String = row.get(1);
        let query = serde_json::from_str(&query).map_err(|e| self.unreadable(e.to_string()))?;
        let state = State::read(row.get(2)).ok_or_else(|| self.unreadable("its state".into()))?;
        Ok(Some((query, state)))
    }

    /// What the service looked like when the export began.
    pub(crate) async fn survey(&self) -> Result<Option<Survey>, LedgerError> {
        let mut connection = self.connection.lock().await;
        let found = sqlx::query("select survey from export").fetch_optional(&mut *connection).await;
        let row = found.map_err(self.failing("read the survey"))?;
        let text: Option<String> = row.and_then(|row| row.get(0));
        let read = text.map(|text| serde_json::from_str(&text)).transpose();
        read.map_err(|e| self.unreadable(e.to_string()))
    }

    /// All stretches in order.
    pub(crate) async fn stretches(&self) -> Result<Vec<StretchRow>, LedgerError> {
        let mut connection = self.connection.lock().await;
        let rows = sqlx::query("select number, starts, ends, fed from stretch order by number")
            .fetch_all(&mut *connection)
            .await;
        let rows = rows.map_err(self.failing("read the stretches"))?;
        let read = rows.iter().map(StretchRow::read).collect::<Option<_>>();
        read.ok_or_else(|| self.unreadable("a stretch is none".to_owned()))
    }

    /// All windows in the order of their making.
    pub(crate) async fn windows(&self) -> Result<Vec<WindowRow>, LedgerError> {
        let mut connection = self.connection.lock().await;
        let rows =
            sqlx::query("select * from window order by id").fetch_all(&mut *connection).await;
        let rows = rows.map_err(self.failing("read the windows"))?;
        let read = rows.iter().map(WindowRow::read).collect::<Result<_, _>>();
        read.map_err(|reason| self.unreadable(reason))
    }

    /// The checkpoints of the sinks.
    pub(crate) async fn sinks(&self) -> Result<Vec<(String, Checkpoint)>, LedgerError> {
        let mut connection = self.connection.lock().await;
        let rows =
            sqlx::query("select name, records, state from sink").fetch_all(&mut *connection).await;
        let rows = rows.map_err(self.failing("read the sinks"))?;
        let read = |row: &sqlx::sqlite::SqliteRow| {
            let records: i64 = row.get(1);
            (row.get(0), Checkpoint { records: records as u64, state: row.get(2) })
        };
        Ok(rows.iter().map(read).collect())
    }

    /// An error of the database while something is done.
    fn failing(&self, operation: &'static str) -> impl Fn(sqlx::Error) -> LedgerError {
        let path = self.path.clone();
        move |source| LedgerError::Database { operation, path: path.clone(), source }
    }

    fn unreadable(&self, reason: String) -> LedgerError {
        LedgerError::Unreadable { path: self.path.clone(), reason }
    }
}
