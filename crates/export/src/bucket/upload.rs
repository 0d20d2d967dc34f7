//! What an export has made is put into the bucket, what is there already is not.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};
use object_store::path::Path as Key;
use object_store::{ObjectStoreExt as _, PutResult, WriteMultipart};
use serde::{Deserialize, Serialize};
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;

use super::{Bucket, BucketError};
use crate::disk;
use crate::export::PRIVATE;
use crate::manifest::{FileEntry, MANIFEST, Manifest, SIGNATURE, digest};
use crate::record::hex;
use crate::sink::PartFile;

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Uploaded {
    /// Objects that were put.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Objects that were there already.
    pub there: u64,
}

/// The smallest part of a large object; smaller ones are put at once.
const PART: usize = 8 << 20;
/// Parts on their way at a time.
const PARTS: usize = 4;
/// More parts than this no service takes.
const MOST_PARTS: u64 = 9_000;

/// An object that was put, as it is remembered in [`REMEMBERED`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Known {
    /// The bucket and the prefix.
    address: String,
    /// Its name below the prefix.
    name: String,
    bytes: u64,
    sha256: String,
    /// What the service calls these bytes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    e_tag: Option<String>,
    /// Whether it was removed again.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    removed: bool,
}

/// Where it is remembered what was put, below an export's own directory: one object a line.
const REMEMBERED: &str = "uploaded.jsonl";

impl Bucket {
    /// Puts an export that is done into the bucket: its files, then the signature, then the manifest.
    /// What an earlier run has put and is still there is left alone; what the export has no more is
    /// removed. `tell` is told of bytes that were put.
    ///
    /// # Errors
    /// The service refuses, or a file is not what the manifest says.
    pub async fn put_export(
        &self,
        directory: &Path,
        manifest: &Manifest,
        tell: &(dyn Fn(u64) + Sync),
    ) -> Result<Uploaded, BucketError> {
        let mut memory = Memory::open(directory, self.address().to_string())?;
        let mut done = Uploaded::default();
        let mut all: Vec<(String, u64, String)> = Vec::with_capacity(manifest.files.len() + 2);
        for FileEntry { file, bytes, sha256, .. } in &manifest.files {
            all.push((file.clone(), *bytes, sha256.clone()));
        }
        for name in [SIGNATURE, MANIFEST] {
            match digest(&directory.join(name)) {
                Ok((bytes, sha256)) => all.push((name.to_owned(), bytes, sha256)),
                Err(error) if name == SIGNATURE && error.kind() == ErrorKind::NotFound => {}
                Err(source) => return Err(of_file("read", name)(source)),
            }
        }
        for former in memory.names() {
            if all.iter().all(|(name, ..)| *name != former) {
                self.remove(&former).await?;
                memory.forget(&former)?;
            }
        }
        for (name, bytes, sha256) in all {
            let is_same = |known: &&Known| known.sha256 == sha256 && known.bytes == bytes;
            let known = memory.known.get(&name).filter(is_same);
            if let Some(known) = known
                && self.is_there(known).await?
            {
                done.there += 1;
                continue;
            }
            let e_tag = self.put_file(directory, (&name, bytes, &sha256), tell).await?;
            let address = memory.address.clone();
            memory.add(Known { address, name, bytes, sha256, e_tag, removed: false })?;
            (done.objects, done.bytes) = (done.objects + 1, done.bytes + bytes);
        }
        let Uploaded { objects, bytes, there } = done;
        tracing::info!(address = %self.address(), objects, bytes, there, "uploaded");
        Ok(done)
    }

    /// Removes the files of an export from its directory once they are in the bucket. What says where
    /// they are stays.
    ///
    /// # Errors
    /// One cannot be removed.
    pub fn remove_copies(directory: &Path, manifest: &Manifest) -> Result<(), BucketError> {
        for FileEntry { file, .. } in &manifest.files {
            PartFile::remove(&directory.join(file)).map_err(of_file("remove", file))?;
        }
        Ok(())
    }

    /// Whether an object is as it was put.
    async fn is_there(&self, known: &Known) -> Result<bool, BucketError> {
        match self.store.head(&self.key(&known.name)?).await {
            Ok(found) => {
                Ok(found.size == known.bytes && is_same(found.e_tag.as_ref(), known.e_tag.as_ref()))
            }
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(self.failed("look at", &known.name, &error)),
        }
    }

    async fn remove(&self, name: &str) -> Result<(), BucketError> {
        match self.store.delete(&self.key(name)?).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(self.failed("remove", name, &error)),
        }
    }

    /// Puts a file, and looks whether it is there; gives its ETag.
    async fn put_file(
        &self,
        directory: &Path,
        (name, bytes, sha256): (&str, u64, &str),
        tell: &(dyn Fn(u64) + Sync),
    ) -> Result<Option<String>, BucketError> {
        let key = self.key(name)?;
        let object = || format!("{}/{name}", self.address());
        let mut file = match File::open(directory.join(name)).await {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(BucketError::Gone { object: object() });
            }
            Err(source) => return Err(of_file("read", name)(source)),
        };
        let put = if bytes <= PART as u64 {
            let mut whole = Vec::with_capacity(bytes as usize);
            file.read_to_end(&mut whole).await.map_err(of_file("read", name))?;
            if whole.len() as u64 != bytes || crate::manifest::hash(&whole) != sha256 {
                return Err(BucketError::Local { file: name.to_owned() });
            }
            let put = self.store.put(&key, whole.into()).await;
            tell(bytes);
            put.map_err(|error| self.failed("put", name, &error))?
        } else {
            self.put_parts(&key, &mut file, (name, bytes, sha256), tell).await?
        };
        let found = self.store.head(&key).await.map_err(|e| self.failed("look at", name, &e))?;
        if found.size != bytes || !is_same(found.e_tag.as_ref(), put.e_tag.as_ref()) {
            return Err(BucketError::Changed { object: object() });
        }
        Ok(found.e_tag.or(put.e_tag))
    }

    /// Puts a large file in parts; it is there when all are, and only if they are what they should be.
    async fn put_parts(
        &self,
        key: &Key,
        file: &mut File,
        (name, bytes, sha256): (&str, u64, &str),
        tell: &(dyn Fn(u64) + Sync),
    ) -> Result<PutResult, BucketError> {
        let failed = |error| self.failed("put", name, &error);
        let upload = self.store.put_multipart(key).await.map_err(failed)?;
        let size = PART.max(usize::try_from(bytes / MOST_PARTS).unwrap_or(usize::MAX));
        let mut upload = WriteMultipart::new_with_chunk_size(upload, size);
        let read = feed(&mut upload, file, tell).await;
        let read = match read {
            Ok(Ok(read)) if read == (bytes, sha256.to_owned()) => {
                return upload.finish().await.map_err(failed);
            }
            read => read,
        };
        // The parts that are there would be paid for.
        let _ = upload.abort().await;
        match read {
            Ok(Ok(_)) => Err(BucketError::Local { file: name.to_owned() }),
            Ok(Err(error)) => Err(failed(error)),
            Err(source) => Err(of_file("read", name)(source)),
        }
    }
}

/// Gives a file to an upload; says how long it was, and its SHA-256.
async fn feed(
    upload: &mut WriteMultipart,
    file: &mut File,
    tell: &(dyn Fn(u64) + Sync),
) -> io::Result<object_store::Result<(u64, String)>> {
    let mut context = Context::new(&SHA256);
    let (mut buffer, mut length) = (vec![0; 1 << 20], 0);
    loop {
        let read = file.read(&mut buffer).await?;
        if read == 0 {
            return Ok(Ok((length, hex(context.finish().as_ref()))));
        }
        context.update(&buffer[..read]);
        length += read as u64;
        if let Err(error) = upload.wait_for_capacity(PARTS).await {
            return Ok(Err(error));
        }
        upload.write(&buffer[..read]);
        tell(read as u64);
    }
}

/// Not every service has ETags.
fn is_same(one: Option<&String>, other: Option<&String>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    }
}

/// What was put so far.
struct Memory {
    file: std::fs::File,
    address: String,
    known: BTreeMap<String, Known>,
}

impl Memory {
    fn open(directory: &Path, address: String) -> Result<Self, BucketError> {
        let path = directory.join(PRIVATE).join(REMEMBERED);
        let failed = of_file("read", REMEMBERED);
        let open = || {
            let file = disk::open_private(&path)?;
            let text = io::read_to_string(&file)?;
            Ok((file, text))
        };
        let (file, text) = open().map_err(failed)?;
        let mut known = BTreeMap::new();
        // A line that breaks off was not finished, and what it tells of is put again.
        let lines = text.lines().filter_map(|line| serde_json::from_str::<Known>(line).ok());
        for object in lines.filter(|object| object.address == address) {
            if object.removed {
                known.remove(&object.name);
            } else {
                known.insert(object.name.clone(), object);
            }
        }
        Ok(Self { file, address, known })
    }

    fn names(&self) -> Vec<String> {
        self.known.keys().cloned().collect()
    }

    fn add(&mut self, object: Known) -> Result<(), BucketError> {
        self.note(&object)?;
        self.known.insert(object.name.clone(), object);
        Ok(())
    }

    fn forget(&mut self, name: &str) -> Result<(), BucketError> {
        let Some(object) = self.known.remove(name) else { return Ok(()) };
        self.note(&Known { removed: true, ..object })
    }

    fn note(&mut self, object: &Known) -> Result<(), BucketError> {
        let mut line = serde_json::to_vec(object).expect("texts and numbers become JSON");
        // Behind a line that breaks off too.
        line.insert(0, b'\n');
        line.push(b'\n');
        let write = self.file.write_all(&line).and_then(|()| self.file.sync_data());
        write.map_err(of_file("write", REMEMBERED))
    }
}

fn of_file(operation: &'static str, file: &str) -> impl FnOnce(io::Error) -> BucketError {
    let file = file.to_owned();
    move |source| BucketError::File { operation, file, source }
}
