//! The few PowerShell expressions that stand in parameters every day: casts, dates relative to
//! now, a file's bytes. Anything else is refused rather than sent as text.

mod command;
mod conversion;
mod moment;

use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::Zoned;
use jiff::tz::TimeZone;
use uuid::Uuid;

use crate::parameters::ParameterValue;

use super::error::{Fault, ParseError};
use super::known::Expected;
use super::value::{DEEPEST, Inside, Reader, is_double, is_single};
use command::{get_content, get_date};
use conversion::convert;
use moment::{date, duration, method, midnight, time_span};

/// Types that a cast may name, in lower case and without `System.`.
const TYPES: [&str; 27] = [
    "array",
    "bool",
    "boolean",
    "byte[]",
    "convert",
    "datetime",
    "datetimeoffset",
    "decimal",
    "double",
    "float",
    "guid",
    "int",
    "int32",
    "int64",
    "io.file",
    "long",
    "mailaddress",
    "net.mail.mailaddress",
    "pscredential",
    "securestring",
    "string",
    "string[]",
    "switch",
    "text.encoding",
    "timespan",
    "uint32",
    "uri",
];

/// Beginnings of commands that a user may have meant to be run.
const VERBS: [&str; 9] = [
    "Get-",
    "New-",
    "Import-",
    "ConvertTo-",
    "ConvertFrom-",
    "Read-",
    "Select-",
    "Join-",
    "Resolve-",
];

/// Whether an opening bracket begins an expression and not just a text in brackets.
pub(super) fn begins_in_brackets(text: &str) -> bool {
    let inner = text.trim_start_matches(|c: char| c == '(' || c.is_whitespace());
    let constant = ["$true", "$false", "$null"].iter().any(|name| begins(inner, name));
    let structured = inner.starts_with("@(") || inner.starts_with("@{") || constant;
    let quoted = inner.starts_with(|c| is_single(c) || is_double(c));
    text.starts_with('(') && (structured || quoted) || is_call(text)
}

/// Whether a text calls something: `(Get-Date…`, `([type]…`, in any number of brackets.
pub(super) fn is_call(text: &str) -> bool {
    let inner = text.trim_start_matches(|c: char| c == '(' || c.is_whitespace());
    text.starts_with('(')
        && (VERBS.iter().any(|verb| begins(inner, verb)) || begins_with_type(inner))
}

/// Whether the text begins with a type in square brackets and something after it.
pub(super) fn begins_with_type(text: &str) -> bool {
    type_name(text).is_some_and(|(name, length)| {
        TYPES.contains(&name.as_str()) && text[length..].starts_with(|c: char| !c.is_whitespace())
    })
}

/// Reads `( … )` and what is called on it.
pub(super) fn bracketed(reader: &mut Reader<'_, '_>) -> Result<ParameterValue, ParseError> {
    primary(reader).map(Operand::finish)
}

/// Reads `[type]…` and what is called on it.
pub(super) fn cast(reader: &mut Reader<'_, '_>) -> Result<ParameterValue, ParseError> {
    primary(reader).map(Operand::finish)
}

/// A value on which methods may be called.
enum Operand {
    Value(ParameterValue),
    Moment(Zoned),
}

impl Operand {
    fn finish(self) -> ParameterValue {
        match self {
            Self::Value(value) => value,
            Self::Moment(moment) => ParameterValue::DateTime(moment.timestamp()),
        }
    }
}

fn primary(reader: &mut Reader<'_, '_>) -> Result<Operand, ParseError> {
    if reader.depth >= DEEPEST {
        return Err(reader.source.error_here(Fault::TooDeep { limit: DEEPEST }));
    }
    reader.depth += 1;
    let expected = std::mem::replace(&mut reader.expected, Expected::Any);
    let operand = match reader.source.peek() {
        Some('(') => in_brackets(reader),
        Some('[') => typed(reader),
        _ => reader.element(Inside::Array).map(Operand::Value),
    };
    let operand = operand.and_then(|operand| called(reader, operand));
    reader.expected = expected;
    reader.depth -= 1;
    operand
}

fn in_brackets(reader: &mut Reader<'_, '_>) -> Result<Operand, ParseError> {
    let start = reader.source.at;
    reader.source.bump();
    reader.source.skip_space_inside()?;
    let rest = reader.source.rest();
    let operand = match () {
        () if begins(rest, "Get-Date") => get_date(reader)?,
        () if begins(rest, "Get-Content") => get_content(reader)?,
        () if VERBS.iter().any(|verb| begins(rest, verb)) => {
            return Err(reader.source.error_here(Fault::Expression));
        }
        () if rest.starts_with('(') || begins_with_type(rest) => primary(reader)?,
        () => Operand::Value(reader.list(Inside::Array)?),
    };
    close(reader, start)?;
    Ok(operand)
}

fn close(reader: &mut Reader<'_, '_>, start: usize) -> Result<(), ParseError> {
    reader.source.skip_space_inside()?;
    match reader.source.peek() {
        Some(')') => {
            reader.source.bump();
            Ok(())
        }
        None => Err(reader.source.error(start, Fault::Unclosed { what: "expression" })),
        Some(_) => Err(reader.source.error_here(Fault::Expression)),
    }
}

/// `[type]value` or `[type]::Member`.
fn typed(reader: &mut Reader<'_, '_>) -> Result<Operand, ParseError> {
    let start = reader.source.at;
    let Some((name, length)) = type_name(reader.source.rest()) else {
        return Err(reader.source.error(start, Fault::Expression));
    };
    if matches!(name.as_str(), "securestring" | "pscredential") {
        let fault = Fault::SecretOnCommandLine { name: reader.name.to_owned() };
        return Err(reader.source.error(start, fault));
    }
    reader.source.at += length;
    if reader.source.eat_text("::") {
        return member(reader, &name, start);
    }
    reader.source.skip_space_inside()?;
    let at = reader.source.at;
    let operand = primary(reader)?;
    convert(reader, &name, operand, at)
}

/// A static member of a type.
fn member(
    reader: &mut Reader<'_, '_>,
    type_name: &str,
    start: usize,
) -> Result<Operand, ParseError> {
    let member = reader.source.take_while(|c| c.is_ascii_alphanumeric()).to_ascii_lowercase();
    let arguments = if reader.source.peek() == Some('(') { arguments(reader)? } else { Vec::new() };
    let evaluation = reader.evaluation;
    let now = || evaluation.clock.now().to_zoned(evaluation.zone.clone());
    let text = arguments.first().and_then(text_of);
    let value = match (type_name, member.as_str(), text) {
        ("datetime", "now", None) => return Ok(Operand::Moment(now())),
        ("datetime", "utcnow", None) => {
            return Ok(Operand::Moment(now().with_time_zone(TimeZone::UTC)));
        }
        ("datetime", "today", None) => return midnight(reader, start, &now()),
        ("datetime", "parse", Some(text)) => {
            return date(reader, start, &text).map(Operand::Moment);
        }
        ("guid", "empty", None) => Uuid::nil().to_string().into(),
        ("io.file", "readallbytes", Some(path)) => {
            ParameterValue::Bytes(file(reader, start, &path)?)
        }
        ("io.file", "readalltext", Some(path)) => file_text(reader, start, &path)?,
        ("convert", "frombase64string", Some(text)) => match BASE64_STANDARD.decode(text.trim()) {
            Ok(bytes) => ParameterValue::Bytes(bytes),
            Err(_) => return Err(not_a(reader, start, &text, "base64")),
        },
        ("timespan", unit, Some(number)) => match (duration(unit, "from"), number.parse::<f64>()) {
            (Some(seconds), Ok(number)) => time_span(seconds * number).into(),
            _ => return Err(reader.source.error(start, Fault::Expression)),
        },
        _ => return Err(reader.source.error(start, Fault::Expression)),
    };
    Ok(Operand::Value(value))
}

/// Methods and properties after an operand.
fn called(reader: &mut Reader<'_, '_>, operand: Operand) -> Result<Operand, ParseError> {
    let mut operand = operand;
    while reader.source.peek() == Some('.') {
        let at = reader.source.at;
        reader.source.bump();
        let name = reader.source.take_while(|c| c.is_ascii_alphanumeric()).to_ascii_lowercase();
        let has_arguments = reader.source.peek() == Some('(');
        let arguments = if has_arguments { arguments(reader)? } else { Vec::new() };
        let Operand::Moment(moment) = operand else {
            return Err(reader.source.error(at, Fault::Expression));
        };
        operand = method(reader, at, &moment, &name, &arguments)?;
    }
    Ok(operand)
}

fn arguments(reader: &mut Reader<'_, '_>) -> Result<Vec<ParameterValue>, ParseError> {
    let start = reader.source.at;
    reader.source.bump();
    reader.source.skip_space_inside()?;
    let arguments = match reader.source.peek() {
        Some(')') => Vec::new(),
        _ => match reader.list(Inside::Array)? {
            ParameterValue::Array(several) => several,
            one => vec![one],
        },
    };
    close(reader, start)?;
    Ok(arguments)
}

fn file(reader: &Reader<'_, '_>, at: usize, path: &str) -> Result<Vec<u8>, ParseError> {
    (reader.evaluation.read_file)(Path::new(path))
        .map_err(|source| reader.source.error(at, Fault::File { path: path.to_owned(), source }))
}

fn file_text(reader: &Reader<'_, '_>, at: usize, path: &str) -> Result<ParameterValue, ParseError> {
    match String::from_utf8(file(reader, at, path)?) {
        Ok(text) => Ok(text.trim_start_matches('\u{feff}').into()),
        Err(_) => Err(not_a(reader, at, path, "a file of UTF-8 text")),
    }
}

fn not_a(reader: &Reader<'_, '_>, at: usize, text: &str, expected: &'static str) -> ParseError {
    let text = text.chars().take(80).collect();
    reader.source.error(at, Fault::NotA { text, expected })
}

/// The text of a scalar, as PowerShell's `ToString()` gives it.
fn text_of(value: &ParameterValue) -> Option<String> {
    match value {
        ParameterValue::String(text) => Some(text.clone()),
        ParameterValue::Number(number) => Some(number.to_string()),
        ParameterValue::Bool(true) => Some("True".to_owned()),
        ParameterValue::Bool(false) => Some("False".to_owned()),
        ParameterValue::Null => Some(String::new()),
        _ => None,
    }
}

/// The name in square brackets, in lower case and without `System.`, and its length with them.
fn type_name(text: &str) -> Option<(String, usize)> {
    let inner = text.strip_prefix('[')?;
    let word = |c: char| c.is_ascii_alphanumeric() || c == '.';
    let end = inner.find(|c| !word(c))?;
    let array = inner[end..].starts_with("[]");
    let close = end + if array { 2 } else { 0 };
    if !inner[close..].starts_with(']') || end == 0 {
        return None;
    }
    let lower = inner[..close].to_ascii_lowercase();
    Some((lower.strip_prefix("system.").unwrap_or(&lower).to_owned(), close + 2))
}

fn begins(text: &str, beginning: &str) -> bool {
    text.get(..beginning.len()).is_some_and(|start| start.eq_ignore_ascii_case(beginning))
}
