//! Where audit records come from.

use std::fmt::Debug;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::period::Period;
use crate::query::{Query, Window};
use crate::stage::Stage;
use crate::verdict::Verdict;

/// Gives the records of windows. What a window owns, what is doubled and what is kept is not its
/// concern: it gives [`Stage::take`] every row that it gets, and says how the reading ended.
///
/// The contract, which `tests/it/source_contract.rs` holds every source to:
/// - [`Reading::Whole`] means that every record of the window was given. More may be: records of
///   other times, and records twice.
/// - Whatever casts doubt on that is an error, never a shorter result.
/// - Windows are read in any order, several at a time, and again; each time the result is the same.
/// - Dropping the future stops the reading.
pub trait Source: Debug + Send + Sync {
    /// What it is called in manifests, `Search-UnifiedAuditLog` for example.
    fn name(&self) -> &'static str;

    /// By what windows are cut.
    fn axis(&self) -> Axis {
        Axis::CreationTime
    }

    /// The most windows that it likes to be asked for at once, whatever the user wants.
    fn most_sessions(&self) -> usize {
        8
    }

    /// Looks at the service before anything is read: how it behaves, whether auditing is on, how
    /// many records there are about.
    fn survey<'a>(&'a self, query: &'a Query) -> BoxFuture<'a, Result<Survey, ReadError>>;

    /// Reads a window into an empty stage. What it noted on the way is in `notes`, when it fails too.
    fn read<'a>(
        &'a self,
        window: &'a Window,
        stage: &'a mut Stage,
        notes: &'a mut Notes,
    ) -> BoxFuture<'a, Result<Reading, ReadError>>;
}

/// How long after the end of what is kept is asked for, in seconds: it moves while we ask.
pub(crate) const HORIZON_MARGIN: i64 = 60;

/// By what windows are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Axis {
    /// By when things happened. A record belongs to exactly one window, and records can be written
    /// in their order as soon as the windows before are done.
    CreationTime,
    /// By when records became available. A record may come in several windows, and the order is
    /// known when all of them are done.
    Availability,
}

/// How the reading of a window ended when nothing went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Everything is there.
    Whole,
    /// There is more than the service gives for one window. What it gave is in the stage.
    TooMany,
}

/// What a service looks like before anything is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Survey {
    /// Whether auditing is switched on; nothing if it was not to be found out.
    pub auditing: Option<bool>,
    /// How many records there are about, if the service tells.
    pub estimate: Option<u64>,
    /// How the service behaves, by name: kept for each tenant, and compared the next time.
    pub behaviour: std::collections::BTreeMap<String, String>,
    /// The service's clock, if it was told.
    pub service_date: Option<Timestamp>,
    /// Of a source that goes by when records became available: the time in which what became
    /// available is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub availability: Option<Period>,
    /// What is collected only since a time in the period, by name: content types of a subscription.
    #[serde(skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub subscribed_since: std::collections::BTreeMap<String, Timestamp>,
}

impl Survey {
    /// What it says of the whole export, whatever its windows are.
    pub(crate) fn verdict(&self) -> Verdict {
        match self {
            Self { auditing: Some(false), .. } => Verdict::AuditingOff,
            Self { subscribed_since, .. } if !subscribed_since.is_empty() => Verdict::Unsubscribed,
            _ => Verdict::Complete,
        }
    }
}

/// What is noted while a window is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// Calls that were made.
    pub calls: u64,
    /// The service's ids of its answers.
    pub request_ids: Vec<String>,
    /// How many rows the service says that the window has, if it counts them.
    pub told: Option<u64>,
    /// The service knows no record type of this number, and so has no record of it.
    pub no_such_type: bool,
}

/// Why a window was not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The service said something that cannot be relied on. The window is read again from its
    /// beginning; what came so far counts for nothing.
    #[error("the service gave a result that cannot be relied on: {anomaly}")]
    Anomaly {
        /// What.
        anomaly: Anomaly,
        /// What there was instead of an answer, if there was none.
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// Records from before this time are not kept any more.
    #[error("the service keeps no records from before {horizon}")]
    BeforeRetention {
        /// From here on it may be asked.
        horizon: Timestamp,
    },
    /// Reading makes no sense at the moment, for this window and for others.
    #[error("could not read the audit log")]
    Stopped(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The rows could not be put anywhere.
    #[error("could not keep the rows of a window")]
    Stage(#[from] std::io::Error),
}

/// What cannot be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Anomaly {
    /// A row with an index below one: the search has timed out on the server.
    Bogus,
    /// An empty page although the service says that there is more.
    EmptyWithMore,
    /// Rows are missing between two pages.
    Gap,
    /// The session began anew.
    Repeats,
    /// Fewer rows than the service had counted.
    Short,
    /// The service's count changed on the way.
    CountChanged,
    /// Pages without an end.
    Endless,
    /// The service warns that it did not come to the end.
    Partial,
    /// No answer, and nobody knows whether the session moved on.
    Unanswered,
    /// An answer that is not what answers are.
    Unreadable,
    /// The service refused, for no reason of ours.
    Refused,
    /// Two sessions disagree.
    Disagreement,
    /// Content that is listed cannot be had any more.
    Expired,
}

impl Anomaly {
    /// What it is, in words.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Bogus => "a row without a place, as a search gives that timed out",
            Self::EmptyWithMore => "no rows although there are said to be more",
            Self::Gap => "rows are missing between two pages",
            Self::Repeats => "the session began anew",
            Self::Short => "fewer rows than were counted",
            Self::CountChanged => "the number of rows changed on the way",
            Self::Endless => "pages without an end",
            Self::Partial => "a warning that it did not come to the end",
            Self::Unanswered => "no answer",
            Self::Unreadable => "an answer that cannot be read",
            Self::Refused => "a refusal",
            Self::Disagreement => "two sessions disagree",
            Self::Expired => "content that is listed cannot be had any more",
        }
    }
}

impl std::fmt::Display for Anomaly {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.describe())
    }
}

impl From<Anomaly> for ReadError {
    fn from(anomaly: Anomaly) -> Self {
        Self::Anomaly { anomaly, source: None }
    }
}
