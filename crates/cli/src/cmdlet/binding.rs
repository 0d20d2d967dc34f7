//! From arguments to parameters, with what is known of the cmdlet.

use std::fs;
use std::path::Path;

use exoctl_exchange::powershell::{
    CommandLine, Evaluation, Expected, KnownParameter, Syntax, parse,
};
use exoctl_exchange::{Catalogue, Cmdlet, ParameterValue, ValueType};
use jiff::tz::TimeZone;

use super::{CmdletLine, options::SecureArgument};
use crate::context::Context;
use crate::error::CommandError;
use crate::ui::Ui;

/// Reads the arguments of a cmdlet of the catalogue, or of one that is not in it.
pub(super) fn bind(
    line: &CmdletLine,
    catalogue: Option<&Catalogue>,
    context: &Context,
    ui: &mut Ui,
) -> Result<CommandLine, CommandError> {
    let known = catalogue.and_then(|catalogue| catalogue.find(&line.name)).map(parameters);
    let mut parsed = read(&line.arguments, known.as_deref(), context)?;
    for secure in &line.options.secure {
        let (name, value) = open(secure, context, ui)?;
        parsed.parameters.set(name, value);
    }
    Ok(parsed)
}

/// Reads arguments whose parameters are known, or are not.
pub(super) fn read(
    arguments: &[String],
    known: Option<&[KnownParameter]>,
    context: &Context,
) -> Result<CommandLine, CommandError> {
    let clock = context.clock();
    let zone = TimeZone::system();
    let files = |path: &Path| fs::read(path);
    let evaluation = Evaluation::new(&*clock).in_zone(&zone).reading(&files);
    let syntax = Syntax { parameters: known, flags: &[], evaluation };
    Ok(parse(arguments, &syntax)?)
}

/// The parameters of a cmdlet as the parser wants to know them.
fn parameters(cmdlet: &Cmdlet) -> Vec<KnownParameter> {
    cmdlet
        .parameters
        .iter()
        .map(|parameter| KnownParameter {
            name: parameter.name.clone(),
            aliases: parameter.aliases.clone(),
            expected: expected(&parameter.value_type),
            position: parameter.position,
        })
        .collect()
}

fn expected(value_type: &ValueType) -> Expected {
    match value_type {
        ValueType::Switch => Expected::Switch,
        ValueType::Bool => Expected::Boolean,
        ValueType::String => Expected::Text,
        ValueType::Integer => Expected::Number,
        ValueType::DateTime => Expected::DateTime,
        ValueType::SecureString | ValueType::Credential => Expected::Secret,
        ValueType::List(of) if **of == ValueType::String => Expected::TextList,
        _ => Expected::Any,
    }
}

/// A secret parameter from where `--secure NAME=SOURCE` says.
fn open(
    secure: &SecureArgument,
    context: &Context,
    ui: &mut Ui,
) -> Result<(String, ParameterValue), CommandError> {
    let secret = secure.source.open(&secure.name, context, ui)?;
    Ok((secure.name.clone(), ParameterValue::Secure(secret)))
}
