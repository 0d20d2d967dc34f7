//! How a tenant's service behaved the last time, so that it is noticed when that changes: in 2023 and
//! 2026 it did so without a word.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use crate::disk;

/// Something that the service does otherwise than the last time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What.
    pub what: String,
    /// How it was.
    pub before: String,
    /// How it is.
    pub now: String,
}

/// Compares with what the file keeps, and keeps what is now. What was not found out this time stays
/// as it was.
pub(crate) fn compare(path: &Path, now: &BTreeMap<String, String>) -> io::Result<Vec<Change>> {
    let mut kept: BTreeMap<String, String> = match std::fs::read(path) {
        // A file that cannot be understood is as good as none.
        Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_default(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
        Err(error) => return Err(error),
    };
    let mut changes = Vec::new();
    for (what, now) in now {
        let before = kept.insert(what.clone(), now.clone());
        if let Some(before) = before.filter(|before| before != now) {
            changes.push(Change { what: what.clone(), before, now: now.clone() });
        }
    }
    if let Some(directory) = path.parent() {
        disk::create_directory(directory)?;
    }
    disk::write_whole(path, &serde_json::to_vec(&kept)?)?;
    Ok(changes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_told_once() {
        let directory = tempfile::TempDir::new().unwrap();
        let path = directory.path().join("tenant").join("behaviour.json");
        let behaviour =
            |count: &str| BTreeMap::from([("resultCount".to_owned(), count.to_owned())]);
        assert_eq!(compare(&path, &behaviour("total")).unwrap(), []);
        assert_eq!(compare(&path, &BTreeMap::new()).unwrap(), []);
        let change =
            Change { what: "resultCount".into(), before: "total".into(), now: "page-size".into() };
        assert_eq!(compare(&path, &behaviour("page-size")).unwrap(), [change]);
        assert_eq!(compare(&path, &behaviour("page-size")).unwrap(), []);
    }
}
