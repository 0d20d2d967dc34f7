//! The CSV that the Purview portal gives under "Download all results" (2026).

use std::io::{self, Write as _};
use std::path::Path;

use serde_json::Value;

use super::file::{Compression, PartFile};
use super::{Checkpoint, Finished, Sink, SinkKind, csv};
use crate::record::{Record, instant_of};

/// The portal's eight columns; dates as `2021-05-18T21:13:33.0000000Z`, record types as numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct PortalCsv {
    /// How the file is compressed.
    pub compression: Compression,
}

const HEAD: &str = "RecordId,CreationDate,RecordType,Operation,UserId,AuditData,\
    AssociatedAdminUnits,AssociatedAdminUnitsNames\r\n";

impl SinkKind for PortalCsv {
    fn name(&self) -> String {
        super::compressed_name("portal-csv", self.compression)
    }

    fn open(&self, directory: &Path, checkpoint: Option<&Checkpoint>) -> io::Result<Box<dyn Sink>> {
        let name = format!("portal.csv{}", self.compression.suffix());
        let mut file = PartFile::open(&directory.join(&name), self.compression, checkpoint)?;
        if file.is_new() {
            file.buffer().extend_from_slice(HEAD.as_bytes());
        }
        Ok(Box::new(Open { file, name }))
    }
}

struct Open {
    file: PartFile,
    name: String,
}

impl Sink for Open {
    fn write(&mut self, record: &Record<'_>) -> io::Result<()> {
        let row = &record.row;
        let units = Units::of(record.audit_data());
        let to = self.file.buffer();
        csv::field(&row.identity, to);
        to.push(b',');
        match instant_of(&row.creation_date) {
            Some(time) => write!(to, "{}", time.strftime("%Y-%m-%dT%H:%M:%S.%7fZ"))?,
            None => csv::field(&row.creation_date, to),
        }
        to.push(b',');
        match record.record_type {
            Some(number) => write!(to, "{number}")?,
            None => csv::field(&row.record_type, to),
        }
        for text in [&row.operations, &row.user_ids, &row.audit_data] {
            to.push(b',');
            csv::field(text, to);
        }
        for text in [&units.ids, &units.names] {
            to.push(b',');
            csv::field(text, to);
        }
        to.extend_from_slice(csv::END);
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

/// The administrative units of a record, which few records have.
#[derive(Default)]
struct Units {
    ids: String,
    names: String,
}

impl Units {
    fn of(audit_data: &str) -> Self {
        const MEMBER: &str = "AssociatedAdminUnits";
        if !audit_data.contains(MEMBER) {
            return Self::default();
        }
        let Ok(record) = serde_json::from_str::<Value>(audit_data) else { return Self::default() };
        let joined = |member: &str| match &record[member] {
            Value::Array(values) => {
                let texts: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
                texts.join(",")
            }
            Value::String(text) => text.clone(),
            _ => String::new(),
        };
        Self { ids: joined(MEMBER), names: joined("AssociatedAdminUnitsNames") }
    }
}
