//! A file that is there with all its content or not at all.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::{CommandError, FileError};

/// Written under another name beside it, flushed to disk, then renamed.
#[derive(Debug)]
pub(crate) struct AtomicFile {
    path: PathBuf,
    file: BufWriter<NamedTempFile>,
}

impl AtomicFile {
    /// Begins; a directory that cannot be written to shows now.
    pub(crate) fn create(path: &Path) -> Result<Self, CommandError> {
        let failed = |source| FileError { operation: "write", path: path.into(), source };
        let file = NamedTempFile::new_in(directory(path)).map_err(failed)?;
        Ok(Self { path: path.into(), file: BufWriter::with_capacity(256 << 10, file) })
    }

    /// Puts it in its place.
    pub(crate) fn commit(self) -> Result<(), CommandError> {
        let path = self.path;
        let failed = |source| FileError { operation: "write", path: path.clone(), source };
        let file = self.file.into_inner().map_err(|error| failed(error.into_error()))?;
        file.as_file().sync_all().map_err(failed)?;
        file.persist(&path).map_err(|error| failed(error.error))?;
        // The name is as durable as the content once the directory is on disk.
        if let Ok(directory) = File::open(directory(&path)) {
            let _ = directory.sync_all();
        }
        Ok(())
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
