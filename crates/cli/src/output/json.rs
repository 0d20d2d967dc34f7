//! JSON: one array, or an object a line. Values are copied as the service wrote them.

use std::io::Write;

use exoctl_exchange::Record;

use super::{Form, columns};
use crate::error::CommandError;

/// `[`, rows separated by commas, `]`; a row is a line.
#[derive(Debug)]
pub(super) struct Array {
    lines: Lines,
    open: bool,
}

impl Array {
    pub(super) fn new(select: Vec<String>) -> Self {
        Self { lines: Lines::new(select), open: false }
    }
}

impl Form for Array {
    fn row(&mut self, row: &Record, out: &mut dyn Write) -> Result<(), CommandError> {
        out.write_all(if self.open { b",\n" } else { b"[\n" })?;
        self.open = true;
        self.lines.compose(row);
        Ok(out.write_all(self.lines.line.as_bytes())?)
    }

    fn rest(&mut self, _out: &mut dyn Write) -> Result<(), CommandError> {
        Ok(())
    }

    fn close(&mut self, out: &mut dyn Write) -> Result<(), CommandError> {
        Ok(out.write_all(if self.open { b"\n]\n" } else { b"[]\n" })?)
    }
}

/// JSON lines.
#[derive(Debug)]
pub(super) struct Lines {
    select: Vec<String>,
    line: String,
}

impl Lines {
    pub(super) fn new(select: Vec<String>) -> Self {
        Self { select, line: String::new() }
    }

    /// The row on one line; selected properties that it does not have are null.
    fn compose(&mut self, row: &Record) {
        self.line.clear();
        if self.select.is_empty() {
            row.write_json(&mut self.line);
            return;
        }
        let fields = row.fields();
        let mut chosen = serde_json::Map::new();
        for name in &self.select {
            match columns::find(&fields, name) {
                Some(field) => chosen.insert(field.name.to_string(), field.value()),
                None => chosen.insert(name.clone(), serde_json::Value::Null),
            };
        }
        self.line = serde_json::Value::Object(chosen).to_string();
    }
}

impl Form for Lines {
    fn row(&mut self, row: &Record, out: &mut dyn Write) -> Result<(), CommandError> {
        self.compose(row);
        self.line.push('\n');
        Ok(out.write_all(self.line.as_bytes())?)
    }

    fn rest(&mut self, _out: &mut dyn Write) -> Result<(), CommandError> {
        Ok(())
    }
}
