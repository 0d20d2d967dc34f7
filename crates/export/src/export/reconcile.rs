//! A period that was exported, read once more: what came since is added in further files, and what
//! was there stays as it is.
//!
//! The reading is an export of its own below the private directory, with its own ledger, so that it
//! goes on where it was. What is new is gathered whole in one directory that gets its name when
//! nothing is missing; from then on moving it into place can be broken off anywhere and is ended by
//! the next run.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::mpsc;

use super::publish::sum_of;
use super::{Export, PRIVATE, lock};
use crate::disk;
use crate::error::ExportError;
use crate::feed::Written;
use crate::known::Known;
use crate::ledger::Ledger;
use crate::manifest::{
    FileEntry, Later, MANIFEST, Manifest, Reconciliation, SIGNATURE, Signature, Total, WindowEntry,
    appended, digest, hash, verify,
};
use crate::period::Period;
use crate::segment::Spool;
use crate::sink::{self, Finished, SinkKind};
use crate::source::Survey;
use crate::verdict::Verdict;

/// Where a period is read again, below an export's directory.
const WORK: &str = ".exoctl/reconcile";
/// Where everything is that is about to be moved into place.
pub(crate) const COMMIT: &str = ".exoctl/reconcile/commit";

/// What came of reading a period again.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reconciled {
    /// The manifest as it is now.
    pub manifest: Manifest,
    /// Records that the export did not have.
    pub added: u64,
    /// Records among them whose ids it had, with other bytes.
    pub conflicts: u64,
    /// How the reading ended. `outside-retention` says that a part could not be read again.
    pub verdict: Verdict,
    /// Whether they are in the export now.
    pub is_written: bool,
}

impl Export {
    /// Reads the period of the export in the directory again, and adds what it does not have; only
    /// counts it if `check`. The query and what is written are those of the export: [`Export::query`]
    /// and [`Export::sinks`] are not looked at.
    pub async fn reconcile(&self, check: bool) -> Result<Reconciled, ExportError> {
        let private = self.directory.join(PRIVATE);
        disk::create_directory(&private).map_err(self.failed("make the directory"))?;
        let _lock = lock(&self.directory)?;
        roll_forward(&self.directory).map_err(self.failed("end the reconciliation in"))?;
        let manifest = self.base()?;
        let known = Known::open(&self.directory, &manifest)?;
        let work = Self {
            directory: self.directory.join(WORK),
            query: manifest.head.query.clone(),
            source: self.source.clone(),
            sinks: kinds(&manifest)?,
            clock: self.clock.clone(),
            author: self.author.clone(),
            signer: None,
            behaviour: self.behaviour.clone(),
            options: self.options.clone(),
            watch: self.watch.clone(),
        };
        let read = work.read_again(&manifest, known).await?;
        let (_, verdict) = sum_of(&read.windows, &read.survey);
        let mut reconciled = Reconciled {
            manifest,
            added: read.written.records,
            conflicts: read.written.conflicts,
            verdict,
            is_written: false,
        };
        // What failed is read by the next run, which then has all of it to add at once.
        if verdict == Verdict::Failed {
            return Ok(reconciled);
        }
        if !check && reconciled.added > 0 {
            self.prepare(&reconciled, read)?;
            roll_forward(&self.directory).map_err(self.failed("write the manifest in"))?;
            reconciled.manifest = Manifest::read(&self.directory)?;
            reconciled.is_written = true;
        } else {
            fs::remove_dir_all(&work.directory).map_err(self.failed("clean up in"))?;
        }
        Ok(reconciled)
    }

    /// The export that is there, if it is one to add to.
    fn base(&self) -> Result<Manifest, ExportError> {
        let directory = self.directory.clone();
        let verification = verify(&directory, None)?;
        if let Some(finding) = verification.findings.first() {
            return Err(ExportError::NotGenuine { directory, finding: finding.to_string() });
        }
        let manifest = verification.manifest;
        let (made, asked) = (&manifest.head.author, &self.author);
        let differs = |a: &Option<String>, b: &Option<String>| a.is_some() && b.is_some() && a != b;
        if made.organization != asked.organization || differs(&made.tenant_id, &asked.tenant_id) {
            let (made, asked) = (made.organization.clone(), asked.organization.clone());
            return Err(ExportError::OtherTenant { directory, made, asked });
        }
        if manifest.head.source != self.source.name() {
            let (made, asked) = (manifest.head.source, self.source.name());
            return Err(ExportError::OtherSource { directory, made, asked });
        }
        if manifest.total.verdict == Verdict::Failed {
            return Err(ExportError::NotDone { directory });
        }
        Ok(manifest)
    }

    /// Reads the period and writes what the export does not have, below the private directory.
    async fn read_again(&self, base: &Manifest, known: Known) -> Result<Read, ExportError> {
        let private = self.directory.join(PRIVATE);
        disk::create_directory(&private).map_err(self.failed("make the directory"))?;
        let lock = Arc::new(lock(&self.directory)?);
        let ledger = Arc::new(Ledger::open(&private.join("ledger.db")).await?);
        if ledger.export().await?.is_none() {
            ledger.begin(&self.query, self.clock.now()).await?;
        }
        ledger.reopen_failed().await?;
        let (busy, mut idle) = mpsc::channel(1);
        let spool = Spool::open(&private.join("spool"), lock, busy);
        let spool = spool.map_err(self.failed("make the directory"))?;
        let read = self.read_all(&ledger, &spool, Some(known), since(base)).await;
        let looked = match ledger.windows().await {
            Ok(rows) => self.look(&spool, rows).await,
            Err(error) => Err(error.into()),
        };
        drop(spool);
        let _ = idle.recv().await;
        let (written, survey, clock_skew, _) = read?;
        let (windows, _) = looked?;
        Ok(Read { written, survey, clock_skew, windows })
    }

    /// Gathers the files and the new manifest where [`roll_forward`] takes them from.
    fn prepare(&self, reconciled: &Reconciled, read: Read) -> Result<(), ExportError> {
        let failed = || self.failed("write the reconciliation in");
        let manifest = &reconciled.manifest;
        let number = manifest.later.len() as u32 + 1;
        let commit = self.directory.join(COMMIT);
        let new = commit.with_extension("tmp");
        if new.exists() {
            fs::remove_dir_all(&new).map_err(failed())?;
        }
        disk::create_directory(&new).map_err(failed())?;
        let files = gather(read.written, number, &new).map_err(failed())?;
        let earlier = fs::read(self.directory.join(MANIFEST)).map_err(failed())?;
        let signature = self.directory.join(SIGNATURE);
        let earlier_signed = signature.exists();
        if earlier_signed {
            let kept = new.join(Reconciliation::earlier_signature(number));
            let text = fs::read(&signature).map_err(failed())?;
            disk::write_whole(&kept, &text).map_err(failed())?;
        }
        let (counts, verdict) = sum_of(&read.windows, &read.survey);
        let before = manifest.latest();
        let later = Later {
            head: Reconciliation {
                number,
                tool: super::publish::TOOL.to_owned(),
                earlier: hash(&earlier),
                earlier_signed,
                survey: read.survey,
                clock_skew: read.clock_skew,
                added: reconciled.added,
                verdict,
            },
            windows: read.windows,
            files,
            total: Total {
                counts,
                records: before.records + reconciled.added,
                conflicting: before.conflicting + reconciled.conflicts,
                ended: self.clock.now(),
                ..before.clone()
            },
        };
        let payload = appended(&earlier, &later);
        if let Some(signer) = &self.signer {
            let signature = Signature::sign(&**signer, &payload).map_err(ExportError::Sign)?;
            disk::write_whole(&new.join(SIGNATURE), signature.as_str().as_bytes())
                .map_err(failed())?;
        }
        disk::write_whole(&new.join(MANIFEST), &payload).map_err(failed())?;
        fs::rename(&new, &commit).map_err(failed())?;
        commit.parent().map_or(Ok(()), disk::sync_directory).map_err(failed())
    }
}

/// What was read again.
struct Read {
    written: Written,
    survey: Survey,
    clock_skew: Option<i64>,
    windows: Vec<WindowEntry>,
}

/// From when on a source that goes by availability is read again: what became available before was
/// read, unless a part of that was not to be had.
fn since(base: &Manifest) -> Option<Timestamp> {
    let readings = base.later.iter().map(|later| (&later.head.survey, later.head.verdict));
    let first = (&base.head.survey, base.total.verdict);
    let whole = std::iter::once(first).chain(readings);
    let whole = whole.take_while(|(_, verdict)| {
        matches!(verdict, Verdict::Complete | Verdict::OutsideRetention | Verdict::Unsubscribed)
    });
    whole.filter_map(|(survey, _)| survey.availability).map(Period::end).max()
}

/// What the export was written with.
fn kinds(manifest: &Manifest) -> Result<Vec<Arc<dyn SinkKind>>, ExportError> {
    let mut names: Vec<&str> = manifest.files.iter().map(|file| file.sink.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names.retain(|name| *name != "quarantine");
    let kind = |name: &str| {
        sink::named(name).ok_or_else(|| ExportError::UnknownForm { name: name.to_owned() })
    };
    names.into_iter().map(kind).collect()
}

/// Moves the files together under the names that they will have.
fn gather(written: Written, number: u32, to: &Path) -> io::Result<Vec<FileEntry>> {
    let mut made = Vec::new();
    for (sink, files) in written.files {
        for Finished { path, name, records } in files {
            // Not every form can hold every record.
            if records == 0 {
                continue;
            }
            let name = late_name(&name, number);
            let place = to.join(&name);
            if let Some(directory) = place.parent() {
                disk::create_directory(directory)?;
            }
            fs::rename(&path, &place)?;
            let (bytes, sha256) = digest(&place)?;
            made.push(FileEntry { file: name, sink: sink.clone(), records, bytes, sha256 });
        }
    }
    disk::sync_directory(to)?;
    Ok(made)
}

/// `audit.jsonl.gz` becomes `audit.late-001.jsonl.gz`.
fn late_name(name: &str, number: u32) -> String {
    let (directory, file) = name.rsplit_once('/').map_or(("", name), |(d, f)| (d, f));
    let (stem, rest) = file.split_once('.').unwrap_or((file, ""));
    let dot = if rest.is_empty() { "" } else { "." };
    let slash = if directory.is_empty() { "" } else { "/" };
    format!("{directory}{slash}{stem}.late-{number:03}{dot}{rest}")
}

/// Moves what was gathered whole into place; the manifest last but for its signature. Nothing to do is
/// no error.
pub(super) fn roll_forward(directory: &Path) -> io::Result<()> {
    let commit = directory.join(COMMIT);
    if !commit.is_dir() {
        return Ok(());
    }
    let last = [MANIFEST, SIGNATURE].map(PathBuf::from);
    let mut names = Vec::new();
    names_below(&commit, Path::new(""), &mut names)?;
    names.sort();
    for name in names.iter().filter(|name| !last.contains(name)).chain(&last) {
        let (from, to) = (commit.join(name), directory.join(name));
        if !from.exists() {
            continue;
        }
        if let Some(parent) = to.parent() {
            disk::create_directory(parent)?;
        }
        fs::rename(&from, &to)?;
        to.parent().map_or(Ok(()), disk::sync_directory)?;
    }
    let manifest = fs::read(directory.join(MANIFEST))?;
    // One that nobody signs must not keep the signature of the one before.
    let kept = fs::read_to_string(directory.join(SIGNATURE)).unwrap_or_default();
    let kept = Signature::of_text(&kept);
    let fits = kept.certificate().is_some_and(|signer| kept.check(&signer, &manifest).is_ok());
    if !fits && directory.join(SIGNATURE).exists() {
        fs::remove_file(directory.join(SIGNATURE))?;
    }
    disk::sync_directory(directory)?;
    fs::remove_dir_all(directory.join(WORK))
}

fn names_below(root: &Path, below: &Path, names: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(below))? {
        let entry = entry?;
        let name = below.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            names_below(root, &name, names)?;
        } else {
            names.push(name);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn late_files_are_named_after_those_that_were_there() {
        for (name, late) in [
            ("audit.jsonl", "audit.late-002.jsonl"),
            ("audit.jsonl.gz", "audit.late-002.jsonl.gz"),
            ("review-001.csv", "review-001.late-002.csv"),
            (
                "parquet/event_date=2026-10-01/part-000.parquet",
                "parquet/event_date=2026-10-01/part-000.late-002.parquet",
            ),
        ] {
            assert_eq!(late_name(name, 2), late);
        }
    }
}
