//! Against a store in memory: what is put, what is not put again, what is noticed.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use object_store::memory::InMemory;
use tempfile::TempDir;

use super::*;
use crate::manifest::{self, FileEntry, Finding};

/// An export in a directory: two files, one of them in parts, with a manifest that fits.
fn export() -> (TempDir, Manifest) {
    let directory = TempDir::new().unwrap();
    let large: Vec<u8> =
        (0..20_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    write(directory.path(), "audit.jsonl", b"{}\n{}\n");
    write(directory.path(), "parquet/event_date=2026-10-01/part-000.parquet", &large);
    std::fs::create_dir(directory.path().join(".exoctl")).unwrap();
    let mut manifest = manifest::tests::manifest();
    manifest.files = ["audit.jsonl", "parquet/event_date=2026-10-01/part-000.parquet"]
        .map(|file| {
            let (bytes, sha256) = manifest::digest(&directory.path().join(file)).unwrap();
            let sink = if file.ends_with("jsonl") { "jsonl" } else { "other" }.to_owned();
            FileEntry { file: file.to_owned(), sink, records: 2, bytes, sha256 }
        })
        .into();
    manifest.write(directory.path(), None).unwrap();
    (directory, manifest)
}

fn write(directory: &Path, name: &str, bytes: &[u8]) {
    let path = directory.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

fn bucket() -> (Arc<InMemory>, Bucket) {
    let store = Arc::new(InMemory::new());
    (store.clone(), Bucket::of("s3://audit/2026-10".parse().unwrap(), store))
}

async fn put(bucket: &Bucket, directory: &Path, manifest: &Manifest) -> (u64, u64) {
    let told = AtomicU64::new(0);
    let tell = |bytes| {
        told.fetch_add(bytes, Ordering::Relaxed);
    };
    let done = bucket.put_export(directory, manifest, &tell).await.unwrap();
    assert_eq!(told.load(Ordering::Relaxed), done.bytes);
    (done.objects, done.there)
}

#[tokio::test]
async fn what_was_put_verifies_and_is_not_put_again() {
    let ((directory, manifest), (store, bucket)) = (export(), bucket());
    assert_eq!(put(&bucket, directory.path(), &manifest).await, (3, 0));
    let verification = bucket.verify(None).await.unwrap();
    assert!(verification.findings.is_empty(), "{:?}", verification.findings);
    assert_eq!(put(&bucket, directory.path(), &manifest).await, (0, 3));

    // Without the files here it is known what is there.
    std::fs::remove_file(directory.path().join("audit.jsonl")).unwrap();
    assert_eq!(put(&bucket, directory.path(), &manifest).await, (0, 3));
    let key = Key::from("2026-10/audit.jsonl");
    store.put(&key, "{}\n{}".into()).await.unwrap();
    let error = bucket.put_export(directory.path(), &manifest, &|_| {}).await.unwrap_err();
    assert!(matches!(error, BucketError::Gone { .. }), "{error}");
    let findings = bucket.verify(None).await.unwrap().findings;
    assert!(matches!(&findings[..], [Finding::Changed { .. }]), "{findings:?}");
    store.delete(&key).await.unwrap();
    let findings = bucket.verify(None).await.unwrap().findings;
    assert!(matches!(&findings[..], [Finding::Unreadable { .. }]), "{findings:?}");
}

#[tokio::test]
async fn a_run_that_was_killed_goes_on_with_what_is_missing() {
    let ((directory, manifest), (store, bucket)) = (export(), bucket());
    put(&bucket, directory.path(), &manifest).await;
    let memory = directory.path().join(".exoctl/uploaded.jsonl");
    let text = std::fs::read_to_string(&memory).unwrap();
    let first = text.lines().find(|line| !line.is_empty()).unwrap();
    // The second line was being written.
    std::fs::write(&memory, format!("{first}\n{{\"address\":\"s3://au")).unwrap();
    for name in ["manifest.jsonl", "parquet/event_date=2026-10-01/part-000.parquet"] {
        store.delete(&Key::from(format!("2026-10/{name}"))).await.unwrap();
    }
    assert_eq!(put(&bucket, directory.path(), &manifest).await, (2, 1));
    assert_eq!(put(&bucket, directory.path(), &manifest).await, (0, 3));
    assert!(bucket.verify(None).await.unwrap().is_genuine());
}

#[tokio::test]
async fn what_an_export_has_no_more_goes_and_other_objects_stay() {
    let ((directory, mut manifest), (store, bucket)) = (export(), bucket());
    store.put(&Key::from("2026-10/foreign.txt"), "mine".into()).await.unwrap();
    put(&bucket, directory.path(), &manifest).await;
    manifest.files.pop();
    manifest.write(directory.path(), None).unwrap();
    assert_eq!(put(&bucket, directory.path(), &manifest).await, (1, 1), "the manifest is another");
    let left: Vec<String> = futures_util::TryStreamExt::try_collect::<Vec<_>>(store.list(None))
        .await
        .unwrap()
        .into_iter()
        .map(|object| object.location.to_string())
        .collect();
    assert_eq!(left, ["2026-10/audit.jsonl", "2026-10/foreign.txt", "2026-10/manifest.jsonl"]);
}

#[tokio::test]
async fn a_file_that_changed_here_is_not_put() {
    for name in ["audit.jsonl", "parquet/event_date=2026-10-01/part-000.parquet"] {
        let ((directory, manifest), (store, bucket)) = (export(), bucket());
        let path = directory.path().join(name);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[0] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let error = bucket.put_export(directory.path(), &manifest, &|_| {}).await.unwrap_err();
        assert!(matches!(&error, BucketError::Local { file } if file == name), "{error}");
        let key = Key::from(format!("2026-10/{name}"));
        assert!(store.head(&key).await.is_err(), "{name}");
        assert!(
            store.head(&Key::from("2026-10/manifest.jsonl")).await.is_err(),
            "the manifest is last"
        );
    }
}

#[tokio::test]
async fn a_prefix_with_the_export_of_another_query_is_refused() {
    let ((directory, manifest), (_, bucket)) = (export(), bucket());
    bucket.check(&manifest.head.query).await.unwrap();
    put(&bucket, directory.path(), &manifest).await;
    bucket.check(&manifest.head.query).await.unwrap();
    let mut other = manifest.head.query;
    other.user_ids.push("adele".into());
    let error = bucket.check(&other).await.unwrap_err();
    assert!(matches!(error, BucketError::OtherQuery { .. }), "{error}");
}
