//! Tests of the crate's public face: retries in paused time, the client against real TLS.

#![expect(clippy::unwrap_used, reason = "a test whose scenery falls over has failed")]

mod client;
mod retry;
mod server;
mod trace;
