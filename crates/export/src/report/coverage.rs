//! Whether an export is all that there was: what a reviewer reads first.

use std::fs;
use std::path::{Path, PathBuf};

use exoctl_certificate::Certificate;
use jiff::Timestamp;
use serde::Serialize;

use super::ReportError;
use super::pass::Pass;
use crate::manifest::{Author, FileEntry, Finding, MANIFEST, ManifestError, Verification, hash};
use crate::period::Period;
use crate::stage::Counts;
use crate::verdict::Verdict;

/// So many windows that are not complete are named.
const GAPS: usize = 50;

/// Whether an export is all that there was.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Coverage {
    /// Whether everything is there.
    pub verdict: Verdict,
    /// What does not fit the manifest. If there is anything, nothing of the report can be relied on.
    pub findings: Vec<String>,
    /// The windows that are not complete, the first of them.
    pub gaps: Vec<Gap>,
    /// How many more.
    pub more_gaps: u64,
    /// How many windows there are.
    pub windows: u64,
    /// Who the tenant is and who asked it.
    pub author: Author,
    /// From its first second on and before its last: `CreationTime`, UTC.
    pub period: Period,
    /// What the export was limited to besides; empty if it has everything.
    pub limits: String,
    /// Where records came from.
    pub source: String,
    /// What made the export.
    pub tool: String,
    /// When the export was done.
    pub ended: Timestamp,
    /// Whether auditing was switched on, if that was to be found out.
    pub auditing: Option<bool>,
    /// Records in the export.
    pub records: u64,
    /// What became of the rows that came.
    pub counts: Counts,
    /// Ids that came with more than one content.
    pub conflicting: u64,
    /// Records that are no JSON: counted, and in no table.
    pub unreadable: u64,
    /// Records without a time in the period: in no day.
    pub undated: u64,
    /// The files, with their hashes.
    pub files: Vec<FileEntry>,
    /// Of a source that goes by when records became available: which time was read at last.
    pub availability: Option<Period>,
    /// What came late and was added, reading by reading.
    pub later: Vec<Added>,
    /// Where they are.
    pub directory: PathBuf,
    /// SHA-256 of the manifest, which has the hashes of all files.
    pub manifest_sha256: String,
    /// The thumbprint of the certificate that the signature names, if there is a good one.
    pub signed_by: Option<String>,
}

/// A window that is not complete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Gap {
    /// How it ended.
    pub verdict: Verdict,
    /// Which it is.
    pub window: String,
    /// Why.
    pub reason: String,
}

/// What one reading again added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Added {
    /// From 1.
    pub number: u32,
    /// How many records.
    pub records: u64,
    /// When.
    pub ended: Timestamp,
}

impl Coverage {
    pub(super) fn of(
        directory: &Path,
        verification: Verification,
        more: &[Finding],
        pass: &Pass,
    ) -> Result<Self, ReportError> {
        let failed = |source| ManifestError::File { directory: directory.to_owned(), source };
        let bytes = fs::read(directory.join(MANIFEST)).map_err(failed)?;
        let Verification { manifest, findings, signed_by } = verification;
        let incomplete = || manifest.windows.iter().filter(|w| w.verdict != Verdict::Complete);
        let gaps: Vec<Gap> = incomplete().take(GAPS).map(gap).collect();
        let (head, total) = (manifest.head.clone(), manifest.latest().clone());
        let findings = findings.iter().chain(more).map(ToString::to_string).collect();
        Ok(Self {
            verdict: total.verdict,
            findings,
            more_gaps: (incomplete().count() - gaps.len()) as u64,
            gaps,
            windows: manifest.windows.len() as u64,
            author: head.author,
            period: head.query.period,
            limits: head.query.limits(),
            source: head.source,
            tool: head.tool,
            ended: total.ended,
            auditing: head.survey.auditing,
            records: total.records,
            counts: total.counts,
            conflicting: total.conflicting,
            unreadable: pass.unreadable,
            undated: pass.undated,
            files: manifest.all_files().cloned().collect(),
            availability: head.survey.availability.map(|first| {
                let mut later =
                    manifest.later.iter().filter_map(|later| later.head.survey.availability);
                later.next_back().unwrap_or(first)
            }),
            later: manifest.later.iter().map(added).collect(),
            directory: fs::canonicalize(directory).unwrap_or_else(|_| directory.to_owned()),
            manifest_sha256: hash(&bytes),
            signed_by: signed_by.as_ref().map(Certificate::thumbprint).map(|t| t.to_string()),
        })
    }

    /// Whether the files are those that the manifest tells of.
    pub fn is_genuine(&self) -> bool {
        self.findings.is_empty()
    }

    /// What is to be said first, in a word.
    pub fn headline(&self) -> &'static str {
        if self.is_genuine() { self.verdict.name() } else { "changed" }
    }

    /// And in a sentence.
    pub fn explanation(&self) -> &'static str {
        if !self.is_genuine() {
            return "The export is not what its manifest says: it was changed since, or is damaged.";
        }
        match self.verdict {
            Verdict::Complete => "Every window was read to its end.",
            Verdict::OutsideRetention => {
                "A part of the period is older than what the service keeps."
            }
            Verdict::Unsubscribed => {
                "The service collected a part of what happened only later than the period began."
            }
            Verdict::AuditingOff => {
                "Auditing is switched off in the tenant: what happened may not have been recorded."
            }
            Verdict::Unproven => {
                "So much happened in the windows below that they were read in parts, and nothing proves that the parts are all."
            }
            Verdict::Undividable => {
                "The service gives no more than a part of the windows below; records are missing there."
            }
            Verdict::Failed => "The windows below could not be read; their records are missing.",
        }
    }
}

fn added(later: &crate::manifest::Later) -> Added {
    Added { number: later.head.number, records: later.head.added, ended: later.total.ended }
}

fn gap(window: &crate::manifest::WindowEntry) -> Gap {
    let reason = window.reason.clone().unwrap_or_default();
    Gap { verdict: window.verdict, window: window.as_window().to_string(), reason }
}
