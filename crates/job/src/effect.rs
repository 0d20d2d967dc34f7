//! What it does to the world when a step is done twice.

use std::fmt;

use serde::Serialize;

/// What a step does, as far as doing it again is concerned; the worse is the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// It looks and writes files of its own. It may be repeated at will.
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

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
