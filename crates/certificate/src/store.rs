//! Certificate stores: where keys live between runs.

mod directory;
mod dotnet;
mod folder;
mod memory;

pub use directory::DirectoryStore;
pub use dotnet::DotnetStore;
pub use memory::MemoryStore;

use std::fmt::Debug;
use std::path::PathBuf;

use crate::certificate::Certificate;
use crate::certified_key::CertifiedKey;
use crate::error::KeyFileError;
use crate::request::PendingRequest;
use crate::thumbprint::Thumbprint;

/// A place that keeps certificates with their private keys, found by thumbprint.
///
/// Every implementation passes the same suite of tests, `tests/store_contract.rs`.
pub trait CertificateStore: Debug + Send + Sync {
    /// What the store is called in messages and output, `exoctl` for instance.
    fn name(&self) -> &str;

    /// All certificates, ordered by expiry, the one that expires first in front. What is in the
    /// store's place but cannot be read is reported beside them and never an error.
    fn list(&self) -> Result<Listing, StoreError>;

    /// The certificate with that thumbprint, if the store has it.
    fn find(&self, thumbprint: &Thumbprint) -> Result<Option<StoredCertificate>, StoreError>;

    /// The certificate with that thumbprint and its private key.
    fn load(&self, thumbprint: &Thumbprint) -> Result<CertifiedKey, StoreError>;

    /// Puts a key in, in place of an earlier entry of the same certificate.
    fn insert(&self, key: &CertifiedKey) -> Result<(), StoreError>;

    /// Takes a certificate and its key out. Returns whether it was there.
    fn remove(&self, thumbprint: &Thumbprint) -> Result<bool, StoreError>;
}

/// What a store has.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// The entries.
    pub certificates: Vec<StoredCertificate>,
    /// What could not be read.
    pub problems: Vec<StoreProblem>,
}

/// The requests that a store keeps.
#[derive(Clone, Debug, Default)]
pub struct PendingListing {
    /// The requests.
    pub requests: Vec<PendingRequest>,
    /// What could not be read.
    pub problems: Vec<StoreProblem>,
}

/// One entry of a store, without its key.
#[derive(Clone, Debug)]
pub struct StoredCertificate {
    /// The certificate.
    pub certificate: Certificate,
    /// The certificates above it that the entry holds.
    pub chain: Vec<Certificate>,
    /// The name that stores show.
    pub friendly_name: Option<String>,
    /// Whether the entry has a private key.
    pub has_private_key: bool,
    /// The file it is in, if it is in one.
    pub path: Option<PathBuf>,
}

/// A thing in a store's place that is no entry, or a broken one.
#[derive(Clone, Debug)]
pub struct StoreProblem {
    /// The file.
    pub path: PathBuf,
    /// What is wrong, with all causes.
    pub reason: String,
}

/// Why a store did not do it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The certificate is not there.
    #[error("the certificate {thumbprint} is not in the {store} store")]
    NotFound {
        /// The certificate asked for.
        thumbprint: Thumbprint,
        /// The store's name.
        store: String,
    },
    /// The certificate is there and its private key is not.
    #[error("the certificate {thumbprint} has no private key in the {store} store")]
    NoPrivateKey {
        /// The certificate asked for.
        thumbprint: Thumbprint,
        /// The store's name.
        store: String,
    },
    /// The file system did not do it.
    #[error("{operation} {}", path.display())]
    Io {
        /// What was tried, as a verb.
        operation: &'static str,
        /// On which file or directory.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// An entry cannot be read.
    #[error("read the certificate in {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: KeyFileError,
    },
    /// A key could not be turned into the store's form.
    #[error("encode the key for the {store} store")]
    Encode {
        /// The store's name.
        store: String,
        /// What went wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A file that anybody may read or write holds a private key.
    #[error("{} may be read by others (mode {mode:o}); only its owner may read a private key", path.display())]
    Permissions {
        /// The file or directory.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
}

impl From<&CertifiedKey> for StoredCertificate {
    fn from(key: &CertifiedKey) -> Self {
        Self {
            certificate: key.certificate().clone(),
            chain: key.chain().to_vec(),
            friendly_name: key.friendly_name().map(str::to_owned),
            has_private_key: true,
            path: None,
        }
    }
}

impl StoredCertificate {
    /// Whether this is the certificate with that thumbprint.
    pub fn is(&self, thumbprint: &Thumbprint) -> bool {
        self.certificate.thumbprint() == *thumbprint
    }
}

impl Listing {
    /// Puts the entries in the order that [`CertificateStore::list`] promises.
    fn sorted(mut self) -> Self {
        self.certificates
            .sort_by_key(|entry| (entry.certificate.not_after(), entry.certificate.thumbprint()));
        self.problems.sort_by(|a, b| a.path.cmp(&b.path));
        self
    }
}
