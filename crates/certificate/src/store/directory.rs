//! exoctl's own store: a directory of PEM files that other programs can read too.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::folder::{self, Folder};
use super::{
    CertificateStore, Listing, PendingListing, StoreError, StoreProblem, StoredCertificate,
};
use crate::certified_key::CertifiedKey;
use crate::error::KeyFileError;
use crate::pem;
use crate::request::PendingRequest;
use crate::thumbprint::Thumbprint;

/// A directory with a file `<thumbprint>.pem` for every certificate: private key (PKCS#8),
/// certificate and chain. Requests that wait for their certificate are in `pending`.
///
/// Directory and files are for their owner only (0700 and 0600), and a key that others may read
/// is not used.
#[derive(Debug)]
pub struct DirectoryStore {
    folder: Folder,
    pending: Folder,
}

impl DirectoryStore {
    /// The store in `path`. It may not be there yet; it is made when something is put in.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let path = path.into();
        if path.exists() && !path.is_dir() {
            let source = std::io::Error::from(std::io::ErrorKind::NotADirectory);
            return Err(folder::failed("open the store", &path, source));
        }
        let pending = Folder::new(path.join("pending"), EXTENSION);
        Ok(Self { folder: Folder::new(path, EXTENSION), pending })
    }

    /// Keeps a request until its certificate comes. Returns the file.
    pub fn keep_request(&self, request: &PendingRequest) -> Result<PathBuf, StoreError> {
        let key = pem::write_private_key(request.key(), None).map_err(encode)?;
        let mut text = Zeroizing::new(String::with_capacity(key.len() + 8192));
        push_name(&mut text, request.friendly_name());
        text.push_str(&key);
        text.push_str(&request.to_pem());
        self.pending.write(&request.id(), text.as_bytes())
    }

    /// The requests that wait for their certificates.
    pub fn requests(&self) -> Result<PendingListing, StoreError> {
        let mut listing = PendingListing::default();
        for path in self.pending.entries()? {
            let read = self.pending.check(&path).and_then(|()| {
                let bytes = folder::read(&path).map_err(|error| folder::describe(&error))?;
                let bytes = bytes.ok_or("it has just gone")?;
                PendingRequest::from_pem(&bytes).map_err(|error| folder::describe(&error))
            });
            match read {
                Ok(request) => listing.requests.push(request),
                Err(reason) => listing.problems.push(StoreProblem { path, reason }),
            }
        }
        listing.requests.sort_by_key(PendingRequest::id);
        Ok(listing)
    }

    /// Deletes a request. Returns whether it was there.
    pub fn forget_request(&self, id: &str) -> Result<bool, StoreError> {
        self.pending.delete(&self.pending.file(id))
    }

    /// The file of a certificate, whether it is there or not.
    fn file(&self, thumbprint: &Thumbprint) -> PathBuf {
        self.folder.file(&thumbprint.to_string())
    }

    fn read(&self, thumbprint: &Thumbprint) -> Result<Option<CertifiedKey>, StoreError> {
        let path = self.file(thumbprint);
        let Some(bytes) = folder::read(&path)? else { return Ok(None) };
        let key = read_entry(&path, &bytes);
        key.map(Some).map_err(|source| StoreError::Unreadable { path, source })
    }
}

impl CertificateStore for DirectoryStore {
    fn name(&self) -> &'static str {
        NAME
    }

    fn list(&self) -> Result<Listing, StoreError> {
        let mut listing =
            self.folder.list(|path, bytes| Ok(vec![stored(path, &read_entry(path, bytes)?)]))?;
        for entry in &listing.certificates {
            let Some(path) = entry.path.as_deref() else { continue };
            if let Err(error) = check_mode(path) {
                let problem = StoreProblem { path: path.to_owned(), reason: error.to_string() };
                listing.problems.push(problem);
            }
        }
        Ok(listing.sorted())
    }

    fn find(&self, thumbprint: &Thumbprint) -> Result<Option<StoredCertificate>, StoreError> {
        Ok(self.read(thumbprint)?.map(|key| stored(&self.file(thumbprint), &key)))
    }

    fn load(&self, thumbprint: &Thumbprint) -> Result<CertifiedKey, StoreError> {
        let key = self.read(thumbprint)?.ok_or_else(|| StoreError::NotFound {
            thumbprint: *thumbprint,
            store: NAME.to_owned(),
        })?;
        check_mode(&self.file(thumbprint))?;
        Ok(key)
    }

    fn insert(&self, key: &CertifiedKey) -> Result<(), StoreError> {
        let pem = pem::write(key, None).map_err(encode)?;
        let mut text = Zeroizing::new(String::with_capacity(pem.len() + 1024));
        push_name(&mut text, key.friendly_name());
        text.push_str(&pem);
        self.folder.write(&key.thumbprint().to_string(), text.as_bytes()).map(drop)
    }

    fn remove(&self, thumbprint: &Thumbprint) -> Result<bool, StoreError> {
        self.folder.delete(&self.file(thumbprint))
    }
}

const NAME: &str = "exoctl";
const EXTENSION: &str = "pem";

/// Reads a file, whose name must be the thumbprint of its certificate.
fn read_entry(path: &Path, bytes: &[u8]) -> Result<CertifiedKey, KeyFileError> {
    let contents = pem::read(bytes, None)?;
    let named = path.file_stem().and_then(|name| name.to_str()?.parse().ok());
    contents.certified_key(named.as_ref())
}

fn stored(path: &Path, key: &CertifiedKey) -> StoredCertificate {
    StoredCertificate { path: Some(path.to_owned()), ..StoredCertificate::from(key) }
}

/// The line that `openssl pkcs12` prints for a friendly name, and that [`pem::read`] understands.
fn push_name(text: &mut String, name: Option<&str>) {
    if let Some(name) = name {
        text.push_str("friendlyName: ");
        // One line, and nothing that could be taken for the beginning of a block.
        let line: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        text.push_str(&line.replace("-----", "- - -"));
        text.push('\n');
    }
}

fn check_mode(path: &Path) -> Result<(), StoreError> {
    match folder::mode_if_open(path) {
        Some(mode) => Err(StoreError::Permissions { path: path.to_owned(), mode }),
        None => Ok(()),
    }
}

fn encode(source: pem::EncryptError) -> StoreError {
    StoreError::Encode { store: NAME.to_owned(), source: source.into() }
}
