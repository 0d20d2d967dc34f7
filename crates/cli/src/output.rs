//! Rows in the format that was asked for, written as they arrive.
//!
//! A form gets one row after the other and writes it at once; only widths of a table and columns
//! of CSV look at the first rows before. Type annotations are never shown.

mod cell;
mod columns;
mod csv;
mod file;
mod json;
mod list;
mod query;
mod table;
mod yaml;

#[cfg(test)]
mod tests;

use std::fmt::Debug;
use std::io::Write;
use std::path::Path;
use std::str::FromStr;

use exoctl_exchange::Record;
use serde_json::Value;

use self::file::AtomicFile;
use self::query::Query;
use crate::context::Context;
use crate::env;
use crate::error::{CommandError, InvalidSetting};
use crate::ui::Ui;

/// Writes rows as they come.
#[derive(Debug)]
pub(crate) struct Rows {
    form: Box<dyn Form>,
    query: Option<Query>,
    file: Option<AtomicFile>,
    select: Vec<String>,
    found: Vec<bool>,
    count: u64,
}

/// A way to write rows.
trait Form: Debug + Send {
    /// Writes a row, or keeps it until the first rows have been seen.
    fn row(&mut self, row: &Record, out: &mut dyn Write) -> Result<(), CommandError>;

    /// Writes what was kept.
    fn rest(&mut self, out: &mut dyn Write) -> Result<(), CommandError>;

    /// Closes what was opened; not called if rows are missing.
    fn close(&mut self, out: &mut dyn Write) -> Result<(), CommandError> {
        let _ = out;
        Ok(())
    }

    /// What is to be said about the output, on stderr.
    fn remark(&self) -> Option<String> {
        None
    }

    /// Shows rows of this kind: the noun of a cmdlet.
    fn noun(&mut self, _noun: &str) {}
}

impl Rows {
    /// Begins; what is wrong with the format, the columns or the query shows now.
    pub(crate) fn new(context: &Context, ui: &Ui) -> Result<Self, CommandError> {
        let global = context.global();
        let named =
            global.output.clone().or_else(|| context.environment().find(env::EXOCTL_OUTPUT));
        let format = match named {
            Some(name) => name.parse()?,
            None if ui.stdout_is_terminal() => Format::Human,
            None => Format::JsonLines,
        };
        let width = ui.stdout_is_terminal().then(|| width(context)).flatten();
        let mut rows = Self::of(format, &global.select, width);
        rows.query = global.query.as_deref().map(Query::new).transpose()?;
        Ok(rows)
    }

    /// In a format; columns in the order of `select`, all if it is empty; `width` is a
    /// terminal's.
    fn of(format: Format, select: &[String], width: Option<usize>) -> Self {
        let select: Vec<String> =
            select.iter().map(|name| name.trim().to_owned()).filter(|n| !n.is_empty()).collect();
        let chosen = select.clone();
        let form: Box<dyn Form> = match format {
            Format::Table => Box::new(table::Table::new(chosen, width)),
            Format::List => Box::new(list::List::new(chosen)),
            Format::Human => Box::new(table::Human::new(chosen, width)),
            Format::Json => Box::new(json::Array::new(chosen)),
            Format::JsonLines => Box::new(json::Lines::new(chosen)),
            Format::Csv => Box::new(csv::Csv::new(chosen)),
            Format::Yaml => Box::new(yaml::Yaml::new(chosen)),
        };
        let found = vec![false; select.len()];
        Self { form, query: None, file: None, select, found, count: 0 }
    }

    /// Rows of a cmdlet's noun, `Mailbox` for example, which decides a table's columns.
    pub(crate) fn noun(mut self, noun: &str) -> Self {
        self.form.noun(noun);
        self
    }

    /// Into a file, which is there when all rows are in it and not before.
    pub(crate) fn into_file(mut self, path: &Path) -> Result<Self, CommandError> {
        self.file = Some(AtomicFile::create(path)?);
        Ok(self)
    }

    /// Writes a row of a cmdlet.
    pub(crate) fn record(&mut self, record: &Record, ui: &mut Ui) -> Result<(), CommandError> {
        self.count += 1;
        match &mut self.query {
            Some(query) => {
                query.take(record, ui);
                Ok(())
            }
            None => self.show(record, ui),
        }
    }

    /// Writes a row of exoctl's own.
    pub(crate) fn value(&mut self, value: &Value, ui: &mut Ui) -> Result<(), CommandError> {
        self.record(&record_of(value), ui)
    }

    /// Writes what is left to write and closes the output: all rows were there.
    pub(crate) fn finish(mut self, ui: &mut Ui) -> Result<(), CommandError> {
        self.write_rest(ui)?;
        self.form.close(out(&mut self.file, ui))?;
        if let Some(file) = self.file.take() {
            file.commit()?;
        }
        self.say(ui);
        ui.flush()
    }

    /// Writes what is left of rows that others should have followed: a JSON array stays open, so
    /// that nobody takes it for whole, and a file is not made.
    pub(crate) fn cut_off(mut self, ui: &mut Ui) -> Result<(), CommandError> {
        if self.query.is_none() {
            self.write_rest(ui)?;
        }
        ui.flush()
    }

    fn write_rest(&mut self, ui: &mut Ui) -> Result<(), CommandError> {
        if let Some(query) = self.query.take() {
            for row in query.answer()? {
                self.show(&record_of(&row), ui)?;
            }
        }
        self.form.rest(out(&mut self.file, ui))
    }

    fn show(&mut self, record: &Record, ui: &mut Ui) -> Result<(), CommandError> {
        if self.found.contains(&false) {
            let fields = record.fields();
            for (found, name) in self.found.iter_mut().zip(&self.select) {
                *found |= columns::find(&fields, name).is_some();
            }
        }
        self.form.row(record, out(&mut self.file, ui))
    }

    fn say(&self, ui: &mut Ui) {
        let missing = self.select.iter().zip(&self.found).filter(|(_, found)| !**found);
        let missing: Vec<&str> = missing.map(|(name, _)| name.as_str()).collect();
        if self.count > 0 && !missing.is_empty() {
            ui.warning(format_args!("no row has the property {}", missing.join(", ")));
        }
        if let Some(remark) = self.form.remark() {
            ui.note(remark);
        }
    }
}

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Table,
    List,
    /// Table or list, as the rows are.
    Human,
    Json,
    JsonLines,
    Csv,
    Yaml,
}

impl FromStr for Format {
    type Err = InvalidSetting;

    fn from_str(text: &str) -> Result<Self, InvalidSetting> {
        match text.trim().to_ascii_lowercase().as_str() {
            "table" => Ok(Self::Table),
            "list" => Ok(Self::List),
            "json" => Ok(Self::Json),
            "jsonl" => Ok(Self::JsonLines),
            "csv" => Ok(Self::Csv),
            "yaml" => Ok(Self::Yaml),
            _ => Err(InvalidSetting {
                setting: "--output",
                value: text.to_owned(),
                expected: "table, list, json, jsonl, csv or yaml",
            }),
        }
    }
}

/// A row that lacks nothing was to be written and cannot be.
#[derive(Debug, thiserror::Error)]
#[error("row {row} has the property {property}, for which the output has no column")]
struct NoColumn {
    row: u64,
    property: String,
}

impl From<NoColumn> for CommandError {
    fn from(error: NoColumn) -> Self {
        Self::explained_as("no-column", error)
    }
}

fn out<'a>(file: &'a mut Option<AtomicFile>, ui: &'a mut Ui) -> &'a mut dyn Write {
    match file {
        Some(file) => file,
        None => ui.data(),
    }
}

/// A value as a row; one that is no object has one property, `Value`.
fn record_of(value: &Value) -> Record {
    let json = match value {
        Value::Object(_) => value.to_string(),
        other => serde_json::json!({ "Value": other }).to_string(),
    };
    Record::from_json(json).expect("an object was written")
}

fn width(context: &Context) -> Option<usize> {
    let named = context.environment().find(env::COLUMNS).and_then(|text| text.parse().ok());
    named.or_else(|| terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)))
}
