//! What happens when runs meet, and what is kept of them.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::duration::{Duration, InvalidDuration};

/// What to do when an occurrence is due and a run of the same job for the same tenant is not over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Overlap {
    /// The new one is not run; the occurrence is kept as skipped.
    #[default]
    Skip,
    /// The new one waits; of several that wait, the newest stays.
    Queue,
    /// The one that runs is ended, and the new one begins.
    Replace,
}

/// Which runs go first when there are not enough workers.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Priority {
    /// After all others.
    Low,
    /// As most.
    #[default]
    Normal,
    /// Before all others.
    High,
}

impl Priority {
    /// As a number; the smaller goes first.
    pub const fn rank(self) -> i16 {
        match self {
            Self::High => 0,
            Self::Normal => 10,
            Self::Low => 20,
        }
    }
}

/// How many runs of a tenant there may be at once, of all jobs together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Limits {
    /// Runs of one tenant at a time, of all jobs; the job that is about to start is measured by its own number.
    #[schemars(range(min = 1, max = 100))]
    pub tenant_running: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { tenant_running: 2 }
    }
}

/// How long something is kept: a length of time, or `forever`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Keep {
    /// So long after the end of the run.
    For(Duration),
    /// Until somebody removes it.
    Forever,
}

impl Keep {
    /// The length of time, if there is one.
    pub const fn duration(self) -> Option<Duration> {
        match self {
            Self::For(length) => Some(length),
            Self::Forever => None,
        }
    }
}

impl FromStr for Keep {
    type Err = InvalidDuration;

    fn from_str(text: &str) -> Result<Self, InvalidDuration> {
        if text == "forever" { Ok(Self::Forever) } else { text.parse().map(Self::For) }
    }
}

impl TryFrom<String> for Keep {
    type Error = InvalidDuration;

    fn try_from(text: String) -> Result<Self, InvalidDuration> {
        text.parse()
    }
}

impl From<Keep> for String {
    fn from(keep: Keep) -> Self {
        keep.to_string()
    }
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::For(length) => length.fmt(f),
            Self::Forever => f.pad("forever"),
        }
    }
}

/// How long what a run leaves is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Retention {
    /// The record of the run: when, how it ended. The last good run is kept in any case.
    pub runs: Keep,
    /// What its steps have written to their logs.
    pub logs: Keep,
    /// Its output directory.
    pub artifacts: Keep,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            runs: Keep::For(Duration::from_days(400)),
            logs: Keep::For(Duration::from_days(90)),
            artifacts: Keep::For(Duration::from_days(400)),
        }
    }
}
