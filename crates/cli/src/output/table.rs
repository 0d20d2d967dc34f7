//! Tables, `Format-Table`: widths are settled by the first rows, later rows are cut to them.

use std::io::Write;

use exoctl_exchange::Record;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::list::List;
use super::{Form, cell, columns};
use crate::error::CommandError;

/// Rows looked at for the widths.
const FIRST: usize = 100;
/// What a column keeps when the terminal is narrow.
const NARROWEST: usize = 8;

#[derive(Debug)]
pub(super) struct Table {
    select: Vec<String>,
    width: Option<usize>,
    noun: Option<&'static [&'static str]>,
    first: Vec<Record>,
    /// Name and width of each column, once they are settled.
    columns: Vec<(String, usize)>,
    /// Properties that are not shown.
    hidden: usize,
}

impl Table {
    pub(super) fn new(select: Vec<String>, width: Option<usize>) -> Self {
        Self { select, width, noun: None, first: Vec::new(), columns: Vec::new(), hidden: 0 }
    }

    fn begin(&mut self, out: &mut dyn Write) -> Result<(), CommandError> {
        let first = std::mem::take(&mut self.first);
        let Some(row) = first.first() else { return Ok(()) };
        let fields = row.fields();
        let names: Vec<String> = if !self.select.is_empty() {
            let spelled = |name: &String| {
                columns::find(&fields, name).map_or(name.clone(), |field| field.name.to_string())
            };
            self.select.iter().map(spelled).collect()
        } else if let Some(names) = self.noun.filter(|names| has_any(row, names)) {
            let there = names.iter().filter(|name| columns::find(&fields, name).is_some());
            there.map(|name| (*name).to_owned()).collect()
        } else {
            columns::of_row(&fields)
        };
        if self.select.is_empty() {
            self.hidden = fields.len().saturating_sub(names.len());
        }
        self.columns = names.into_iter().map(|name| (name.clone(), name.width())).collect();
        for row in &first {
            let cells = self.cells(row);
            for ((_, width), cell) in self.columns.iter_mut().zip(cells) {
                *width = cell.width().max(*width);
            }
        }
        self.shrink();
        let names: Vec<String> = self.columns.iter().map(|(name, _)| name.clone()).collect();
        let rules: Vec<String> = names.iter().map(|name| "-".repeat(name.width())).collect();
        self.line(&names, out)?;
        self.line(&rules, out)?;
        first.iter().try_for_each(|row| self.line(&self.cells(row), out))
    }

    fn cells(&self, row: &Record) -> Vec<String> {
        let fields = row.fields();
        let text = |(name, _): &(String, usize)| {
            columns::find(&fields, name).map(cell::for_eyes).unwrap_or_default()
        };
        self.columns.iter().map(text).collect()
    }

    /// Takes from the widest column until all fit.
    fn shrink(&mut self) {
        let Some(terminal) = self.width else { return };
        loop {
            let total: usize = self.columns.iter().map(|(_, width)| width + 1).sum();
            let widest = self.columns.iter_mut().map(|(_, width)| width).max();
            match widest {
                Some(width) if total > terminal && *width > NARROWEST => *width -= 1,
                _ => return,
            }
        }
    }

    fn line(&self, cells: &[String], out: &mut dyn Write) -> Result<(), CommandError> {
        let mut line = String::new();
        for (index, (cell, (_, width))) in cells.iter().zip(&self.columns).enumerate() {
            if index > 0 {
                line.push(' ');
            }
            // In a pipe nothing is cut, the columns of that row just do not line up.
            let cell = if self.width.is_some() { cut(cell, *width) } else { cell.clone() };
            line.push_str(&cell);
            line.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.width())));
        }
        Ok(writeln!(out, "{}", line.trim_end())?)
    }
}

impl Form for Table {
    fn row(&mut self, row: &Record, out: &mut dyn Write) -> Result<(), CommandError> {
        if !self.columns.is_empty() {
            return self.line(&self.cells(row), out);
        }
        self.first.push(row.clone());
        if self.first.len() >= FIRST { self.begin(out) } else { Ok(()) }
    }

    fn rest(&mut self, out: &mut dyn Write) -> Result<(), CommandError> {
        if self.columns.is_empty() { self.begin(out) } else { Ok(()) }
    }

    fn remark(&self) -> Option<String> {
        let (shown, all) = (self.columns.len(), self.columns.len() + self.hidden);
        (self.hidden > 0).then(|| {
            format!("{shown} of {all} properties are shown; -o list shows all, --select A,B others")
        })
    }

    fn noun(&mut self, noun: &str) {
        self.noun = columns::of_noun(noun);
    }
}

/// A table for rows of a kind that has columns or has few properties, else a list.
#[derive(Debug)]
pub(super) struct Human {
    table: Table,
    list: List,
    is_table: Option<bool>,
}

impl Human {
    pub(super) fn new(select: Vec<String>, width: Option<usize>) -> Self {
        let list = List::new(select.clone());
        Self { table: Table::new(select, width), list, is_table: None }
    }

    fn decide(&mut self, row: &Record) -> bool {
        *self.is_table.get_or_insert_with(|| {
            let chosen = self.table.select.len();
            match self.table.noun {
                _ if chosen > 0 => chosen <= columns::FEW,
                Some(names) if has_any(row, names) => true,
                _ => row.fields().len() <= columns::FEW,
            }
        })
    }
}

impl Form for Human {
    fn row(&mut self, row: &Record, out: &mut dyn Write) -> Result<(), CommandError> {
        if self.decide(row) { self.table.row(row, out) } else { self.list.row(row, out) }
    }

    fn rest(&mut self, out: &mut dyn Write) -> Result<(), CommandError> {
        self.table.rest(out)
    }

    fn remark(&self) -> Option<String> {
        self.table.remark()
    }

    fn noun(&mut self, noun: &str) {
        self.table.noun(noun);
    }
}

fn has_any(row: &Record, names: &[&str]) -> bool {
    let fields = row.fields();
    names.iter().any(|name| columns::find(&fields, name).is_some())
}

/// The text in so many columns of the terminal, an ellipsis at the end if it is longer.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut cut = String::new();
    let mut used = 0;
    for c in text.chars() {
        used += c.width().unwrap_or_default();
        if used >= width {
            break;
        }
        cut.push(c);
    }
    cut.push('…');
    cut
}
