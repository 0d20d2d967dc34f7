//! `--query`: a JMESPath expression over the array of all rows.
//!
//! The expression sees all rows at once, so they are kept in memory, and members of objects come
//! in alphabetical order.

use exoctl_exchange::Record;
use serde_json::Value;

use crate::error::CommandError;
use crate::ui::Ui;

/// Rows from which on the user is told that they are kept.
const MANY: usize = 50_000;

#[derive(Debug)]
pub(super) struct Query {
    expression: jmespath::Expression<'static>,
    rows: Vec<Value>,
}

/// An expression that is none, or that does not fit the rows.
#[derive(Debug, thiserror::Error)]
#[error("could not {operation} the query {expression:?}")]
struct QueryError {
    operation: &'static str,
    expression: String,
    source: jmespath::JmespathError,
}

impl Query {
    /// Reads the expression.
    pub(super) fn new(text: &str) -> Result<Self, CommandError> {
        match jmespath::compile(text) {
            Ok(expression) => Ok(Self { expression, rows: Vec::new() }),
            Err(source) => {
                let (operation, expression) = ("read", text.to_owned());
                let error = QueryError { operation, expression, source };
                Err(CommandError::explained_as("query-wrong", error))
            }
        }
    }

    /// Keeps a row until all are there.
    pub(super) fn take(&mut self, record: &Record, ui: &mut Ui) {
        self.rows.push(Value::Object(record.to_object()));
        if self.rows.len() == MANY {
            ui.note(format_args!(
                "--query keeps all rows in memory, {MANY} so far; -Filter and --select do not"
            ));
        }
    }

    /// The rows of the answer: its elements if it is an array, else itself; null is no row.
    pub(super) fn answer(self) -> Result<Vec<Value>, CommandError> {
        let failed = |source| {
            let (operation, expression) = ("answer", self.expression.as_str().to_owned());
            let error = QueryError { operation, expression, source };
            CommandError::explained_as("query-wrong", error)
        };
        let answer = self.expression.search(Value::Array(self.rows)).map_err(failed)?;
        match serde_json::to_value(&*answer).map_err(CommandError::failed)? {
            Value::Array(rows) => Ok(rows),
            Value::Null => Ok(Vec::new()),
            one => Ok(vec![one]),
        }
    }
}
