//! The schema and the reference, held against the code.
//!
//! With `UPDATE_DOCS=1` what is generated is written anew.

use std::fs;
use std::path::{Path, PathBuf};

use exoctl_job::{Job, KINDS, schema};

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name)
}

fn read(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap_or_default()
}

fn is_updated() -> bool {
    std::env::vars().any(|(name, value)| name == "UPDATE_DOCS" && value == "1")
}

#[test]
fn the_schema_is_the_one_of_the_documents() {
    let expected = format!("{:#}\n", schema());
    if is_updated() {
        fs::write(path("job.schema.json"), &expected).unwrap();
    }
    assert!(read("job.schema.json") == expected, "run the test with UPDATE_DOCS=1");
}

const BEGIN: &str = "<!-- promises: written by a test of exoctl-job -->\n";
const END: &str = "<!-- end of promises -->";

#[test]
fn the_reference_has_the_promises() {
    let mut table = String::from("| step | if repeated | promise |\n|---|---|---|\n");
    for kind in KINDS {
        let row = format!("| {} | {} | {} |\n", kind.name(), kind.effect(), kind.promise());
        table.push_str(&row);
    }
    let page = read("jobs.md");
    let (before, rest) = page.split_once(BEGIN).expect("the place of the table");
    let (_, after) = rest.split_once(END).expect("the end of the table");
    let expected = format!("{before}{BEGIN}{table}{END}{after}");
    if is_updated() {
        fs::write(path("jobs.md"), &expected).unwrap();
    }
    assert!(page == expected || is_updated(), "run the test with UPDATE_DOCS=1");
}

/// Each block of TOML that names a job is one.
#[test]
fn the_examples_of_the_reference_are_jobs() {
    let page = read("jobs.md");
    let mut jobs = 0;
    for block in page.split("```toml\n").skip(1) {
        let text = block.split("```").next().unwrap();
        let Some(name) = text.lines().find_map(|line| line.strip_prefix("name = \"")) else {
            continue;
        };
        let name = name.trim_end_matches('"');
        Job::parse(name, text).unwrap_or_else(|error| panic!("{name}: {error}"));
        jobs += 1;
    }
    assert!(jobs >= 4, "{jobs} examples");
}

/// All keys that a file can have are in the reference.
#[test]
fn the_reference_has_all_keys() {
    let page = read("jobs.md");
    let schema = schema();
    let tables = schema["$defs"].as_object().unwrap().values().chain([&schema]);
    for key in
        tables.filter_map(|table| table["properties"].as_object()).flat_map(|keys| keys.keys())
    {
        assert!(page.contains(&format!("`{key}`")), "docs/jobs.md does not have {key}");
    }
}
