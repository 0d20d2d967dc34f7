//! What an export has already, so that only what is new gets written.

use crate::manifest::Manifest;
use crate::record::{Record, RecordKey};
use crate::written::{Written, WrittenError};
use std::path::Path;

/// The records of an export, walked along with others in the same order.
pub(crate) struct Known {
    written: Written,
    /// Records that have the id of one that is there, and other bytes.
    pub(crate) conflicts: u64,
}

impl Known {
    pub(crate) fn open(directory: &Path, manifest: &Manifest) -> Result<Self, WrittenError> {
        let mut written = Written::open(directory, manifest)?;
        written.advance()?;
        Ok(Self { written, conflicts: 0 })
    }

    /// Whether the export has a record. Records are asked about in their order.
    pub(crate) fn has(&mut self, record: &Record<'_>) -> Result<bool, WrittenError> {
        let RecordKey { second, id, hash } = record.key;
        let odd = self.written.odd.get(&id);
        if odd.is_some_and(|odd| odd.iter().any(|odd| odd.hash == hash)) {
            return Ok(true);
        }
        let mut same_id = odd.is_some();
        // The odd ones are not among those in order.
        while let Some(key) = self.written.key().filter(|_| record.quarantine.is_none()) {
            if key == record.key {
                return Ok(true);
            }
            same_id |= (key.second, key.id) == (second, id);
            if key > record.key {
                break;
            }
            self.written.advance()?;
        }
        self.conflicts += u64::from(same_id);
        Ok(false)
    }
}
