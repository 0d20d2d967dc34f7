//! Sorted segments read as one, in memory that does not grow with their number: more than can be open
//! at once are merged into fewer first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use crate::disk::NewFile;
use crate::error::ExportError;
use crate::record::RecordKey;
use crate::segment::{Segment, Spool, encoder};

/// The most segments that are open at a time: some half a megabyte each.
const OPEN: usize = 64;

/// Gives the records of windows in the order of their keys; one that came in two windows once.
pub(crate) fn each(
    spool: &Spool,
    windows: &[i64],
    give: &mut dyn FnMut(&Segment) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    let mut paths: Vec<PathBuf> = windows.iter().map(|window| spool.path(*window)).collect();
    let mut made: Vec<PathBuf> = Vec::new();
    let mut round = 0;
    while paths.len() > OPEN {
        let mut fewer = Vec::new();
        for (nth, chunk) in paths.chunks(OPEN).enumerate() {
            let path = spool.directory().join(format!("merged-{round}-{nth}.rows"));
            into(chunk, &path)?;
            fewer.push(path);
        }
        // Those of the round before are in these now.
        remove(&made)?;
        made.clone_from(&fewer);
        paths = fewer;
        round += 1;
    }
    merged(&paths, give)?;
    remove(&made)
}

fn remove(paths: &[PathBuf]) -> Result<(), ExportError> {
    paths.iter().try_for_each(std::fs::remove_file).map_err(spool_failed)
}

fn into(paths: &[PathBuf], to: &Path) -> Result<(), ExportError> {
    let mut file = NewFile::create(to).map_err(spool_failed)?;
    let encoder = encoder(file.file()).map_err(spool_failed)?;
    let mut to = BufWriter::with_capacity(1 << 17, encoder);
    merged(paths, &mut |segment| {
        let bytes = segment.bytes();
        let length = (bytes.len() as u32).to_le_bytes();
        to.write_all(&length).and_then(|()| to.write_all(bytes)).map_err(spool_failed)
    })?;
    let encoder = to.into_inner().map_err(io::IntoInnerError::into_error);
    encoder.and_then(zstd::Encoder::finish).map_err(spool_failed)?;
    file.finish().map_err(spool_failed)
}

fn merged(
    paths: &[PathBuf],
    give: &mut dyn FnMut(&Segment) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    let mut segments = Vec::with_capacity(paths.len());
    let mut heads = BinaryHeap::new();
    for path in paths {
        let mut segment = Segment::open(path).map_err(spool_failed)?;
        if let Some(key) = segment.advance().map_err(spool_failed)? {
            heads.push(Reverse((key, segments.len())));
            segments.push(segment);
        }
    }
    let mut last: Option<RecordKey> = None;
    while let Some(Reverse((key, at))) = heads.pop() {
        let segment: &mut Segment = &mut segments[at];
        if last != Some(key) {
            give(segment)?;
            last = Some(key);
        }
        if let Some(key) = segment.advance().map_err(spool_failed)? {
            heads.push(Reverse((key, at)));
        }
    }
    Ok(())
}

fn spool_failed(source: io::Error) -> ExportError {
    ExportError::Spool { source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Row;
    use crate::stage::Stage;
    use std::sync::Arc;

    /// Two hundred windows that overlap everywhere, merged in two rounds.
    #[test]
    fn many_segments_are_read_as_one() {
        let directory = tempfile::TempDir::new().unwrap();
        let lock = Arc::new(tempfile::tempfile().unwrap());
        let (busy, _idle) = tokio::sync::mpsc::channel(1);
        let spool = Spool::open(directory.path(), lock, busy).unwrap();
        let text = |nth: i64| {
            let time = jiff::Timestamp::from_second(1_790_812_800 + nth).unwrap();
            format!(r#"{{"CreationTime":"{time}","Id":"{nth}"}}"#)
        };
        let windows: Vec<i64> = (0..200).collect();
        for window in &windows {
            let mut stage = Stage::new(None, directory.path());
            for nth in [*window, *window + 7, 500 - *window] {
                let row = Row { audit_data: text(nth).into(), ..Row::default() };
                stage.take(row).unwrap();
            }
            spool.seal(*window, &mut stage).unwrap();
        }
        let mut got = Vec::new();
        each(&spool, &windows, &mut |segment| {
            got.push(segment.record().unwrap().audit_data().to_owned());
            Ok(())
        })
        .unwrap();
        let expected: Vec<String> = (0..207).chain(301..=500).map(text).collect();
        assert_eq!(got, expected);
        let left = std::fs::read_dir(directory.path()).unwrap().count();
        assert_eq!(left, 400, "nothing but segments and their ids stays");
    }
}
