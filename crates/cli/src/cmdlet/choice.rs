//! Which of the connections a cmdlet is about: `-ConnectionId` and `-ModulePrefix`.

use exoctl_exchange::powershell::{CommandLine, Expected, KnownParameter};
use exoctl_exchange::{ParameterValue, Parameters};

use super::{CmdletLine, binding};
use crate::context::Context;
use crate::error::CommandError;

/// The parameters that choose.
pub(super) const PARAMETERS: [&str; 2] = ["ConnectionId", "ModulePrefix"];

/// What they name; nothing if they are not given.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub(super) ids: Vec<String>,
    pub(super) prefixes: Vec<String>,
}

/// Reads the arguments of a cmdlet that has no other parameters.
pub(super) fn read(
    line: &CmdletLine,
    context: &Context,
) -> Result<(CommandLine, Choice), CommandError> {
    let known = PARAMETERS.map(|name| KnownParameter::new(name, Expected::TextList));
    let parsed = binding::read(&line.arguments, Some(&known), context)?;
    let [ids, prefixes] = PARAMETERS.map(|name| texts(&parsed.parameters, name));
    Ok((parsed, Choice { ids, prefixes }))
}

/// The texts of a parameter that takes one or several.
fn texts(parameters: &Parameters, name: &str) -> Vec<String> {
    match parameters.find(name) {
        Some(ParameterValue::String(text)) => vec![text.clone()],
        Some(ParameterValue::Array(values)) => values
            .iter()
            .filter_map(|value| match value {
                ParameterValue::String(text) => Some(text.clone()),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}
