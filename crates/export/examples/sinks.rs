//! Writes rows in every form that keeps records whole, so that other programs can judge the forms
//! with records that no tenant has: `sinks DIRECTORY < rows`. A row is a line of JSON with `AuditData`
//! and, if it is known, the other members of a row of `Search-UnifiedAuditLog`.

use std::borrow::Cow;
use std::error::Error;
use std::io;
use std::path::Path;

use exoctl_export::sink::{CmdletCsv, Jsonl, Parquet, PortalCsv};
use exoctl_export::{Record, Row, SinkKind};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
struct Given {
    audit_data: String,
    record_type: String,
    creation_date: String,
    user_ids: String,
    operations: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let directory = std::env::args_os().nth(1).ok_or("sinks DIRECTORY < rows")?;
    let directory = Path::new(&directory);
    let given: Vec<Given> = io::stdin()
        .lines()
        .map(|line| Ok(serde_json::from_str(&line?)?))
        .collect::<io::Result<_>>()?;
    let mut records: Vec<Record<'_>> =
        given.iter().map(|given| Record::of_row(row(given))).collect();
    records.sort_by_key(|record| record.key);
    records.dedup_by_key(|record| record.key);
    let kinds: [&dyn SinkKind; 4] =
        [&CmdletCsv::default(), &PortalCsv::default(), &Jsonl::default(), &Parquet::default()];
    for kind in kinds {
        let mut sink = kind.open(&directory.join(".partial").join(kind.name()), None)?;
        records.iter().try_for_each(|record| sink.write(record))?;
        for file in sink.finish()? {
            let to = directory.join(file.name);
            std::fs::create_dir_all(to.parent().ok_or("a file is in a directory")?)?;
            std::fs::rename(file.path, to)?;
        }
    }
    Ok(())
}

fn row(given: &Given) -> Row<'_> {
    Row {
        audit_data: Cow::Borrowed(&given.audit_data),
        record_type: Cow::Borrowed(&given.record_type),
        creation_date: Cow::Borrowed(&given.creation_date),
        user_ids: Cow::Borrowed(&given.user_ids),
        operations: Cow::Borrowed(&given.operations),
        is_valid: true,
        ..Row::default()
    }
}
