//! What goes wrong on the way, and what comes of it: every fault of the simulated tenant against
//! every kind of call, thirty days in one process, and processes killed while they write.
//!
//! `UPDATE_DOCS=1` writes the table of `docs/faults.md` instead of comparing it.

mod binary;
mod fault;
mod kill;
mod matrix;
mod plain;
mod recorder;
mod report;
mod scenario;
mod soak;
mod tenant;
