//! What goes along with a report: the manifest, its signature and the files, as far as they fit.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Cursor, Seek, SeekFrom, Write};
use std::path::{Component, Path};

use exoctl_export::report::Report;
use exoctl_mail::{Attachment, encoded};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::read;
use crate::error::{CommandError, FileError};

/// What goes along, and what does not.
#[derive(Debug, Default)]
pub(super) struct Attachments {
    pub(super) files: Vec<Attachment>,
    /// The names of those that are in an archive of their own.
    pub(super) zipped: Vec<String>,
    /// The names of those that would make the mail too large.
    pub(super) left: Vec<String>,
}

impl Attachments {
    /// The smallest first, as they are; one that does not fit so is zipped, if it fits then.
    pub(super) fn of(report: &Report, limit: usize) -> Result<Self, CommandError> {
        let coverage = &report.coverage;
        let own = ["manifest.jsonl", "manifest.jws"].map(str::to_owned);
        let names = own.into_iter().chain(coverage.files.iter().map(|file| file.file.clone()));
        let mut files: Vec<(u64, String)> = names
            .filter(|name| is_below(name))
            .filter_map(|name| {
                let size = fs::metadata(coverage.directory.join(&name)).ok()?.len();
                Some((size, name))
            })
            .collect();
        files.sort();
        let page = encoded(report.to_html().len()) + encoded(report.to_text().len());
        let mut used = page + HEADERS;
        let mut all = Self::default();
        for (size, name) in files {
            let room = limit.saturating_sub(used.saturating_add(HEADERS));
            let path = coverage.directory.join(&name);
            let flat = name.replace('/', "_");
            let (attachment, size) = if encoded(size as usize) <= room {
                let bytes = read(&path)?;
                let size = bytes.len();
                (Attachment::new(flat, media_type(&name), bytes), size)
            } else if let Some(bytes) = zipped(&path, &flat, room)? {
                all.zipped.push(name.clone());
                let size = bytes.len();
                (Attachment::new(format!("{flat}.zip"), "application/zip", bytes), size)
            } else {
                all.left.push(name);
                continue;
            };
            used = used.saturating_add(encoded(size)).saturating_add(HEADERS);
            all.files.push(attachment);
        }
        Ok(all)
    }

    /// What the mail says about them, behind the report.
    pub(super) fn remarks(&self) -> String {
        let mut text = String::new();
        if !self.zipped.is_empty() {
            let names = self.zipped.join(", ");
            let _ = writeln!(
                text,
                "\nAttached zipped, the hashes are those of the files within: {names}."
            );
        }
        if !self.left.is_empty() {
            let names = self.left.join(", ");
            let _ = writeln!(text, "\nNot attached, for the mail would be too large: {names}.");
        }
        text
    }
}

/// Room for the headers of a message or of a part.
const HEADERS: usize = 1024;

/// A file as an archive, if it is one of text and the archive fits. No more of it is read than it
/// takes to know that it does not.
fn zipped(path: &Path, name: &str, room: usize) -> Result<Option<Vec<u8>>, CommandError> {
    if !matches!(media_type(name), "application/jsonl" | "text/csv") {
        return Ok(None);
    }
    let failed = |source| FileError { operation: "read", path: path.into(), source };
    let mut file = File::open(path).map_err(failed)?;
    let mut archive = ZipWriter::new(Bounded { bytes: Cursor::default(), room });
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .large_file(true);
    let written = archive
        .start_file(name, options)
        .map_err(io::Error::from)
        .and_then(|()| io::copy(&mut file, &mut archive))
        .and_then(|_| archive.finish().map_err(io::Error::from));
    match written {
        Ok(archive) => Ok(Some(archive.bytes.into_inner())),
        Err(error) if error.kind() == io::ErrorKind::FileTooLarge => Ok(None),
        Err(error) => Err(failed(error).into()),
    }
}

/// Bytes that are not more, in a mail, than there is room for.
struct Bounded {
    bytes: Cursor<Vec<u8>>,
    room: usize,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let end = self.bytes.position() as usize + bytes.len();
        if encoded(end) > self.room {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Bounded {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.bytes.seek(to)
    }
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("jsonl") => "application/jsonl",
        Some("csv") => "text/csv",
        Some("gz") => "application/gzip",
        Some("zst") => "application/zstd",
        Some("jws") => "application/jose",
        _ => "application/octet-stream",
    }
}

/// Whether a name of a manifest, which anybody may have written, stays in the export's directory.
fn is_below(name: &str) -> bool {
    Path::new(name).components().all(|part| matches!(part, Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_names_no_file_elsewhere() {
        assert!(is_below("audit.jsonl") && is_below("parquet/event_date=2026-10-01/1.parquet"));
        for elsewhere in ["/etc/passwd", "../audit.jsonl", "a/../../b", ".."] {
            assert!(!is_below(elsewhere), "{elsewhere}");
        }
    }

    #[test]
    fn an_archive_is_made_only_as_far_as_there_is_room() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("audit.csv");
        fs::write(&path, "a,b,c\n".repeat(100_000)).unwrap();
        let whole = zipped(&path, "audit.csv", 100_000).unwrap().unwrap();
        assert!(whole.len() < 10_000 && whole.starts_with(b"PK\x03\x04"), "{}", whole.len());
        assert!(zipped(&path, "audit.csv", encoded(whole.len())).unwrap().is_some());
        assert!(zipped(&path, "audit.csv", encoded(whole.len()) - 1).unwrap().is_none());
        assert!(zipped(&path, "audit.parquet", 100_000).unwrap().is_none());
    }
}
