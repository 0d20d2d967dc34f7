//! The export's parts together, without a service: contracts of sources and sinks, exports from a
//! source in memory, the search against a scripted service.

#![expect(clippy::unwrap_used, reason = "a harness that cannot work fails the test")]

mod crosscheck;
mod exports;
mod feed;
mod memory;
mod reconcile;
mod records;
mod samples;
mod search;
mod service;
mod sink_contract;
mod sinks;
mod source_contract;
