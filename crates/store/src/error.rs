//! Why the ledger did not do something.

use std::path::PathBuf;

/// Why the ledger did not do something. That somebody else holds a run is no error: see
/// [`Renewal`](crate::Renewal) and [`FinishOutcome`](crate::FinishOutcome).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Others write; the same call may be made again at once.
    #[error("could not {operation}: the ledger is busy")]
    Busy {
        /// What was being done.
        operation: &'static str,
        /// What the database said.
        source: sqlx::Error,
    },
    /// The database does not answer; the same call may be made again later.
    #[error("could not {operation}: the ledger does not answer")]
    Unavailable {
        /// What was being done.
        operation: &'static str,
        /// What the database or the connection said.
        source: sqlx::Error,
    },
    /// The database refused.
    #[error("could not {operation} in the ledger")]
    Failed {
        /// What was being done.
        operation: &'static str,
        /// What the database said.
        source: sqlx::Error,
    },
    /// Something in it is not what it should be.
    #[error("the ledger cannot be read: {reason}")]
    Unreadable {
        /// What is wrong.
        reason: String,
    },
    /// A later version of exoctl has changed its tables.
    #[error("the ledger has tables of version {found}; this exoctl knows version {known}")]
    Newer {
        /// The ledger's.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// The file could not be made.
    #[error("could not open the ledger {}", path.display())]
    File {
        /// The database.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The file is on a file system without the locks that SQLite needs.
    #[error("the ledger {} is on a network file system ({kind})", path.display())]
    NetworkFileSystem {
        /// The database.
        path: PathBuf,
        /// What kind it is.
        kind: &'static str,
    },
    /// The delivery engine failed.
    #[error("the delivery engine could not {operation}: {reason}")]
    Delivery {
        /// What was being done.
        operation: &'static str,
        /// What it said.
        reason: String,
    },
}

impl StoreError {
    /// Whether the same call may succeed when it is made again.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Busy { .. } | Self::Unavailable { .. })
    }

    /// What went wrong in the database while something was done.
    pub(crate) fn of(operation: &'static str) -> impl Fn(sqlx::Error) -> Self {
        move |source| match kind(&source) {
            Kind::Busy => Self::Busy { operation, source },
            Kind::Unavailable => Self::Unavailable { operation, source },
            Kind::Unreadable => Self::Unreadable { reason: source.to_string() },
            Kind::Other => Self::Failed { operation, source },
        }
    }
}

enum Kind {
    Busy,
    Unavailable,
    Unreadable,
    Other,
}

fn kind(error: &sqlx::Error) -> Kind {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => Kind::Unavailable,
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Kind::Unreadable,
        sqlx::Error::Database(error) => error.code().map_or(Kind::Other, |code| of_code(&code)),
        _ => Kind::Other,
    }
}

/// By [SQLite's result codes](https://sqlite.org/rescode.html), numbers whose low byte is the
/// primary one, and [PostgreSQL's](https://www.postgresql.org/docs/current/errcodes-appendix.html),
/// five characters of which two are the class.
fn of_code(code: &str) -> Kind {
    const BUSY: [&str; 3] = ["40001", "40P01", "55P03"];
    const GONE: [&str; 4] = ["08", "53", "57", "58"];
    if code.len() == 5 {
        return match code {
            code if BUSY.contains(&code) => Kind::Busy,
            // A standby that became the primary's replacement too late: nothing was written.
            "25006" => Kind::Unavailable,
            code if code.get(..2).is_some_and(|class| GONE.contains(&class)) => Kind::Unavailable,
            _ => Kind::Other,
        };
    }
    match code.parse::<u32>().map(|code| code & 0xff) {
        Ok(5 | 6) => Kind::Busy,               // SQLITE_BUSY, SQLITE_LOCKED
        Ok(10 | 13 | 14) => Kind::Unavailable, // SQLITE_IOERR, SQLITE_FULL, SQLITE_CANTOPEN
        Ok(11 | 26) => Kind::Unreadable,       // SQLITE_CORRUPT, SQLITE_NOTADB
        _ => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Codes from the two databases' own tables.
    #[test]
    fn what_passes_by_itself_is_told_from_what_does_not() {
        // SQLITE_BUSY, SQLITE_LOCKED, SQLITE_BUSY_SNAPSHOT; serialization failure, deadlock, no lock.
        for code in ["5", "6", "517", "40001", "40P01", "55P03"] {
            assert!(matches!(of_code(code), Kind::Busy), "{code}");
        }
        // SQLITE_IOERR_FSYNC, SQLITE_FULL; connection failure, too many of them, shutdown, start-up.
        for code in ["1034", "13", "08006", "53300", "57P01", "57P03", "25006"] {
            assert!(matches!(of_code(code), Kind::Unavailable), "{code}");
        }
        for code in ["11", "26"] {
            assert!(matches!(of_code(code), Kind::Unreadable), "{code}");
        }
        // SQLITE_CONSTRAINT_UNIQUE; unique violation, no such table, wrong password, no such database.
        for code in ["2067", "23505", "42P01", "28P01", "3D000"] {
            assert!(matches!(of_code(code), Kind::Other), "{code}");
        }
    }
}
