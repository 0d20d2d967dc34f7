//! The columns of an input and one row of it.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::error::InputError;

/// The columns that exoctl adds to a file of failed rows. An input may have them; they are not
/// looked at.
pub(super) const ERROR: &str = "Error";
/// The row's number in the input.
pub(super) const ROW: &str = "Row";

/// The names of the columns in the order of the input, without exoctl's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Columns {
    names: Vec<String>,
    by_lowercase: HashMap<String, usize>,
    /// For each field of a CSV record, its column.
    fields: Vec<Option<usize>>,
}

/// A row of the input.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    /// Its number, from 1, without empty lines.
    pub(super) number: u64,
    /// Where it begins in the file, or in blank lines before it.
    pub(super) offset: u64,
    /// A value for each column; none if an object of JSON lines does not have it.
    pub(super) cells: Vec<Option<Value>>,
}

impl Columns {
    /// Those of a CSV header.
    pub(super) fn of_header<'a>(
        header: impl Iterator<Item = &'a str>,
        name: &str,
    ) -> Result<Self, InputError> {
        let mut columns = Self::default();
        let mut own: Vec<&str> = Vec::new();
        for (at, written) in header.enumerate() {
            let column = written.trim();
            let duplicate =
                || InputError::DuplicateColumn { name: name.to_owned(), column: column.to_owned() };
            if column.is_empty() {
                return Err(InputError::UnnamedColumn { name: name.to_owned(), number: at + 1 });
            }
            if let Some(known) = own_column(column) {
                if own.contains(&known) {
                    return Err(duplicate());
                }
                own.push(known);
                columns.fields.push(None);
                continue;
            }
            if columns.find(column).is_some() {
                return Err(duplicate());
            }
            columns.fields.push(Some(columns.names.len()));
            columns.add(column);
        }
        Ok(columns)
    }

    /// Adds those of an object that are new. Two members whose names differ only in letter case
    /// are one column twice: its name comes back.
    pub(super) fn learn(&mut self, object: &Map<String, Value>) -> Result<(), String> {
        let mut seen = vec![false; self.names.len()];
        for name in object.keys().filter(|name| own_column(name).is_none()) {
            match self.find(name) {
                Some(at) if seen[at] => return Err(name.clone()),
                Some(at) => seen[at] = true,
                None => {
                    self.add(name);
                    seen.push(true);
                }
            }
        }
        Ok(())
    }

    /// The names.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// The column of that name in any letter case.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.by_lowercase.get(&name.to_lowercase()).copied()
    }

    /// How many fields a CSV record has.
    pub(super) fn fields(&self) -> usize {
        self.fields.len()
    }

    /// The cells of a CSV record.
    pub(super) fn cells_of_fields<'a>(
        &self,
        fields: impl Iterator<Item = &'a str>,
    ) -> Vec<Option<Value>> {
        let kept = self.fields.iter().zip(fields).filter(|(column, _)| column.is_some());
        kept.map(|(_, text)| Some(Value::String(text.to_owned()))).collect()
    }

    /// The cells of an object.
    pub(super) fn cells_of_object(&self, object: Map<String, Value>) -> Vec<Option<Value>> {
        let mut cells = vec![None; self.names.len()];
        for (name, value) in object {
            if let Some(at) = self.find(&name) {
                cells[at] = Some(value);
            }
        }
        cells
    }

    fn add(&mut self, name: &str) {
        self.by_lowercase.insert(name.to_lowercase(), self.names.len());
        self.names.push(name.to_owned());
    }
}

/// Which of exoctl's own columns it is.
fn own_column(name: &str) -> Option<&'static str> {
    [ERROR, ROW].into_iter().find(|own| own.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_twice_is_named_whatever_its_letter_case() {
        let error = Columns::of_header(["Mail", " mail "].into_iter(), "a.csv").unwrap_err();
        assert_eq!(error.to_string(), "a.csv has the column mail twice");
        let error = Columns::of_header(["Größe", "GRÖßE"].into_iter(), "a.csv").unwrap_err();
        assert_eq!(error.to_string(), "a.csv has the column GRÖßE twice");
        let error = Columns::of_header(["Row", "A", "row"].into_iter(), "a.csv").unwrap_err();
        assert_eq!(error.to_string(), "a.csv has the column row twice");
    }

    #[test]
    fn columns_of_a_failed_file_are_not_looked_at() {
        let columns = Columns::of_header(["Error", "A", "row", "B"].into_iter(), "a.csv").unwrap();
        assert_eq!(columns.names(), ["A", "B"]);
        assert_eq!(columns.fields(), 4);
        let cells = columns.cells_of_fields(["e", "1", "r", "2"].into_iter());
        assert_eq!(cells, [Some("1".into()), Some("2".into())]);
    }
}
