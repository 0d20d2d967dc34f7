//! A file that grows and can be cut back to a checkpoint, compressed or not.

use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::Checkpoint;
use crate::disk;

/// How files are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// Members of RFC 1952, one after the other; every reader of gzip takes them as one.
    Gzip,
    /// Frames of RFC 8878, one after the other.
    Zstd,
}

impl Compression {
    /// What file names end with.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Gzip => ".gz",
            Self::Zstd => ".zst",
        }
    }

    /// Its name; nothing for none.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }
}

/// A member ends behind so many records, some three megabytes. What a reader sees depends on the records only, and never
/// on when a checkpoint was wanted.
const MEMBER: u64 = 2_000;
/// How much is gathered before it is written.
const BUFFER: usize = 1 << 18;

/// A file of records that can go on from a checkpoint with the same bytes.
#[derive(Debug)]
pub struct PartFile {
    path: PathBuf,
    file: File,
    compression: Compression,
    /// What belongs to the member that is not ended, or is not written yet.
    pending: Vec<u8>,
    /// Bytes written to the file.
    length: u64,
    now: Reached,
    /// Where the last member ended.
    ended: Reached,
}

/// How far a file has got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Reached {
    /// Records that its sink was given.
    given: u64,
    /// Records that are in it.
    records: u64,
}

impl PartFile {
    /// Begins a file, or goes on where it was at a checkpoint of its own: what follows is cut off.
    pub fn open(
        path: &Path,
        compression: Compression,
        checkpoint: Option<&Checkpoint>,
    ) -> io::Result<Self> {
        let (reached, length) = match checkpoint {
            Some(checkpoint) => read_state(checkpoint)?,
            None => (Reached::default(), 0),
        };
        if let Some(directory) = path.parent() {
            disk::create_directory(directory)?;
        }
        let mut file = disk::open_private(path)?;
        if file.metadata()?.len() < length {
            let reason = format!("{} is shorter than it was", path.display());
            return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
        }
        file.set_len(length)?;
        file.seek(SeekFrom::Start(length))?;
        let pending = Vec::with_capacity(BUFFER + (BUFFER >> 2));
        let path = path.to_owned();
        Ok(Self { path, file, compression, pending, length, now: reached, ended: reached })
    }

    /// Whether nothing is in it yet, not even a head.
    pub fn is_new(&self) -> bool {
        self.length == 0 && self.pending.is_empty()
    }

    /// Where the bytes of a head go, or of the next record; behind a record comes
    /// [`PartFile::end_record`].
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.pending
    }

    /// The bytes of a record are in the buffer.
    pub fn end_record(&mut self) -> io::Result<()> {
        self.now.given += 1;
        self.now.records += 1;
        match self.compression {
            Compression::None if self.pending.len() >= BUFFER => self.end_member(),
            Compression::None => Ok(()),
            _ if self.now.records.is_multiple_of(MEMBER) => self.end_member(),
            _ => Ok(()),
        }
    }

    /// A record was given that does not go into the file.
    pub fn leave_out(&mut self) {
        self.now.given += 1;
        if self.pending.is_empty() {
            self.ended = self.now;
        }
    }

    /// How many records are in it.
    pub fn records(&self) -> u64 {
        self.now.records
    }

    /// Makes durable what does not depend on the records to come.
    pub fn checkpoint(&mut self) -> io::Result<Checkpoint> {
        if self.compression == Compression::None {
            self.end_member()?;
        }
        self.file.sync_data()?;
        let Reached { given, records } = self.ended;
        Ok(Checkpoint { records: given, state: format!("{records} {}", self.length) })
    }

    /// Makes everything durable; gives where it is and how many records it has.
    pub fn finish(mut self) -> io::Result<(PathBuf, u64)> {
        if !self.pending.is_empty() || self.length == 0 {
            self.end_member()?;
        }
        self.file.sync_all()?;
        Ok((self.path, self.now.records))
    }

    /// Removes it, if it is there.
    pub fn remove(path: &Path) -> io::Result<()> {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn end_member(&mut self) -> io::Result<()> {
        self.ended = self.now;
        let compressed;
        let bytes = match self.compression {
            Compression::None => &self.pending,
            Compression::Gzip => {
                let level = flate2::Compression::new(6);
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
                encoder.write_all(&self.pending)?;
                compressed = encoder.finish()?;
                &compressed
            }
            Compression::Zstd => {
                let mut encoder = zstd::Encoder::new(Vec::new(), 3)?;
                encoder.include_checksum(true)?;
                encoder.write_all(&self.pending)?;
                compressed = encoder.finish()?;
                &compressed
            }
        };
        self.file.write_all(bytes)?;
        self.length += bytes.len() as u64;
        self.pending.clear();
        Ok(())
    }
}

fn read_state(checkpoint: &Checkpoint) -> io::Result<(Reached, u64)> {
    let parts = checkpoint.state.split_once(' ').and_then(|(records, length)| {
        let records = records.parse().ok()?;
        Some((Reached { given: checkpoint.records, records }, length.parse().ok()?))
    });
    parts.ok_or_else(|| {
        let reason = format!("'{}' is no checkpoint of a file", checkpoint.state);
        io::Error::new(io::ErrorKind::InvalidData, reason)
    })
}
