//! The ledger on SQLite and on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a harness that cannot work fails the test")]

mod bench;
mod delivery_contract;
mod ledger_contract;
mod worker_process;
