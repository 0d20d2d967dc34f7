//! The ledger in SQL: one text of every statement for SQLite and PostgreSQL.
//!
//! What differs is how a transaction begins (SQLite takes its one lock for writing at once), how rows
//! are passed over that somebody else is changing (`for update skip locked`), and whose clock leases
//! go by. On PostgreSQL a transaction that changes runs of a tenant locks the tenant's row first, so
//! that the counts kept there are true and no two of them wait for each other.

mod check;
mod claim;
mod control;
mod create;
pub(crate) mod database;
mod finish;
mod history;
mod hold;
mod implementation;
mod open;
mod outbox;
mod page;
mod reap;
mod row;
mod turn;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use exoctl_model::Clock;
use sqlx::postgres::PgConnectOptions;

use self::database::{Change, Database};
use crate::place::LedgerPlace;

/// The ledger on SQLite or PostgreSQL.
#[derive(Debug)]
pub struct SqlLedger {
    database: Database,
    leases: LeaseClock,
    place: LedgerPlace,
    /// The texts of jobs that were read already, by their ids.
    definitions: Mutex<HashMap<String, String>>,
}

/// The clock that leases go by.
#[derive(Clone, Debug)]
enum LeaseClock {
    /// Ours: one machine has one.
    Ours(Arc<dyn Clock>),
    /// The server's: machines' clocks differ.
    Server,
}

impl SqlLedger {
    /// Where it is.
    pub fn place(&self) -> &LedgerPlace {
        &self.place
    }

    /// Lets leases go by this clock instead of the server's. For simulations, in which one process
    /// or several with one clock do all the work.
    #[must_use]
    pub fn with_lease_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.leases = LeaseClock::Ours(clock);
        self
    }

    /// How to reach the same server outside the ledger's own schema.
    pub(crate) fn server(&self) -> Option<PgConnectOptions> {
        open::server(&self.place)
    }

    /// What leases are measured by, in milliseconds.
    async fn lease_now(&self, change: &mut Change) -> sqlx::Result<i64> {
        let text = "select (extract(epoch from clock_timestamp()) * 1000)::bigint as now";
        match &self.leases {
            LeaseClock::Ours(clock) => Ok(clock.now().as_millisecond()),
            LeaseClock::Server => match change.row(text, Vec::new()).await? {
                Some(row) => row.int("now"),
                None => Err(sqlx::Error::RowNotFound),
            },
        }
    }
}
