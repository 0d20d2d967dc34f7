//! What was written and is not seen everywhere yet.
//!
//! Graph and Entra read replicas of their own. An object that is late on one is not found there for so
//! many reads or so many seconds, and may then be seen and not seen in turn for a while.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::Value;

/// Who reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Replica {
    /// Microsoft Graph.
    Graph,
    /// Entra's token endpoint.
    Entra,
}

/// How late something is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Lag {
    /// Reads that do not see it.
    pub reads: u32,
    /// Seconds by the tenant's clock during which no read sees it.
    pub seconds: i64,
    /// How often it is gone again after it was seen.
    pub flaps: u32,
    /// Whether changes and deletions are as late as what is new.
    pub changes: bool,
}

/// A row as it was before somebody changed or deleted its object.
#[derive(Debug, Clone)]
pub(crate) struct Before {
    /// The collection that showed it.
    pub collection: &'static str,
    /// How it was shown.
    pub row: Value,
    /// Whether the object is gone.
    pub is_deleted: bool,
}

/// Everything that is late.
#[derive(Debug, Default)]
pub(crate) struct Replication {
    late: Mutex<HashMap<(Replica, String), Late>>,
    before: Mutex<HashMap<String, Before>>,
}

#[derive(Debug)]
struct Late {
    until: Timestamp,
    reads: u32,
    flaps: u32,
    was_seen: bool,
}

impl Replication {
    /// Makes an object late on a replica.
    pub(crate) fn delay(&self, replica: Replica, id: &str, lag: Lag, now: Timestamp) {
        let until = Timestamp::from_second(now.as_second() + lag.seconds).unwrap_or(now);
        let late = Late { until, reads: lag.reads, flaps: lag.flaps, was_seen: false };
        self.lock().insert((replica, id.to_owned()), late);
    }

    /// Brings everything everywhere: no read is behind any more.
    pub(crate) fn settle(&self) {
        // What was late once stays known, so that it does not become late a second time.
        for late in self.lock().values_mut() {
            *late = Late { until: Timestamp::MIN, reads: 0, flaps: 0, was_seen: true };
        }
        self.before().clear();
    }

    /// Whether anything was ever said about an object on a replica.
    pub(crate) fn knows(&self, replica: Replica, id: &str) -> bool {
        self.lock().contains_key(&(replica, id.to_owned()))
    }

    /// Whether this read sees an object. Every call is one read.
    pub(crate) fn sees(&self, replica: Replica, id: &str, now: Timestamp) -> bool {
        let mut all = self.lock();
        let Some(late) = all.get_mut(&(replica, id.to_owned())) else { return true };
        if now < late.until {
            return false;
        }
        if late.reads > 0 {
            late.reads -= 1;
            return false;
        }
        if late.was_seen && late.flaps > 0 {
            late.flaps -= 1;
            late.was_seen = false;
            return false;
        }
        late.was_seen = true;
        true
    }

    /// Lets Graph show an object as it was before for a while.
    pub(crate) fn keep_showing(&self, id: &str, before: Before, lag: Lag, now: Timestamp) {
        self.delay(Replica::Graph, &change_of(id), lag, now);
        self.before().insert(id.to_owned(), before);
    }

    /// Forgets how an object was: it is new, or there again.
    pub(crate) fn forget_before(&self, id: &str) {
        self.before().remove(id);
    }

    /// How this read of Graph's replica still shows an object that was changed or deleted.
    pub(crate) fn shown_before(&self, id: &str, now: Timestamp) -> Option<Before> {
        let before = self.before().get(id).cloned()?;
        (!self.sees(Replica::Graph, &change_of(id), now)).then_some(before)
    }

    /// Rows of objects that were deleted, whether or not this read still shows them.
    pub(crate) fn deleted_rows(&self, collection: &str) -> Vec<Value> {
        let before = self.before();
        let deleted = before.values().filter(|one| one.is_deleted && one.collection == collection);
        deleted.map(|one| one.row.clone()).collect()
    }

    fn before(&self) -> MutexGuard<'_, HashMap<String, Before>> {
        self.before.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(Replica, String), Late>> {
        self.late.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The name under which a change of an object is late.
fn change_of(id: &str) -> String {
    format!("change of {id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(lag: Lag, count: usize) -> String {
        let replication = Replication::default();
        let now = Timestamp::UNIX_EPOCH;
        replication.delay(Replica::Graph, "x", lag, now);
        (0..count)
            .map(|_| if replication.sees(Replica::Graph, "x", now) { 'x' } else { '.' })
            .collect()
    }

    #[test]
    fn an_object_comes_late_and_may_be_gone_again() {
        assert_eq!(reads(Lag { reads: 2, ..Lag::default() }, 5), "..xxx");
        assert_eq!(reads(Lag { reads: 1, flaps: 2, ..Lag::default() }, 7), ".x.x.xx");
        assert_eq!(reads(Lag { seconds: 10, ..Lag::default() }, 3), "...");
    }

    #[test]
    fn what_settles_is_seen_at_once() {
        let replication = Replication::default();
        let (lag, now) = (Lag { reads: 5, seconds: 10, ..Lag::default() }, Timestamp::UNIX_EPOCH);
        replication.delay(Replica::Graph, "x", lag, now);
        let row = Value::Null;
        let before = Before { collection: "applications", row, is_deleted: true };
        replication.keep_showing("y", before, lag, now);
        assert!(!replication.sees(Replica::Graph, "x", now));
        assert!(replication.shown_before("y", now).is_some());
        replication.settle();
        assert!(replication.sees(Replica::Graph, "x", now));
        assert!(replication.shown_before("y", now).is_none());
        assert!(replication.deleted_rows("applications").is_empty());
    }

    #[test]
    fn replicas_are_late_on_their_own() {
        let replication = Replication::default();
        let lag = Lag { seconds: 10, ..Lag::default() };
        let now = Timestamp::UNIX_EPOCH;
        replication.delay(Replica::Entra, "x", lag, now);
        assert!(replication.sees(Replica::Graph, "x", now));
        assert!(!replication.sees(Replica::Entra, "x", now));
        let later = Timestamp::from_second(10).unwrap();
        assert!(replication.sees(Replica::Entra, "x", later));
    }
}
