//! The simulated tenant's frame from outside: real HTTPS, assertions made by other means.

#![expect(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod activity;
mod assertion;
mod control;
mod discovery;
mod faults;
mod graph;
mod harness;
mod lenience;
mod people;
mod registration;
mod token;
