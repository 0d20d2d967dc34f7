//! The rows of one window while it is read: owned or not, doubled or not, in no order yet.
//!
//! Rows are kept as the spool will have them. Beyond [`MEMORY`] they go to a file without a name, so
//! that a window of 50,000 large records costs no more memory than a small one; in memory stay some
//! sixty bytes a record.

mod run;
mod sample;

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use self::run::{AHEAD, ReadAhead};
pub use self::sample::Sample;
use crate::codec;
use crate::period::Period;
use crate::record::{Facts, Quarantine, Record, RecordHash, RecordId, RecordKey, Row, second_of};

/// How many bytes of rows are kept in memory.
const MEMORY: usize = 8 << 20;

/// Room for one more record that is large.
const LARGE: usize = 1 << 16;

/// What became of the rows of a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Counts {
    /// Rows that came.
    pub rows: u64,
    /// Records that were kept.
    pub records: u64,
    /// Rows that were dropped since the same record with the same bytes was there.
    pub duplicates: u64,
    /// Rows that were dropped since another window owns them.
    pub outside: u64,
    /// Records that were kept although one with the same id and other bytes was there.
    pub conflicts: u64,
    /// Records that are kept and are not what records are.
    pub quarantined: u64,
}

impl Counts {
    /// Adds those of another window.
    pub fn add(&mut self, other: &Self) {
        self.rows += other.rows;
        self.records += other.records;
        self.duplicates += other.duplicates;
        self.outside += other.outside;
        self.conflicts += other.conflicts;
        self.quarantined += other.quarantined;
    }
}

/// What a row was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// A record that was not there.
    New,
    /// A record that was there, byte for byte.
    Again,
    /// A record whose id was there with other bytes.
    Conflict,
    /// A record of another window.
    Outside,
}

/// Collects the rows of one window. A source gives it every row that it gets; what the window owns
/// is found out here.
#[derive(Debug)]
pub struct Stage {
    owned: Option<Period>,
    directory: PathBuf,
    rows: Vec<u8>,
    /// Rows that were moved to a file: runs of rows in their order.
    spilled: Option<File>,
    /// Where each run ends.
    runs: Vec<u64>,
    entries: Vec<Entry>,
    /// How many of the entries are of rows in the file.
    spilled_entries: usize,
    seen: HashMap<RecordId, RecordHash>,
    counts: Counts,
    /// What rows of other windows were: they fill this one too.
    outside: Sample,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    key: RecordKey,
    at: u64,
    length: u32,
}

impl Stage {
    /// An empty one for the records of `owned`, of any time if there is none. `directory` is where
    /// rows go that are too many for the memory.
    pub fn new(owned: Option<Period>, directory: impl Into<PathBuf>) -> Self {
        Self {
            owned,
            directory: directory.into(),
            rows: Vec::new(),
            spilled: None,
            runs: Vec::new(),
            entries: Vec::new(),
            spilled_entries: 0,
            seen: HashMap::new(),
            counts: Counts::default(),
            outside: Sample::default(),
        }
    }

    /// Takes a row.
    pub fn take(&mut self, row: Row<'_>) -> io::Result<Taken> {
        self.counts.rows += 1;
        let mut record = judge(row);
        if record.key.second == NO_TIME {
            // Nobody else would own it, and nothing that came is lost.
            record.key.second = self.owned.map_or(0, |period| period.start().as_second());
        }
        let RecordKey { second, id, hash } = record.key;
        if self.owned.is_some_and(|period| !period.has_second(second)) {
            self.counts.outside += 1;
            self.outside.note(&record);
            return Ok(Taken::Outside);
        }
        let taken = match self.seen.get(&id) {
            None => {
                self.seen.insert(id, hash);
                Taken::New
            }
            Some(known) if *known == hash || self.entries.iter().any(|e| e.key == record.key) => {
                self.counts.duplicates += 1;
                return Ok(Taken::Again);
            }
            Some(_) => {
                self.counts.conflicts += 1;
                Taken::Conflict
            }
        };
        self.counts.records += 1;
        self.counts.quarantined += u64::from(record.quarantine.is_some());
        self.keep(&record)?;
        Ok(taken)
    }

    /// What became of the rows so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// An empty one for the same.
    pub(crate) fn anew(&self) -> Self {
        Self::new(self.owned, self.directory.clone())
    }

    /// How many rows came that happened in this second, which the window does not own.
    pub(crate) fn outside_at(&self, second: i64) -> u64 {
        self.outside.seconds.get(&second).copied().unwrap_or(0)
    }

    /// Whether every id of another one is in it.
    pub(crate) fn has_all_of(&self, other: &Self) -> bool {
        other.seen.keys().all(|id| self.seen.contains_key(id))
    }

    /// Takes the records of another one.
    pub(crate) fn absorb(&mut self, other: &mut Self) -> io::Result<()> {
        other.each(|bytes| {
            let record = codec::decode(&bytes[4..]);
            record.map_or(Ok(()), |record| self.take(record.row).map(|_| ()))
        })
    }

    /// What it holds, in no order.
    pub fn keys(&self) -> impl Iterator<Item = RecordKey> {
        self.entries.iter().map(|entry| entry.key)
    }

    /// The keys of all records, in the order of an export.
    pub(crate) fn sort(&mut self) -> Vec<RecordKey> {
        self.entries.sort_unstable_by_key(|entry| entry.key);
        self.entries.iter().map(|entry| entry.key).collect()
    }

    /// Gives every record as [`codec`] has written it, in the order of [`Stage::sort`].
    pub(crate) fn each(&mut self, mut give: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let spilled_bytes = self.spilled_bytes();
        let mut runs: Vec<ReadAhead> = self.runs.iter().map(|end| ReadAhead::to(*end)).collect();
        for entry in &self.entries {
            let length = entry.length as usize;
            if let Some(at) = entry.at.checked_sub(spilled_bytes) {
                give(&self.rows[at as usize..at as usize + length])?;
            } else {
                let file = self.spilled.as_mut().expect("what was spilled is in a file");
                let run = self.runs.partition_point(|end| *end <= entry.at);
                give(runs[run].read(file, entry.at, length)?)?;
            }
        }
        Ok(())
    }

    fn spilled_bytes(&self) -> u64 {
        self.runs.last().copied().unwrap_or(0)
    }

    /// What the rows are by time, type, operation and user: how a window that is too large is cut.
    pub(crate) fn sample(&mut self) -> io::Result<Sample> {
        let mut sample = std::mem::take(&mut self.outside);
        self.each(|bytes| {
            if let Some(record) = codec::decode(&bytes[4..]) {
                sample.note(&record);
            }
            Ok(())
        })?;
        Ok(sample)
    }

    fn keep(&mut self, record: &Record<'_>) -> io::Result<()> {
        let begin = self.rows.len();
        if begin + LARGE > self.rows.capacity() {
            // Not twice as much each time: what is kept stays below the limit.
            let wanted = (begin * 2).clamp(1 << 16, MEMORY) + LARGE;
            self.rows.reserve_exact(wanted.saturating_sub(begin));
        }
        codec::encode(record, &mut self.rows);
        self.entries.push(Entry {
            key: record.key,
            at: self.spilled_bytes() + begin as u64,
            length: (self.rows.len() - begin) as u32,
        });
        if self.rows.len() >= MEMORY {
            self.spill()?;
        }
        Ok(())
    }

    fn spill(&mut self) -> io::Result<()> {
        let file = match &mut self.spilled {
            Some(file) => file,
            None => self.spilled.insert(unnamed(&self.directory)?),
        };
        let begin = self.runs.last().copied().unwrap_or(0);
        file.seek(SeekFrom::Start(begin))?;
        let mut file = BufWriter::with_capacity(AHEAD, file);
        let mut end = begin;
        // In their order, so that they are read one behind the other.
        let entries = &mut self.entries[self.spilled_entries..];
        entries.sort_unstable_by_key(|entry| entry.key);
        for entry in entries {
            let at = (entry.at - begin) as usize;
            file.write_all(&self.rows[at..at + entry.length as usize])?;
            entry.at = end;
            end += u64::from(entry.length);
        }
        file.flush()?;
        drop(file);
        self.runs.push(end);
        self.spilled_entries = self.entries.len();
        self.rows.clear();
        Ok(())
    }
}

fn unnamed(directory: &Path) -> io::Result<File> {
    tempfile::tempfile_in(directory)
}

/// The second of a row that tells no time at all.
const NO_TIME: i64 = i64::MIN;

/// Finds out what a row is.
fn judge(row: Row<'_>) -> Record<'_> {
    let text: &str = &row.audit_data;
    let facts = Facts::read(text);
    let line_break = || memchr::memchr2(b'\n', b'\r', text.as_bytes()).is_some();
    let told = facts.as_ref().and_then(Facts::second);
    let quarantine = match &facts {
        None => Some(Quarantine::Unreadable),
        Some(_) if line_break() => Some(Quarantine::LineBreak),
        Some(_) if told.is_none() => Some(Quarantine::CreationTime),
        Some(_) => None,
    };
    let second = told.or_else(|| second_of(&row.creation_date)).unwrap_or(NO_TIME);
    let name = facts.as_ref().and_then(|facts| facts.id.as_deref()).unwrap_or(&row.identity);
    let id = id_of(name);
    let record_type = facts.as_ref().and_then(|facts| facts.record_type);
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    Record { key: RecordKey { second, id, hash }, record_type, quarantine, row }
}

/// An id as sixteen bytes: those of the GUID, or the beginning of a hash.
fn id_of(name: &str) -> RecordId {
    if let Ok(id) = Uuid::try_parse(name) {
        return id.into_bytes();
    }
    let mut id = [0; 16];
    id.copy_from_slice(&digest(&SHA256, name.as_bytes()).as_ref()[..16]);
    id
}

impl Record<'_> {
    /// The record of a row on its own.
    pub fn of_row(row: Row<'_>) -> Record<'_> {
        judge(row)
    }

    /// The text of `AuditData`.
    pub fn audit_data(&self) -> &str {
        let text: &Cow<'_, str> = &self.row.audit_data;
        text
    }
}
