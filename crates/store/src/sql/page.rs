//! A statement that reads a page of what was asked for.

use std::fmt::Write as _;

use super::create::list;
use super::database::Value;

/// As many as a page has if nothing is said.
const PAGE: usize = 100;

/// A statement that is being made, with its values. The ids are in the order of time, so that a page
/// begins where the one before ended, however much there is.
pub(super) struct Page {
    text: String,
    values: Vec<Value>,
}

impl Page {
    pub(super) fn of(columns: &str, table: &str) -> Self {
        Self { text: format!("select {columns} from {table} where true"), values: Vec::new() }
    }

    /// Only rows of which `condition ` and the value are true, if there is a value.
    pub(super) fn and(mut self, condition: &str, value: Option<impl Into<Value>>) -> Self {
        if let Some(value) = value {
            self.values.push(value.into());
            self.push(&format!(" and {condition} ${}", self.values.len()));
        }
        self
    }

    /// Only rows whose column is one of the values, if there are any.
    pub(super) fn and_one_of(mut self, column: &str, values: Vec<&'static str>) -> Self {
        if !values.is_empty() {
            let first = self.values.len() + 1;
            let marks = list(values.len(), |n| format!("${}", first + n));
            self.values.extend(values.into_iter().map(Value::from));
            self.push(&format!(" and {column} in ({marks})"));
        }
        self
    }

    /// More of the statement, as it is.
    pub(super) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Newest first, and no more than that.
    pub(super) fn newest(mut self, limit: usize) -> (String, Vec<Value>) {
        let limit = if limit == 0 { PAGE } else { limit };
        self.values.push((limit as i64).into());
        let number = self.values.len();
        write!(self.text, " order by id desc limit ${number}").expect("a string takes everything");
        (self.text, self.values)
    }
}
