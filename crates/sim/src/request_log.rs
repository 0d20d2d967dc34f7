//! The requests that a tenant answered: never a token, never a body.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How many requests are remembered.
const CAPACITY: usize = 10_000;

/// One request as the log keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoggedRequest {
    /// Counts from 1.
    pub number: u64,
    /// When it was answered, by the tenant's clock.
    pub time: Timestamp,
    /// Which service: `exchange`, `compliance`, `entra` or `graph`.
    pub service: String,
    /// The method.
    pub method: String,
    /// The path as sent, without the query.
    pub path: String,
    /// The cmdlet, when there is one.
    pub cmdlet: Option<String>,
    /// The status of the answer; absent when the connection was broken.
    pub status: Option<u16>,
    /// The id that the answer carried.
    pub request_id: Uuid,
    /// The client's id for it, if it sent one.
    pub client_request_id: Option<Uuid>,
    /// The fault that the server did with it.
    pub fault: Option<String>,
}

/// The last requests of a tenant.
#[derive(Debug, Default)]
pub(crate) struct RequestLog(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    written: u64,
    kept: VecDeque<LoggedRequest>,
}

impl RequestLog {
    /// Writes a request down; its number is given here.
    pub(crate) fn write(&self, mut request: LoggedRequest) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.written += 1;
        request.number = entries.written;
        if entries.kept.len() == CAPACITY {
            entries.kept.pop_front();
        }
        entries.kept.push_back(request);
    }

    /// The requests after the one with this number.
    pub(crate) fn since(&self, number: u64) -> Vec<LoggedRequest> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.kept.iter().filter(|request| request.number > number).cloned().collect()
    }
}
