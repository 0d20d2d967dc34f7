//! CSV with a header: RFC 4180, UTF-8, a line feed after each row.
//!
//! The columns are those of `--select`, else all that the first page of rows has. A later row
//! with one more property is an error and not a row that silently lacks something.

use std::borrow::Cow;
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
    columns: Option<Columns>,
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
        let mut columns = Columns::default();
        let first = std::mem::take(&mut self.first);
        if self.select.is_empty() {
            for row in &first {
                row.fields().iter().for_each(|field| columns.add(&field.name));
            }
        } else {
            // As the service spells them, if it has them.
            let fields = first.first().map(Record::fields).unwrap_or_default();
            for name in &self.select {
                let spelled = columns::find(&fields, name).map_or(name.as_str(), |f| &f.name);
                columns.add(spelled);
            }
        }
        if !columns.names.is_empty() {
            write(columns.names.iter().map(String::as_str), &mut self.line, out)?;
        }
        self.columns = Some(columns);
        first.iter().try_for_each(|row| self.cells(row, out))
    }

    fn cells(&mut self, row: &Record, out: &mut dyn Write) -> Result<(), CommandError> {
        self.written += 1;
        let columns = self.columns.as_mut().expect("the columns are settled before");
        let fields = row.fields();
        let mut cells = vec![Cow::Borrowed(""); columns.names.len()];
        for (index, field) in fields.iter().enumerate() {
            match columns.place(index, &field.name) {
                Some(at) => cells[at] = cell::for_csv(field),
                None if self.select.is_empty() && says_something(field.raw) => {
                    let property = field.name.to_string();
                    return Err(NoColumn { row: self.written, property }.into());
                }
                None => {}
            }
        }
        write(cells.iter().map(|cell| &**cell), &mut self.line, out)
    }
}

/// The columns in their order.
#[derive(Debug, Default)]
struct Columns {
    names: Vec<String>,
    /// The place of each by its name in lower case.
    places: HashMap<String, usize>,
    /// The properties of the last row, each with its place: the next row mostly has the same.
    last: Vec<(String, Option<usize>)>,
}

impl Columns {
    fn add(&mut self, name: &str) {
        self.places.entry(name.to_ascii_lowercase()).or_insert_with(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        });
    }

    /// The column of the property that stands at `index` in a row.
    fn place(&mut self, index: usize, name: &str) -> Option<usize> {
        if let Some((_, place)) = self.last.get(index).filter(|(before, _)| before == name) {
            return *place;
        }
        let place = self.places.get(&name.to_ascii_lowercase()).copied();
        self.last.truncate(index);
        if self.last.len() == index {
            self.last.push((name.to_owned(), place));
        }
        place
    }
}

/// Writes a row; `line` is what it is put together in.
fn write<'a>(
    cells: impl Iterator<Item = &'a str>,
    line: &mut Vec<u8>,
    out: &mut dyn Write,
) -> Result<(), CommandError> {
    line.clear();
    // The default buffer is for a file; this one is for a row.
    let mut writer = csv::WriterBuilder::new().buffer_capacity(8 << 10).from_writer(&mut *line);
    writer.write_record(cells.map(str::as_bytes)).map_err(CommandError::failed)?;
    writer.flush()?;
    drop(writer);
    Ok(out.write_all(line)?)
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
