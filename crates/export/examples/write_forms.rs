//! Writes records from elsewhere in all forms of text: one `AuditData` a line on the standard input,
//! or rows of the cmdlet as JSON with `--rows`.
//!
//! ```console
//! $ cargo run -p exoctl-export --example write_forms -- ./forms < audit.jsonl
//! ```

#![expect(clippy::print_stdout, reason = "it tells what it has written")]

use std::error::Error;
use std::io::BufRead as _;
use std::path::Path;

use exoctl_export::sink::{CmdletCsv, Compression, Jsonl, PortalCsv, Quarantined, ReviewerCsv};
use exoctl_export::{Record, Row, SinkKind};
use serde_json::Value;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let directory = arguments.next().ok_or("which directory?")?;
    let are_rows = arguments.next().as_deref() == Some("--rows");
    let mut records = Vec::new();
    for line in std::io::stdin().lock().lines() {
        records.push(Record::of_row(row(line?, are_rows)?));
    }
    records.sort_by_key(|record| record.key);
    records.dedup_by_key(|record| record.key);
    let mut kinds: Vec<Box<dyn SinkKind>> =
        vec![Box::new(ReviewerCsv::default()), Box::new(Quarantined)];
    for compression in [Compression::None, Compression::Gzip, Compression::Zstd] {
        kinds.push(Box::new(CmdletCsv { compression }));
        kinds.push(Box::new(PortalCsv { compression }));
        kinds.push(Box::new(Jsonl { compression }));
    }
    for kind in kinds {
        let mut sink = kind.open(Path::new(&directory), None)?;
        for record in &records {
            sink.write(record)?;
        }
        for file in sink.finish()? {
            println!("{} {}", file.records, file.name);
        }
    }
    Ok(())
}

fn row(line: String, is_row: bool) -> Result<Row<'static>, Box<dyn Error>> {
    let value: Value = serde_json::from_str(&line)?;
    let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    Ok(if is_row {
        Row {
            record_type: text("RecordType").into(),
            creation_date: text("CreationDate").into(),
            user_ids: text("UserIds").into(),
            operations: text("Operations").into(),
            audit_data: text("AuditData").into(),
            identity: text("Identity").into(),
            is_valid: true,
            object_state: text("ObjectState").into(),
            ..Row::default()
        }
    } else {
        Row {
            record_type: value["RecordType"].to_string().into(),
            creation_date: text("CreationTime").into(),
            user_ids: text("UserId").into(),
            operations: text("Operation").into(),
            identity: text("Id").into(),
            audit_data: line.into(),
            is_valid: true,
            object_state: "Unchanged".into(),
            ..Row::default()
        }
    })
}
