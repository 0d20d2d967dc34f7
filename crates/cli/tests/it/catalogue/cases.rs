//! A case for each row that can be produced.

mod administrator;
mod entra;
mod exchange;
#[cfg(unix)]
mod exec;
mod general;
mod graph;
mod key;
mod network;
mod settings;
mod setup;

use super::case::Case;

/// All of them.
pub(super) fn all() -> Vec<Case> {
    [
        // Those that wait longest come first.
        administrator::cases(),
        entra::cases(),
        network::cases(),
        exchange::cases(),
        graph::cases(),
        setup::cases(),
        key::cases(),
        settings::cases(),
        #[cfg(unix)]
        exec::cases(),
        general::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
