//! A folder with one file an entry: atomic writes, private modes, and no fear of strangers.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{Listing, StoreError, StoreProblem, StoredCertificate};
use crate::error::KeyFileError;

/// The folder of a store. It is made, for its owner only, when something is first put into it.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    extension: &'static str,
}

/// More than any key file needs; a file this big is not ours and not read.
const MAXIMUM_LENGTH: u64 = 1 << 20;

impl Folder {
    pub(super) fn new(path: PathBuf, extension: &'static str) -> Self {
        Self { path, extension }
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.path.join(format!("{name}.{}", self.extension))
    }

    /// Writes a file that only its owner can read: wholly or not at all, even if the power fails.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, StoreError> {
        make_private(&self.path)
            .map_err(|error| failed("make the directory", &self.path, error))?;
        let path = self.file(name);
        write_atomically(&self.path, &path, bytes)
            .map_err(|error| failed("write", &path, error))?;
        Ok(path)
    }

    /// Deletes a file. Returns whether it was there.
    pub(super) fn delete(&self, path: &Path) -> Result<bool, StoreError> {
        match fs::remove_file(path).and_then(|()| sync(&self.path)) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(source) => Err(failed("delete", path, source)),
        }
    }

    /// Reads all files with `read`. What it cannot read, and what is no file of the store, is
    /// among the problems.
    pub(super) fn list(
        &self,
        read: impl Fn(&Path, &[u8]) -> Result<Vec<StoredCertificate>, KeyFileError>,
    ) -> Result<Listing, StoreError> {
        let mut listing = Listing::default();
        for path in self.entries()? {
            let outcome = self.check(&path).and_then(|()| {
                let bytes = read_file(&path).map_err(|error| error.to_string())?;
                read(&path, &bytes).map_err(|error| describe(&error))
            });
            match outcome {
                Ok(certificates) => listing.certificates.extend(certificates),
                Err(reason) => listing.problems.push(StoreProblem { path, reason }),
            }
        }
        Ok(listing.sorted())
    }

    /// Everything in the folder but directories. A folder that is not there is empty.
    pub(super) fn entries(&self) -> Result<Vec<PathBuf>, StoreError> {
        let entries = match fs::read_dir(&self.path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(failed("list", &self.path, source)),
        };
        let mut paths = Vec::new();
        for entry in entries {
            let path = entry.map_err(|source| failed("list", &self.path, source))?.path();
            if !path.is_dir() {
                paths.push(path);
            }
        }
        Ok(paths)
    }

    /// Whether a file can be the store's, by its name and kind.
    pub(super) fn check(&self, path: &Path) -> Result<(), String> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(TEMPORARY.0) && name.ends_with(TEMPORARY.1) {
            return Err("it is left over from a write that was interrupted; delete it".to_owned());
        }
        if path.extension().is_none_or(|extension| extension != self.extension) {
            return Err("it is no file of this store".to_owned());
        }
        Ok(())
    }
}

/// The contents of a file, or nothing if it is not there.
pub(super) fn read(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
    match read_file(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(failed("read", path, source)),
    }
}

/// The beginning and end of the names of files that are being written.
const TEMPORARY: (&str, &str) = (".exoctl-", ".tmp");

/// An error with its causes in one line.
pub(super) fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

pub(super) fn failed(operation: &'static str, path: &Path, source: io::Error) -> StoreError {
    StoreError::Io { operation, path: path.to_path_buf(), source }
}

/// The mode of a file that others than its owner may read or write.
#[cfg(unix)]
pub(super) fn mode_if_open(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

#[cfg(not(unix))]
pub(super) fn mode_if_open(_path: &Path) -> Option<u32> {
    None
}

fn read_file(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    // A pipe would keep us waiting.
    let length = match fs::metadata(path)? {
        data if !data.is_file() => return Err(io::Error::other("it is not a regular file")),
        data => data.len(),
    };
    if length > MAXIMUM_LENGTH {
        return Err(io::Error::other("it is too big for a key file"));
    }
    // All the room at once, so that no copy of a key stays behind when the buffer grows.
    let mut bytes = Zeroizing::new(Vec::with_capacity(length as usize + 1));
    fs::File::open(path)?.take(MAXIMUM_LENGTH).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn write_atomically(directory: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    // The crate makes files with mode 0600.
    let mut file =
        tempfile::Builder::new().prefix(TEMPORARY.0).suffix(TEMPORARY.1).tempfile_in(directory)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync(directory)
}

/// Makes sure that a directory's entries are on the disk.
#[cfg(unix)]
fn sync(directory: &Path) -> io::Result<()> {
    fs::File::open(directory)?.sync_all()
}

#[cfg(not(unix))]
fn sync(_directory: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn make_private(directory: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
    fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    if mode_if_open(directory).is_some() {
        fs::set_permissions(directory, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn make_private(directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)
}
