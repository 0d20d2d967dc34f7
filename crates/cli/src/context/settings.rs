//! Settings and where they come from: flag, then environment variable, then profile, then default.

use std::fmt;

/// A setting in effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Setting<T> {
    /// Its value.
    pub(crate) value: T,
    /// Where the value comes from.
    pub(crate) origin: Origin,
}

/// Where a setting comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The command line.
    Flag(&'static str),
    /// An environment variable.
    Variable(&'static str),
    /// A named connection.
    Profile(String),
    /// A file of exoctl's own.
    State(&'static str),
    /// Nobody said anything.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => f.write_str(name),
            Self::Variable(name) => write!(f, "environment variable {name}"),
            Self::Profile(name) => write!(f, "profile {name}"),
            Self::State(what) => f.write_str(what),
            Self::Default => f.write_str("default"),
        }
    }
}

impl<T> Setting<T> {
    /// The first that is there, of a flag, a variable and a profile; else the default.
    pub(crate) fn first(
        candidates: impl IntoIterator<Item = (Option<T>, Origin)>,
        default: T,
    ) -> Self {
        candidates
            .into_iter()
            .find_map(|(value, origin)| value.map(|value| Self { value, origin }))
            .unwrap_or(Self { value: default, origin: Origin::Default })
    }
}
