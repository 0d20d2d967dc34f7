//! `Name : value`, a block for each row: `Format-List`.

use std::io::Write;

use exoctl_exchange::{Field, Record};

use super::{Form, cell, columns};
use crate::error::CommandError;

#[derive(Debug)]
pub(super) struct List {
    select: Vec<String>,
    begun: bool,
}

impl List {
    pub(super) fn new(select: Vec<String>) -> Self {
        Self { select, begun: false }
    }
}

impl Form for List {
    fn row(&mut self, row: &Record, out: &mut dyn Write) -> Result<(), CommandError> {
        let fields = row.fields();
        let shown: Vec<(&str, Option<&Field<'_>>)> = if self.select.is_empty() {
            fields.iter().map(|field| (field.name.as_ref(), Some(field))).collect()
        } else {
            let chosen = |name| match columns::find(&fields, name) {
                Some(field) => (field.name.as_ref(), Some(field)),
                None => (name, None),
            };
            self.select.iter().map(|name| chosen(name.as_str())).collect()
        };
        if std::mem::replace(&mut self.begun, true) {
            writeln!(out)?;
        }
        let width = shown.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
        for (name, field) in shown {
            let line = format!("{name:width$} : {}", field.map(cell::for_eyes).unwrap_or_default());
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }

    fn rest(&mut self, _out: &mut dyn Write) -> Result<(), CommandError> {
        Ok(())
    }
}
