//! A CSV for people, who open it in a spreadsheet: nothing in it is taken for a formula, and no file
//! is larger than Excel reads.

mod columns;

use std::io;
use std::path::{Path, PathBuf};

use self::columns::Columns;
use super::file::{Compression, PartFile};
use super::{Checkpoint, Finished, Sink, SinkKind, csv};
use crate::record::Record;

/// The columns that reviews are made of, in files of a million records: UTF-8 with a byte order
/// mark, one line a record, cells that Excel holds. Texts that begin like a formula get a `'` in
/// front, so that this is no evidence; the other files are.
#[derive(Clone, Copy, Debug)]
pub struct ReviewerCsv {
    /// The most records of a file. Excel reads 1,048,576 lines.
    pub records: u64,
}

impl Default for ReviewerCsv {
    fn default() -> Self {
        Self { records: 1_000_000 }
    }
}

const HEAD: &str = "\u{feff}CreationTime (UTC),Workload,RecordType,Operation,UserId,UserType,\
    ClientIP,ObjectId,ResultStatus,Summary,Id\r\n";

impl SinkKind for ReviewerCsv {
    fn name(&self) -> String {
        match self.records {
            1_000_000 => "reviewer-csv".to_owned(),
            records => format!("reviewer-csv+{records}"),
        }
    }

    fn open(&self, directory: &Path, checkpoint: Option<&Checkpoint>) -> io::Result<Box<dyn Sink>> {
        let (part, in_part) = match checkpoint {
            None => (1, None),
            Some(checkpoint) => {
                let (part, in_part) = read_state(checkpoint, self.records)?;
                (part, Some(in_part))
            }
        };
        let file = begin(directory, part, in_part.as_ref())?;
        let (directory, most) = (directory.to_owned(), self.records);
        Ok(Box::new(Open { directory, most, part, file }))
    }
}

struct Open {
    directory: PathBuf,
    most: u64,
    /// From 1. Those before are full and durable.
    part: u64,
    file: PartFile,
}

impl Sink for Open {
    fn write(&mut self, record: &Record<'_>) -> io::Result<()> {
        if self.file.records() == self.most {
            let next = begin(&self.directory, self.part + 1, None)?;
            std::mem::replace(&mut self.file, next).finish()?;
            self.part += 1;
        }
        let columns = Columns::of(record);
        let to = self.file.buffer();
        for (index, text) in columns.texts().into_iter().enumerate() {
            if index > 0 {
                to.push(b',');
            }
            csv::field(&cell(text), to);
        }
        to.extend_from_slice(csv::END);
        self.file.end_record()
    }

    fn checkpoint(&mut self) -> io::Result<Checkpoint> {
        let Checkpoint { records, state } = self.file.checkpoint()?;
        let records = (self.part - 1) * self.most + records;
        Ok(Checkpoint { records, state: format!("{} {state}", self.part) })
    }

    fn finish(self: Box<Self>) -> io::Result<Vec<Finished>> {
        let full = (1..self.part).map(|part| {
            let (name, records) = (name(part), self.most);
            Finished { path: self.directory.join(&name), name, records }
        });
        let mut finished: Vec<Finished> = full.collect();
        let name = name(self.part);
        let (path, records) = self.file.finish()?;
        finished.push(Finished { path, name, records });
        Ok(finished)
    }
}

fn name(part: u64) -> String {
    format!("review-{part:03}.csv")
}

fn begin(directory: &Path, part: u64, checkpoint: Option<&Checkpoint>) -> io::Result<PartFile> {
    let path = directory.join(name(part));
    let mut file = PartFile::open(&path, Compression::None, checkpoint)?;
    if file.is_new() {
        file.buffer().extend_from_slice(HEAD.as_bytes());
    }
    Ok(file)
}

/// The part that a checkpoint is in, and where it is there.
fn read_state(checkpoint: &Checkpoint, most: u64) -> io::Result<(u64, Checkpoint)> {
    let read = checkpoint.state.split_once(' ').and_then(|(part, state)| {
        let part: u64 = part.parse().ok()?;
        let records = checkpoint.records.checked_sub(part.checked_sub(1)? * most)?;
        Some((part, Checkpoint { records, state: state.to_owned() }))
    });
    let reason = || format!("'{}' is no checkpoint of a review", checkpoint.state);
    read.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, reason()))
}

/// The most characters of a cell that Excel holds, as UTF-16 counts them.
const CELL: usize = 32_767;
/// What stands at the end of a cell that was longer.
const CUT: &str = "… (cut)";

/// A text as a cell: one line, no formula, not too long.
fn cell(text: &str) -> String {
    let mut cell = String::with_capacity(text.len() + 1);
    // What a spreadsheet takes for a formula, and what it skips before one.
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        cell.push('\'');
    }
    cell.extend(text.chars().map(|c| if c.is_control() { ' ' } else { c }));
    if cell.len() <= CELL || cell.encode_utf16().count() <= CELL {
        return cell;
    }
    let room = CELL - CUT.encode_utf16().count();
    let mut used = 0;
    let end = cell.char_indices().find(|(_, c)| {
        used += c.len_utf16();
        used > room
    });
    cell.truncate(end.map_or(cell.len(), |(at, _)| at));
    cell.push_str(CUT);
    cell
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_taken_for_a_formula() {
        for (text, expected) in [
            ("=1+1", "'=1+1"),
            ("+49", "'+49"),
            ("-adele", "'-adele"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "' =1"),
            ("\r\n=1", "'  =1"),
            ("＝1", "'＝1"),
            ("a=1\r\nb", "a=1  b"),
            ("", ""),
        ] {
            assert_eq!(cell(text), expected, "{text:?}");
        }
    }

    #[test]
    fn no_cell_is_longer_than_excel_holds() {
        for c in ["a", "é", "😀"] {
            let cell = cell(&c.repeat(40_000));
            let length = cell.encode_utf16().count();
            assert!((CELL - 1..=CELL).contains(&length), "{length}");
            assert!(cell.ends_with(CUT));
        }
        let fits = "a".repeat(CELL);
        assert_eq!(cell(&fits), fits);
    }
}
