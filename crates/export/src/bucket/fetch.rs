//! An export in a bucket, checked: one object at a time comes into a temporary file.

use std::io;
use std::path::Path;

use exoctl_certificate::Certificate;
use futures_util::TryStreamExt as _;
use object_store::ObjectStoreExt as _;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;

use super::{Bucket, BucketError};
use crate::manifest::{self, FileEntry, Finding, MANIFEST, SIGNATURE, Verification};

impl Bucket {
    /// Checks the export that is there, as [`manifest::verify`] does it with one in a directory.
    ///
    /// # Errors
    /// There is no manifest, or the service refuses.
    pub async fn verify(
        &self,
        certificate: Option<&Certificate>,
    ) -> Result<Verification, BucketError> {
        let directory = TempDir::new().map_err(of_temporary)?;
        for name in [MANIFEST, SIGNATURE] {
            if let Some(bytes) = self.read(name).await? {
                tokio::fs::write(directory.path().join(name), &bytes)
                    .await
                    .map_err(of_temporary)?;
            } else if name == MANIFEST {
                return Err(BucketError::NoManifest { address: self.address().to_string() });
            }
        }
        let mut verification = manifest::check_entries(directory.path(), certificate)?;
        for entry in verification.manifest.files.clone() {
            verification.findings.extend(self.check_object(directory.path(), entry).await?);
        }
        Ok(verification)
    }

    async fn check_object(
        &self,
        directory: &Path,
        entry: FileEntry,
    ) -> Result<Option<Finding>, BucketError> {
        // Its ending says how it is compressed; the rest of a name that somebody else may have
        // written stays where it is.
        let ending = Path::new(&entry.file).extension().unwrap_or_default();
        let path = directory.join("object").with_extension(ending);
        match self.fetch(&entry.file, &path).await {
            Ok(()) => {}
            Err(BucketError::Refused { source, .. }) => {
                let source = io::Error::other(source);
                return Ok(Some(Finding::Unreadable { file: entry.file, source }));
            }
            Err(error) => return Err(error),
        }
        let checking = tokio::task::spawn_blocking(move || {
            let found = manifest::check_file(&path, &entry).err();
            std::fs::remove_file(&path).map(|()| found)
        });
        checking.await.map_err(io::Error::other).and_then(|found| found).map_err(of_temporary)
    }

    /// Brings an object into a file.
    async fn fetch(&self, name: &str, path: &Path) -> Result<(), BucketError> {
        let failed = |error| self.failed("read", name, &error);
        let found = self.store.get(&self.key(name)?).await.map_err(failed)?;
        let mut file = tokio::fs::File::create(path).await.map_err(of_temporary)?;
        let mut chunks = found.into_stream();
        while let Some(chunk) = chunks.try_next().await.map_err(failed)? {
            file.write_all(&chunk).await.map_err(of_temporary)?;
        }
        file.flush().await.map_err(of_temporary)
    }
}

fn of_temporary(source: io::Error) -> BucketError {
    BucketError::File { operation: "write", file: "a temporary file".to_owned(), source }
}
