//! The records that are not what records are, each with the whole row and the reason.

use std::io;
use std::path::Path;

use serde_json::json;

use super::file::{Compression, PartFile};
use super::{Checkpoint, Finished, Sink, SinkKind};
use crate::record::Record;

/// One JSON object a line with the members of the row, `AuditData` as a text and `Quarantine` as the
/// reason; `ResultIndex` and `ResultCount` are left out, which say nothing of a record. There is no file if there is no such record.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quarantined;

const NAME: &str = "quarantine.jsonl";

impl SinkKind for Quarantined {
    fn name(&self) -> String {
        "quarantine".to_owned()
    }

    fn open(&self, directory: &Path, checkpoint: Option<&Checkpoint>) -> io::Result<Box<dyn Sink>> {
        let file = PartFile::open(&directory.join(NAME), Compression::None, checkpoint)?;
        Ok(Box::new(Open(file)))
    }
}

struct Open(PartFile);

impl Sink for Open {
    fn write(&mut self, record: &Record<'_>) -> io::Result<()> {
        let Some(reason) = record.quarantine else {
            self.0.leave_out();
            return Ok(());
        };
        let row = &record.row;
        let line = json!({
            "Quarantine": reason.name(),
            "RecordType": row.record_type,
            "CreationDate": row.creation_date,
            "UserIds": row.user_ids,
            "Operations": row.operations,
            "AuditData": row.audit_data,
            "Identity": row.identity,
            "IsValid": row.is_valid,
            "ObjectState": row.object_state,
        });
        serde_json::to_writer(self.0.buffer(), &line)?;
        self.0.buffer().push(b'\n');
        self.0.end_record()
    }

    fn checkpoint(&mut self) -> io::Result<Checkpoint> {
        self.0.checkpoint()
    }

    fn finish(self: Box<Self>) -> io::Result<Vec<Finished>> {
        let (path, records) = self.0.finish()?;
        if records == 0 {
            PartFile::remove(&path)?;
            return Ok(Vec::new());
        }
        Ok(vec![Finished { path, name: NAME.to_owned(), records }])
    }
}
