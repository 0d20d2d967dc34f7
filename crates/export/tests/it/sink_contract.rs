//! What every sink promises (see [`exoctl_export::Sink`]). A new one gets a test at the end.

use std::collections::BTreeMap;
use std::path::Path;

use exoctl_export::sink::{
    CmdletCsv, Compression, Jsonl, Parquet, PortalCsv, Quarantined, ReviewerCsv,
};
use exoctl_export::{Checkpoint, Finished, Record, Sink, SinkKind};
use tempfile::TempDir;

use crate::records::{ordered, row};

/// More than two members of a compressed file.
const COUNT: u64 = 45_000;

type Texts = [(i64, String)];
/// What was made: bytes and number of records by name.
type Made = BTreeMap<String, (Vec<u8>, u64)>;

/// Holds a sink to its promises.
pub(crate) fn holds(kind: &dyn SinkKind) {
    let texts = ordered(COUNT);
    let whole = whole(kind, &texts);
    checkpoints_leave_no_trace(kind, &texts, &whole);
    a_killed_sink_goes_on_with_the_same_bytes(kind, &texts, &whole);
    nothing_else_is_touched(kind);
    an_empty_export_can_be_finished(kind);
}

fn whole(kind: &dyn SinkKind, texts: &Texts) -> Made {
    let directory = TempDir::new().unwrap();
    let mut sink = kind.open(directory.path(), None).unwrap();
    write(&mut *sink, texts, 0, COUNT);
    let made = finish(sink, directory.path());
    assert!(made.values().all(|(_, records)| *records <= COUNT), "{}", kind.name());
    made
}

fn checkpoints_leave_no_trace(kind: &dyn SinkKind, texts: &Texts, whole: &Made) {
    let directory = TempDir::new().unwrap();
    let mut sink = kind.open(directory.path(), None).unwrap();
    let mut last = 0;
    for (from, to) in [(0, 1), (1, 7), (7, 20_000), (20_000, 20_001), (20_001, COUNT)] {
        write(&mut *sink, texts, from, to);
        let checkpoint = sink.checkpoint().unwrap();
        assert!((last..=to).contains(&checkpoint.records), "{checkpoint:?} after {to}");
        last = checkpoint.records;
    }
    assert!(finish(sink, directory.path()) == *whole, "{}: checkpoints show", kind.name());
}

/// It is killed between two checkpoints, several times, once before the first one.
fn a_killed_sink_goes_on_with_the_same_bytes(kind: &dyn SinkKind, texts: &Texts, whole: &Made) {
    let directory = TempDir::new().unwrap();
    let mut checkpoint: Option<Checkpoint> = None;
    for (until, beyond) in [(0, 900), (1, 0), (19_999, 5_000), (20_000, 1), (31_000, 13_000)] {
        let mut sink = kind.open(directory.path(), checkpoint.as_ref()).unwrap();
        let from = checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.records);
        if until > 0 {
            write(&mut *sink, texts, from, until);
            checkpoint = Some(sink.checkpoint().unwrap());
        }
        write(&mut *sink, texts, until.max(from), (until + beyond).max(from));
    }
    let mut sink = kind.open(directory.path(), checkpoint.as_ref()).unwrap();
    write(&mut *sink, texts, checkpoint.map_or(0, |checkpoint| checkpoint.records), COUNT);
    assert!(finish(sink, directory.path()) == *whole, "{}: a kill shows", kind.name());
}

fn nothing_else_is_touched(kind: &dyn SinkKind) {
    let above = TempDir::new().unwrap();
    let directory = above.path().join("own");
    std::fs::create_dir(&directory).unwrap();
    std::fs::write(directory.join("foreign.txt"), "mine").unwrap();
    let mut sink = kind.open(&directory, None).unwrap();
    write(&mut *sink, &ordered(1000), 0, 1000);
    finish(sink, &directory);
    assert_eq!(std::fs::read(directory.join("foreign.txt")).unwrap(), b"mine");
    assert_eq!(std::fs::read_dir(above.path()).unwrap().count(), 1);
}

fn an_empty_export_can_be_finished(kind: &dyn SinkKind) {
    let directory = TempDir::new().unwrap();
    let sink = kind.open(directory.path(), None).unwrap();
    let made = finish(sink, directory.path());
    assert!(made.values().all(|(_, records)| *records == 0), "{}", kind.name());
}

/// Gives the records `from..to`.
fn write(sink: &mut dyn Sink, texts: &Texts, from: u64, to: u64) {
    for (second, text) in &texts[from as usize..to.min(COUNT) as usize] {
        sink.write(&Record::of_row(row(text, *second, 1))).unwrap();
    }
}

fn finish(sink: Box<dyn Sink>, directory: &Path) -> Made {
    let finished = sink.finish().unwrap();
    let read = |Finished { path, name, records }: Finished| {
        assert!(path.starts_with(directory), "{}", path.display());
        assert!(!name.starts_with('/') && !name.contains(".."), "{name}");
        (name, (std::fs::read(path).unwrap(), records))
    };
    let count = finished.len();
    let made: Made = finished.into_iter().map(read).collect();
    assert_eq!(made.len(), count, "two files have one name");
    made
}

#[test]
fn the_cmdlets_csv() {
    for compression in [Compression::None, Compression::Gzip, Compression::Zstd] {
        holds(&CmdletCsv { compression });
    }
}

#[test]
fn json_lines() {
    for compression in [Compression::None, Compression::Gzip, Compression::Zstd] {
        holds(&Jsonl { compression });
    }
}

#[test]
fn the_quarantine() {
    holds(&Quarantined);
}

#[test]
fn the_portals_csv() {
    holds(&PortalCsv::default());
}

#[test]
fn the_reviewers_csv() {
    holds(&ReviewerCsv::default());
    holds(&ReviewerCsv { records: 10_000 });
}

#[test]
fn parquet() {
    holds(&Parquet::default());
    holds(&Parquet { records: 10_000 });
}
