//! What there is to be told of a run.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Why somebody is told. `docs/notifications.md` says when each is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// A run begins.
    Started,
    /// A run has done what it was to do.
    Success,
    /// A run has failed and is not tried again.
    Failure,
    /// A run has succeeded and the one before it had not.
    Recovered,
    /// The outcome, or what a check has found, is another than that of the run before.
    Change,
    /// A run was broken off and nobody knows what it has done.
    Unknown,
    /// A run has not begun when it should have.
    Late,
    /// Somebody wants to see whether a channel works.
    Test,
}

impl Event {
    /// All that there are.
    pub const ALL: [Self; 8] = [
        Self::Started,
        Self::Success,
        Self::Failure,
        Self::Recovered,
        Self::Change,
        Self::Unknown,
        Self::Late,
        Self::Test,
    ];

    /// As it is written in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Recovered => "recovered",
            Self::Change => "change",
            Self::Unknown => "unknown",
            Self::Late => "late",
            Self::Test => "test",
        }
    }

    /// How it is to be taken.
    pub const fn mood(self) -> Mood {
        match self {
            Self::Success | Self::Recovered => Mood::Good,
            Self::Failure | Self::Unknown => Mood::Bad,
            Self::Change | Self::Late => Mood::Attention,
            Self::Started | Self::Test => Mood::Neutral,
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Event {
    type Err = UnknownEvent;

    fn from_str(text: &str) -> Result<Self, UnknownEvent> {
        let found = Self::ALL.into_iter().find(|event| event.name() == text);
        found.ok_or_else(|| UnknownEvent { text: text.to_owned() })
    }
}

/// A name that is none of an event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{text}' is no event, expected started, success, failure, recovered, change, unknown or late"
)]
pub struct UnknownEvent {
    /// The name.
    pub text: String,
}

/// How something that is told is to be taken; the colour of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mood {
    /// All is well.
    Good,
    /// Somebody must look.
    Bad,
    /// Somebody should look.
    Attention,
    /// Nothing to worry about.
    Neutral,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for event in Event::ALL {
            assert_eq!(event.name().parse(), Ok(event));
            assert_eq!(serde_json::to_value(event).unwrap(), event.name());
        }
        assert!("Failure".parse::<Event>().is_err());
    }
}
