//! Which machine and which process this is.

use super::record::Machine;

/// This one.
pub(super) fn here() -> Machine {
    Machine { host: host(), pid: std::process::id(), version: env!("CARGO_PKG_VERSION").to_owned() }
}

/// The host and the process, as the ledger and people know them.
pub(crate) fn owner() -> String {
    format!("{}/{}", host(), std::process::id())
}

#[cfg(unix)]
fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
fn host() -> String {
    let name = crate::env::Environment::capture().computer_name();
    name.unwrap_or_else(|| "this machine".to_owned())
}
