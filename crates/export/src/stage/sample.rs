//! What the rows of a window are: how it is cut if there are too many.

use std::collections::BTreeMap;

use crate::record::Record;

/// How many rows there are of what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// By `CreationTime` in Unix seconds.
    pub seconds: BTreeMap<i64, u64>,
    /// By record type, its number where it is known.
    pub record_types: BTreeMap<String, u64>,
    /// By operation.
    pub operations: BTreeMap<String, u64>,
    /// By user.
    pub user_ids: BTreeMap<String, u64>,
}

impl Sample {
    pub(super) fn note(&mut self, record: &Record<'_>) {
        let count = |of: &mut BTreeMap<String, u64>, name: &str| match of.get_mut(name) {
            Some(count) => *count += 1,
            None => {
                of.insert(name.to_owned(), 1);
            }
        };
        *self.seconds.entry(record.key.second).or_default() += 1;
        let number = record.record_type.map(|number| number.to_string());
        count(&mut self.record_types, number.as_deref().unwrap_or(&record.row.record_type));
        count(&mut self.operations, &record.row.operations);
        count(&mut self.user_ids, &record.row.user_ids);
    }
}
