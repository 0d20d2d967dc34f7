//! Rows in a file, in their order: read one behind the other.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// How much of a run is read at once.
pub(super) const AHEAD: usize = 1 << 17;

/// Reads a run of the file from its beginning on.
pub(super) struct ReadAhead {
    buffer: Vec<u8>,
    /// Where the buffer begins in the file, and where the run ends.
    at: u64,
    end: u64,
}

impl ReadAhead {
    pub(super) fn to(end: u64) -> Self {
        Self { buffer: Vec::new(), at: 0, end }
    }

    pub(super) fn read(&mut self, file: &mut File, at: u64, length: usize) -> io::Result<&[u8]> {
        let has = |ahead: &Self| {
            at >= ahead.at && at + length as u64 <= ahead.at + ahead.buffer.len() as u64
        };
        if !has(self) {
            let most = (self.end - at).min(AHEAD.max(length) as u64);
            self.buffer.resize(most as usize, 0);
            self.at = at;
            file.seek(SeekFrom::Start(at))?;
            file.read_exact(&mut self.buffer)?;
        }
        let from = (at - self.at) as usize;
        Ok(&self.buffer[from..from + length])
    }
}
