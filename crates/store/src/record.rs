//! What goes into the ledger and comes out of it.

mod notice;
mod request;
mod row;

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

pub use self::notice::{NewNotice, NoticeEnd, NoticeState, OutboxQuery, OutboxRow};
pub use self::request::{
    Admitted, CancelOutcome, Claim, ClaimOutcome, ClaimRequest, Created, End, Finish,
    FinishOutcome, NewOccurrence, NewRun, NewRunState, Reaped, Refusal, Renewal, Throttled,
};
pub use self::row::{
    AttemptRow, JobStatus, Pause, RunQuery, RunRow, Stats, StepRow, TenantLimit, TenantRow,
};

/// Names a run. Later runs have greater ids: the first bits are the time at which it was made
/// ([UUID version 7](https://www.rfc-editor.org/rfc/rfc9562#section-5.7)).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(Uuid);

/// Names a notification in the outbox; later ones are greater.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NoticeId(Uuid);

macro_rules! id {
    ($name:ident) => {
        impl $name {
            /// A new one that nothing else has.
            pub fn new(now: Timestamp) -> Self {
                Self(uuid_at(now))
            }

            /// Its 128 bits.
            pub fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0.hyphenated(), f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                Uuid::try_parse(text).map(Self)
            }
        }
    };
}
id!(RunId);
id!(NoticeId);

impl RunId {
    /// Less than the id of every run that is made from then on.
    pub fn floor(at: Timestamp) -> Self {
        Self(uuid_of(at, [0; 10]))
    }
}

fn uuid_at(now: Timestamp) -> Uuid {
    let random = Uuid::new_v4().into_bytes();
    uuid_of(now, std::array::from_fn(|at| if at < 6 { random[at] } else { random[at + 4] }))
}

fn uuid_of(at: Timestamp, rest: [u8; 10]) -> Uuid {
    let milliseconds = at.as_millisecond().max(0) as u64;
    Builder::from_unix_timestamp_millis(milliseconds, &rest).into_uuid()
}

/// Grows with every claim of a run. What is written under an older one is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fence(pub(crate) i64);

impl Fence {
    /// As a number.
    pub fn number(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Fence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A fixed set of words of which one is stored.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name { $($(#[$doc])* $variant,)+ }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The word that is stored and shown.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// The one of this word.
            pub fn named(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.name() == word)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }
    };
}
pub(crate) use words;

words! {
    /// How far a run is.
    RunState {
        /// It waits for its time, for its tenant's turn, or for another try.
        Ready = "ready",
        /// It was given to the delivery engine and nobody has taken it yet.
        Admitted = "admitted",
        /// Somebody works on it, or did when last heard of.
        Running = "running",
        /// It did what it should.
        Done = "done",
        /// It ran to its end, and there are findings or parts that failed.
        Partial = "partial",
        /// It did not do what it should.
        Failed = "failed",
        /// It never ran: another run was in its way, or it was missed and is not made up for.
        Skipped = "skipped",
        /// Somebody, or a run that replaces it, wanted it to end.
        Cancelled = "cancelled",
        /// Its worker was lost in the middle, as often as is allowed.
        Crashed = "crashed",
        /// Its worker was lost in the middle, and it must not be repeated unseen.
        Unknown = "unknown",
        /// It was too late to begin.
        Expired = "expired",
    }
}

impl RunState {
    /// Whether nothing more will happen to it.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Ready | Self::Admitted | Self::Running)
    }

    /// Whether somebody should look at it.
    pub fn needs_attention(self) -> bool {
        matches!(self, Self::Partial | Self::Failed | Self::Crashed | Self::Unknown | Self::Expired)
    }
}

words! {
    /// Why a run was made.
    Trigger {
        /// Its time had come.
        Schedule = "schedule",
        /// Its time had come while nobody was there.
        CatchUp = "catch-up",
        /// Somebody asked for it.
        Manual = "manual",
    }
}

words! {
    /// Which runs go first. One that has waited for half an hour goes with the class above.
    Class {
        /// Somebody waits for it.
        Human = "human",
        /// Something breaks without it, like the renewal of a certificate.
        Urgent = "urgent",
        /// By schedule.
        Scheduled = "scheduled",
        /// Made up for.
        Backfill = "backfill",
    }
}

impl Class {
    pub(crate) fn number(self) -> i64 {
        self as i64
    }

    pub(crate) fn of_number(number: i64) -> Option<Self> {
        usize::try_from(number).ok().and_then(|number| Self::ALL.get(number).copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_ids_are_greater_and_say_when_they_were_made() {
        let at: Timestamp = "2022-02-22T19:22:22Z".parse().unwrap();
        let id = RunId::new(at);
        // The timestamp of RFC 9562, appendix A.6.
        assert!(id.to_string().starts_with("017f22e2-79b0-7"), "{id}");
        assert_eq!(id.uuid().get_version_num(), 7);
        assert_eq!(id.uuid().get_variant(), uuid::Variant::RFC4122);
        let later = RunId::new("2022-02-22T19:22:22.001Z".parse().unwrap());
        assert!(id < later && RunId::floor(at) <= id && id.to_string() < later.to_string());
        assert_eq!(id.to_string().parse::<RunId>().unwrap(), id);
    }

    #[test]
    fn words_are_what_serde_writes() {
        for state in RunState::ALL {
            assert_eq!(serde_json::to_value(state).unwrap(), state.name());
        }
        for trigger in Trigger::ALL {
            assert_eq!(serde_json::to_value(trigger).unwrap(), trigger.name());
        }
    }
}
