//! A window's records on disk: sorted, compressed, with a checksum, and beside them the run of their
//! keys. Written to a temporary file, synced, renamed: a segment that is there is whole.

use std::convert::Infallible;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};
use tokio::sync::mpsc;

use crate::codec;
use crate::disk;
use crate::record::{Record, RecordHash, RecordId, RecordKey};
use crate::stage::Stage;

/// Fast, and a tenth of the size.
const LEVEL: i32 = 1;
/// How far back the compression looks (2¹⁸ bytes): what a reader needs of memory.
const WINDOW_LOG: u32 = 18;

/// Where segments are kept.
#[derive(Clone, Debug)]
pub(crate) struct Spool {
    directory: PathBuf,
    /// Of the whole export: as long as anybody writes to the spool nobody else does.
    _lock: Arc<File>,
    /// Who waits for the last clone to be gone is told so.
    _busy: mpsc::Sender<Infallible>,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sealed {
    pub(crate) records: u64,
    pub(crate) bytes: u64,
    pub(crate) sha256: RecordHash,
}

impl Spool {
    /// Makes the directory.
    pub(crate) fn open(
        directory: &Path,
        lock: Arc<File>,
        busy: mpsc::Sender<Infallible>,
    ) -> io::Result<Self> {
        disk::create_directory(directory)?;
        Ok(Self { directory: directory.to_owned(), _lock: lock, _busy: busy })
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    pub(crate) fn path(&self, window: i64) -> PathBuf {
        self.directory.join(format!("{window:08}.rows"))
    }

    /// The run of a window's ids.
    pub(crate) fn run_path(&self, window: i64) -> PathBuf {
        self.directory.join(format!("{window:08}.ids"))
    }

    /// Writes the segment of a window and its run.
    pub(crate) fn seal(&self, window: i64, stage: &mut Stage) -> io::Result<Sealed> {
        let mut keys = stage.sort();
        let sealed = self.write_rows(window, stage)?;
        keys.sort_unstable_by_key(|key| (key.id, key.hash));
        let mut run = disk::NewFile::create(&self.run_path(window))?;
        let mut to = BufWriter::new(run.file());
        for key in &keys {
            to.write_all(&key.id)?;
            to.write_all(&key.hash[..16])?;
        }
        to.flush()?;
        drop(to);
        run.finish()?;
        disk::sync_directory(&self.directory)?;
        Ok(sealed)
    }

    fn write_rows(&self, window: i64, stage: &mut Stage) -> io::Result<Sealed> {
        let mut file = disk::NewFile::create(&self.path(window))?;
        let mut hashed = Hashed { to: file.file(), context: Context::new(&SHA256), bytes: 0 };
        let mut buffered = BufWriter::with_capacity(1 << 17, encoder(&mut hashed)?);
        stage.each(|record| buffered.write_all(record))?;
        let encoder = buffered.into_inner().map_err(io::IntoInnerError::into_error)?;
        encoder.finish()?;
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(hashed.context.finish().as_ref());
        let bytes = hashed.bytes;
        file.finish()?;
        Ok(Sealed { records: stage.len() as u64, bytes, sha256 })
    }

    /// Removes everything.
    pub(crate) fn remove(&self) -> io::Result<()> {
        fs::remove_dir_all(&self.directory)
    }
}

/// Compresses as all of the spool is.
pub(crate) fn encoder<W: Write>(to: W) -> io::Result<zstd::Encoder<'static, W>> {
    let mut encoder = zstd::Encoder::new(to, LEVEL)?;
    encoder.window_log(WINDOW_LOG)?;
    encoder.include_checksum(true)?;
    Ok(encoder)
}

struct Hashed<'a> {
    to: &'a mut File,
    context: Context,
    bytes: u64,
}

impl Write for Hashed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.context.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// The records of one segment, one after the other.
pub(crate) struct Segment {
    reader: BufReader<zstd::Decoder<'static, BufReader<File>>>,
    record: Vec<u8>,
}

impl Segment {
    /// Begins to read one.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let decoder = zstd::Decoder::new(File::open(path)?)?;
        let reader = BufReader::with_capacity(1 << 16, decoder);
        Ok(Self { reader, record: Vec::new() })
    }

    /// The record that [`Segment::advance`] went to, as [`codec`] has written it but for its length.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.record
    }

    /// Goes to the next record and gives its key; `None` at the end.
    pub(crate) fn advance(&mut self) -> io::Result<Option<RecordKey>> {
        let mut length = [0; 4];
        if self.reader.read(&mut length[..1])? == 0 {
            return Ok(None);
        }
        self.reader.read_exact(&mut length[1..])?;
        self.record.resize(u32::from_le_bytes(length) as usize, 0);
        self.reader.read_exact(&mut self.record)?;
        codec::decode_key(&self.record).map(Some).ok_or_else(damaged)
    }

    /// The record that [`Segment::advance`] went to.
    pub(crate) fn record(&self) -> io::Result<Record<'_>> {
        codec::decode(&self.record).ok_or_else(damaged)
    }
}

/// A sorted run of ids: a file of 32 bytes a record, each with the first half of its hash.
pub(crate) struct Run(BufReader<File>);

impl Run {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(BufReader::with_capacity(1 << 15, File::open(path)?)))
    }

    pub(crate) fn next(&mut self) -> io::Result<Option<(RecordId, [u8; 16])>> {
        let mut id = [0; 16];
        let mut hash = [0; 16];
        if self.0.read(&mut id[..1])? == 0 {
            return Ok(None);
        }
        self.0.read_exact(&mut id[1..])?;
        self.0.read_exact(&mut hash)?;
        Ok(Some((id, hash)))
    }
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a record of the spool is damaged")
}
