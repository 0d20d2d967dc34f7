//! Commands in brackets: `Get-Date` and `Get-Content`.

use jiff::tz::TimeZone;

use super::super::error::{Fault, ParseError};
use super::super::value::{Inside, Reader, is_double, is_single};
use super::moment::{date, formatted};
use super::{Operand, file, file_text, text_of};
use crate::parameters::ParameterValue;

/// `Get-Date` and its parameters, up to the closing bracket.
pub(super) fn get_date(reader: &mut Reader<'_, '_>) -> Result<Operand, ParseError> {
    reader.source.eat_text("Get-Date");
    let evaluation = reader.evaluation;
    let mut moment = evaluation.clock.now().to_zoned(evaluation.zone.clone());
    let mut format = None;
    for (name, at, value) in arguments_of_command(reader)? {
        let text = value.as_ref().and_then(text_of);
        match (name.as_str(), text) {
            ("" | "-date", Some(text)) => moment = date(reader, at, &text)?,
            ("-format", Some(text)) => format = Some((text, at)),
            ("-asutc", None) => moment = moment.with_time_zone(TimeZone::UTC),
            _ => return Err(reader.source.error(at, Fault::Expression)),
        }
    }
    match format {
        None => Ok(Operand::Moment(moment)),
        Some((format, at)) => formatted(reader, at, &moment, &format),
    }
}

/// `Get-Content` as it is used for a file's bytes or its text.
pub(super) fn get_content(reader: &mut Reader<'_, '_>) -> Result<Operand, ParseError> {
    let start = reader.source.at;
    reader.source.eat_text("Get-Content");
    let (mut path, mut bytes, mut raw) = (None, false, false);
    for (name, at, value) in arguments_of_command(reader)? {
        let text = value.as_ref().and_then(text_of);
        match (name.as_str(), text) {
            ("" | "-path" | "-literalpath", Some(text)) => path = Some((text, at)),
            ("-encoding", Some(text)) => bytes |= text.eq_ignore_ascii_case("byte"),
            ("-asbytestream", None) => bytes = true,
            ("-raw", None) => raw = true,
            ("-readcount", Some(_)) => {}
            _ => return Err(reader.source.error(at, Fault::Expression)),
        }
    }
    match path {
        Some((path, at)) if bytes => file(reader, at, &path).map(ParameterValue::Bytes),
        Some((path, at)) if raw => file_text(reader, at, &path),
        _ => Err(reader.source.error(start, Fault::Expression)),
    }
    .map(Operand::Value)
}

/// What stands between a command and its closing bracket: a lower-case name or none, its place,
/// and a value or none.
type CommandArgument = (String, usize, Option<ParameterValue>);

fn arguments_of_command(reader: &mut Reader<'_, '_>) -> Result<Vec<CommandArgument>, ParseError> {
    let mut arguments = Vec::new();
    loop {
        reader.source.skip_space_inside()?;
        let at = reader.source.at;
        let named = reader.source.rest().starts_with('-')
            && reader.source.rest()[1..].starts_with(|c: char| c.is_ascii_alphabetic());
        let name = if named {
            reader.source.take_while(|c| c == '-' || c.is_ascii_alphabetic()).to_ascii_lowercase()
        } else {
            String::new()
        };
        reader.source.skip_space_inside()?;
        let switch = matches!(name.as_str(), "-asutc" | "-raw" | "-asbytestream");
        match reader.source.peek() {
            None | Some(')') if !named => return Ok(arguments),
            None | Some(')' | '-') if named => arguments.push((name, at, None)),
            Some(_) if switch => arguments.push((name, at, None)),
            _ => arguments.push((name, at, Some(word(reader)?))),
        }
    }
}

/// A value that ends at white space, as arguments of a command do.
fn word(reader: &mut Reader<'_, '_>) -> Result<ParameterValue, ParseError> {
    match reader.source.peek() {
        Some(c) if is_single(c) || is_double(c) => reader.quoted().map(ParameterValue::String),
        Some('(' | '[' | '$' | '@') => reader.element(Inside::Array),
        _ => {
            let at = reader.source.at;
            let text = reader.source.take_while(|c| !c.is_whitespace() && c != ')' && c != '|');
            if text.is_empty() {
                return Err(reader.source.error(at, Fault::Expression));
            }
            Ok(ParameterValue::String(text))
        }
    }
}
