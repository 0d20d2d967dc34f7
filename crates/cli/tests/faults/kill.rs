//! `kill -9` while files are written: what is there afterwards is the old content or the new one,
//! and what a killed process leaves behind disturbs nobody.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use exoctl_certificate::{
    CertificateStore, CertifiedKey, DirectoryStore, DotnetStore, NewCertificate, StoreProblem,
};
use exoctl_identity::{AccessToken, CacheIdentity, DiskTokenCache, Scope};
use exoctl_model::SystemClock;
use jiff::Timestamp;
use secrecy::ExposeSecret;
use tempfile::TempDir;

/// Names the directory in which [`writes_until_it_is_killed`] writes.
const DIRECTORY: &str = "EXOCTL_TEST_WRITES_IN";
const ROUNDS: usize = 25;

#[test]
fn a_killed_writer_leaves_a_token_cache_and_stores_that_are_read() {
    let home = TempDir::new().unwrap();
    let keys = [certificate("CN=One"), certificate("CN=Two")];
    let store = DirectoryStore::open(home.path().join("keys")).unwrap();
    for key in &keys {
        store.insert(key).unwrap();
    }
    let mut last = 0;
    for round in 0..ROUNDS {
        let (mut child, written) = writer(home.path(), 1 + round % 7);
        child.kill().unwrap();
        child.wait().unwrap();
        last = written.max(last);
        check_tokens(home.path());
        check_stores(home.path(), &keys);
    }
    assert!(last > 0);
    leave_pieces(home.path());
    check_tokens(home.path());
    check_stores(home.path(), &keys);
}

/// The child: tokens and certificates without end. Does nothing when run as a test.
#[test]
fn writes_until_it_is_killed() {
    let Some(home) = std::env::var_os(DIRECTORY) else { return };
    let home = Path::new(&home);
    let seen = DirectoryStore::open(home.join("keys")).unwrap().list().unwrap();
    let keys: Vec<CertifiedKey> = {
        let store = DirectoryStore::open(home.join("keys")).unwrap();
        seen.certificates
            .iter()
            .map(|one| store.load(&one.certificate.thumbprint()).unwrap())
            .collect()
    };
    let cache = DiskTokenCache::open(home.join("tokens")).unwrap();
    let store = DirectoryStore::open(home.join("keys")).unwrap();
    let dotnet = DotnetStore::open(home.join("dotnet")).unwrap();
    let mut out = std::io::stdout();
    for number in 1_u64.. {
        cache.store(&identity(), &scope(), &token(number)).unwrap();
        let key = &keys[number as usize % keys.len()];
        store.insert(&key.clone().with_friendly_name(Some(format!("name {number}")))).unwrap();
        dotnet.insert(key).unwrap();
        writeln!(out, "written {number}").unwrap();
        out.flush().unwrap();
    }
}

/// A child that has written at least so often, and is at it again.
fn writer(home: &Path, times: usize) -> (Child, usize) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::writes_until_it_is_killed", "--nocapture"])
        .env(DIRECTORY, home)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let written = lines.map_while(Result::ok).filter(|line| line.contains("written "));
    let seen = written.take(times).count();
    (child, seen)
}

fn check_tokens(home: &Path) {
    let cache = DiskTokenCache::open(home.join("tokens")).unwrap();
    let kept = cache.load(&identity(), &scope()).unwrap().expect("the old token or the new one");
    let number: u64 = kept.secret().expose_secret()[..20].trim_start_matches('0').parse().unwrap();
    assert_eq!(kept.secret().expose_secret(), token(number).secret().expose_secret());
    assert_eq!(kept.expires_at(), token(number).expires_at());
}

fn check_stores(home: &Path, keys: &[CertifiedKey]) {
    let store = DirectoryStore::open(home.join("keys")).unwrap();
    let listing = store.list().unwrap();
    assert!(listing.problems.iter().all(is_left_over), "{:?}", listing.problems);
    assert_eq!(listing.certificates.len(), keys.len());
    for key in keys {
        assert_eq!(store.load(&key.thumbprint()).unwrap().certificate(), key.certificate());
    }
    let dotnet = DotnetStore::open(home.join("dotnet")).unwrap();
    let listing = dotnet.list().unwrap();
    assert!(listing.problems.iter().all(is_left_over), "{:?}", listing.problems);
    for one in &listing.certificates {
        dotnet.load(&one.certificate.thumbprint()).unwrap();
    }
}

/// The stores name what was left over, so that somebody deletes it; that is all.
fn is_left_over(problem: &StoreProblem) -> bool {
    problem.path.file_name().unwrap().to_string_lossy().starts_with('.')
}

/// What a kill between the making of a file and its naming leaves, at its worst.
fn leave_pieces(home: &Path) {
    for directory in ["tokens", "keys", "dotnet"] {
        let directory = home.join(directory);
        let whole = std::fs::read_dir(&directory).unwrap().flatten();
        let whole = whole.map(|entry| entry.path()).find(|path| path.is_file()).unwrap();
        let bytes = std::fs::read(whole).unwrap();
        for (name, bytes) in [
            (".token-Ab3dE6", &bytes[..bytes.len() / 2]),
            (".exoctl-Ab3dE6.tmp", &bytes[..bytes.len() / 2]),
            (".tmpAb3dE6", &bytes[..0]),
        ] {
            std::fs::write(directory.join(name), bytes).unwrap();
        }
    }
}

fn certificate(subject: &str) -> CertifiedKey {
    let wanted = NewCertificate::new(subject.parse().unwrap());
    wanted.self_signed("1y".parse().unwrap(), &SystemClock).unwrap()
}

fn identity() -> CacheIdentity {
    CacheIdentity {
        authority: "https://login.microsoftonline.com/contoso.onmicrosoft.com".to_owned(),
        client: "36ee4c6c-0812-40a2-b820-b22ebd02bce3".parse().unwrap(),
        key: "key".to_owned(),
    }
}

fn scope() -> Scope {
    "https://outlook.office365.com/.default".parse().unwrap()
}

/// A token of 8 KiB that says which one it is, all through.
fn token(number: u64) -> AccessToken {
    let at = |second: u64| Timestamp::from_second(second as i64).unwrap();
    let secret = format!("{number:020}").repeat(400);
    AccessToken::new(secret.into(), at(number), at(number + 3600))
}
