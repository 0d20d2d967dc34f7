//! What is to be told, wherever it is kept, and what becomes of it.

use std::error::Error;

use exoctl_http::BoxFuture;
use jiff::Timestamp;

use crate::Notice;

/// What is to be told, wherever it is kept.
pub trait Outbox: Send + Sync {
    /// Takes what is due, the oldest first, so that nobody else takes it for some minutes.
    fn claim(
        &self,
        now: Timestamp,
        most: usize,
    ) -> BoxFuture<'_, Result<Vec<Waiting>, OutboxError>>;

    /// Notes what became of one.
    fn settle<'a>(
        &'a self,
        id: &'a str,
        now: Timestamp,
        settlement: &'a Settlement,
    ) -> BoxFuture<'a, Result<(), OutboxError>>;
}

/// An outbox that cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("could not read or write the outbox")]
pub struct OutboxError(#[source] pub Box<dyn Error + Send + Sync>);

/// Something in the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its id in the outbox.
    pub id: String,
    /// The channel's name.
    pub channel: String,
    /// How often it was tried in vain.
    pub attempts: u32,
    /// Since when it waits.
    pub since: Timestamp,
    /// What is to be told.
    pub notice: Notice,
}

/// What became of something in the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// It was taken.
    Sent {
        /// What the receiver calls it by.
        receipt: String,
    },
    /// It is told later, with others. This is no attempt.
    Wait {
        /// When.
        until: Timestamp,
    },
    /// It was not taken, and is tried again.
    Retry {
        /// When.
        at: Timestamp,
        /// Why it was not taken, in one line without secrets.
        error: String,
    },
    /// It was not told, for its moment has passed: that a run begins is no news when it has ended.
    Passed,
    /// It was not taken, and is not tried again unless somebody asks for it.
    GivenUp {
        /// Why it was not taken, in one line without secrets.
        error: String,
    },
}
