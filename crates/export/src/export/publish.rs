//! The end of an export: files get their names, the manifest is written and signed.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io;
use std::path::{Component, Path};

use uuid::Uuid;

use super::wholes::{self, Wholes};
use super::{Export, PRIVATE};
use crate::conflict::{self, Conflicts};
use crate::disk;
use crate::error::ExportError;
use crate::feed::Written;
use crate::ledger::{Ledger, State, WindowRow};
use crate::manifest::{FileEntry, Head, Manifest, Signature, Total, WindowEntry, digest};
use crate::segment::Spool;
use crate::sink::{Finished, PartFile};
use crate::source::Survey;
use crate::stage::Counts;
use crate::verdict::Verdict;

/// What makes an export.
pub(super) const TOOL: &str = concat!("exoctl ", env!("CARGO_PKG_VERSION"));

impl Export {
    /// Publishes what was written. If it is broken off anywhere, the files are written again from
    /// the spool, which goes last.
    pub(super) async fn publish(
        &self,
        ledger: &Ledger,
        spool: &Spool,
        written: Written,
        (survey, clock_skew): (Survey, Option<i64>),
    ) -> Result<Manifest, ExportError> {
        let rows = ledger.windows().await?;
        let (windows, found) = self.look(spool, rows).await?;
        let total = self.total(&windows, written.records, &found, &survey);
        let files = self.name_files(written).await?;
        let head = Head {
            format: "exoctl-audit-export/1".to_owned(),
            tool: TOOL.to_owned(),
            author: self.author.clone(),
            source: self.source.name().to_owned(),
            query: self.query.clone(),
            survey,
            clock_skew,
        };
        let manifest = Manifest { head, windows, files, total, later: Vec::new() };
        let payload = manifest.to_bytes();
        let signature = self.signer.as_ref().map(|signer| Signature::sign(&**signer, &payload));
        let signature = signature.transpose().map_err(ExportError::Sign)?;
        manifest
            .write(&self.directory, signature.as_ref())
            .map_err(self.failed("write the manifest in"))?;
        ledger.set_state(State::Published).await?;
        self.clean_up(spool, manifest.total.verdict)?;
        Ok(manifest)
    }

    /// Looks at what the spool shows only when everything is there.
    pub(super) async fn look(
        &self,
        spool: &Spool,
        rows: Vec<WindowRow>,
    ) -> Result<(Vec<WindowEntry>, Conflicts), ExportError> {
        let spool = spool.clone();
        let looking = tokio::task::spawn_blocking(move || {
            let sealed = rows.iter().filter(|row| row.segment.is_some());
            let sealed: Vec<i64> = sealed.map(|row| row.id).collect();
            let found = conflict::find(&spool, &sealed);
            let found = found.map_err(|source| ExportError::Spool { source })?;
            Ok((entries(&rows, &wholes::judge(&spool, &rows)?), found))
        });
        looking.await.map_err(|_| ExportError::Lost)?
    }

    fn total(
        &self,
        windows: &[WindowEntry],
        records: u64,
        found: &Conflicts,
        survey: &Survey,
    ) -> Total {
        let (counts, verdict) = sum_of(windows, survey);
        let named = found.ids.iter().map(|id| Uuid::from_bytes(*id).to_string());
        Total {
            verdict,
            counts,
            records,
            conflicting_ids: named.collect(),
            conflicting: found.count,
            ended: self.clock.now(),
        }
    }

    /// Gives the files their names. What is read for their hashes is what is on the disk.
    async fn name_files(&self, written: Written) -> Result<Vec<FileEntry>, ExportError> {
        let files = written.files.into_iter();
        let files =
            files.flat_map(|(sink, files)| files.into_iter().map(move |f| (sink.clone(), f)));
        // All at once: the service is not asked any more, and the processors have nothing else to do.
        let hashed = files.map(|(sink, file)| {
            let path = file.path.clone();
            (sink, file, tokio::task::spawn_blocking(move || digest(&path)))
        });
        let mut entries = Vec::new();
        for (sink, Finished { path, name, records }, reading) in hashed.collect::<Vec<_>>() {
            let to = self.directory.join(&name);
            let failed =
                |source| ExportError::File { operation: "write", path: to.clone(), source };
            let digest = reading.await.map_err(|_| ExportError::Lost)?;
            let (bytes, sha256) = digest.map_err(failed)?;
            if let Some(directory) = to.parent() {
                disk::create_directory(directory).map_err(failed)?;
            }
            fs::rename(&path, &to).map_err(failed)?;
            entries.push(FileEntry { file: name, sink, records, bytes, sha256 });
        }
        self.remove_former(&entries)?;
        self.sync(&entries).map_err(self.failed("sync"))?;
        Ok(entries)
    }

    /// Removes what the same sinks wrote before and have not written now: who reads all files of a
    /// partition would take it for a part of the export.
    fn remove_former(&self, entries: &[FileEntry]) -> Result<(), ExportError> {
        let Ok(former) = Manifest::read(&self.directory) else { return Ok(()) };
        let kinds: Vec<String> = self.kinds().iter().map(|kind| kind.name()).collect();
        for FileEntry { file, .. } in former.files.into_iter().filter(|f| kinds.contains(&f.sink)) {
            let path = Path::new(&file);
            let is_below = path.components().all(|part| matches!(part, Component::Normal(_)));
            if is_below && entries.iter().all(|entry| entry.file != file) {
                let path = self.directory.join(path);
                PartFile::remove(&path).map_err(|source| ExportError::File {
                    operation: "remove",
                    path: path.clone(),
                    source,
                })?;
            }
        }
        Ok(())
    }

    /// Makes the names of files last, and those of the directories that they are in.
    fn sync(&self, entries: &[FileEntry]) -> io::Result<()> {
        let above = entries.iter().flat_map(|entry| Path::new(&entry.file).ancestors().skip(1));
        let directories: BTreeSet<&Path> = above.chain([Path::new("")]).collect();
        directories
            .into_iter()
            .try_for_each(|path| disk::sync_directory(&self.directory.join(path)))
    }

    fn clean_up(&self, spool: &Spool, verdict: Verdict) -> Result<(), ExportError> {
        let partial = self.directory.join(PRIVATE).join("partial");
        let _ = fs::remove_dir_all(partial);
        if verdict == Verdict::Complete && !self.options.keep_spool {
            spool.remove().map_err(|source| ExportError::Spool { source })?;
        }
        Ok(())
    }
}

/// What became of all rows, and the worst verdict.
pub(super) fn sum_of(windows: &[WindowEntry], survey: &Survey) -> (Counts, Verdict) {
    let mut counts = Counts::default();
    let mut verdict = survey.verdict();
    for window in windows {
        counts.add(&window.counts);
        verdict = verdict.max(window.verdict);
    }
    (counts, verdict)
}

/// The windows that a manifest tells of.
fn entries(windows: &[WindowRow], wholes: &Wholes) -> Vec<WindowEntry> {
    let parents: HashMap<i64, &WindowRow> =
        windows.iter().filter(|row| row.split_by.is_some()).map(|row| (row.id, row)).collect();
    let entry = |row: &WindowRow| {
        let parent = row.parent.and_then(|parent| parents.get(&parent));
        let (verdict, reason, proof) = match wholes.get(&row.id) {
            None => (row.verdict.unwrap_or(Verdict::Failed), row.reason.clone(), None),
            Some(Ok(proof)) => (Verdict::Complete, None, Some(*proof)),
            Some(Err(doubt)) => (Verdict::Unproven, Some(doubt.to_string()), None),
        };
        WindowEntry {
            window: row.id,
            period: row.window.period,
            filter: row.window.filter.clone(),
            part_by: parent.and_then(|parent| parent.split_by).map(|by| by.name().to_owned()),
            part_of: parent.filter(|parent| parent.is_whole()).map(|parent| parent.id),
            split_by: row.split_by.map(|by| by.name().to_owned()),
            proof,
            told: row.told,
            refused: row.refused,
            verdict,
            reason,
            counts: row.counts,
            attempts: row.attempts,
            anomalies: row.anomalies.clone(),
            calls: row.calls,
            request_ids: row.request_ids.clone(),
            ended: row.ended.clone().unwrap_or_default(),
        }
    };
    windows.iter().filter(|row| row.is_told()).map(entry).collect()
}
