//! The whole way from an invocation to its records, over a transport that follows a script.
//! Bodies are those that were recorded from the service, names changed.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

mod batch;
mod compliance;
mod errors;
mod module_file;
mod paging;
mod retries;
mod script;
