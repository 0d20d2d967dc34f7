//! What is told to whom.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::name::ChannelName;

/// Something about a job that somebody may want to hear of. How often a channel tells, at once
/// or as a digest, is said where the channel is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// A run begins.
    Started,
    /// A run has failed, and there is no further attempt.
    Failure,
    /// A run has succeeded.
    Success,
    /// A run has ended otherwise than the one before it.
    Change,
    /// Nobody knows how a run has ended, and it is not repeated.
    Unknown,
    /// A run has succeeded after one that had not.
    Recovered,
    /// There was no good run by the time that `late-after` says.
    Late,
}

impl Event {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Started,
        Self::Failure,
        Self::Success,
        Self::Change,
        Self::Unknown,
        Self::Recovered,
        Self::Late,
    ];

    /// Its name in job files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Failure => "failure",
            Self::Success => "success",
            Self::Change => "change",
            Self::Unknown => "unknown",
            Self::Recovered => "recovered",
            Self::Late => "late",
        }
    }
}

/// Who is told about what. The channels are described in `notify.toml`, so that addresses and
/// secrets are in one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Notify {
    /// What is told.
    #[serde(default = "bad_news")]
    pub on: BTreeSet<Event>,
    /// The channels, by their names in `notify.toml`.
    #[schemars(length(min = 1))]
    pub to: Vec<ChannelName>,
}

impl Notify {
    /// Whether this event is told.
    pub fn tells(&self, event: Event) -> bool {
        self.on.contains(&event)
    }
}

/// What is told if it is not said: what somebody has to know, and that it is over.
fn bad_news() -> BTreeSet<Event> {
    [Event::Failure, Event::Unknown, Event::Late, Event::Recovered].into()
}
