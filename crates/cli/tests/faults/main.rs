//! What goes wrong on the way, and what comes of it: every fault of the simulated tenant against
//! every kind of call, thirty days in one process, and processes killed while they write.
//!
//! `UPDATE_DOCS=1` writes the table of `docs/faults.md` instead of comparing it.

#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
#![expect(clippy::disallowed_methods, reason = "children are told by the environment what to do")]

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
