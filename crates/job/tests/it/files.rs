//! Files that are jobs, and files that are none: what is said, and where.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use exoctl_job::Job;

/// The samples of a directory, with the names of their files.
pub(crate) fn samples(directory: &str) -> Vec<(String, String)> {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples").join(directory);
    let mut paths: Vec<PathBuf> =
        fs::read_dir(place).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: &PathBuf| {
        (path.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(path).unwrap())
    };
    paths.iter().map(read).collect()
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let mut said = String::new();
    for (stem, text) in samples("wrong").into_iter().chain(samples("unwise")) {
        let error = Job::parse(&stem, &text).expect_err(&stem);
        let _ = writeln!(said, "{stem}.toml\n{error}\n");
        for problem in error.0 {
            let line = text.lines().nth(problem.line - 1).unwrap_or_default();
            assert!(line.contains(&problem.text), "{stem}: {problem:?}");
        }
    }
    insta::assert_snapshot!(said);
}

#[test]
fn a_job_is_given_with_all_its_values() {
    let samples = samples("right");
    let (stem, text) = samples.iter().find(|(stem, _)| stem == "audit-monthly").unwrap();
    insta::assert_snapshot!(Job::parse(stem, text).unwrap().to_toml());
}
