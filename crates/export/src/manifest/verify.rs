//! Is an export still what it was, and is it whole? Everything is checked without a network.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};
use exoctl_certificate::Certificate;

use super::later::{self, Later, Reconciliation};
use super::{
    FileEntry, MANIFEST, Manifest, ManifestError, NotSigned, Parsed, SIGNATURE, Signature, Total,
    WindowEntry,
};
use crate::period::Period;
use crate::plan::SplitBy;
use crate::proof::{Piece, prove};
use crate::query::{Filter, Window};
use crate::record::hex;
use crate::sink;
use crate::source::Survey;
use crate::verdict::Verdict;

/// What was found.
#[derive(Debug)]
pub struct Verification {
    /// What the manifest says.
    pub manifest: Manifest,
    /// What does not fit; empty if everything does.
    pub findings: Vec<Finding>,
    /// Who signed, if the signature fits.
    pub signed_by: Option<Certificate>,
}

/// Something that does not fit.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Finding {
    /// There is no signature, and one was to be checked.
    #[error("the manifest is not signed")]
    NotSigned,
    /// The signature is not good.
    #[error("{0}")]
    Signature(#[source] NotSigned),
    /// An entry was changed, removed or put in before this line.
    #[error("line {line} of the manifest does not follow from the one before")]
    Chain {
        /// Which, from 1.
        line: usize,
    },
    /// A file is not there or cannot be read.
    #[error("{file} cannot be read")]
    Unreadable {
        /// Which.
        file: String,
        /// Why.
        source: io::Error,
    },
    /// A file has other bytes.
    #[error("{file} was changed")]
    Changed {
        /// Which.
        file: String,
    },
    /// A file does not have as many records as the manifest says.
    #[error("{file} has {found} records, not {told}")]
    Records {
        /// Which.
        file: String,
        /// How many it has.
        found: u64,
        /// How many it should have.
        told: u64,
    },
    /// The windows do not cover the period.
    #[error("no window covers {period}")]
    Hole {
        /// Which part of it.
        period: Period,
    },
    /// A window that was split counts as complete, and its parts do not prove it.
    #[error("the parts of {window} are not all of it")]
    Parts {
        /// Which.
        window: Window,
    },
    /// What an earlier reconciliation was about to add is half-way; the next one ends it.
    #[error(
        "a reconciliation was broken off while it was written down; exoctl audit reconcile ends it"
    )]
    Unfinished,
    /// The signature of the manifest as it was does not fit any more.
    #[error("{file} does not fit the manifest as it was: {reason}")]
    EarlierSignature {
        /// Its file.
        file: String,
        /// Why not.
        reason: String,
    },
    /// The verdict or the counts are not those of the windows.
    #[error("the total is not that of the windows")]
    Total,
}

/// Checks the export in a directory; its signature with `certificate`, or with the one that it names
/// itself if there is none.
pub fn verify(
    directory: &Path,
    certificate: Option<&Certificate>,
) -> Result<Verification, ManifestError> {
    let mut verification = check_entries(directory, certificate)?;
    let files = verification.manifest.all_files();
    let check = |entry: &FileEntry| check_file(&directory.join(&entry.file), entry).err();
    let found: Vec<Finding> = files.filter_map(check).collect();
    verification.findings.extend(found);
    Ok(verification)
}

/// The same without a look at the files.
pub(crate) fn check_entries(
    directory: &Path,
    certificate: Option<&Certificate>,
) -> Result<Verification, ManifestError> {
    let read = std::fs::read(directory.join(MANIFEST));
    let bytes =
        read.map_err(|source| ManifestError::File { directory: directory.to_owned(), source })?;
    let Parsed { manifest, broken, begins } = Manifest::parse(&bytes)?;
    let mut findings: Vec<Finding> =
        broken.map(|line| Finding::Chain { line }).into_iter().collect();
    let signed_by = match signature(directory, certificate, &bytes) {
        Ok(signed_by) => signed_by,
        Err(finding) => {
            findings.push(finding);
            None
        }
    };
    findings.extend(later::is_unfinished(directory).then_some(Finding::Unfinished));
    findings.extend(holes(&manifest));
    let later = manifest.later.iter().map(|later| &later.windows[..]);
    findings.extend(std::iter::once(&manifest.windows[..]).chain(later).flat_map(unproven));
    if !totals_fit(&manifest) {
        findings.push(Finding::Total);
    }
    for (later, begins) in manifest.later.iter().zip(begins) {
        findings.extend(earlier_signature(directory, later, &bytes[..begins]).err());
    }
    Ok(Verification { manifest, findings, signed_by })
}

impl Verification {
    /// Whether nothing was changed since it was written.
    pub fn is_genuine(&self) -> bool {
        self.findings.is_empty()
    }
}

fn signature(
    directory: &Path,
    certificate: Option<&Certificate>,
    payload: &[u8],
) -> Result<Option<Certificate>, Finding> {
    let signature = match std::fs::read_to_string(directory.join(SIGNATURE)) {
        Ok(text) => Signature::of_text(&text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return if certificate.is_some() { Err(Finding::NotSigned) } else { Ok(None) };
        }
        Err(source) => {
            return Err(Finding::Unreadable { file: SIGNATURE.to_owned(), source });
        }
    };
    let signer = match certificate {
        Some(certificate) => certificate.clone(),
        None => signature.certificate().ok_or(Finding::Signature(NotSigned::Malformed))?,
    };
    signature.check(&signer, payload).map_err(Finding::Signature)?;
    Ok(Some(signer))
}

/// Whether the manifest as it was is what was signed then. Who signed then may have had another
/// certificate.
fn earlier_signature(directory: &Path, later: &Later, payload: &[u8]) -> Result<(), Finding> {
    if !later.head.earlier_signed {
        return Ok(());
    }
    let file = Reconciliation::earlier_signature(later.head.number);
    let text = match std::fs::read_to_string(directory.join(&file)) {
        Ok(text) => text,
        Err(source) => return Err(Finding::Unreadable { file, source }),
    };
    let signature = Signature::of_text(&text);
    let signer = signature.certificate().ok_or(NotSigned::Malformed);
    let checked = signer.and_then(|signer| signature.check(&signer, payload));
    checked.map_err(|error| Finding::EarlierSignature { file, reason: error.to_string() })
}

/// Parts of the period that no window covers, at first and later.
fn holes(manifest: &Manifest) -> Vec<Finding> {
    let mut holes = holes_of(manifest, &manifest.head.survey, &manifest.windows);
    for later in &manifest.later {
        holes.extend(holes_of(manifest, &later.head.survey, &later.windows));
    }
    holes
}

/// The same of one reading, for each of the filters that the query has.
fn holes_of(manifest: &Manifest, survey: &Survey, windows: &[WindowEntry]) -> Vec<Finding> {
    let query = &manifest.head.query;
    let period = survey.availability.unwrap_or(query.period);
    let mut holes = Vec::new();
    for filter in query.filters() {
        let mut windows: Vec<Period> = windows
            .iter()
            .filter(|window| belongs(&window.filter, &filter))
            .map(|window| window.period)
            .collect();
        windows.sort_unstable();
        let mut covered = period.start().as_second();
        let edges = windows.iter().map(|w| (w.start().as_second(), w.end().as_second()));
        let end = period.end().as_second();
        for (from, to) in edges.chain([(end, end)]) {
            let hole = Period::of_seconds(covered, from);
            holes.extend(hole.map(|period| Finding::Hole { period }));
            covered = covered.max(to);
        }
    }
    holes
}

/// Windows that were split by values and are not all there, although they count as complete.
fn unproven(windows: &[WindowEntry]) -> Vec<Finding> {
    let split = windows.iter().filter(|w| w.verdict == Verdict::Complete);
    let split = split.filter_map(|window| Some((window, window.split_by.as_deref()?)));
    let is_wrong = |(window, by): &(&WindowEntry, &str)| {
        let parts = windows.iter().filter(|part| part.part_of == Some(window.window));
        let parts: Vec<Piece<'_>> = parts.map(WindowEntry::piece).collect();
        let by = SplitBy::of_name(by).filter(|by| by.is_by_value());
        let proof = by.and_then(|by| prove(window.piece(), by, &parts).ok());
        proof.is_none() || proof != window.proof
    };
    let found = split.filter(is_wrong);
    found.map(|(window, _)| Finding::Parts { window: window.as_window() }).collect()
}

/// Whether a window with the filter `of` is a part of the query's filter.
fn belongs(of: &Filter, filter: &Filter) -> bool {
    filter.record_type.is_none() || filter.record_type == of.record_type
}

fn totals_fit(manifest: &Manifest) -> bool {
    let Manifest { head, windows, total, later, .. } = manifest;
    let (counts, verdict) = sum(&head.survey, windows);
    let first = counts == total.counts && verdict == total.verdict;
    let mut before: &Total = total;
    let mut fits = first && total.records <= counts.records;
    for (later, number) in later.iter().zip(1..) {
        let (counts, verdict) = sum(&later.head.survey, &later.windows);
        // What was read again makes nothing worse that was complete.
        fits &= counts == later.total.counts
            && verdict == later.head.verdict
            && later.head.number == number
            && later.total.verdict == before.verdict
            && later.total.records == before.records + later.head.added
            && later.head.added <= counts.records;
        before = &later.total;
    }
    fits
}

fn sum(survey: &Survey, windows: &[WindowEntry]) -> (crate::stage::Counts, Verdict) {
    let mut counts = crate::stage::Counts::default();
    let mut verdict = survey.verdict();
    for window in windows {
        counts.add(&window.counts);
        verdict = verdict.max(window.verdict);
    }
    (counts, verdict)
}

/// Checks the bytes and the number of records of a file, wherever it is.
pub(crate) fn check_file(path: &Path, entry: &FileEntry) -> Result<(), Finding> {
    let file = entry.file.clone();
    let unreadable = |source| Finding::Unreadable { file: file.clone(), source };
    let (bytes, sha256) = digest(path).map_err(unreadable)?;
    if bytes != entry.bytes || sha256 != entry.sha256 {
        return Err(Finding::Changed { file });
    }
    let found = sink::count_records(path, &entry.sink).map_err(unreadable)?;
    match found {
        Some(found) if found != entry.records => {
            Err(Finding::Records { file, found, told: entry.records })
        }
        _ => Ok(()),
    }
}

/// Size and SHA-256 of a file.
pub(crate) fn digest(path: &Path) -> io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let mut context = Context::new(&SHA256);
    let mut buffer = vec![0; 1 << 17];
    let mut bytes = 0;
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok((bytes, hex(context.finish().as_ref()))),
            read => {
                context.update(&buffer[..read]);
                bytes += read as u64;
            }
        }
    }
}
