//! Binds the parameters of a request to those of a cmdlet, as PowerShell does.

mod convert;
mod date;
mod size;

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::bind_error::BindError;
use super::call::Argument;
use super::cmdlet::{Cmdlet, Impact};
use super::parameter::{Parameter, Type};
use super::secret::SecretKey;
use convert::convert;
pub(crate) use date::parse as parse_date;
pub(crate) use size::parse as parse_size;

/// Parameters that every cmdlet has and that change nothing here.
const COMMON: [&str; 12] = [
    "Debug",
    "ErrorAction",
    "ErrorVariable",
    "InformationAction",
    "InformationVariable",
    "OutBuffer",
    "OutVariable",
    "PipelineVariable",
    "ProgressAction",
    "Verbose",
    "WarningAction",
    "WarningVariable",
];

/// What was bound.
#[derive(Debug, Default)]
pub(crate) struct Bound {
    /// Values by declared name.
    pub(crate) arguments: BTreeMap<&'static str, Argument>,
    /// The declared parameters that were given.
    pub(crate) given: Vec<&'static Parameter>,
    /// `Confirm` or `WhatIf` was asked for.
    pub(crate) preview: bool,
}

/// Binds `parameters` as they came in the request.
pub(crate) fn bind(
    cmdlet: &'static Cmdlet,
    parameters: &Map<String, Json>,
    key: &SecretKey,
) -> Result<Bound, BindError> {
    let mut bound = Bound::default();
    let mut unknown = Vec::new();
    for (name, value) in parameters {
        // "X@odata.type" says of what type the elements of the next member are.
        if name.ends_with("@odata.type") {
            continue;
        }
        if let Some(parameter) = cmdlet.parameter(name) {
            bound.arguments.insert(parameter.name, convert(parameter, value, key)?);
            bound.given.push(parameter);
        } else if is_confirmation(cmdlet, name) {
            let switch = Parameter::new("Confirm", Type::Switch);
            bound.preview |= convert(&switch, value, key)? == Argument::Flag(true);
        } else if !COMMON.iter().any(|common| common.eq_ignore_ascii_case(name)) {
            unknown.push(name.as_str());
        }
    }
    if !unknown.is_empty() {
        return Err(BindError::unknown_parameters(&unknown));
    }
    check_sets(cmdlet, &bound.given)?;
    Ok(bound)
}

fn is_confirmation(cmdlet: &Cmdlet, name: &str) -> bool {
    cmdlet.impact != Impact::None
        && (name.eq_ignore_ascii_case("Confirm") || name.eq_ignore_ascii_case("WhatIf"))
}

/// Finds a parameter set that has all given parameters and whose mandatory ones are all given.
fn check_sets(cmdlet: &Cmdlet, given: &[&Parameter]) -> Result<(), BindError> {
    let mut sets: Vec<&str> = Vec::new();
    for set in cmdlet.parameters.iter().flat_map(|parameter| parameter.sets) {
        if !sets.contains(set) {
            sets.push(set);
        }
    }
    if sets.is_empty() {
        sets.push("");
    }
    sets.retain(|set| given.iter().all(|parameter| belongs(parameter, set)));
    let missing: Vec<Vec<&str>> = sets.iter().map(|set| missing(cmdlet, given, set)).collect();
    match missing.iter().min_by_key(|names| names.len()) {
        None => Err(BindError::ambiguous_set()),
        Some(names) if names.is_empty() => Ok(()),
        Some(names) => Err(BindError::missing(names)),
    }
}

fn belongs(parameter: &Parameter, set: &str) -> bool {
    parameter.sets.is_empty() || parameter.sets.contains(&set)
}

fn missing<'a>(cmdlet: &'a Cmdlet, given: &[&Parameter], set: &str) -> Vec<&'a str> {
    cmdlet
        .parameters
        .iter()
        .filter(|parameter| parameter.mandatory && belongs(parameter, set))
        .filter(|parameter| !given.iter().any(|given| given.name == parameter.name))
        .map(|parameter| parameter.name)
        .collect()
}
