//! What a run has written: its files with their sizes and hashes.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};

/// A file that a run has written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Artifact {
    /// From the run's directory, with slashes.
    pub(super) path: String,
    /// Its size.
    pub(super) bytes: u64,
    /// Its SHA-256, in hex.
    pub(super) sha256: String,
}

/// The files of a run but those that are about the run itself, by their paths.
pub(super) fn of(directory: &Path) -> io::Result<Vec<Artifact>> {
    let mut found = Vec::new();
    look(directory, "", &mut found)?;
    found.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(found)
}

fn look(directory: &Path, below: &str, found: &mut Vec<Artifact>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // A link leads to what somebody else has written.
        let kind = entry.file_type()?;
        if found.len() == MOST || (below.is_empty() && OWN.contains(&name.as_str())) {
            continue;
        }
        let path = format!("{below}{name}");
        if kind.is_dir() {
            look(&entry.path(), &format!("{path}/"), found)?;
        } else if kind.is_file() {
            let (bytes, sha256) = hash(&entry.path())?;
            found.push(Artifact { path, bytes, sha256 });
        }
    }
    Ok(())
}

/// The size and the SHA-256 of a file.
fn hash(path: &Path) -> io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let mut context = Context::new(&SHA256);
    let mut buffer = vec![0; 256 * 1024];
    let mut bytes = 0;
    loop {
        let length = file.read(&mut buffer)?;
        if length == 0 {
            return Ok((bytes, hex(context.finish().as_ref())));
        }
        context.update(&buffer[..length]);
        bytes += length as u64;
    }
}

/// The SHA-256 of a text, in hex.
pub(super) fn sha256(text: &str) -> String {
    hex(aws_lc_rs::digest::digest(&SHA256, text.as_bytes()).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

const OWN: [&str; 3] = ["run.json", "run.log", ".processes.json"];
const MOST: usize = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_a_run_are_listed_with_their_hashes() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("run.log"), "x").unwrap();
        fs::create_dir(home.path().join("export")).unwrap();
        fs::write(home.path().join("export/a.csv"), "abc").unwrap();
        fs::write(home.path().join("run.csv"), "").unwrap();
        // FIPS 180-2, appendix B.1, and the hash of nothing.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let file = |path: &str, bytes, sha256: &str| Artifact {
            path: path.to_owned(),
            bytes,
            sha256: sha256.to_owned(),
        };
        assert_eq!(
            of(home.path()).unwrap(),
            [file("export/a.csv", 3, abc), file("run.csv", 0, nothing)]
        );
    }
}
