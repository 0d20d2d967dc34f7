//! Writing a file that the user named: wholly or not at all, and over another only if told so.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;

use super::error::CertError;
use crate::error::{CommandError, FileError};
use crate::ui::Ui;

/// Where to write.
#[derive(Args, Clone, Debug)]
pub(super) struct OutArgs {
    /// Write to this file; `-` is stdout
    #[arg(long, value_name = "FILE")]
    pub(super) out: PathBuf,
    /// Overwrite the file if it is there
    #[arg(long)]
    force: bool,
}

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Readers {
    /// Whoever the system's defaults let.
    Everybody,
    /// Its owner only.
    Owner,
}

impl OutArgs {
    /// Whether stdout is meant.
    pub(super) fn is_stdout(&self) -> bool {
        self.out.as_os_str() == "-"
    }

    /// Fails early if the file is there and may not be overwritten.
    pub(super) fn check(&self) -> Result<(), CommandError> {
        if !self.is_stdout() && !self.force && self.out.exists() {
            return Err(CertError::Exists { path: self.out.clone() }.into());
        }
        Ok(())
    }

    /// Writes the file.
    pub(super) fn write(
        &self,
        bytes: &[u8],
        readers: Readers,
        ui: &mut Ui,
    ) -> Result<(), CommandError> {
        if self.is_stdout() {
            ui.data().write_all(bytes)?;
            return ui.flush();
        }
        match write(&self.out, bytes, readers, self.force) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(CertError::Exists { path: self.out.clone() }.into())
            }
            Err(source) => {
                Err(FileError { operation: "write", path: self.out.clone(), source }.into())
            }
        }
    }
}

fn write(path: &Path, bytes: &[u8], readers: Readers, force: bool) -> io::Result<()> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".exoctl-").suffix(".tmp");
    if let Some(mode) = permissions(readers) {
        builder.permissions(mode);
    }
    let mut file = builder.tempfile_in(directory)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    let written = if force { file.persist(path) } else { file.persist_noclobber(path) };
    written.map(drop).map_err(|error| error.error)
}

#[cfg(unix)]
fn permissions(readers: Readers) -> Option<fs::Permissions> {
    use std::os::unix::fs::PermissionsExt as _;
    // What the umask allows of it.
    (readers == Readers::Everybody).then(|| fs::Permissions::from_mode(0o666))
}

#[cfg(not(unix))]
fn permissions(_readers: Readers) -> Option<fs::Permissions> {
    None
}
