//! Object storage as an export's target: `s3://`, `az://`, `gs://`.
//!
//! An export is made in a local directory, which has its ledger and its spool. What is whole there is
//! put into the bucket, the manifest last: a prefix that has a manifest has everything it names. What
//! was put there is remembered in the directory, so that a run that was killed goes on with what is
//! missing.

mod address;
mod error;
mod fetch;
mod store;
mod upload;

use std::sync::Arc;

use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt as _};

pub use self::address::{BucketAddress, InvalidAddress, Scheme};
pub use self::error::{BucketError, Refusal};
pub use self::upload::Uploaded;
use crate::manifest::{MANIFEST, Manifest};
use crate::query::Query;

/// A prefix of a bucket or container.
#[derive(Clone)]
pub struct Bucket {
    address: BucketAddress,
    store: Arc<dyn ObjectStore>,
}

impl Bucket {
    /// Prepares access, without a request. Credentials, region and endpoint are taken from
    /// `environment`, by the names that the services' own tools know: `AWS_…`, `AZURE_…`, `GOOGLE_…`.
    /// Without any, the identity of the machine is asked for.
    ///
    /// # Errors
    /// Something is missing or cannot be, or an endpoint without TLS is not on this machine.
    pub fn open(
        address: BucketAddress,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, BucketError> {
        let store = store::build(&address, environment)?;
        Ok(Self { address, store })
    }

    #[cfg(test)]
    pub(crate) fn of(address: BucketAddress, store: Arc<dyn ObjectStore>) -> Self {
        Self { address, store }
    }

    /// What it is called.
    pub fn address(&self) -> &BucketAddress {
        &self.address
    }

    /// Looks whether it is there, may be read, and does not hold the export of another query.
    ///
    /// # Errors
    /// It cannot be used.
    pub async fn check(&self, query: &Query) -> Result<(), BucketError> {
        let Some(bytes) = self.read(MANIFEST).await? else { return Ok(()) };
        match Manifest::of_bytes(&bytes) {
            Ok(manifest) if manifest.head.query != *query => Err(BucketError::OtherQuery {
                address: self.address.to_string(),
                found: manifest.head.query.to_string(),
            }),
            // What is none will be overwritten: it says nothing of what is there.
            _ => Ok(()),
        }
    }

    /// A small object; nothing if it is not there.
    async fn read(&self, name: &str) -> Result<Option<bytes::Bytes>, BucketError> {
        let failed = |error| self.failed("read", name, &error);
        match self.store.get(&self.key(name)?).await {
            Ok(found) => found.bytes().await.map(Some).map_err(failed),
            Err(error) if error::is_missing_object(&error) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    /// Where an object of that name is.
    fn key(&self, name: &str) -> Result<Key, BucketError> {
        let prefix = self.address.prefix();
        let whole = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") };
        Key::parse(&whole).map_err(|_| BucketError::Name { name: name.to_owned() })
    }

    fn failed(
        &self,
        operation: &'static str,
        name: &str,
        error: &object_store::Error,
    ) -> BucketError {
        BucketError::refused(operation, format!("{}/{name}", self.address), error)
    }
}

impl std::fmt::Debug for Bucket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bucket").field("address", &self.address).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
