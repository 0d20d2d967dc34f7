//! Records of CSV and objects of JSON lines, one after the other.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};

use csv::StringRecord;
use serde_json::{Map, Value};

use super::column::Columns;
use super::error::JsonError;

/// Reads one of the formats.
#[derive(Debug)]
pub(super) enum Reader {
    Csv(CsvReader),
    Json(JsonReader),
}

/// What is wrong, and where.
#[derive(Debug)]
pub(super) struct Fault {
    /// Where the record begins.
    pub(super) offset: u64,
    /// Lines from there.
    pub(super) lines: u64,
    /// What it is.
    pub(super) kind: FaultKind,
}

#[derive(Debug)]
pub(super) enum FaultKind {
    Io(io::Error),
    NotUtf8,
    Json(JsonError),
    Ragged { found: usize, expected: usize },
}

impl Reader {
    /// Where a quoted field begins that the end of the file has cut off.
    pub(super) fn open_quote(&self) -> Option<u64> {
        match self {
            Self::Csv(reader) => reader.open_quote(),
            Self::Json(_) => None,
        }
    }
}

/// Offset and cells of a row.
type Cells = (u64, Vec<Option<Value>>);

/// Reads RFC 4180 and what programs make of it: any line end, a separator of choice.
#[derive(Debug)]
pub(super) struct CsvReader {
    records: csv::Reader<Quotes>,
    /// Where the last record began, and whether its last field has a line break.
    last: (u64, bool),
}

/// A record of CSV.
#[derive(Debug)]
pub(super) struct CsvRecord {
    pub(super) offset: u64,
    pub(super) fields: StringRecord,
}

/// Counts double quotes on their way.
#[derive(Debug)]
struct Quotes {
    file: File,
    odd: bool,
}

impl CsvReader {
    pub(super) fn new(file: File, delimiter: u8) -> Self {
        let records = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(Quotes { file, odd: false });
        Self { records, last: (0, false) }
    }

    /// The next record, the header first.
    pub(super) fn next(&mut self) -> Result<Option<CsvRecord>, Fault> {
        let offset = self.records.position().byte();
        let mut record = csv::ByteRecord::new();
        let fault = |lines, kind| Fault { offset, lines, kind };
        let more = self.records.read_byte_record(&mut record);
        if !more.map_err(|error| fault(0, FaultKind::Io(error.into())))? {
            return Ok(None);
        }
        let breaks = |field: &[u8]| (field.split(|byte| *byte == b'\n').count() - 1) as u64;
        self.last = (offset, record.iter().next_back().is_some_and(|field| breaks(field) > 0));
        match StringRecord::from_byte_record(record) {
            Ok(fields) => Ok(Some(CsvRecord { offset, fields })),
            Err(error) => {
                let (field, valid) = (error.utf8_error().field(), error.utf8_error().valid_up_to());
                let record = error.into_byte_record();
                let before: u64 = record.iter().take(field).map(breaks).sum();
                let inside = breaks(&record[field][..valid]);
                Err(fault(before + inside, FaultKind::NotUtf8))
            }
        }
    }

    /// The next row: a record with as many fields as the header, one of them not empty.
    pub(super) fn next_row(&mut self, columns: &Columns) -> Result<Option<Cells>, Fault> {
        let expected = columns.fields();
        while let Some(CsvRecord { offset, fields }) = self.next()? {
            if fields.iter().all(|field| field.trim().is_empty()) {
                continue;
            }
            let found = fields.len();
            if found != expected {
                return Err(Fault {
                    offset,
                    lines: 0,
                    kind: FaultKind::Ragged { found, expected },
                });
            }
            return Ok(Some((offset, columns.cells_of_fields(fields.iter()))));
        }
        Ok(None)
    }

    /// An odd number of quotes and a line break in the last field: its closing quote is missing.
    fn open_quote(&self) -> Option<u64> {
        let (offset, has_break) = self.last;
        (self.records.get_ref().odd && has_break).then_some(offset)
    }
}

impl Read for Quotes {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        for byte in &buffer[..read] {
            self.odd ^= *byte == b'"';
        }
        Ok(read)
    }
}

/// Reads JSON lines (jsonlines.org).
#[derive(Debug)]
pub(super) struct JsonReader {
    lines: BufReader<File>,
    offset: u64,
}

/// An object of JSON lines.
#[derive(Debug)]
pub(super) struct JsonObject {
    pub(super) offset: u64,
    pub(super) members: Map<String, Value>,
}

impl JsonReader {
    pub(super) fn new(file: File) -> Self {
        Self { lines: BufReader::new(file), offset: 0 }
    }

    /// The next object.
    pub(super) fn next(&mut self) -> Result<Option<JsonObject>, Fault> {
        let mut line = Vec::new();
        loop {
            line.clear();
            let offset = self.offset;
            let fault = |kind| Fault { offset, lines: 0, kind };
            let read = self.lines.read_until(b'\n', &mut line);
            let read = read.map_err(|error| fault(FaultKind::Io(error)))?;
            self.offset += read as u64;
            if read == 0 {
                return Ok(None);
            }
            let text = std::str::from_utf8(&line).map_err(|_| fault(FaultKind::NotUtf8))?;
            if text.trim().is_empty() {
                continue;
            }
            let members = serde_json::from_str(text.trim_end());
            let members =
                members.map_err(|error: serde_json::Error| fault(FaultKind::Json(error.into())))?;
            return Ok(Some(JsonObject { offset, members }));
        }
    }

    /// The next row.
    pub(super) fn next_row(&mut self, columns: &Columns) -> Result<Option<Cells>, Fault> {
        let object = self.next()?;
        Ok(object.map(|object| (object.offset, columns.cells_of_object(object.members))))
    }
}
