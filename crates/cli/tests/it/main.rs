//! The program as a user meets it: the real binary against a simulated tenant.
//!
//! Everything a run keeps is in a temporary directory of its own, and its environment is empty
//! but for what a test puts there.

#![expect(clippy::unwrap_used, reason = "a harness that cannot work fails the test")]

mod activity;
mod administrator;
mod adopted;
mod audit;
mod audit_export;
mod audit_report;
mod bad_certificates;
mod bad_input;
mod bulk;
mod catalogue;
mod clock;
mod doctor;
mod documents;
#[cfg(unix)]
mod exec;
mod graph;
mod harness;
mod hostile;
mod job;
mod notify;
mod output;
mod policies;
mod reconcile;
mod role_group;
mod rotation;
#[cfg(unix)]
mod runs;
mod schedule;
mod secrets;
mod setup;
mod sign_in;
mod status;
mod story;
