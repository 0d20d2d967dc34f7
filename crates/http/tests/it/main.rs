//! Tests of the crate's public face: retries in paused time, the client against real TLS.

mod client;
mod retry;
mod server;
mod trace;
