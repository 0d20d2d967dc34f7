//! What came of a comparison.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use crate::period::Period;
use crate::record::{RecordId, hex};
use crate::report::event::Event;
use crate::verdict::Verdict;
use crate::written::Odd;

/// More workloads, operations or hours are counted together.
const MOST_LINES: usize = 10_000;
const OTHERS: &str = "(others)";

/// Where a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Where {
    /// In the first export only.
    OnlyFirst,
    /// In the second only.
    OnlySecond,
    /// In both, with other bytes.
    Differs,
}

/// A record that is not the same in both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Difference {
    /// Where it is.
    pub found: Where,
    /// `Id`.
    pub id: String,
    /// `CreationTime`, if it can be told.
    pub creation_time: Option<Timestamp>,
    /// `Workload`.
    pub workload: String,
    /// `RecordType`, by number if it is one.
    pub record_type: String,
    /// `Operation`.
    pub operation: String,
    /// `UserId`.
    pub user_id: String,
}

/// How many records are where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tally {
    /// In the first only.
    pub only_first: u64,
    /// In the second only.
    pub only_second: u64,
    /// In both, with other bytes.
    pub differing: u64,
}

/// One of the two exports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Side {
    /// Where it is.
    pub directory: PathBuf,
    /// Where its records came from.
    pub source: String,
    /// Whether it is all that there was.
    pub verdict: Verdict,
    /// Its records in the common time.
    pub records: u64,
}

/// What came of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Crosscheck {
    /// The two.
    pub sides: [Side; 2],
    /// The time that both are of.
    pub period: Period,
    /// Ids that are in both with the same bytes.
    pub same: u64,
    /// All that are not.
    pub total: Tally,
    /// The same by workload.
    pub by_workload: BTreeMap<String, Tally>,
    /// By operation.
    pub by_operation: BTreeMap<String, Tally>,
    /// By the hour, as it begins.
    pub by_hour: BTreeMap<String, Tally>,
}

impl Crosscheck {
    /// Whether both hold the same.
    pub fn is_equal(&self) -> bool {
        self.total == Tally::default()
    }

    pub(super) fn count(&mut self, difference: &Difference) {
        let add = |tally: &mut Tally| match difference.found {
            Where::OnlyFirst => tally.only_first += 1,
            Where::OnlySecond => tally.only_second += 1,
            Where::Differs => tally.differing += 1,
        };
        add(&mut self.total);
        let hour = difference
            .creation_time
            .map_or_else(String::new, |time| time.strftime("%Y-%m-%dT%H:00:00Z").to_string());
        for (lines, name) in [
            (&mut self.by_workload, difference.workload.as_str()),
            (&mut self.by_operation, difference.operation.as_str()),
            (&mut self.by_hour, &hour),
        ] {
            let full = lines.len() >= MOST_LINES && !lines.contains_key(name);
            add(lines.entry(if full { OTHERS } else { name }.to_owned()).or_default());
        }
    }
}

impl Difference {
    pub(super) fn of(found: Where, text: &str, second: i64) -> Self {
        let event = Event::read(text).unwrap_or_default();
        Self {
            found,
            id: event.id.into_owned(),
            creation_time: Timestamp::from_second(second).ok(),
            workload: event.workload.into_owned(),
            record_type: event.record_type.map(|number| number.to_string()).unwrap_or_default(),
            operation: event.operation.into_owned(),
            user_id: event.user.into_owned(),
        }
    }

    pub(super) fn of_odd(found: Where, id: &RecordId, odd: &Odd) -> Self {
        let event = Event::read(&odd.row.audit_data).unwrap_or_default();
        let named = [&*event.id, &*odd.row.identity].into_iter().find(|name| !name.is_empty());
        let id = match named {
            Some(name) => name.to_owned(),
            None if id.iter().any(|byte| *byte != 0) => Uuid::from_bytes(*id).to_string(),
            None => hex(id),
        };
        Self {
            found,
            id,
            creation_time: odd.second.and_then(|second| Timestamp::from_second(second).ok()),
            workload: event.workload.into_owned(),
            record_type: odd.row.record_type.to_string(),
            operation: odd.row.operations.to_string(),
            user_id: odd.row.user_ids.to_string(),
        }
    }
}
