//! What is told about runs, until it has been told.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Fence, NoticeId, RunId, words};

/// Something to tell somebody.
#[derive(Clone, Debug, PartialEq)]
pub struct NewNotice {
    /// Of which there is only one in a ledger, if it has one: telling twice is told once.
    pub key: Option<String>,
    /// About which run, if about one.
    pub run: Option<RunId>,
    /// About which job, if about one.
    pub job: Option<String>,
    /// About whose.
    pub tenant: Option<String>,
    /// What happened, like `failed`.
    pub event: String,
    /// Where it is told: the name of a channel, never its address.
    pub channel: String,
    /// What is told.
    pub body: Value,
    /// Not before then.
    pub due_at: Timestamp,
}

words! {
    /// How far a notification is.
    NoticeState {
        /// It waits for its time or for another try.
        Waiting = "waiting",
        /// Somebody sends it.
        Sending = "sending",
        /// It was accepted.
        Sent = "sent",
        /// It is not tried any more.
        Failed = "failed",
    }
}

/// A notification.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OutboxRow {
    /// Its name; the same in every try.
    pub id: NoticeId,
    /// About which run, if about one.
    pub run: Option<RunId>,
    /// About which job, if about one.
    pub job: Option<String>,
    /// About whose.
    pub tenant: Option<String>,
    /// What happened.
    pub event: String,
    /// Where it is told.
    pub channel: String,
    /// What is told.
    pub body: Value,
    /// How far it is.
    pub state: NoticeState,
    /// How often it was tried.
    pub tries: u32,
    /// Under which its end is written.
    pub fence: Fence,
    /// Not before then.
    pub due_at: Timestamp,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was sent or given up.
    pub ended_at: Option<Timestamp>,
    /// Why the last try failed.
    pub error: Option<String>,
}

/// How a try to tell ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoticeEnd {
    /// It was accepted.
    Sent,
    /// It was not tried: it is told later, with others.
    Wait {
        /// When.
        at: Timestamp,
    },
    /// It is tried again.
    Retry {
        /// When.
        at: Timestamp,
        /// Why.
        error: String,
    },
    /// It is given up.
    Failed {
        /// Why.
        error: String,
    },
}

/// Which notifications.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutboxQuery {
    /// Only those that are so far.
    pub states: Vec<NoticeState>,
    /// Only those about this run.
    pub run: Option<RunId>,
    /// Only those of this job.
    pub job: Option<String>,
    /// Only earlier ones: the last of the page before.
    pub before: Option<NoticeId>,
    /// How many at most; 0 is 100.
    pub limit: usize,
}
