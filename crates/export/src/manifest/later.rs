//! What was added to an export after it was made: entries behind those that were there, so that an
//! earlier manifest is the beginning of a later one, byte for byte.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Entry, FileEntry, Line, Manifest, SIGNATURE, Total, WindowEntry, hash};
use crate::source::Survey;
use crate::verdict::Verdict;

/// One reading of a period that had been exported, and what it added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Later {
    /// When, by whom, and from what it began.
    pub head: Reconciliation,
    /// The windows that were read.
    pub windows: Vec<WindowEntry>,
    /// The files that were added.
    pub files: Vec<FileEntry>,
    /// The export as it is since then; the counts are of this reading.
    pub total: Total,
}

/// What one reading again was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reconciliation {
    /// From 1.
    pub number: u32,
    /// The program and its version.
    pub tool: String,
    /// SHA-256 of the manifest as it was: of all lines before this one, with their line feeds.
    pub earlier: String,
    /// Whether that was signed; its signature is kept as `manifest-001.jws`.
    pub earlier_signed: bool,
    /// How the service looked and behaved.
    pub survey: Survey,
    /// The service's clock less ours, in seconds, if it was told.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub clock_skew: Option<i64>,
    /// Records that were added.
    pub added: u64,
    /// The worst verdict of the windows that were read.
    pub verdict: Verdict,
}

impl Reconciliation {
    /// The name of the signature of the manifest as it was.
    pub fn earlier_signature(number: u32) -> String {
        let (name, extension) = SIGNATURE.split_once('.').expect("the name has an extension");
        format!("{name}-{number:03}.{extension}")
    }
}

impl Manifest {
    /// How the export is since it was last added to.
    pub fn latest(&self) -> &Total {
        self.later.last().map_or(&self.total, |later| &later.total)
    }

    /// The files, and those that were added later.
    pub fn all_files(&self) -> impl Iterator<Item = &FileEntry> {
        self.files.iter().chain(self.later.iter().flat_map(|later| &later.files))
    }
}

/// The bytes of a manifest with one more reading behind those that are there.
pub(crate) fn appended(earlier: &[u8], later: &Later) -> Vec<u8> {
    let mut bytes = earlier.to_vec();
    let last = earlier.strip_suffix(b"\n").unwrap_or(earlier);
    let last = last.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    let mut previous = hash(last);
    let mut write = |entry| {
        let line = Line { previous: previous.clone(), entry };
        let line = serde_json::to_vec(&line).expect("texts and numbers become JSON");
        previous = hash(&line);
        bytes.extend_from_slice(&line);
        bytes.push(b'\n');
    };
    write(Entry::Reconciliation(later.head.clone()));
    later.windows.iter().cloned().map(Entry::Window).for_each(&mut write);
    later.files.iter().cloned().map(Entry::File).for_each(&mut write);
    write(Entry::Total(later.total.clone()));
    bytes
}

/// Whether something of a reconciliation was left half-way, which the next one brings to its end.
pub(super) fn is_unfinished(directory: &Path) -> bool {
    directory.join(crate::export::COMMIT).is_dir()
}
