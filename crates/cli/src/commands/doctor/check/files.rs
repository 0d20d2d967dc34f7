//! Who else on this machine gets at what signs in.

use std::path::{Path, PathBuf};

use super::super::condition;
use super::super::finding::Finding;
use super::super::visit::Visit;
use super::{Check, Looking};
use crate::context::Means;
use crate::profile::Source;

/// Whether keys, passwords and tokens are for their owner only.
pub(super) struct Permissions;

impl Check for Permissions {
    fn name(&self) -> &'static str {
        "file permissions"
    }

    fn needs(&self) -> &'static [&'static str] {
        &["connection"]
    }

    fn run<'a>(&'a self, visit: &'a mut Visit<'_>) -> Looking<'a> {
        Box::pin(async move {
            let mut seen = Vec::new();
            for path in secrets(visit).into_iter().chain(open_tokens(visit)) {
                if let Some(mode) = mode(&path) {
                    seen.push((path.clone(), mode, Held::Secret));
                }
                let directory = path.parent().map(Path::to_owned);
                if let Some(directory) = directory.filter(|directory| *directory != *"") {
                    let known = seen.iter().any(|(path, ..)| *path == directory);
                    if let Some(mode) = mode(&directory).filter(|_| !known) {
                        seen.push((directory, mode, Held::Directory));
                    }
                }
            }
            if seen.is_empty() {
                return Finding::skipped(
                    "this system has no modes, or there is no file to look at",
                );
            }
            let facts = seen.iter().map(|(path, mode, _)| format!("{mode:04o} {}", path.display()));
            let facts: Vec<String> = facts.collect();
            let wrong = seen.iter().find_map(|(path, mode, held)| {
                Some((path.display().to_string(), judge(*mode, *held)?))
            });
            let finding = match wrong {
                Some((path, code)) => Finding::fail(code, "").knowing("path", path),
                None => Finding::ok(""),
            }
            .seeing(facts);
            // It signs in nevertheless, unless the store refuses the key; who opens it finds out.
            finding.in_nobodys_way()
        })
    }
}

/// What a path holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    /// A key, a password, a token.
    Secret,
    /// A directory with such a file in it.
    Directory,
}

/// What is wrong with a mode.
fn judge(mode: u32, held: Held) -> Option<&'static str> {
    const STICKY: u32 = 0o1000;
    match held {
        Held::Secret if mode & 0o077 != 0 => Some(condition::OPEN_FILES),
        Held::Directory if mode & 0o022 != 0 && mode & STICKY == 0 => Some(condition::REPLACEABLE),
        _ => None,
    }
}

/// The files that hold what signs in.
fn secrets(visit: &Visit<'_>) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    match &visit.settings().means.value {
        Some(Means::Thumbprint(thumbprint) | Means::Source(Source::Store { thumbprint })) => {
            let store = visit.context.store_with(thumbprint).ok();
            let found = store.and_then(|store| store.find(thumbprint).ok()?);
            paths.extend(found.and_then(|found| found.path));
        }
        Some(Means::File(path) | Means::Source(Source::TokenFile { path })) => {
            paths.push(path.clone());
        }
        Some(Means::Source(Source::File { path, password_file, .. })) => {
            paths.push(path.clone());
            paths.extend(password_file.clone());
        }
        _ => {}
    }
    paths.extend(visit.password.password_file.clone());
    paths
}

/// The access tokens that are kept and that others get at; the others are many and change.
fn open_tokens(visit: &Visit<'_>) -> Vec<PathBuf> {
    let Ok(paths) = visit.context.paths() else { return Vec::new() };
    let entries = std::fs::read_dir(&paths.tokens).into_iter().flatten().flatten();
    let files = entries.map(|entry| entry.path()).filter(|path| path.is_file());
    let is_open =
        |path: &PathBuf| mode(path).is_some_and(|mode| judge(mode, Held::Secret).is_some());
    files.filter(is_open).collect()
}

#[cfg(unix)]
fn mode(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    Some(std::fs::metadata(path).ok()?.permissions().mode() & 0o7777)
}

#[cfg(not(unix))]
fn mode(_path: &Path) -> Option<u32> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_for_its_owner_and_a_directory_is_written_by_its_owner() {
        let open = |mode| judge(mode, Held::Secret).is_some();
        assert_eq!([0o600, 0o400, 0o700].map(open), [false; 3]);
        assert_eq!([0o640, 0o604, 0o660, 0o602].map(open), [true; 4]);
        let replaceable = |mode| judge(mode, Held::Directory).is_some();
        assert_eq!([0o700, 0o755, 0o1777].map(replaceable), [false; 3]);
        assert_eq!([0o775, 0o777, 0o757].map(replaceable), [true; 3]);
    }
}
