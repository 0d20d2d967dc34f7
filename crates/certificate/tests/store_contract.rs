//! What every certificate store does. A new store is one more line at the end.

#![expect(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod samples;

use std::path::Path;

use exoctl_certificate::{
    CertificateStore, CertifiedKey, DirectoryStore, DotnetStore, MemoryStore, Signer as _,
    SigningAlgorithm, StoreError, Thumbprint, load_key_file,
};

/// A key with a chain and a friendly name.
fn leaf() -> CertifiedKey {
    sample("10-openssl-chain3.pfx")
}

/// A self-signed key that expires a little later than the other.
fn own() -> CertifiedKey {
    sample("30-keytool17-default.pfx").with_friendly_name(Some("Grüße ✓".to_owned()))
}

fn sample(file: &str) -> CertifiedKey {
    let sample = samples::pfx_named(file);
    load_key_file(&sample.bytes, sample.password.as_ref(), None).unwrap()
}

fn an_empty_store_has_nothing(store: &dyn CertificateStore) {
    let listing = store.list().unwrap();
    assert!(listing.certificates.is_empty() && listing.problems.is_empty());
    let thumbprint = leaf().thumbprint();
    assert!(store.find(&thumbprint).unwrap().is_none());
    assert!(!store.remove(&thumbprint).unwrap());
    match store.load(&thumbprint) {
        Err(StoreError::NotFound { thumbprint: missing, store: name }) => {
            assert_eq!((missing, name.as_str()), (thumbprint, store.name()));
        }
        other => panic!("{other:?}"),
    }
}

fn what_is_put_in_comes_out_whole(store: &dyn CertificateStore) {
    let key = leaf();
    store.insert(&key).unwrap();
    let loaded = store.load(&key.thumbprint()).unwrap();
    assert_eq!(loaded.certificate(), key.certificate());
    assert_eq!(loaded.chain(), key.chain());
    assert_eq!(loaded.chain().len(), 2);
    assert_eq!(loaded.friendly_name(), Some("leafname"));
    assert_eq!(loaded.key().to_pkcs1(), key.key().to_pkcs1());
    // PKCS#1 signatures have no randomness: the same key signs the same.
    let sign = |key: &CertifiedKey| key.sign(SigningAlgorithm::Rs256, b"message").unwrap();
    assert_eq!(sign(&loaded), sign(&key));
    let found = store.find(&key.thumbprint()).unwrap().unwrap();
    assert!(found.has_private_key);
    assert_eq!(found.chain, key.chain());
    assert_eq!(found.friendly_name.as_deref(), Some("leafname"));
}

fn the_list_is_ordered_by_expiry(store: &dyn CertificateStore) {
    store.insert(&own()).unwrap();
    store.insert(&leaf()).unwrap();
    let expected = {
        let mut keys = [own(), leaf()];
        keys.sort_by_key(|key| key.certificate().not_after());
        keys.map(|key| key.thumbprint())
    };
    let listing = store.list().unwrap();
    let found: Vec<Thumbprint> =
        listing.certificates.iter().map(|entry| entry.certificate.thumbprint()).collect();
    assert_eq!(found, expected);
    assert!(listing.problems.is_empty());
    let names: Vec<_> = listing.certificates.iter().map(|entry| &entry.friendly_name).collect();
    assert!(names.contains(&&Some("Grüße ✓".to_owned())), "{names:?}");
}

fn a_second_insert_replaces_the_first(store: &dyn CertificateStore) {
    store.insert(&own()).unwrap();
    store.insert(&own().with_friendly_name(Some("new name".to_owned()))).unwrap();
    let listing = store.list().unwrap();
    assert_eq!(listing.certificates.len(), 1);
    assert_eq!(listing.certificates[0].friendly_name.as_deref(), Some("new name"));
}

fn what_is_removed_is_gone(store: &dyn CertificateStore) {
    store.insert(&own()).unwrap();
    store.insert(&leaf()).unwrap();
    assert!(store.remove(&own().thumbprint()).unwrap());
    assert!(!store.remove(&own().thumbprint()).unwrap());
    assert!(store.find(&own().thumbprint()).unwrap().is_none());
    assert!(matches!(store.load(&own().thumbprint()), Err(StoreError::NotFound { .. })));
    assert!(store.load(&leaf().thumbprint()).is_ok());
}

fn names_that_look_like_pem_do_no_harm(store: &dyn CertificateStore) {
    let name = "a\n-----BEGIN CERTIFICATE-----\nb";
    let key = own().with_friendly_name(Some(name.to_owned()));
    store.insert(&key).unwrap();
    assert!(store.load(&key.thumbprint()).is_ok());
    assert!(store.list().unwrap().problems.is_empty());
}

macro_rules! contract {
    ($store:ident, $open:expr, [$($test:ident),+ $(,)?]) => {
        mod $store {
            use super::*;
            $(#[test]
            fn $test() {
                let directory = tempfile::tempdir().unwrap();
                let open: fn(&Path) -> Box<dyn CertificateStore> = $open;
                super::$test(&*open(&directory.path().join("store")));
            })+
        }
    };
    ($($store:ident: $open:expr;)+) => {
        $(contract!($store, $open, [
            an_empty_store_has_nothing,
            what_is_put_in_comes_out_whole,
            the_list_is_ordered_by_expiry,
            a_second_insert_replaces_the_first,
            what_is_removed_is_gone,
            names_that_look_like_pem_do_no_harm,
        ]);)+
    };
}

contract! {
    memory: |_| Box::new(MemoryStore::new());
    directory: |path| Box::new(DirectoryStore::open(path).unwrap());
    dotnet: |path| Box::new(DotnetStore::open(path).unwrap());
}
