//! `docs/faults.md`: the table that a run has shown.

use std::fmt::Write as _;
use std::path::Path;

use crate::fault::FAULTS;
use crate::scenario::COLUMNS;

const HEAD: &str = include_str!("head.md");

/// Compares the table with the one in the documentation, or writes it there.
pub(crate) fn check(cells: &[Vec<String>]) {
    let mut text = HEAD.to_owned();
    let columns: Vec<&str> = COLUMNS.iter().map(|column| column.title()).collect();
    let _ = writeln!(text, "| fault | {} |", columns.join(" | "));
    let _ = writeln!(text, "|---|{}", "---|".repeat(columns.len()));
    for (fault, row) in FAULTS.iter().zip(cells) {
        let rule = fault.rule.trim_end_matches(':');
        let _ = writeln!(text, "| {} (`{rule}`) | {} |", fault.name, row.join(" | "));
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/faults.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == text, "docs/faults.md is not what came out; UPDATE_DOCS=1 writes it:\n{text}");
}
