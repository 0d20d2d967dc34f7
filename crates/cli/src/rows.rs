//! Rows on their way to stdout, in the format that was asked for.

use exoctl_exchange::Record;
use serde_json::Value;

use crate::context::Context;
use crate::error::CommandError;
use crate::ui::Ui;

/// Writes rows as they come.
#[derive(Debug)]
pub(crate) struct Rows {
    count: u64,
}

impl Rows {
    /// Begins; what is wrong with the format shows now.
    pub(crate) fn new(_context: &Context, _ui: &Ui) -> Result<Self, CommandError> {
        Ok(Self { count: 0 })
    }

    /// Writes a row of a cmdlet.
    pub(crate) fn record(&mut self, record: &Record, ui: &mut Ui) -> Result<(), CommandError> {
        self.count += 1;
        let mut line = String::new();
        record.write_json(&mut line);
        ui.data_line(line)
    }

    /// Writes a row of exoctl's own.
    pub(crate) fn value(&mut self, value: &Value, ui: &mut Ui) -> Result<(), CommandError> {
        self.count += 1;
        ui.data_line(value)
    }

    /// Writes what is left to write.
    pub(crate) fn finish(self, ui: &mut Ui) -> Result<(), CommandError> {
        ui.flush()
    }
}
