//! YAML: one sequence, an item for each row.

use std::io::Write;

use exoctl_exchange::Record;
use serde_json::{Map, Value};

use super::{Form, columns};
use crate::error::CommandError;

#[derive(Debug)]
pub(super) struct Yaml {
    select: Vec<String>,
    begun: bool,
}

impl Yaml {
    pub(super) fn new(select: Vec<String>) -> Self {
        Self { select, begun: false }
    }
}

impl Form for Yaml {
    fn row(&mut self, row: &Record, out: &mut dyn Write) -> Result<(), CommandError> {
        let mut object = row.to_object();
        if !self.select.is_empty() {
            let fields = row.fields();
            let chosen = self.select.iter().map(|name| match columns::find(&fields, name) {
                Some(field) => (field.name.to_string(), field.value()),
                None => (name.clone(), Value::Null),
            });
            object = chosen.collect::<Map<String, Value>>();
        }
        let item = serde_saphyr::to_string(&[object]).map_err(CommandError::failed)?;
        self.begun = true;
        writeln!(out, "{}", item.trim_end_matches('\n'))?;
        Ok(())
    }

    fn rest(&mut self, _out: &mut dyn Write) -> Result<(), CommandError> {
        Ok(())
    }

    fn close(&mut self, out: &mut dyn Write) -> Result<(), CommandError> {
        if !self.begun {
            writeln!(out, "[]")?;
        }
        Ok(())
    }
}
