//! Ids that came with more than one content, in one window or in several: found by merging the
//! sorted runs of all windows, in memory that does not grow with them.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use crate::disk::NewFile;
use crate::record::RecordId;
use crate::segment::{Run, Spool};

/// The most runs that are read at a time.
const OPEN: usize = 128;
/// The most ids that are named.
const NAMED: usize = 100;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Conflicts {
    /// How many ids.
    pub(crate) count: u64,
    /// Some of them.
    pub(crate) ids: Vec<RecordId>,
}

/// Looks for them in the segments of these windows. Blocks.
pub(crate) fn find(spool: &Spool, windows: &[i64]) -> io::Result<Conflicts> {
    let mut runs: Vec<PathBuf> = windows.iter().map(|window| spool.run_path(*window)).collect();
    let mut round = 0;
    while runs.len() > OPEN {
        let merged = runs.chunks(OPEN).enumerate().map(|(nth, chunk)| {
            let path = spool.directory().join(format!("merged-{round}-{nth}.ids"));
            merge_into(chunk, &path).map(|()| path)
        });
        runs = merged.collect::<io::Result<_>>()?;
        round += 1;
    }
    let mut conflicts = Conflicts::default();
    let mut last: Option<(RecordId, [u8; 16])> = None;
    let mut counted = None;
    merge(&runs, |id, hash| {
        if let Some((known, other)) = last
            && known == id
            && other != hash
            && counted != Some(id)
        {
            counted = Some(id);
            conflicts.count += 1;
            if conflicts.ids.len() < NAMED {
                conflicts.ids.push(id);
            }
        }
        last = Some((id, hash));
        Ok(())
    })?;
    Ok(conflicts)
}

/// How many ids a window has that none of the others has. Blocks.
pub(crate) fn lacking(spool: &Spool, window: i64, others: &[i64]) -> io::Result<u64> {
    let mut ids = HashSet::new();
    each_id(spool, window, |id| {
        ids.insert(id);
    })?;
    for other in others {
        each_id(spool, *other, |id| {
            ids.remove(&id);
        })?;
    }
    Ok(ids.len() as u64)
}

fn each_id(spool: &Spool, window: i64, mut give: impl FnMut(RecordId)) -> io::Result<()> {
    let mut run = Run::open(&spool.run_path(window))?;
    while let Some((id, _)) = run.next()? {
        give(id);
    }
    Ok(())
}

fn merge_into(runs: &[PathBuf], path: &std::path::Path) -> io::Result<()> {
    let mut file = NewFile::create(path)?;
    let mut to = BufWriter::with_capacity(1 << 16, file.file());
    merge(runs, |id, hash| {
        to.write_all(&id)?;
        to.write_all(&hash)
    })?;
    to.flush()?;
    drop(to);
    file.finish()
}

/// Gives the entries of sorted runs in their order.
fn merge(
    paths: &[PathBuf],
    mut give: impl FnMut(RecordId, [u8; 16]) -> io::Result<()>,
) -> io::Result<()> {
    let mut runs = Vec::with_capacity(paths.len());
    let mut heads = BinaryHeap::new();
    for path in paths {
        let mut run = Run::open(path)?;
        if let Some(entry) = run.next()? {
            heads.push(Reverse((entry, runs.len())));
            runs.push(run);
        }
    }
    while let Some(Reverse(((id, hash), at))) = heads.pop() {
        give(id, hash)?;
        if let Some(entry) = runs[at].next()? {
            heads.push(Reverse((entry, at)));
        }
    }
    Ok(())
}
