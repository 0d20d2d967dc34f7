//! Tokens between two runs of the program: one file each, readable by their owner only.
//!
//! A file is replaced in one step, so a killed process leaves the old one or the new one. A file
//! that does not read as ours is no token; a directory or file that others may read or that
//! belongs to somebody else is refused.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use aws_lc_rs::digest;
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;
use zeroize::{Zeroize, Zeroizing};

use crate::{AccessToken, Authority, Scope};
use exoctl_model::ClientId;

/// A directory of cached tokens.
#[derive(Clone, Debug)]
pub struct DiskTokenCache {
    directory: PathBuf,
}

/// Whose tokens they are. A new certificate does not see the tokens of the old one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheIdentity {
    /// Login host and tenant.
    pub authority: String,
    /// The application.
    pub client: ClientId,
    /// What names the key: a certificate's SHA-256 thumbprint.
    pub key: String,
}

impl CacheIdentity {
    /// The identity of `client` at `authority`, proved by the key that `key` names.
    pub fn new(authority: &Authority, client: ClientId, key: impl Into<String>) -> Self {
        Self { authority: authority.to_string(), client, key: key.into() }
    }
}

/// Why the cache is not used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DiskTokenCacheError {
    /// It could not be read or written.
    #[error("could not {operation} the token cache {}", path.display())]
    Io {
        /// What was being done.
        operation: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// Not a plain directory or file, but a link for example.
    #[error("the token cache {} is not a plain {expected}", path.display())]
    WrongKind {
        /// What is there.
        path: PathBuf,
        /// What should be there.
        expected: &'static str,
    },
    /// Others may read or write it.
    #[error("others can get at the token cache {} (mode {mode:04o})", path.display())]
    Permissions {
        /// The file or directory.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It belongs to another user.
    #[error("the token cache {} belongs to user {owner}, not to user {user}", path.display())]
    Owner {
        /// The file or directory.
        path: PathBuf,
        /// Its owner.
        owner: u32,
        /// The user that we are.
        user: u32,
    },
}

impl DiskTokenCache {
    /// Opens the cache in `directory`, which is made if it is not there.
    pub fn open(directory: impl Into<PathBuf>) -> Result<Self, DiskTokenCacheError> {
        let cache = Self { directory: directory.into() };
        create_private(&cache.directory).map_err(|error| cache.io("create", error))?;
        let metadata =
            fs::symlink_metadata(&cache.directory).map_err(|error| cache.io("open", error))?;
        if !metadata.is_dir() {
            let path = cache.directory.clone();
            return Err(DiskTokenCacheError::WrongKind { path, expected: "directory" });
        }
        check_permissions(&cache.directory, &metadata)?;
        let probe = cache.temporary()?;
        let probe_metadata = probe.as_file().metadata().map_err(|error| cache.io("open", error))?;
        check_owner(&cache.directory, &metadata, &probe_metadata)?;
        cache.sweep(probe_metadata.modified().ok());
        Ok(cache)
    }

    /// The token of `identity` for `scope`, expired or not; `None` if there is no file or none
    /// that reads as ours.
    pub fn load(
        &self,
        identity: &CacheIdentity,
        scope: &Scope,
    ) -> Result<Option<AccessToken>, DiskTokenCacheError> {
        let path = self.path(identity, scope);
        let io = |error| DiskTokenCacheError::Io {
            operation: "read",
            path: path.clone(),
            source: error,
        };
        let metadata = match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            metadata => metadata.map_err(io)?,
        };
        if !metadata.is_file() {
            return Err(DiskTokenCacheError::WrongKind { path, expected: "file" });
        }
        check_permissions(&path, &metadata)?;
        let directory = fs::symlink_metadata(&self.directory).map_err(io)?;
        check_owner(&path, &metadata, &directory)?;
        if metadata.len() > LARGEST {
            return Ok(None);
        }
        let text = Zeroizing::new(fs::read(&path).map_err(io)?);
        Ok(Entry::read(&text, &name(identity, scope)))
    }

    /// Keeps `token` for the next run.
    pub fn store(
        &self,
        identity: &CacheIdentity,
        scope: &Scope,
        token: &AccessToken,
    ) -> Result<(), DiskTokenCacheError> {
        let path = self.path(identity, scope);
        let io = |error| DiskTokenCacheError::Io {
            operation: "write",
            path: path.clone(),
            source: error,
        };
        let mut entry = Entry {
            version: VERSION,
            name: name(identity, scope),
            obtained_at: token.obtained_at(),
            expires_at: token.expires_at(),
            refresh_at: token.refresh_at(),
            access_token: token.secret().expose_secret().to_owned(),
        };
        let text = serde_json::to_vec(&entry).map(Zeroizing::new).map_err(io::Error::from);
        entry.access_token.zeroize();
        let text = text.map_err(io)?;
        let mut file = self.temporary()?;
        file.write_all(&text).map_err(io)?;
        file.as_file().sync_all().map_err(io)?;
        file.persist(&path).map_err(|error| io(error.error))?;
        Ok(())
    }

    /// Forgets all tokens of `identity`.
    pub fn forget(&self, identity: &CacheIdentity) -> Result<(), DiskTokenCacheError> {
        self.remove(|file| file.starts_with(&prefix(identity)))
    }

    /// Forgets everything.
    pub fn clear(&self) -> Result<(), DiskTokenCacheError> {
        self.remove(|file| file.ends_with(EXTENSION) || file.starts_with(TEMPORARY))
    }

    fn remove(&self, which: impl Fn(&str) -> bool) -> Result<(), DiskTokenCacheError> {
        let entries = fs::read_dir(&self.directory).map_err(|error| self.io("read", error))?;
        for entry in entries.flatten() {
            if entry.file_name().to_str().is_some_and(&which) {
                fs::remove_file(entry.path()).map_err(|error| self.io("empty", error))?;
            }
        }
        Ok(())
    }

    /// Removes what killed processes left behind, seen from the file system's `now`.
    fn sweep(&self, now: Option<SystemTime>) {
        let (Some(now), Ok(entries)) = (now, fs::read_dir(&self.directory)) else { return };
        for entry in entries.flatten() {
            let left = entry.file_name().to_str().is_some_and(|name| name.starts_with(TEMPORARY));
            let modified = entry.metadata().and_then(|metadata| metadata.modified());
            let age = modified.ok().and_then(|modified| now.duration_since(modified).ok());
            if left && age.is_some_and(|age| age > ABANDONED) {
                // Another process may have been faster.
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    fn temporary(&self) -> Result<NamedTempFile, DiskTokenCacheError> {
        tempfile::Builder::new()
            .prefix(TEMPORARY)
            .tempfile_in(&self.directory)
            .map_err(|error| self.io("write to", error))
    }

    fn path(&self, identity: &CacheIdentity, scope: &Scope) -> PathBuf {
        self.directory.join(name(identity, scope))
    }

    fn io(&self, operation: &'static str, source: io::Error) -> DiskTokenCacheError {
        DiskTokenCacheError::Io { operation, path: self.directory.clone(), source }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    version: u32,
    name: String,
    obtained_at: Timestamp,
    expires_at: Timestamp,
    refresh_at: Option<Timestamp>,
    access_token: String,
}

impl Entry {
    /// A file of another version or under another's name is as good as none.
    fn read(text: &[u8], name: &str) -> Option<AccessToken> {
        let entry: Self = serde_json::from_slice(text).ok()?;
        if entry.version != VERSION || entry.name != name || entry.access_token.is_empty() {
            return None;
        }
        let token = entry.access_token.into();
        let token = AccessToken::new(token, entry.obtained_at, entry.expires_at);
        Some(token.with_refresh_at(entry.refresh_at))
    }
}

/// The file's name: a hash of the identity, and one of the identity and the scope.
fn name(identity: &CacheIdentity, scope: &Scope) -> String {
    let whole = [identity_text(identity), scope.to_string()].join("\n");
    format!("{}{}{EXTENSION}", prefix(identity), hash(&whole, 16))
}

fn prefix(identity: &CacheIdentity) -> String {
    format!("{}-", hash(&identity_text(identity), 8))
}

fn identity_text(identity: &CacheIdentity) -> String {
    let CacheIdentity { authority, client, key } = identity;
    format!("{}\n{client}\n{key}", authority.to_ascii_lowercase())
}

/// The first bytes of a SHA-256, in hexadecimal.
fn hash(text: &str, bytes: usize) -> String {
    use std::fmt::Write;
    let digest = digest::digest(&digest::SHA256, text.as_bytes());
    digest.as_ref()[..bytes].iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(unix)]
fn create_private(directory: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)
}

#[cfg(not(unix))]
fn create_private(directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)
}

#[cfg(unix)]
fn check_permissions(path: &Path, metadata: &fs::Metadata) -> Result<(), DiskTokenCacheError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & OTHERS == 0 {
        return Ok(());
    }
    Err(DiskTokenCacheError::Permissions { path: path.to_owned(), mode })
}

/// `ours` is of something that is known to be ours; the standard library does not tell who we
/// are.
#[cfg(unix)]
fn check_owner(
    path: &Path,
    metadata: &fs::Metadata,
    ours: &fs::Metadata,
) -> Result<(), DiskTokenCacheError> {
    use std::os::unix::fs::MetadataExt;
    let (owner, user) = (metadata.uid(), ours.uid());
    if owner == user {
        return Ok(());
    }
    Err(DiskTokenCacheError::Owner { path: path.to_owned(), owner, user })
}

#[cfg(not(unix))]
fn check_permissions(_: &Path, _: &fs::Metadata) -> Result<(), DiskTokenCacheError> {
    Ok(()) // A profile directory is private by its access control list.
}

#[cfg(not(unix))]
fn check_owner(_: &Path, _: &fs::Metadata, _: &fs::Metadata) -> Result<(), DiskTokenCacheError> {
    Ok(())
}

const VERSION: u32 = 1;
const EXTENSION: &str = ".json";
const TEMPORARY: &str = ".token-";
const ABANDONED: Duration = Duration::from_hours(1);
/// Permission bits of group and others.
#[cfg(unix)]
const OTHERS: u32 = 0o077;
/// No token is larger than 256 KiB.
const LARGEST: u64 = 256 << 10;
