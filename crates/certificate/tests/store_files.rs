//! The stores that keep files: modes, layout, strangers, and requests that wait.

#![expect(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod samples;

use std::fs;
use std::path::Path;

use exoctl_certificate::{
    CertificateStore, CertifiedKey, DirectoryStore, DotnetStore, NewCertificate, StoreError,
    load_key_file, read_key_file,
};

fn key() -> CertifiedKey {
    let sample = samples::pfx_named("10-openssl-chain3.pfx");
    load_key_file(&sample.bytes, sample.password.as_ref(), None).unwrap()
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
#[cfg(unix)]
fn files_are_for_their_owner_only() {
    let directory = tempfile::tempdir().unwrap();
    for (store, extension) in [("exoctl", "pem"), ("dotnet", "pfx")] {
        let path = directory.path().join(store);
        let store: Box<dyn CertificateStore> = match store {
            "exoctl" => Box::new(DirectoryStore::open(&path).unwrap()),
            _ => Box::new(DotnetStore::open(&path).unwrap()),
        };
        store.insert(&key()).unwrap();
        assert_eq!(mode(&path), 0o700);
        let file = path.join(format!("{}.{extension}", key().thumbprint()));
        assert_eq!(mode(&file), 0o600);
        assert_eq!(fs::read_dir(&path).unwrap().count(), 1, "nothing temporary is left");
    }
}

#[test]
#[cfg(unix)]
fn a_directory_that_is_open_to_others_is_closed() {
    let directory = tempfile::tempdir().unwrap();
    set_mode(directory.path(), 0o755);
    DirectoryStore::open(directory.path()).unwrap().insert(&key()).unwrap();
    assert_eq!(mode(directory.path()), 0o700);
}

#[test]
#[cfg(unix)]
fn a_key_that_others_may_read_is_not_used() {
    let directory = tempfile::tempdir().unwrap();
    let store = DirectoryStore::open(directory.path()).unwrap();
    store.insert(&key()).unwrap();
    let file = directory.path().join(format!("{}.pem", key().thumbprint()));
    set_mode(&file, 0o640);
    match store.load(&key().thumbprint()) {
        Err(StoreError::Permissions { path, mode: 0o640 }) => assert_eq!(path, file),
        other => panic!("{other:?}"),
    }
    let listing = store.list().unwrap();
    assert_eq!((listing.certificates.len(), listing.problems.len()), (1, 1));
}

#[test]
fn strangers_and_broken_files_are_reported_and_never_in_the_way() {
    let directory = tempfile::tempdir().unwrap();
    let store = DirectoryStore::open(directory.path()).unwrap();
    store.insert(&key()).unwrap();
    let whole = fs::read(directory.path().join(format!("{}.pem", key().thumbprint()))).unwrap();
    let put = |name: &str, bytes: &[u8]| fs::write(directory.path().join(name), bytes).unwrap();
    put(&format!("{}.pem", "AB".repeat(20)), &whole[..whole.len() / 6]);
    put(&format!("{}.pem", "CD".repeat(20)), &whole);
    put("empty.pem", b"");
    put("notes.txt", b"hello");
    put(".exoctl-abc123.tmp", &whole[..10]);
    let listing = store.list().unwrap();
    assert_eq!(listing.certificates.len(), 1);
    let problems: Vec<(String, String)> = listing
        .problems
        .iter()
        .map(|problem| {
            let name = problem.path.file_name().unwrap().to_string_lossy().into_owned();
            (name, problem.reason.clone())
        })
        .collect();
    let thumbprint = key().thumbprint();
    let expected = [
        (".exoctl-abc123.tmp", "it is left over from a write that was interrupted; delete it"),
        (&format!("{}.pem", "AB".repeat(20)), "read the PEM text: the END line is missing"),
        (
            &format!("{}.pem", "CD".repeat(20)),
            &format!(
                "the file has no private key for the certificate {}; it has {thumbprint}",
                "CD".repeat(20)
            ),
        ),
        (
            "empty.pem",
            "the file is neither PKCS#12 nor PEM nor a certificate in DER form: its PEM blocks are neither keys nor certificates",
        ),
        ("notes.txt", "it is no file of this store"),
    ];
    let expected: Vec<_> =
        expected.iter().map(|(name, reason)| ((*name).to_owned(), (*reason).to_owned())).collect();
    assert_eq!(problems, expected);
    assert!(store.load(&thumbprint).is_ok());
}

#[test]
fn a_file_in_place_of_the_directory_is_an_error() {
    let file = tempfile::NamedTempFile::new().unwrap();
    assert!(matches!(DirectoryStore::open(file.path()), Err(StoreError::Io { .. })));
    assert!(matches!(DotnetStore::open(file.path()), Err(StoreError::Io { .. })));
}

#[test]
fn what_dotnet_wrote_is_found_under_any_name() {
    let directory = tempfile::tempdir().unwrap();
    let sample = samples::pfx_named("82-dotnet9-export-nullpw.pfx");
    let put = |name: &str, bytes: &[u8]| fs::write(directory.path().join(name), bytes).unwrap();
    put("whatever.pfx", &sample.bytes);
    put("protected.pfx", &samples::pfx_named("01-openssl3-default.pfx").bytes);
    put("public.pfx", &public_only());
    let store = DotnetStore::open(directory.path()).unwrap();
    let thumbprint = sample.sha1.parse().unwrap();
    assert_eq!(store.load(&thumbprint).unwrap().thumbprint(), thumbprint);
    let listing = store.list().unwrap();
    assert_eq!(listing.certificates.len(), 1);
    let problems: Vec<_> = listing.problems.iter().map(|problem| problem.reason.as_str()).collect();
    assert_eq!(problems[0], "the file is protected by a password and none was given");
    assert!(store.remove(&thumbprint).unwrap());
    assert!(!directory.path().join("whatever.pfx").exists());
}

/// Not PKCS#12 at all.
fn public_only() -> Vec<u8> {
    samples::pem("self.cer")
}

#[test]
fn a_request_waits_for_its_certificate() {
    let directory = tempfile::tempdir().unwrap();
    let store = DirectoryStore::open(directory.path()).unwrap();
    let mut wanted = NewCertificate::new("CN=EXO Reporting,O=Contoso".parse().unwrap());
    wanted.friendly_name = Some("Reporting ✓".to_owned());
    let request = wanted.request().unwrap();
    let path = store.keep_request(&request).unwrap();
    assert!(path.starts_with(directory.path().join("pending")));
    #[cfg(unix)]
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    fs::write(directory.path().join("pending/broken.pem"), "-----BEGIN X-----").unwrap();

    let listing = store.requests().unwrap();
    assert_eq!(listing.problems.len(), 1);
    let [kept] = &listing.requests[..] else { panic!("{listing:?}") };
    assert_eq!(kept.id(), request.id());
    assert_eq!(kept.der(), request.der());
    assert_eq!(kept.subject(), "CN=EXO Reporting,O=Contoso");
    assert_eq!(kept.friendly_name(), Some("Reporting ✓"));
    assert_eq!(kept.key().to_pkcs1(), request.key().to_pkcs1());
    assert!(store.list().unwrap().certificates.is_empty());
    assert!(store.list().unwrap().problems.is_empty());

    let stranger = read_key_file(&samples::pem("ca-reply.p7b"), None).unwrap();
    let error = kept.complete(&stranger).unwrap_err().to_string();
    assert!(error.contains("CN=exo-app-chain; CN=Spike Issuing CA"), "{error}");
    assert!(store.forget_request(&request.id()).unwrap());
    assert!(!store.forget_request(&request.id()).unwrap());
}
