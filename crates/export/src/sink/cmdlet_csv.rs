//! The CSV that `Search-UnifiedAuditLog | Export-Csv` gives, which scripts in the wild read.

use std::io::{self, Write};
use std::path::Path;

use jiff::tz::TimeZone;

use super::file::{Compression, PartFile};
use super::{Checkpoint, Finished, Sink, SinkKind, csv};
use crate::record::{Record, instant_of};

/// The cmdlet's ten columns, all quoted; dates as `5/18/2021 9:13:33 PM`, UTC. `ResultIndex` is the
/// record's place in the file, and `ResultCount` what the service says since 2026 in every row. Its own
/// numbers are other ones each time that a window is read, for its results have no order.
#[derive(Clone, Copy, Debug, Default)]
pub struct CmdletCsv {
    /// How the file is compressed.
    pub compression: Compression,
}

const HEAD: &str = "\"RecordType\",\"CreationDate\",\"UserIds\",\"Operations\",\"AuditData\",\
    \"ResultIndex\",\"ResultCount\",\"Identity\",\"IsValid\",\"ObjectState\"\r\n";

/// The largest `-ResultSize`.
const RESULT_COUNT: u32 = 5000;

impl SinkKind for CmdletCsv {
    fn name(&self) -> String {
        super::compressed_name("cmdlet-csv", self.compression)
    }

    fn open(&self, directory: &Path, checkpoint: Option<&Checkpoint>) -> io::Result<Box<dyn Sink>> {
        let name = format!("audit.csv{}", self.compression.suffix());
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
        let place = self.file.records() + 1;
        let to = self.file.buffer();
        csv::quoted(&row.record_type, to);
        to.push(b',');
        match instant_of(&row.creation_date) {
            Some(time) => {
                let time = TimeZone::UTC.to_datetime(time);
                let hour = match time.hour() % 12 {
                    0 => 12,
                    hour => hour,
                };
                let half = if time.hour() < 12 { "AM" } else { "PM" };
                let (month, day, year) = (time.month(), time.day(), time.year());
                let (minute, second) = (time.minute(), time.second());
                write!(to, "\"{month}/{day}/{year} {hour}:{minute:02}:{second:02} {half}\"")?;
            }
            None => csv::quoted(&row.creation_date, to),
        }
        to.push(b',');
        for text in [&row.user_ids, &row.operations, &row.audit_data] {
            csv::quoted(text, to);
            to.push(b',');
        }
        write!(to, "\"{place}\",\"{RESULT_COUNT}\",")?;
        csv::quoted(&row.identity, to);
        to.extend_from_slice(if row.is_valid { b",\"True\"," } else { b",\"False\"," });
        csv::quoted(&row.object_state, to);
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
