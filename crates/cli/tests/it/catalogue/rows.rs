//! The catalogue's rows as data.

use serde::Deserialize;

const DIRECTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/catalogue");
const ADMINISTRATOR: &str = "administrator.toml";
/// What doctor finds where no command fails; its own tests prove these.
const FINDINGS: &str = "doctor.toml";

/// One row.
#[derive(Debug, Deserialize)]
pub(super) struct Row {
    pub(super) code: String,
    pub(super) cause: String,
    pub(super) exit: i32,
    pub(super) sim: Option<String>,
    #[serde(skip)]
    pub(super) for_administrator: bool,
}

#[derive(Deserialize)]
struct Section {
    #[serde(rename = "row")]
    rows: Vec<Row>,
}

/// All rows of all files.
pub(super) fn all() -> Vec<Row> {
    let mut rows = Vec::new();
    for entry in std::fs::read_dir(DIRECTORY).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "toml") || path.ends_with(FINDINGS)
        {
            continue;
        }
        let section: Section = toml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let for_administrator = path.ends_with(ADMINISTRATOR);
        rows.extend(section.rows.into_iter().map(|row| Row { for_administrator, ..row }));
    }
    rows
}
