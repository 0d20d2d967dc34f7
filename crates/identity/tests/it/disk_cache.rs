//! The disk cache: what survives, what is ignored, what is refused.

use std::fs;
use std::path::PathBuf;

use exoctl_identity::{AccessToken, CacheIdentity, DiskTokenCache, DiskTokenCacheError, Scope};
use exoctl_model::{Clock, Cloud};
use jiff::SignedDuration;
use secrecy::ExposeSecret;
use tempfile::TempDir;

use crate::authority::{CLIENT, clock};

struct Case {
    directory: TempDir,
    cache: DiskTokenCache,
    identity: CacheIdentity,
    scope: Scope,
}

impl Case {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let cache = DiskTokenCache::open(directory.path().join("a/tokens")).unwrap();
        let identity = CacheIdentity {
            authority: "https://login.example/contoso".to_owned(),
            client: CLIENT.parse().unwrap(),
            key: "thumbprint".to_owned(),
        };
        Self { directory, cache, identity, scope: Scope::exchange(&Cloud::default()) }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("a/tokens")
    }

    fn store(&self, token: &str) {
        let now = clock().now();
        let token = AccessToken::new(token.to_owned().into(), now, now + HOUR)
            .with_refresh_at(Some(now + HOUR / 2));
        self.cache.store(&self.identity, &self.scope, &token).unwrap();
    }

    fn load(&self) -> Option<String> {
        let token = self.cache.load(&self.identity, &self.scope).unwrap();
        token.map(|token| token.secret().expose_secret().to_owned())
    }

    fn file(&self) -> PathBuf {
        let mut files = fs::read_dir(self.path()).unwrap();
        let file = files.next().unwrap().unwrap().path();
        assert!(files.next().is_none(), "more than one file");
        file
    }
}

const HOUR: SignedDuration = SignedDuration::from_hours(1);

#[test]
fn a_token_comes_back_with_its_times() {
    let case = Case::new();
    assert_eq!(case.load(), None);
    case.store("secret");
    let token = case.cache.load(&case.identity, &case.scope).unwrap().unwrap();
    let now = clock().now();
    assert_eq!(token.secret().expose_secret(), "secret");
    assert_eq!((token.obtained_at(), token.expires_at()), (now, now + HOUR));
    assert_eq!(token.refresh_at(), Some(now + HOUR / 2));
    case.store("newer");
    assert_eq!(case.load().as_deref(), Some("newer"));
}

#[test]
fn each_part_of_the_key_counts() {
    let case = Case::new();
    case.store("secret");
    let CacheIdentity { authority, client, key } = case.identity.clone();
    let other = CacheIdentity { key: "other".to_owned(), ..case.identity.clone() };
    assert!(case.cache.load(&other, &case.scope).unwrap().is_none());
    let authority = authority.replace("contoso", "fabrikam");
    let other = CacheIdentity { authority, client, key };
    assert!(case.cache.load(&other, &case.scope).unwrap().is_none());
    let graph = Scope::graph(&Cloud::default());
    assert!(case.cache.load(&case.identity, &graph).unwrap().is_none());
}

#[test]
fn a_damaged_file_is_no_token_and_is_replaced() {
    let case = Case::new();
    case.store("secret");
    let file = case.file();
    let whole = fs::read(&file).unwrap();
    let as_text = String::from_utf8(whole.clone()).unwrap();
    let mut damages: Vec<Vec<u8>> = (0..whole.len()).map(|end| whole[..end].to_vec()).collect();
    damages.push(b"\0\0\0\0".to_vec());
    damages.push(b"[]".to_vec());
    damages.push(as_text.replace("\"version\":1", "\"version\":2").into());
    damages.push(as_text.replace("\"name\":\"", "\"name\":\"x").into());
    damages.push(vec![b' '; 1 << 20]);
    for damaged in damages {
        fs::write(&file, &damaged).unwrap();
        assert_eq!(case.load(), None, "{}", String::from_utf8_lossy(&damaged));
    }
    case.store("again");
    assert_eq!(case.load().as_deref(), Some("again"));
}

#[test]
fn forgetting_is_for_one_identity_and_clearing_for_all() {
    let case = Case::new();
    case.store("secret");
    let other = CacheIdentity { key: "other".to_owned(), ..case.identity.clone() };
    let token = case.cache.load(&case.identity, &case.scope).unwrap().unwrap();
    case.cache.store(&other, &case.scope, &token).unwrap();
    case.cache.forget(&case.identity).unwrap();
    assert_eq!(case.load(), None);
    assert!(case.cache.load(&other, &case.scope).unwrap().is_some());
    case.cache.clear().unwrap();
    assert_eq!(fs::read_dir(case.path()).unwrap().count(), 0);
}

#[test]
fn an_error_shows_no_token() {
    let case = Case::new();
    case.store("secret");
    assert!(!fs::read_to_string(case.file()).unwrap().is_empty());
    fs::remove_file(case.file()).unwrap();
    fs::remove_dir(case.path()).unwrap();
    fs::write(case.path(), "a file in the way").unwrap();
    let now = clock().now();
    let token = AccessToken::new("secret".to_owned().into(), now, now);
    let error = case.cache.store(&case.identity, &case.scope, &token).unwrap_err();
    assert!(matches!(error, DiskTokenCacheError::Io { .. }), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
    let error = DiskTokenCache::open(case.path()).unwrap_err();
    assert!(!error.to_string().is_empty());
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::time::{Duration, SystemTime};

    use super::*;

    fn mode(path: PathBuf) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    fn set_mode(path: PathBuf, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn only_the_owner_can_read_it() {
        let case = Case::new();
        case.store("secret");
        assert_eq!((mode(case.path()), mode(case.file())), (0o700, 0o600));
    }

    #[test]
    fn what_others_can_get_at_is_refused() {
        let case = Case::new();
        case.store("secret");
        set_mode(case.file(), 0o640);
        let error = case.cache.load(&case.identity, &case.scope).unwrap_err();
        assert!(matches!(error, DiskTokenCacheError::Permissions { mode: 0o640, .. }), "{error}");
        case.store("again");
        assert_eq!((mode(case.file()), case.load().as_deref()), (0o600, Some("again")));
        set_mode(case.path(), 0o755);
        let error = DiskTokenCache::open(case.path()).unwrap_err();
        assert!(matches!(error, DiskTokenCacheError::Permissions { mode: 0o755, .. }), "{error}");
    }

    #[test]
    fn links_are_not_followed() {
        let case = Case::new();
        case.store("secret");
        let elsewhere = case.directory.path().join("elsewhere");
        fs::rename(case.file(), &elsewhere).unwrap();
        case.store("other");
        let file = case.file();
        fs::remove_file(&file).unwrap();
        symlink(&elsewhere, &file).unwrap();
        let error = case.cache.load(&case.identity, &case.scope).unwrap_err();
        assert!(matches!(error, DiskTokenCacheError::WrongKind { .. }), "{error}");
        case.store("again");
        assert_eq!(case.load().as_deref(), Some("again"));
        assert!(
            fs::read_to_string(elsewhere).unwrap().contains("secret"),
            "written through a link"
        );
        let link = case.directory.path().join("link");
        symlink(case.path(), &link).unwrap();
        assert!(matches!(DiskTokenCache::open(link), Err(DiskTokenCacheError::WrongKind { .. })));
    }

    #[test]
    fn what_a_killed_process_left_is_harmless_and_swept_up() {
        let case = Case::new();
        case.store("secret");
        let left = case.path().join(".token-AbCdEf");
        fs::write(&left, r#"{"version":1,"acc"#).unwrap();
        assert_eq!(case.load().as_deref(), Some("secret"));
        DiskTokenCache::open(case.path()).unwrap();
        assert!(left.exists(), "it may be somebody's who is still writing");
        let modified = fs::metadata(&left).unwrap().modified().unwrap();
        let old: SystemTime = modified - Duration::from_hours(2);
        fs::File::options().write(true).open(&left).unwrap().set_modified(old).unwrap();
        DiskTokenCache::open(case.path()).unwrap();
        assert!(!left.exists());
        assert_eq!(case.load().as_deref(), Some("secret"));
    }
}
