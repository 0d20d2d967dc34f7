//! Opening a ledger: its file or server, its tables and their versions.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use exoctl_model::Clock;
use secrecy::ExposeSecret as _;
use sqlx::ConnectOptions as _;
use sqlx::error::DatabaseError;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::database::{Change, Database, values};
use super::{LeaseClock, SqlLedger};
use crate::error::StoreError;
use crate::place::LedgerPlace;

/// What makes the tables of a version from those of the version before.
const MIGRATIONS: [&str; 1] = [include_str!("../schema/1.sql")];

/// How long a call waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where our tables are on a server, which may have others.
const SCHEMA: &str = "exoctl";

impl SqlLedger {
    /// Opens a ledger, makes it if there is none, and brings tables of an older version up to date.
    ///
    /// Leases in a file go by `clock`, those on a server by the server's.
    pub async fn open(place: &LedgerPlace, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        let (database, leases) = match place {
            LedgerPlace::File(path) => (open_file(path).await?, LeaseClock::Ours(clock)),
            LedgerPlace::Postgres(_) => (open_server(place).await?, LeaseClock::Server),
        };
        let definitions = Mutex::default();
        let ledger = Self { database, leases, place: place.clone(), definitions };
        ledger.migrate().await?;
        Ok(ledger)
    }

    async fn migrate(&self) -> Result<(), StoreError> {
        let failed = StoreError::of("bring the tables up to date");
        let known = MIGRATIONS.len() as i64;
        let mut change = self.database.begin().await.map_err(&failed)?;
        // Two that open an empty database at once would both make the tables.
        let lock = "select pg_advisory_xact_lock(7302954917)";
        change.lock(lock, Vec::new()).await.map_err(&failed)?;
        let found = version(&mut change).await.map_err(&failed)?;
        if found > known {
            return Err(StoreError::Newer { found, known });
        }
        for (text, version) in MIGRATIONS.into_iter().zip(1_i64..).skip(found as usize) {
            change.script(text).await.map_err(&failed)?;
            let note = "insert into meta (version) values ($1)";
            change.execute(note, values![version]).await.map_err(&failed)?;
        }
        change.commit().await.map_err(&failed)
    }
}

/// Of the tables that are there; 0 if there are none.
async fn version(change: &mut Change) -> sqlx::Result<i64> {
    let table = "create table if not exists meta (version bigint not null)";
    change.script(table).await?;
    let text = "select coalesce(max(version), 0) as version from meta";
    change.row(text, Vec::new()).await?.map_or(Ok(0), |row| row.int("version"))
}

async fn open_file(path: &Path) -> Result<Database, StoreError> {
    let file = |source| StoreError::File { path: path.to_owned(), source };
    // The database's other files get the permissions of this one.
    open_private(path).map_err(file)?;
    if let Some(kind) = network_file_system(path) {
        return Err(StoreError::NetworkFileSystem { path: path.to_owned(), kind });
    }
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(PATIENCE)
        .disable_statement_logging();
    let failed = StoreError::of("open the database");
    let pool = |connections| {
        SqlitePoolOptions::new().max_connections(connections).acquire_timeout(PATIENCE)
    };
    let writer = pool(1).connect_with(options.clone()).await.map_err(&failed)?;
    let readers = pool(2).connect_lazy_with(options.read_only(true));
    Ok(Database::Sqlite { writer, readers })
}

/// Makes the file and its directory if they are not there, for the owner only.
fn open_private(path: &Path) -> io::Result<()> {
    if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(directory)?;
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// What kind of network file system a file is on, if it is on one whose locks SQLite cannot trust.
/// The numbers are those of statfs(2).
fn network_file_system(path: &Path) -> Option<&'static str> {
    #[cfg(target_os = "linux")]
    {
        let kind = rustix::fs::statfs(path).ok()?.f_type as u32;
        match kind {
            0x6969 => Some("NFS"),
            0x517b | 0xff53_4d42 | 0xfe53_4d42 => Some("SMB"),
            0x5346_414f => Some("AFS"),
            0x7375_7245 => Some("Coda"),
            _ => None,
        }
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = path;
        None
    }
}

async fn open_server(place: &LedgerPlace) -> Result<Database, StoreError> {
    let failed = StoreError::of("connect to the server");
    let server = server(place).ok_or_else(|| StoreError::Unreadable {
        reason: "its place is not the URL of a database".to_owned(),
    })?;
    let pool = || PgPoolOptions::new().acquire_timeout(PATIENCE);
    let first = pool().max_connections(1).connect_with(server.clone()).await.map_err(&failed)?;
    let exists = sqlx::query("select 1 from pg_namespace where nspname = $1").bind(SCHEMA);
    if exists.fetch_optional(&first).await.map_err(&failed)?.is_none() {
        let made = sqlx::query("create schema if not exists exoctl").execute(&first).await;
        // Another that opens it at the same instant has made it.
        if let Err(error) = made
            && !error.as_database_error().is_some_and(DatabaseError::is_unique_violation)
        {
            return Err(failed(error));
        }
    }
    first.close().await;
    let ours = server.options([("search_path", SCHEMA)]);
    let pool = pool().max_connections(8).connect_with(ours).await.map_err(&failed)?;
    Ok(Database::Postgres(pool))
}

pub(super) fn server(place: &LedgerPlace) -> Option<PgConnectOptions> {
    let LedgerPlace::Postgres(url) = place else { return None };
    let options: PgConnectOptions = url.expose_secret().parse().ok()?;
    Some(options.application_name("exoctl").disable_statement_logging())
}
