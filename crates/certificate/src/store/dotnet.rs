//! The `CurrentUser\My` store of .NET on Linux, so that PowerShell finds the same certificates.

use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::folder::{self, Folder};
use super::{CertificateStore, Listing, StoreError, StoredCertificate};
use crate::certified_key::CertifiedKey;
use crate::contents::Contents;
use crate::error::KeyFileError;
use crate::pkcs12::{self, Profile};
use crate::thumbprint::Thumbprint;

/// A directory of PKCS#12 files without a password, as .NET keeps them.
///
/// .NET reads every `*.pfx` in it, whatever its name, and passes over files with a password and
/// files whose key derivations have more than 600,000 iterations together (measured with .NET 9
/// on Linux; that is how [`pkcs12::write`] came by its iteration counts).
#[derive(Debug)]
pub struct DotnetStore {
    folder: Folder,
}

impl DotnetStore {
    /// The store in the directory `path`, which may not be there yet.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let path = path.into();
        if path.exists() && !path.is_dir() {
            let source = std::io::Error::from(std::io::ErrorKind::NotADirectory);
            return Err(folder::failed("open the store", &path, source));
        }
        Ok(Self { folder: Folder::new(path, "pfx") })
    }

    /// Where .NET keeps the store of the user whose home directory is `home`.
    pub fn path_below(home: &Path) -> PathBuf {
        home.join(".dotnet/corefx/cryptography/x509stores/my")
    }

    /// The file that has the certificate, and what is in it.
    fn locate(&self, wanted: &Thumbprint) -> Result<Option<(PathBuf, Contents)>, StoreError> {
        let named = self.folder.file(&wanted.to_string());
        if let Some(bytes) = folder::read(&named)? {
            let contents = read(&bytes)
                .map_err(|source| StoreError::Unreadable { path: named.clone(), source })?;
            return Ok(Some((named, contents)));
        }
        // Files of other names are looked at as .NET does: those that cannot be read are not there.
        for path in self.folder.entries()? {
            if self.folder.check(&path).is_err() {
                continue;
            }
            let Ok(Some(bytes)) = folder::read(&path) else { continue };
            let Ok(contents) = read(&bytes) else { continue };
            if entries(&path, &contents).iter().any(|entry| entry.is(wanted)) {
                return Ok(Some((path, contents)));
            }
        }
        Ok(None)
    }
}

impl CertificateStore for DotnetStore {
    fn name(&self) -> &'static str {
        NAME
    }

    fn list(&self) -> Result<Listing, StoreError> {
        self.folder.list(|path, bytes| Ok(entries(path, &read(bytes)?)))
    }

    fn find(&self, thumbprint: &Thumbprint) -> Result<Option<StoredCertificate>, StoreError> {
        let Some((path, contents)) = self.locate(thumbprint)? else { return Ok(None) };
        Ok(entries(&path, &contents).into_iter().find(|entry| entry.is(thumbprint)))
    }

    fn load(&self, thumbprint: &Thumbprint) -> Result<CertifiedKey, StoreError> {
        let store = || NAME.to_owned();
        let (path, contents) = self
            .locate(thumbprint)?
            .ok_or_else(|| StoreError::NotFound { thumbprint: *thumbprint, store: store() })?;
        match contents.certified_key(Some(thumbprint)) {
            Err(KeyFileError::NoPrivateKey { .. }) => {
                Err(StoreError::NoPrivateKey { thumbprint: *thumbprint, store: store() })
            }
            found => found.map_err(|source| StoreError::Unreadable { path, source }),
        }
    }

    fn insert(&self, key: &CertifiedKey) -> Result<(), StoreError> {
        let bytes = pkcs12::write(key, &SecretString::default(), Profile::Aes256)
            .map_err(|error| StoreError::Encode { store: NAME.to_owned(), source: error.into() })?;
        self.folder.write(&key.thumbprint().to_string(), &bytes).map(drop)
    }

    fn remove(&self, thumbprint: &Thumbprint) -> Result<bool, StoreError> {
        match self.locate(thumbprint)? {
            Some((path, _)) => self.folder.delete(&path),
            None => Ok(false),
        }
    }
}

const NAME: &str = "dotnet";

fn read(bytes: &[u8]) -> Result<Contents, KeyFileError> {
    pkcs12::read(bytes, None)
}

/// The certificates of a file that have keys; without any key, the first certificate.
fn entries(path: &Path, contents: &Contents) -> Vec<StoredCertificate> {
    let keys: Vec<_> = contents.private_keys().map(|key| Some(key.rsa_public_key())).collect();
    let mut entries: Vec<StoredCertificate> = contents
        .certificates()
        .map(|certificate| StoredCertificate {
            certificate: certificate.clone(),
            chain: contents.chain_of(certificate),
            friendly_name: contents.friendly_name_of(certificate).map(str::to_owned),
            has_private_key: keys.contains(&certificate.rsa_public_key()),
            path: Some(path.to_owned()),
        })
        .collect();
    if entries.iter().any(|entry| entry.has_private_key) {
        entries.retain(|entry| entry.has_private_key);
    } else {
        entries.truncate(1);
    }
    entries
}
