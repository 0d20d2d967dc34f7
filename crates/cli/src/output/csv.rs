//! CSV with a header: RFC 4180, UTF-8, a line feed after each row.
//!
//! The columns are those of `--select`, else all that the first page of rows has. A later row
//! with one more property is an error and not a row that silently lacks something.

use std::collections::HashMap;
use std::io::Write;

use exoctl_exchange::Record;
use serde_json::value::RawValue;

use super::{Form, NoColumn, cell, columns};
use crate::error::CommandError;

/// Rows looked at for their columns: the largest page that the service sends.
const FIRST: usize = 1000;

#[derive(Debug)]
pub(super) struct Csv {
    select: Vec<String>,
    /// The place of each column by its name in lower case, once they are known.
    columns: Option<HashMap<String, usize>>,
    first: Vec<Record>,
    written: u64,
    line: Vec<u8>,
}

impl Csv {
    pub(super) fn new(select: Vec<String>) -> Self {
        Self { select, columns: None, first: Vec::new(), written: 0, line: Vec::new() }
    }

    /// Settles the columns and writes the header and the rows that were kept.
    fn begin(&mut self, out: &mut dyn Write) -> Result<(), CommandError> {
        let mut names: Vec<String> = Vec::new();
        let mut places = HashMap::new();
        let mut add = |name: &str, names: &mut Vec<String>| {
            places.entry(name.to_ascii_lowercase()).or_insert_with(|| {
                names.push(name.to_owned());
                names.len() - 1
            });
        };
        let first = std::mem::take(&mut self.first);
        if self.select.is_empty() {
            for row in &first {
                row.fields().iter().for_each(|field| add(&field.name, &mut names));
            }
        } else {
            // As the service spells them, if it has them.
            let fields = first.first().map(Record::fields).unwrap_or_default();
            for name in &self.select {
                let spelled = columns::find(&fields, name).map_or(name.as_str(), |f| &f.name);
                add(spelled, &mut names);
            }
        }
        self.columns = Some(places);
        if !names.is_empty() {
            self.write(&names, out)?;
        }
        first.iter().try_for_each(|row| self.cells(row, out))
    }

    fn cells(&mut self, row: &Record, out: &mut dyn Write) -> Result<(), CommandError> {
        self.written += 1;
        let columns = self.columns.as_ref().expect("the columns are settled before");
        let mut cells = vec![String::new(); columns.len()];
        for field in row.fields() {
            match columns.get(&field.name.to_ascii_lowercase()) {
                Some(at) => cells[*at] = cell::for_csv(&field),
                None if self.select.is_empty() && says_something(field.raw) => {
                    let property = field.name.to_string();
                    return Err(NoColumn { row: self.written, property }.into());
                }
                None => {}
            }
        }
        self.write(&cells, out)
    }

    fn write(&mut self, cells: &[String], out: &mut dyn Write) -> Result<(), CommandError> {
        self.line.clear();
        // The default buffer is for a file; this one is for a row.
        let mut writer = csv::WriterBuilder::new().buffer_capacity(512).from_writer(&mut self.line);
        writer.write_record(cells).map_err(CommandError::failed)?;
        writer.flush()?;
        drop(writer);
        Ok(out.write_all(&self.line)?)
    }
}

impl Form for Csv {
    fn row(&mut self, row: &Record, out: &mut dyn Write) -> Result<(), CommandError> {
        if self.columns.is_some() {
            return self.cells(row, out);
        }
        self.first.push(row.clone());
        if !self.select.is_empty() || self.first.len() >= FIRST { self.begin(out) } else { Ok(()) }
    }

    fn rest(&mut self, out: &mut dyn Write) -> Result<(), CommandError> {
        if self.columns.is_none() { self.begin(out) } else { Ok(()) }
    }
}

fn says_something(raw: &RawValue) -> bool {
    !matches!(raw.get(), "null" | "\"\"" | "[]")
}
