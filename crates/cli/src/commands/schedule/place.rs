//! The directory that a scheduler's files are in.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::entry::Written;
use super::error::ScheduleError;
use super::kind::Kind;
use crate::context::Context;
use crate::error::{CommandError, FileError};

/// Where files are written and looked for.
#[derive(clap::Args, Clone, Debug)]
pub(super) struct PlaceArgs {
    /// The scheduler
    #[arg(long, value_enum, value_name = "SCHEDULER")]
    pub(super) with: Kind,
    /// The directory of the files [default: where the scheduler looks, else beside the ledger]
    #[arg(long, value_name = "DIR", conflicts_with = "root")]
    out: Option<PathBuf>,
    /// Another root directory: that of an image, or of a test
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It was written.
    Written,
    /// It was so already.
    Unchanged,
}

impl PlaceArgs {
    /// The directory of the files.
    pub(super) fn directory(&self, context: &Context) -> Result<PathBuf, CommandError> {
        if let Some(out) = &self.out {
            return Ok(out.clone());
        }
        Ok(match (self.with.directory(), &self.root) {
            (Some(directory), Some(root)) => root.join(directory.trim_start_matches('/')),
            (Some(directory), None) => directory.into(),
            (None, Some(root)) => root.join("schedule"),
            (None, None) => context.paths()?.data.join("schedule"),
        })
    }

    /// Whether the scheduler itself looks into the directory.
    pub(super) fn is_the_schedulers(&self) -> bool {
        self.out.is_none() && self.root.is_none() && self.with.directory().is_some()
    }

    /// A path of the system, in the other root if there is one.
    pub(super) fn of_system(&self, path: &str) -> PathBuf {
        match &self.root {
            Some(root) => root.join(path.trim_start_matches('/')),
            None => path.into(),
        }
    }
}

/// Writes a file whole, if it is not so already.
pub(super) fn write(directory: &Path, file: &Written) -> Result<Outcome, CommandError> {
    let path = directory.join(&file.name);
    if fs::read(&path).is_ok_and(|bytes| bytes == file.bytes) {
        return Ok(Outcome::Unchanged);
    }
    let written = fs::create_dir_all(directory).and_then(|()| {
        let mut temporary = tempfile::Builder::new().prefix(".exoctl-").tempfile_in(directory)?;
        temporary.write_all(&file.bytes)?;
        temporary.as_file().sync_all()?;
        readable_by_all(temporary.as_file())?;
        temporary.persist(&path).map_err(|error| error.error)?;
        Ok(())
    });
    written.map(|()| Outcome::Written).map_err(|error| failed("write", &path, error))
}

/// Removes a file. False: it was not there.
pub(super) fn remove(path: &Path) -> Result<bool, CommandError> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(failed("remove", path, error)),
    }
}

fn failed(operation: &'static str, path: &Path, source: io::Error) -> CommandError {
    match source.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            ScheduleError::NoRights(path.to_owned()).into()
        }
        _ => FileError { operation, path: path.to_owned(), source }.into(),
    }
}

/// No secret is in them, and other tools read them; cron refuses files that others may write.
#[cfg(unix)]
fn readable_by_all(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable_by_all(_: &fs::File) -> io::Result<()> {
    Ok(())
}
