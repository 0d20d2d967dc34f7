//! The records of an export read back from its files, in their order, one at a time.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;

use crate::manifest::{FileEntry, Manifest};
use crate::record::{Record, RecordHash, RecordId, RecordKey, Row};

/// Why the files of an export do not give its records.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WrittenError {
    /// None of the files has whole records in their order.
    #[error("none of the files in {} holds whole records", directory.display())]
    NothingToRead {
        /// The export's directory.
        directory: PathBuf,
    },
    /// A file cannot be read.
    #[error("could not read {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// Forms that hold whole records, one after the other.
const FORMS: [&str; 3] = ["jsonl", "cmdlet-csv", "portal-csv"];

/// A record that is not what records are: what order it has in the files does not show in itself.
#[derive(Clone, Debug)]
pub(crate) struct Odd {
    pub(crate) hash: RecordHash,
    /// When it happened, if that can be told.
    pub(crate) second: Option<i64>,
    pub(crate) row: Row<'static>,
}

/// The records of an export. Those that are in order come one after the other; the odd ones are in
/// memory.
pub(crate) struct Written {
    streams: Vec<Stream>,
    heads: BinaryHeap<Reverse<(RecordKey, usize)>>,
    at: Option<(RecordKey, usize)>,
    pub(crate) odd: HashMap<RecordId, Vec<Odd>>,
}

impl Written {
    /// Opens the files that the manifest names, those that were added later too.
    pub(crate) fn open(directory: &Path, manifest: &Manifest) -> Result<Self, WrittenError> {
        let of = |form: &str| -> Vec<&FileEntry> {
            manifest.all_files().filter(|file| kind_of(&file.sink) == form).collect()
        };
        let form = FORMS.into_iter().find(|form| !of(form).is_empty());
        let form =
            form.ok_or_else(|| WrittenError::NothingToRead { directory: directory.to_owned() })?;
        let mut written =
            Self { streams: Vec::new(), heads: BinaryHeap::new(), at: None, odd: HashMap::new() };
        for entry in of("quarantine") {
            let path = directory.join(&entry.file);
            open(directory, entry)
                .and_then(|reader| written.read_odd(reader))
                .map_err(|source| WrittenError::File { path, source })?;
        }
        for entry in of(form) {
            let path = directory.join(&entry.file);
            let failed = |source| WrittenError::File { path: path.clone(), source };
            let reader = open(directory, entry).map_err(failed)?;
            let rows = match form {
                "jsonl" => Rows::Lines(reader),
                _ => Rows::csv(reader).map_err(failed)?,
            };
            written.streams.push(Stream { path: path.clone(), rows, text: String::new() });
        }
        for at in 0..written.streams.len() {
            written.push(at)?;
        }
        Ok(written)
    }

    /// Goes to the next record that is in order; `None` at the end.
    pub(crate) fn advance(&mut self) -> Result<Option<RecordKey>, WrittenError> {
        if let Some((_, at)) = self.at.take() {
            self.push(at)?;
        }
        self.at = self.heads.pop().map(|Reverse(head)| head);
        Ok(self.at.map(|(key, _)| key))
    }

    /// Where it is.
    pub(crate) fn key(&self) -> Option<RecordKey> {
        self.at.map(|(key, _)| key)
    }

    /// `AuditData` of the record that it is at.
    pub(crate) fn text(&self) -> &str {
        self.at.map_or("", |(_, at)| &self.streams[at].text)
    }

    fn push(&mut self, at: usize) -> Result<(), WrittenError> {
        if let Some(key) = self.streams[at].next()? {
            self.heads.push(Reverse((key, at)));
        }
        Ok(())
    }

    fn read_odd(&mut self, mut reader: Box<dyn BufRead + Send>) -> io::Result<()> {
        let mut line = Vec::new();
        loop {
            line.clear();
            if reader.read_until(b'\n', &mut line)? == 0 {
                return Ok(());
            }
            let odd: OddRow = serde_json::from_slice(&line)?;
            let row = Row {
                record_type: odd.record_type.into(),
                creation_date: odd.creation_date.into(),
                user_ids: odd.user_ids.into(),
                operations: odd.operations.into(),
                audit_data: odd.audit_data.into(),
                identity: odd.identity.into(),
                ..Row::default()
            };
            let key = Record::of_row(row.clone()).key;
            let second = (key.second != i64::MIN).then_some(key.second);
            self.odd.entry(key.id).or_default().push(Odd { hash: key.hash, second, row });
        }
    }
}

/// A line of the quarantine.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OddRow {
    record_type: String,
    creation_date: String,
    user_ids: String,
    operations: String,
    audit_data: String,
    identity: String,
}

struct Stream {
    path: PathBuf,
    rows: Rows,
    text: String,
}

enum Rows {
    Lines(Box<dyn BufRead + Send>),
    Csv { rows: csv::Reader<Box<dyn BufRead + Send>>, row: csv::StringRecord, column: usize },
}

impl Rows {
    fn csv(reader: Box<dyn BufRead + Send>) -> io::Result<Self> {
        let mut rows = csv::ReaderBuilder::new().flexible(true).from_reader(reader);
        let column = rows.headers()?.iter().position(|name| name == "AuditData");
        let column = column.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))?;
        Ok(Self::Csv { rows, row: csv::StringRecord::new(), column })
    }

    /// Reads the next `AuditData`; `false` at the end.
    fn read(&mut self, text: &mut String) -> io::Result<bool> {
        text.clear();
        match self {
            Self::Lines(reader) => {
                let read = reader.read_line(text)?;
                if text.ends_with('\n') {
                    text.pop();
                }
                Ok(read > 0)
            }
            Self::Csv { rows, row, column } => {
                let read = rows.read_record(row)?;
                text.push_str(row.get(*column).unwrap_or_default());
                Ok(read)
            }
        }
    }
}

impl Stream {
    /// The next record that is in order.
    fn next(&mut self) -> Result<Option<RecordKey>, WrittenError> {
        loop {
            let read = self.rows.read(&mut self.text);
            if !read.map_err(|source| WrittenError::File { path: self.path.clone(), source })? {
                return Ok(None);
            }
            let row = Row { audit_data: self.text.as_str().into(), ..Row::default() };
            let record = Record::of_row(row);
            // The odd ones are in the quarantine too.
            if record.quarantine.is_none() {
                return Ok(Some(record.key));
            }
        }
    }
}

/// What wrote a file, without what it was compressed with.
fn kind_of(sink: &str) -> &str {
    sink.split('+').next().unwrap_or_default()
}

fn open(directory: &Path, entry: &FileEntry) -> io::Result<Box<dyn BufRead + Send>> {
    // A manifest that somebody else has written may name any file.
    let inside = Path::new(&entry.file).components().all(|p| matches!(p, Component::Normal(_)));
    if !inside {
        let reason = "it is not in the export's directory";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
    }
    let path = directory.join(&entry.file);
    let file = BufReader::with_capacity(1 << 17, File::open(&path)?);
    let reader: Box<dyn Read + Send> = match path.extension().and_then(|e| e.to_str()) {
        Some("gz") => Box::new(flate2::bufread::MultiGzDecoder::new(file)),
        Some("zst") => Box::new(zstd::Decoder::with_buffer(file)?),
        _ => return Ok(Box::new(file)),
    };
    Ok(Box::new(BufReader::with_capacity(1 << 17, reader)))
}
