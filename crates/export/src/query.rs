//! What an export is to hold, and the windows that it is read in.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::period::Period;

/// Which records an export is to hold: all of a period, or only some.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Query {
    /// By `CreationTime`.
    pub period: Period,
    /// Only records of these types, by name or number; of all if empty.
    pub record_types: Vec<String>,
    /// Only these operations; all if empty.
    pub operations: Vec<String>,
    /// Only records of these users; of all if empty.
    pub user_ids: Vec<String>,
}

impl Query {
    /// Everything in a period.
    pub fn all(period: Period) -> Self {
        Self { period, record_types: Vec::new(), operations: Vec::new(), user_ids: Vec::new() }
    }

    /// What it is limited to besides its period, in words; empty if to nothing.
    pub fn limits(&self) -> String {
        let (whole, period) = (self.to_string(), self.period.to_string());
        whole.strip_prefix(&period).unwrap_or_default().trim_start_matches(", ").to_owned()
    }

    /// The filters whose results are the query's: one for each record type, for the service takes
    /// only one at a time.
    pub fn filters(&self) -> Vec<Filter> {
        let filter = |record_type| Filter {
            record_type,
            operations: self.operations.clone(),
            user_ids: self.user_ids.clone(),
        };
        if self.record_types.is_empty() {
            return vec![filter(None)];
        }
        self.record_types.iter().cloned().map(Some).map(filter).collect()
    }
}

/// What one window is limited to besides its time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Filter {
    /// One record type, by name or number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record_type: Option<String>,
    /// Some operations.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub operations: Vec<String>,
    /// Some users.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub user_ids: Vec<String>,
}

/// A piece of the query that is read and committed as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// By `CreationTime`, or by when records became available if the source goes by that.
    pub period: Period,
    /// And limited to this.
    pub filter: Filter,
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Filter { record_type, operations, user_ids } = &self.filter;
        write!(f, "{}", self.period)?;
        limits(f, record_type.as_slice(), operations, user_ids)
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.period)?;
        limits(f, &self.record_types, &self.operations, &self.user_ids)
    }
}

fn limits(
    f: &mut fmt::Formatter<'_>,
    record_types: &[String],
    operations: &[String],
    user_ids: &[String],
) -> fmt::Result {
    for (what, values) in
        [("record type", record_types), ("operation", operations), ("user", user_ids)]
    {
        if !values.is_empty() {
            write!(f, ", {what} {}", values.join(", "))?;
        }
    }
    Ok(())
}
