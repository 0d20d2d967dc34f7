//! The journal of an application's rotations on disk: one run at a time, written whole or not at all.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use exoctl_certificate::Thumbprint;
use exoctl_model::{ClientId, ObjectId};
use exoctl_setup::rotation::Journal;
use serde_json::Value;
use uuid::Uuid;

use super::error::RotateError;
use crate::context::Context;
use crate::error::{CommandError, FileError};
use crate::profile::{create_private_directory, write_private};

/// A journal that nobody else writes meanwhile.
#[derive(Debug)]
pub(super) struct JournalFile {
    path: PathBuf,
    /// Held open: the system takes the lock away when the process ends, however it ends.
    _lock: File,
}

impl JournalFile {
    /// The journal of an application, for this run alone.
    pub(super) fn open(context: &Context, app_id: ClientId) -> Result<Self, CommandError> {
        let path = path(context, app_id)?;
        let directory = path.parent().unwrap_or(Path::new("."));
        let failed = |operation, path: &Path| {
            let path = path.to_owned();
            move |source| FileError { operation, path, source }
        };
        create_private_directory(directory).map_err(failed("create", directory))?;
        let lock_path = path.with_extension("lock");
        let mut options = File::options();
        options.create(true).truncate(false).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let lock = options.open(&lock_path).map_err(failed("open", &lock_path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(RotateError::Busy { app_id }.into()),
            Err(TryLockError::Error(source)) => Err(failed("lock", &lock_path)(source).into()),
        }
    }

    /// What is known, which may be nothing.
    pub(super) fn load(&self, app_id: ClientId) -> Result<Journal, CommandError> {
        Ok(read(&self.path)?.unwrap_or_else(|| Journal::new(app_id)))
    }

    /// Keeps the journal.
    pub(super) fn save(&self, journal: &Journal) -> Result<(), CommandError> {
        let text = serde_json::to_string_pretty(journal).map_err(CommandError::failed)?;
        let written = write_private(&self.path, format!("{text}\n").as_bytes());
        let path = self.path.clone();
        Ok(written.map_err(|source| FileError { operation: "write", path, source })?)
    }

    /// A directory for what a deploy hook is handed; it is there only while one runs.
    pub(super) fn hand_over(&self) -> PathBuf {
        self.path.with_extension("hook")
    }
}

/// The journal of an application, if there is one, for those who only look.
pub(in crate::commands::cert) fn look(
    context: &Context,
    app_id: ClientId,
) -> Result<Option<Journal>, CommandError> {
    read(&path(context, app_id)?)
}

/// Keeps what an application cannot find out about itself: its object id and the ids of its key
/// credentials.
pub(in crate::commands) fn remember(
    context: &Context,
    app_id: ClientId,
    object_id: ObjectId,
    key_ids: &[(Thumbprint, Uuid)],
) -> Result<(), CommandError> {
    let file = JournalFile::open(context, app_id)?;
    let mut journal = file.load(app_id)?;
    journal.object_id = Some(object_id);
    journal.key_ids.extend(key_ids.iter().copied());
    file.save(&journal)
}

fn path(context: &Context, app_id: ClientId) -> Result<PathBuf, CommandError> {
    Ok(context.paths()?.configuration.join("rotations").join(format!("{app_id}.json")))
}

fn read(path: &Path) -> Result<Option<Journal>, CommandError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => {
            return Err(FileError { operation: "read", path: path.to_owned(), source }.into());
        }
    };
    let unreadable = |source| RotateError::Journal { path: path.to_owned(), source };
    let value: Value = serde_json::from_str(&text).map_err(unreadable)?;
    match value["format"].as_u64() {
        Some(found) if found != u64::from(Journal::FORMAT) => {
            Err(RotateError::JournalFormat { path: path.to_owned(), found }.into())
        }
        _ => Ok(Some(serde_json::from_value(value).map_err(unreadable)?)),
    }
}
