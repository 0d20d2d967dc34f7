//! The records of an export, from those of its files that hold them whole.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Component, Path};

use aws_lc_rs::digest::{Context, SHA256};
use serde_json::Value;

use super::ReportError;
use super::event::Event;
use crate::manifest::{FileEntry, Finding, Manifest};
use crate::record::{Quarantine, hex};

/// Gives every record of an export, nothing for one that is no JSON; says what of the files is not
/// as the manifest has it. Files are hashed as they are read.
pub(super) fn read(
    directory: &Path,
    manifest: &Manifest,
    mut take: impl FnMut(Option<Event<'_>>),
) -> Result<Vec<Finding>, ReportError> {
    let kind = |file: &FileEntry| file.sink.split('+').next().unwrap_or_default().to_owned();
    let of = |wanted: &str| -> Vec<&FileEntry> {
        manifest.all_files().filter(|file| kind(file) == wanted).collect()
    };
    let forms = ["jsonl", "cmdlet-csv", "portal-csv"];
    let Some(form) = forms.into_iter().find(|form| !of(form).is_empty()) else {
        return Err(ReportError::NothingToRead { directory: directory.to_owned() });
    };
    let mut findings = Vec::new();
    for entry in of(form) {
        let found = read_file(directory, entry, |reader| match form {
            "jsonl" => lines(reader, |line| take(line.and_then(Event::read))),
            _ => csv_rows(reader, |text| take(text.and_then(Event::read))),
        })?;
        findings.extend(found);
    }
    // A file of lines does not have those that are none.
    for entry in of("quarantine").into_iter().filter(|_| form == "jsonl") {
        let found = read_file(directory, entry, |reader| quarantined(reader, &mut take))?;
        findings.extend(found);
    }
    Ok(findings)
}

/// Reads a file to its end with `read`, which says how many records there were.
fn read_file(
    directory: &Path,
    entry: &FileEntry,
    read: impl FnOnce(&mut dyn BufRead) -> io::Result<u64>,
) -> Result<Option<Finding>, ReportError> {
    let path = directory.join(&entry.file);
    // A manifest that somebody else has written may name any file.
    if !Path::new(&entry.file).components().all(|part| matches!(part, Component::Normal(_))) {
        let source =
            io::Error::new(io::ErrorKind::InvalidInput, "it is not in the export's directory");
        return Err(ReportError::File { path, source });
    }
    let failed = |source| ReportError::File { path: path.clone(), source };
    let file = File::open(&path).map_err(failed)?;
    let mut hashing = Hashing { file, context: Context::new(&SHA256), bytes: 0 };
    let buffered = BufReader::with_capacity(1 << 17, &mut hashing);
    let found = match path.extension().and_then(|extension| extension.to_str()) {
        Some("gz") => read(&mut BufReader::new(flate2::bufread::MultiGzDecoder::new(buffered))),
        Some("zst") => zstd::Decoder::with_buffer(buffered)
            .and_then(|decoder| read(&mut BufReader::new(decoder))),
        _ => read(&mut BufReader::new(buffered)),
    };
    let file = entry.file.clone();
    let found = match found {
        Ok(found) => found,
        // Damaged: the report says so, and is of what could be read.
        Err(error) if is_damage(&error) => return Ok(Some(Finding::Changed { file })),
        Err(source) => return Err(failed(source)),
    };
    io::copy(&mut hashing, &mut io::sink()).map_err(failed)?;
    let sha256 = hex(hashing.context.finish().as_ref());
    Ok(match () {
        () if hashing.bytes != entry.bytes || sha256 != entry.sha256 => {
            Some(Finding::Changed { file })
        }
        () if found != entry.records => Some(Finding::Records { file, found, told: entry.records }),
        () => None,
    })
}

fn is_damage(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidData, InvalidInput, Other, UnexpectedEof};
    matches!(error.kind(), InvalidData | InvalidInput | Other | UnexpectedEof)
}

struct Hashing {
    file: File,
    context: Context,
    bytes: u64,
}

impl Read for Hashing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.context.update(&buffer[..read]);
        self.bytes += read as u64;
        Ok(read)
    }
}

/// One text a line; nothing for one that is no text.
fn lines(reader: &mut dyn BufRead, mut take: impl FnMut(Option<&str>)) -> io::Result<u64> {
    let (mut line, mut found) = (Vec::new(), 0);
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line)? == 0 {
            return Ok(found);
        }
        found += 1;
        take(std::str::from_utf8(&line).ok());
    }
}

/// The column `AuditData` of a CSV with a head.
fn csv_rows(reader: &mut dyn BufRead, mut take: impl FnMut(Option<&str>)) -> io::Result<u64> {
    let mut rows = csv::ReaderBuilder::new().flexible(true).from_reader(reader);
    let head = rows.byte_headers()?;
    let column = head.iter().position(|name| name == b"AuditData");
    let column = column.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))?;
    let (mut row, mut found) = (csv::ByteRecord::new(), 0);
    while rows.read_byte_record(&mut row)? {
        found += 1;
        take(row.get(column).and_then(|text| std::str::from_utf8(text).ok()));
    }
    Ok(found)
}

/// The records of the quarantine that are in no file of lines. Of those that are no JSON the row
/// still tells who did what.
fn quarantined(
    reader: &mut dyn BufRead,
    take: &mut impl FnMut(Option<Event<'_>>),
) -> io::Result<u64> {
    let elsewhere = Quarantine::CreationTime.name();
    lines(reader, |line| {
        let row: Value = line.and_then(|line| serde_json::from_str(line).ok()).unwrap_or_default();
        if row["Quarantine"] == elsewhere {
            return;
        }
        take(row["AuditData"].as_str().and_then(Event::read));
    })
}
