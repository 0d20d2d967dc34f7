//! From arguments to parameters, with what is known of the cmdlet.

use std::fs;
use std::path::Path;

use exoctl_exchange::powershell::{CommandLine, Evaluation, KnownParameter, Syntax, parse};
use exoctl_exchange::{Catalogue, Cmdlet, ParameterValue};
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
    let known =
        catalogue.and_then(|catalogue| catalogue.find(&line.name)).map(Cmdlet::known_parameters);
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

/// A secret parameter from where `--secure NAME=SOURCE` says.
fn open(
    secure: &SecureArgument,
    context: &Context,
    ui: &mut Ui,
) -> Result<(String, ParameterValue), CommandError> {
    let secret = secure.source.open(&secure.name, context, ui)?;
    Ok((secure.name.clone(), ParameterValue::Secure(secret)))
}
