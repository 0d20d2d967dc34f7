//! What a repetition does, and what happens when runs meet.

use serde::Serialize;

/// What a run does, as far as doing it again is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// It may be repeated at will.
    Read,
    /// It brings about a state. Done again, it brings about the same.
    DesiredState,
    /// It must not be done again unless it is certain that it was not done.
    Once,
}

impl Effect {
    /// Its name, as the ledger keeps it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::DesiredState => "desired-state",
            Self::Once => "once",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Read, Self::DesiredState, Self::Once].into_iter().find(|one| one.name() == name)
    }

    /// Whether a run whose end nobody saw may be started again.
    pub const fn may_be_repeated(self) -> bool {
        !matches!(self, Self::Once)
    }
}

/// What to do when an earlier run of the same job for the same tenant is not over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Overlap {
    /// The new one is not run; the occurrence is kept as skipped.
    #[default]
    Skip,
    /// The new one waits; of several that wait, the newest stays.
    Queue,
    /// The one that runs is ended, and the new one begins.
    Replace,
}
