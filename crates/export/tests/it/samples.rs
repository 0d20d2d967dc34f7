//! Records that others have published, through all sinks of text. They lie next to the repository
//! (or where `EXOCTL_AUDIT_SAMPLES` says) and are not part of it.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use exoctl_export::sink::{CmdletCsv, Compression, Jsonl, PortalCsv, Quarantined, ReviewerCsv};
use exoctl_export::{Quarantine, Record, Row, SinkKind, Stage};
use serde_json::Value;
use tempfile::TempDir;

/// Whose licences allow them to be used like this.
const LICENCES: [&str; 3] = ["mit-", "apache2-", "ccby4-"];

#[expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "where the samples are, and if they are not there"
)]
/// Rows by file; nothing if there are no samples here.
fn samples() -> BTreeMap<String, Vec<Row<'static>>> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples/audit");
    let directory = std::env::var_os("EXOCTL_AUDIT_SAMPLES").map_or(beside, PathBuf::from);
    let Ok(entries) = std::fs::read_dir(&directory) else {
        println!("NOT TESTED with published records: there are none at {}", directory.display());
        return BTreeMap::new();
    };
    let mut samples = BTreeMap::new();
    for path in entries.map(|entry| entry.unwrap().path()) {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if LICENCES.iter().any(|licence| name.starts_with(licence))
            && path.extension() == Some("jsonl".as_ref())
        {
            let text = std::fs::read_to_string(&path).unwrap();
            let are_rows = name.contains("cmdlet-rows");
            samples.insert(name, text.lines().map(|line| row(line, are_rows)).collect());
        }
    }
    assert!(samples.len() > 5, "{} has other files than it had", directory.display());
    samples
}

/// A line as it is, or what the cmdlet gave.
fn row(line: &str, is_row: bool) -> Row<'static> {
    let value: Value = serde_json::from_str(line).unwrap();
    let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let (data, date) = if is_row {
        (text("AuditData"), text("CreationDate"))
    } else {
        (line.to_owned(), text("CreationTime"))
    };
    Row {
        audit_data: data.into(),
        creation_date: date.into(),
        identity: text(if is_row { "Identity" } else { "Id" }).into(),
        user_ids: text("UserId").into(),
        operations: text("Operation").into(),
        ..Row::default()
    }
}

/// The whole file that a kind makes of records.
fn write(kind: &dyn SinkKind, records: &[Record<'_>]) -> Vec<u8> {
    let directory = TempDir::new().unwrap();
    let mut sink = kind.open(directory.path(), None).unwrap();
    for record in records {
        sink.write(record).unwrap();
    }
    let finished = sink.finish().unwrap();
    assert!(finished.len() <= 1);
    finished.first().map_or_else(Vec::new, |file| std::fs::read(&file.path).unwrap())
}

fn unpacked(compression: Compression, bytes: &[u8]) -> String {
    let mut text = String::new();
    match compression {
        Compression::Gzip => {
            flate2::read::MultiGzDecoder::new(bytes).read_to_string(&mut text).map(|_| ())
        }
        Compression::Zstd => {
            zstd::Decoder::new(bytes).unwrap().read_to_string(&mut text).map(|_| ())
        }
        _ => {
            text.push_str(std::str::from_utf8(bytes).unwrap());
            Ok(())
        }
    }
    .unwrap();
    text
}

fn column(csv: &str, name: &str) -> Vec<String> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let at = reader.headers().unwrap().iter().position(|head| head == name).unwrap();
    reader.records().map(|record| record.unwrap()[at].to_owned()).collect()
}

#[test]
fn published_records_come_back_byte_for_byte_from_every_sink() {
    for (name, rows) in samples() {
        let records: Vec<Record<'_>> = rows.iter().cloned().map(Record::of_row).collect();
        let all: Vec<&str> = records.iter().map(Record::audit_data).collect();
        let is_line = |record: &&Record<'_>| !record.quarantine.is_some_and(Quarantine::is_no_line);
        let lines: Vec<&str> = records.iter().filter(is_line).map(Record::audit_data).collect();
        for compression in [Compression::None, Compression::Gzip, Compression::Zstd] {
            let read = |kind: &dyn SinkKind| unpacked(compression, &write(kind, &records));
            let jsonl = read(&Jsonl { compression });
            assert_eq!(jsonl.split_terminator('\n').collect::<Vec<_>>(), lines, "{name}");
            for csv in [read(&CmdletCsv { compression }), read(&PortalCsv { compression })] {
                assert_eq!(column(&csv, "AuditData"), all, "{name}");
            }
        }
        let review = unpacked(Compression::None, &write(&ReviewerCsv::default(), &records));
        assert_eq!(column(&review, "Id").len(), all.len(), "{name}");
        let quarantined = unpacked(Compression::None, &write(&Quarantined, &records));
        let count = records.iter().filter(|record| record.quarantine.is_some()).count();
        assert_eq!(quarantined.lines().count(), count, "{name}");
    }
}

#[test]
fn published_records_that_are_odd_are_kept_and_counted() {
    let samples = samples();
    let counts = |name: &str| {
        let spill = TempDir::new().unwrap();
        let mut stage = Stage::new(None, spill.path());
        for row in samples.get(name).into_iter().flatten() {
            stage.take(row.clone()).unwrap();
        }
        let counts = stage.counts();
        assert_eq!(counts.records + counts.duplicates, counts.rows, "{name}");
        (counts.rows, counts.quarantined)
    };
    if samples.is_empty() {
        return;
    }
    // As SOURCES.md counts them: one with second 65; four that -Formatted wrote over several lines.
    assert_eq!(counts("apache2-splunk-security_content.auditdata.jsonl"), (18, 1));
    assert_eq!(counts("mit-techjollof-formatted.cmdlet-rows.jsonl"), (4, 4));
    assert_eq!(counts("apache2-plaso.auditdata.jsonl"), (4, 0));
    assert_eq!(counts("mit-sentinel-otrf.reconstructed.auditdata.jsonl"), (267, 0));
    // Columns of Sentinel: no CreationTime at all.
    assert_eq!(counts("mit-azure-sentinel-training-lab.officeactivity.jsonl"), (268, 268));
}
