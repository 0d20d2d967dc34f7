//! The ledger on SQLite and on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a harness that cannot work fails the test")]

mod bench;
mod day;
mod delivery_contract;
mod fleet;
mod ledger_contract;
mod ledger_control;
mod ledger_history;
mod ledger_opening;
mod ledger_storm;
mod outbox_contract;
#[path = "../../examples/day/simulation.rs"]
mod simulation;
mod worker_process;
