//! Runs cmdlets without a server, on a small world, for tests of handlers.

use std::cell::RefCell;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value as Json;
use uuid::Uuid;

use super::super::super::call::{Argument, Call};
use super::super::super::caller::Caller;
use super::super::super::cmdlet::{Handler, Pending};
use super::super::super::cmdlet_error::{CmdletError, Failure};
use super::super::super::row::{Output, RowWriter};
use super::super::super::world::World;
use crate::clock::SimClock;
use crate::config::SimConfig;

/// The time of every trial.
pub(super) const NOW: &str = "2026-11-01T12:00:00Z";

/// A world and what its last call said besides rows.
pub(super) struct Trial {
    pub(super) world: World,
    pub(super) warnings: Vec<String>,
}

impl Trial {
    /// A tenant of 120 mailboxes and 12,000 audit records.
    pub(super) fn new() -> Self {
        let mut config = SimConfig::new("unused");
        config.clock = SimClock::fixed(NOW.parse().unwrap());
        config.audit_records = 12_000;
        Self { world: World::new(&config), warnings: Vec::new() }
    }

    /// Runs a cmdlet and gives its rows.
    pub(super) fn run(&mut self, name: &str, arguments: &[(&'static str, Argument)]) -> Vec<Json> {
        self.attempt(name, arguments).unwrap_or_else(|error| panic!("{name}: {error:?}"))
    }

    /// Runs a cmdlet that must fail, and gives the failure.
    pub(super) fn fail(&mut self, name: &str, arguments: &[(&'static str, Argument)]) -> Failure {
        match self.attempt(name, arguments) {
            Err(CmdletError::Failed(failure)) => failure,
            other => panic!("{name} did not fail: {other:?}"),
        }
    }

    /// Runs a cmdlet that only says what it would do.
    pub(super) fn preview(&mut self, name: &str, arguments: &[(&'static str, Argument)]) -> String {
        let mut call = call(name, arguments);
        call.preview = true;
        match self.rows(&call, 0) {
            Err(CmdletError::Preview(text)) => text,
            other => panic!("{name} asked nothing: {other:?}"),
        }
    }

    /// Rows of a response that goes on after `position` rows of the same call.
    pub(super) fn resume(
        &mut self,
        name: &str,
        arguments: &[(&'static str, Argument)],
        position: u64,
    ) -> Vec<Json> {
        self.rows(&call(name, arguments), position).unwrap()
    }

    fn attempt(
        &mut self,
        name: &str,
        arguments: &[(&'static str, Argument)],
    ) -> Result<Vec<Json>, CmdletError> {
        let call = call(name, arguments);
        let rows = self.rows(&call, 0);
        self.warnings = call.warnings.take();
        rows
    }

    fn rows(&mut self, call: &Call, position: u64) -> Result<Vec<Json>, CmdletError> {
        let output: Output<'_> = match call.cmdlet.handler {
            Handler::Read(handler) => handler(call, &self.world)?,
            Handler::Write(handler) => handler(call, Pending::new(&mut self.world))?,
        };
        Ok(output
            .from(position)
            .map(|(_, row)| {
                let mut text = Vec::new();
                RowWriter::write_row(&*row, None, &mut text);
                serde_json::from_slice(&text).unwrap()
            })
            .collect())
    }
}

fn call(name: &str, arguments: &[(&'static str, Argument)]) -> Call {
    let cmdlet = super::super::find(name).unwrap_or_else(|| panic!("there is no {name}"));
    for (parameter, _) in arguments {
        assert!(cmdlet.parameter(parameter).is_some(), "{name} has no {parameter}");
    }
    Call {
        cmdlet,
        caller: Caller {
            app_id: Uuid::from_u128(7),
            display_name: "EXO Reporting".to_owned(),
            roles: std::collections::BTreeSet::new(),
        },
        now: NOW.parse::<Timestamp>().unwrap(),
        arguments: arguments.iter().cloned().collect::<BTreeMap<_, _>>(),
        preview: false,
        warnings: RefCell::default(),
    }
}

/// A text argument.
pub(super) fn text(text: &str) -> Argument {
    Argument::Text(text.to_owned())
}

/// A date argument.
pub(super) fn time(text: &str) -> Argument {
    Argument::Time(text.parse().unwrap())
}
