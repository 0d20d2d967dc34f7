//! `docs/errors.md`, written from the rows.

use std::fmt::Write as _;

use super::{Entry, Fix, SECTIONS};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/errors.md");

#[test]
#[expect(clippy::disallowed_methods, reason = "a switch of this test, which no user has")]
fn the_document_is_what_the_rows_say() {
    let text = document();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(PATH, &text).unwrap();
    }
    let kept = std::fs::read_to_string(PATH).unwrap();
    assert!(kept == text, "docs/errors.md is not what the catalogue says; UPDATE_DOCS=1 writes it");
}

fn document() -> String {
    let mut text = include_str!("head.md").to_owned();
    for section in SECTIONS.iter() {
        let _ = writeln!(text, "\n## {}\n\n{}\n", section.title, section.about);
        text.push_str("| Code | Cause | Fix | Exit code | Produced by |\n|---|---|---|---|---|\n");
        for entry in &section.rows {
            text.push_str(&row(entry));
        }
    }
    text
}

fn row(entry: &Entry) -> String {
    let produced = match (&entry.sim, &entry.unproduced) {
        (Some(sim), _) => sim.clone(),
        (None, Some(why)) => format!("nothing: {why}"),
        (None, None) => String::new(),
    };
    let fixes: Vec<String> = entry.all_fixes().iter().map(fix).collect();
    let cells = [
        format!("`{}`", entry.code),
        entry.cause.clone(),
        fixes.join("; "),
        entry.exit.number().to_string(),
        produced,
    ];
    format!("| {} |\n", cells.map(|cell| cell.replace('|', "\\|")).join(" | "))
}

fn fix(fix: &Fix) -> String {
    match &fix.run {
        // The same words as on the screen of somebody of whom nothing is known.
        Some(run) => format!("{}: `{}`", fix.why, super::Known::default().fill(run)),
        None => fix.why.clone(),
    }
}
