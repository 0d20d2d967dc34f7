//! A store that lives as long as the process.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use super::{CertificateStore, Listing, StoreError, StoredCertificate};
use crate::certified_key::CertifiedKey;
use crate::thumbprint::Thumbprint;

/// Certificates in memory: for tests, demonstrations, and keys that must not touch a disk.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<BTreeMap<Thumbprint, CertifiedKey>>);

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn entries(&self) -> MutexGuard<'_, BTreeMap<Thumbprint, CertifiedKey>> {
        self.0.lock().expect("no code panics while it holds the entries")
    }
}

impl CertificateStore for MemoryStore {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn list(&self) -> Result<Listing, StoreError> {
        let certificates = self.entries().values().map(StoredCertificate::from).collect();
        Ok(Listing { certificates, problems: Vec::new() }.sorted())
    }

    fn find(&self, thumbprint: &Thumbprint) -> Result<Option<StoredCertificate>, StoreError> {
        Ok(self.entries().get(thumbprint).map(StoredCertificate::from))
    }

    fn load(&self, thumbprint: &Thumbprint) -> Result<CertifiedKey, StoreError> {
        self.entries().get(thumbprint).cloned().ok_or_else(|| StoreError::NotFound {
            thumbprint: *thumbprint,
            store: self.name().to_owned(),
        })
    }

    fn insert(&self, key: &CertifiedKey) -> Result<(), StoreError> {
        self.entries().insert(key.thumbprint(), key.clone());
        Ok(())
    }

    fn remove(&self, thumbprint: &Thumbprint) -> Result<bool, StoreError> {
        Ok(self.entries().remove(thumbprint).is_some())
    }
}
