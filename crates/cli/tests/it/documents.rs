//! What the documents say of the tree, held against the tree.

use std::fs;
use std::path::Path;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The texts between backticks.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Whether a file of Rust has a test of that name: a function with the attribute above it, or one
/// that a suite names.
fn has_test(source: &str, name: &str) -> bool {
    let mut suites = source.split("contract!(").skip(1).filter_map(|rest| rest.split(");").next());
    if suites.any(|suite| suite.split(',').any(|named| named.trim() == name)) {
        return true;
    }
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let function = format!("fn {name}(");
    let place =
        lines.iter().position(|line| line.trim_start_matches("async ").starts_with(&function));
    let above = lines[..place.unwrap_or_default()].iter().rev();
    above
        .take_while(|line| line.starts_with("#["))
        .any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test"))
}

/// Every row of a table says which test shows it or that there is none, and every test is there.
#[test]
fn the_threat_model_names_tests_that_exist() {
    let page = read("docs/threat-model.md");
    let mut named = 0;
    let rows = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| what is"));
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        assert_eq!(cells.len(), 3, "{row}");
        let tests: Vec<(&str, &str)> =
            code(cells[2]).filter_map(|test| test.split_once("::")).collect();
        assert!(!tests.is_empty() || cells[2].starts_with("no test"), "no proof in {row}");
        for (file, name) in tests {
            assert!(has_test(&read(&format!("crates/{file}")), name), "{file} has no test {name}");
            named += 1;
        }
    }
    assert!(named > 50, "{named} tests are named");
}

#[test]
fn the_toolchain_of_the_documents_is_that_of_the_manifest() {
    let version = env!("CARGO_PKG_RUST_VERSION");
    assert!(read("README.md").contains(&format!("Rust {version},")), "README.md, Rust {version}");
    for manifest in fs::read_dir(Path::new(ROOT).join("crates")).unwrap() {
        let text = fs::read_to_string(manifest.unwrap().path().join("Cargo.toml")).unwrap();
        assert!(text.contains("rust-version.workspace = true"), "{text}");
    }
}
