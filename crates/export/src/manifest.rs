//! What was exported, told so that it can be checked later: every window, every file, a verdict.
//!
//! `manifest.jsonl` has one entry a line. Each says the SHA-256 of the line before, without its line
//! feed, so that none can be changed, removed or put in; the last line's is signed with the rest in
//! `manifest.jws`.

mod later;
mod signature;
mod verify;

use std::io;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub(crate) use self::later::appended;
pub use self::later::{Later, Reconciliation};
pub use self::signature::{NotSigned, Signature};
pub use self::verify::{Finding, Verification, verify};
pub(crate) use self::verify::{check_entries, check_file, digest};
use crate::disk;
use crate::period::Period;
use crate::proof::{Piece, Proof};
use crate::query::{Filter, Query, Window};
use crate::record::hex;
use crate::source::{Anomaly, Survey};
use crate::stage::Counts;
use crate::verdict::Verdict;

/// The manifest's name in an export's directory.
pub const MANIFEST: &str = "manifest.jsonl";
/// The name of its signature.
pub const SIGNATURE: &str = "manifest.jws";

/// Everything that a manifest says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// What was to be exported, by whom.
    pub head: Head,
    /// The windows that it was read in. Of those that were split by time only the parts are there; of
    /// those that were split by values both, for their verdict is about that.
    pub windows: Vec<WindowEntry>,
    /// The files.
    pub files: Vec<FileEntry>,
    /// What came of it.
    pub total: Total,
    /// What was added since.
    pub later: Vec<Later>,
}

/// A manifest as it was read.
struct Parsed {
    manifest: Manifest,
    broken: Option<usize>,
    begins: Vec<usize>,
}

/// What was to be exported, by whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Head {
    /// Of the manifest: `exoctl-audit-export/1`.
    pub format: String,
    /// The program and its version.
    pub tool: String,
    /// Who the tenant is and who asked it.
    pub author: Author,
    /// Where records came from.
    pub source: String,
    /// What was asked for. The period is half-open and by `CreationTime`, which is UTC.
    pub query: Query,
    /// How the service looked and behaved.
    pub survey: Survey,
    /// The service's clock less ours, in seconds, if it was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock_skew: Option<i64>,
}

/// Who the tenant is and who asked it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Author {
    /// The organization, `contoso.onmicrosoft.com`.
    pub organization: String,
    /// The tenant's id, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    /// The application's id, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_id: Option<String>,
    /// The SHA-1 thumbprint of its certificate, if it signed in with one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thumbprint: Option<String>,
}

/// A window that was settled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WindowEntry {
    /// Its number in the ledger.
    pub window: i64,
    /// Its time, half-open.
    pub period: Period,
    /// What it was limited to besides.
    pub filter: Filter,
    /// By what the window that it is a part of was split.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub part_by: Option<String>,
    /// The window that it is a part of, if that is there too.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub part_of: Option<i64>,
    /// By what values it was split, if it was: what is said here is then of the reading before.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub split_by: Option<String>,
    /// Why its parts are all of it, if that is so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub proof: Option<Proof>,
    /// How many rows the service says that it has, if it counts them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub told: Option<u64>,
    /// The service knows no such record type, and so has nothing.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub refused: bool,
    /// How it ended.
    pub verdict: Verdict,
    /// Why, unless it is complete.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// What became of its rows.
    pub counts: Counts,
    /// How often it was read.
    pub attempts: u32,
    /// What could not be relied on before.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub anomalies: Vec<Anomaly>,
    /// Calls that it took.
    pub calls: u64,
    /// The service's ids of the answers.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub request_ids: Vec<String>,
    /// When it was settled.
    pub ended: String,
}

impl WindowEntry {
    /// Which window it is.
    pub fn as_window(&self) -> Window {
        Window { period: self.period, filter: self.filter.clone() }
    }

    pub(crate) fn piece(&self) -> Piece<'_> {
        Piece { filter: &self.filter, told: self.told, refused: self.refused }
    }
}

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileEntry {
    /// Its name below the export's directory.
    pub file: String,
    /// What wrote it.
    pub sink: String,
    /// Records in it.
    pub records: u64,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its bytes.
    pub sha256: String,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Total {
    /// Whether it is all that there was.
    pub verdict: Verdict,
    /// What became of all rows.
    pub counts: Counts,
    /// Records that the files were made from: those of the windows less what came in two of them.
    pub records: u64,
    /// Ids that came with more than one content, some of them; [`Counts::conflicts`] counts all that
    /// came in one window.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub conflicting_ids: Vec<String>,
    /// How many ids that are.
    pub conflicting: u64,
    /// When it was done.
    pub ended: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "kebab-case")]
enum Entry {
    Export(Head),
    Window(WindowEntry),
    File(FileEntry),
    Total(Total),
    Reconciliation(Reconciliation),
}

#[derive(Serialize, Deserialize)]
struct Line {
    previous: String,
    #[serde(flatten)]
    entry: Entry,
}

/// A manifest that is none.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// It cannot be read.
    #[error("could not read the manifest in {}", directory.display())]
    File {
        /// Where.
        directory: std::path::PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A line is not an entry.
    #[error("line {line} of the manifest is no entry")]
    Entry {
        /// Which, from 1.
        line: usize,
        /// Why not.
        source: serde_json::Error,
    },
    /// Its first entry or its last one is missing.
    #[error("the manifest is not whole")]
    NotWhole,
}

impl Manifest {
    /// Reads the manifest of an export as it is. Whether it can be trusted is for [`verify`] to say.
    pub fn read(directory: &Path) -> Result<Self, ManifestError> {
        let bytes = std::fs::read(directory.join(MANIFEST))
            .map_err(|source| ManifestError::File { directory: directory.to_owned(), source })?;
        Self::of_bytes(&bytes)
    }

    /// Reads the bytes of a manifest, as [`Manifest::read`] does.
    pub fn of_bytes(bytes: &[u8]) -> Result<Self, ManifestError> {
        Self::parse(bytes).map(|parsed| parsed.manifest)
    }

    /// Reads a manifest; gives the first line that does not follow from those before too, from 1, and
    /// where each later reading begins.
    fn parse(bytes: &[u8]) -> Result<Parsed, ManifestError> {
        let (mut head, mut total) = (None, None);
        let (mut windows, mut files) = (Vec::new(), Vec::new());
        let mut later: Vec<Later> = Vec::new();
        let mut open: Option<Reconciliation> = None;
        let (mut broken, mut begins) = (None, Vec::new());
        let (mut previous, mut offset) = (hash(b""), 0);
        let text = bytes.strip_suffix(b"\n").ok_or(ManifestError::NotWhole)?;
        let mut base = None;
        for (index, line_bytes) in text.split(|byte| *byte == b'\n').enumerate() {
            let line = index + 1;
            let read: Line = serde_json::from_slice(line_bytes)
                .map_err(|source| ManifestError::Entry { line, source })?;
            if read.previous != previous {
                broken = broken.or(Some(line));
            }
            previous = hash(line_bytes);
            let is_open = base.is_none() || open.is_some();
            match read.entry {
                Entry::Export(entry) if line == 1 => head = Some(entry),
                Entry::Window(entry) if is_open => windows.push(entry),
                Entry::File(entry) if is_open => files.push(entry),
                Entry::Total(entry) if is_open => {
                    let parts = (std::mem::take(&mut windows), std::mem::take(&mut files));
                    match open.take() {
                        None => (base, total) = (Some(parts), Some(entry)),
                        Some(head) => {
                            let (windows, files) = parts;
                            later.push(Later { head, windows, files, total: entry });
                        }
                    }
                }
                Entry::Reconciliation(entry) if !is_open => {
                    if entry.earlier != hash(&bytes[..offset]) {
                        broken = broken.or(Some(line));
                    }
                    begins.push(offset);
                    open = Some(entry);
                }
                _ => broken = broken.or(Some(line)),
            }
            offset += line_bytes.len() + 1;
        }
        let (Some(head), Some(total), Some((windows, files)), None) = (head, total, base, open)
        else {
            return Err(ManifestError::NotWhole);
        };
        Ok(Parsed { manifest: Self { head, windows, files, total, later }, broken, begins })
    }

    /// Its bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut previous = hash(b"");
        let mut write = |entry| {
            let line = Line { previous: previous.clone(), entry };
            let line = serde_json::to_vec(&line).expect("texts and numbers become JSON");
            previous = hash(&line);
            bytes.extend_from_slice(&line);
            bytes.push(b'\n');
        };
        write(Entry::Export(self.head.clone()));
        self.windows.iter().cloned().map(Entry::Window).for_each(&mut write);
        self.files.iter().cloned().map(Entry::File).for_each(&mut write);
        write(Entry::Total(self.total.clone()));
        self.later.iter().fold(bytes, |bytes, later| appended(&bytes, later))
    }

    /// Writes it, and its signature if there is one. An older signature does not stay.
    pub(crate) fn write(&self, directory: &Path, signature: Option<&Signature>) -> io::Result<()> {
        match std::fs::remove_file(directory.join(SIGNATURE)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        disk::write_whole(&directory.join(MANIFEST), &self.to_bytes())?;
        signature.map_or(Ok(()), |signature| {
            disk::write_whole(&directory.join(SIGNATURE), signature.as_str().as_bytes())
        })
    }
}

pub(crate) fn hash(bytes: &[u8]) -> String {
    hex(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes).as_ref())
}

#[cfg(test)]
pub(crate) mod tests;
