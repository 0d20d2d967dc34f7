//! `AuditData` as it is, one record a line: what Splunk, plaso, SOF-ELK and most others read.

use std::io;
use std::path::Path;

use super::file::{Compression, PartFile};
use super::{Checkpoint, Finished, Sink, SinkKind};
use crate::record::{Quarantine, Record};

/// The records' own bytes and a line feed behind each. Those that are no line of JSON are left out;
/// they are in the quarantine.
#[derive(Clone, Copy, Debug, Default)]
pub struct Jsonl {
    /// How the file is compressed.
    pub compression: Compression,
}

impl SinkKind for Jsonl {
    fn name(&self) -> String {
        super::compressed_name("jsonl", self.compression)
    }

    fn open(&self, directory: &Path, checkpoint: Option<&Checkpoint>) -> io::Result<Box<dyn Sink>> {
        let name = format!("audit.jsonl{}", self.compression.suffix());
        let file = PartFile::open(&directory.join(&name), self.compression, checkpoint)?;
        Ok(Box::new(Open { file, name }))
    }
}

struct Open {
    file: PartFile,
    name: String,
}

impl Sink for Open {
    fn write(&mut self, record: &Record<'_>) -> io::Result<()> {
        if record.quarantine.is_some_and(Quarantine::is_no_line) {
            self.file.leave_out();
            return Ok(());
        }
        let buffer = self.file.buffer();
        buffer.extend_from_slice(record.audit_data().as_bytes());
        buffer.push(b'\n');
        self.file.end_record()
    }

    fn checkpoint(&mut self) -> io::Result<Checkpoint> {
        self.file.checkpoint()
    }

    fn finish(self: Box<Self>) -> io::Result<Vec<Finished>> {
        let (path, records) = self.file.finish()?;
        Ok(vec![Finished { path, name: self.name, records }])
    }
}
