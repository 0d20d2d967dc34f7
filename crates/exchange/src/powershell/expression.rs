//! The few PowerShell expressions that stand in parameters every day: casts, dates relative to
//! now, a file's bytes. Anything else is refused rather than sent as text.

use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Zoned};
use uuid::Uuid;

use crate::parameters::ParameterValue;

use super::datetime;
use super::error::{Fault, ParseError};
use super::known::Expected;
use super::number;
use super::value::{DEEPEST, Inside, Reader, is_double, is_single};

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

/// `Get-Date` and its parameters, up to the closing bracket.
fn get_date(reader: &mut Reader<'_, '_>) -> Result<Operand, ParseError> {
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
fn get_content(reader: &mut Reader<'_, '_>) -> Result<Operand, ParseError> {
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

fn convert(
    reader: &Reader<'_, '_>,
    name: &str,
    operand: Operand,
    at: usize,
) -> Result<Operand, ParseError> {
    if let ("datetime" | "datetimeoffset", Operand::Moment(moment)) = (name, &operand) {
        return Ok(Operand::Moment(moment.clone()));
    }
    let value = operand.finish();
    let text = text_of(&value).unwrap_or_default();
    let converted = match (name, value) {
        ("datetime" | "datetimeoffset", _) => return date(reader, at, &text).map(Operand::Moment),
        ("byte[]", bytes @ ParameterValue::Bytes(_)) => Some(bytes),
        ("byte[]", value) => bytes(&value).map(ParameterValue::Bytes),
        ("array", array @ ParameterValue::Array(_)) => Some(array),
        ("array", one) => Some(ParameterValue::Array(vec![one])),
        ("string[]", ParameterValue::Array(several)) => {
            let texts: Option<Vec<_>> = several.iter().map(text_of).collect();
            texts.map(|texts| {
                ParameterValue::Array(texts.into_iter().map(ParameterValue::String).collect())
            })
        }
        ("string[]", _) => Some(ParameterValue::Array(vec![text.as_str().into()])),
        (
            "string" | "uri" | "mailaddress" | "net.mail.mailaddress" | "timespan",
            ParameterValue::Array(_) | ParameterValue::Hashtable(_),
        ) => None,
        ("string" | "uri" | "mailaddress" | "net.mail.mailaddress" | "timespan", _) => {
            Some(text.as_str().into())
        }
        ("guid", _) => Uuid::try_parse(text.trim()).ok().map(|id| id.to_string().into()),
        ("bool" | "boolean" | "switch", ParameterValue::Bool(value)) => Some(value.into()),
        ("bool" | "boolean" | "switch", ParameterValue::Null) => Some(false.into()),
        ("bool" | "boolean" | "switch", ParameterValue::Number(number)) => {
            Some((number.as_f64() != Some(0.0)).into())
        }
        // PowerShell: any text that is not empty is true, 'false' too.
        ("bool" | "boolean", ParameterValue::String(text)) => Some((!text.is_empty()).into()),
        ("double" | "float" | "decimal", _) => text
            .trim()
            .parse::<f64>()
            .ok()
            .and_then(serde_json::Number::from_f64)
            .map(ParameterValue::Number),
        ("int" | "int32" | "int64" | "long" | "uint32", _) => integer(&text),
        _ => return Err(reader.source.error(at, Fault::Expression)),
    };
    match converted {
        Some(value) => Ok(Operand::Value(value)),
        None => Err(not_a(reader, at, &text, described(name))),
    }
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

fn method(
    reader: &Reader<'_, '_>,
    at: usize,
    moment: &Zoned,
    name: &str,
    arguments: &[ParameterValue],
) -> Result<Operand, ParseError> {
    let refused = || reader.source.error(at, Fault::Expression);
    let text = arguments.first().and_then(text_of);
    let moved = match (name, text) {
        ("date", None) => return midnight(reader, at, moment),
        ("touniversaltime", None) => Some(moment.with_time_zone(TimeZone::UTC)),
        ("tolocaltime", None) => Some(moment.with_time_zone(reader.evaluation.zone.clone())),
        ("tostring", None) => return formatted(reader, at, moment, ""),
        ("tostring", Some(format)) => return formatted(reader, at, moment, &format),
        ("addmonths" | "addyears", Some(number)) => {
            let number: i64 = number.parse().map_err(|_| refused())?;
            let months = number.saturating_mul(if name == "addyears" { 12 } else { 1 });
            Span::new().try_months(months).ok().and_then(|span| moment.checked_add(span).ok())
        }
        (add, Some(number)) => {
            let seconds = duration(add, "add").ok_or_else(refused)?;
            let number: f64 = number.parse().map_err(|_| refused())?;
            // .NET moves the time of day, whatever happens to summer time in between.
            SignedDuration::try_from_secs_f64(seconds * number)
                .ok()
                .and_then(|step| moment.datetime().checked_add(step).ok())
                .and_then(|moved| moved.to_zoned(moment.time_zone().clone()).ok())
        }
        _ => return Err(refused()),
    };
    moved.map(Operand::Moment).ok_or_else(refused)
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

fn date(reader: &Reader<'_, '_>, at: usize, text: &str) -> Result<Zoned, ParseError> {
    datetime::read(text, reader.evaluation.zone)
        .ok_or_else(|| not_a(reader, at, text, "a date such as 2026-12-31 or 12/31/2026 3:00 PM"))
}

fn midnight(reader: &Reader<'_, '_>, at: usize, moment: &Zoned) -> Result<Operand, ParseError> {
    let midnight = moment.date().to_datetime(Time::midnight());
    match midnight.to_zoned(moment.time_zone().clone()) {
        Ok(midnight) => Ok(Operand::Moment(midnight)),
        Err(_) => Err(reader.source.error(at, Fault::Expression)),
    }
}

fn formatted(
    reader: &Reader<'_, '_>,
    at: usize,
    moment: &Zoned,
    format: &str,
) -> Result<Operand, ParseError> {
    let text = datetime::write(moment, format)
        .ok_or_else(|| not_a(reader, at, format, "a date format such as yyyy-MM-dd HH:mm"))?;
    Ok(Operand::Value(text.into()))
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

fn integer(text: &str) -> Option<ParameterValue> {
    let number = number::read(text.trim())?.into_number();
    match number.as_f64() {
        _ if number.is_i64() || number.is_u64() => Some(ParameterValue::Number(number)),
        // PowerShell rounds half to even.
        Some(value) if value.abs() < 9.0e15 => Some((value.round_ties_even() as i64).into()),
        _ => None,
    }
}

fn bytes(value: &ParameterValue) -> Option<Vec<u8>> {
    let byte = |value: &ParameterValue| match value {
        ParameterValue::Number(number) => number.as_u64().and_then(|n| u8::try_from(n).ok()),
        _ => None,
    };
    match value {
        ParameterValue::Array(several) => several.iter().map(byte).collect(),
        one => byte(one).map(|byte| vec![byte]),
    }
}

/// Seconds in the unit of `AddDays`, `FromHours` and their like.
fn duration(member: &str, verb: &str) -> Option<f64> {
    match member.strip_prefix(verb)? {
        "days" => Some(86_400.0),
        "hours" => Some(3_600.0),
        "minutes" => Some(60.0),
        "seconds" => Some(1.0),
        "milliseconds" => Some(0.001),
        _ => None,
    }
}

/// A time span as .NET writes it: `7.00:00:00`.
fn time_span(seconds: f64) -> String {
    let whole = seconds.abs().round() as u64;
    let sign = if seconds < 0.0 { "-" } else { "" };
    let (days, rest) = (whole / 86_400, whole % 86_400);
    let days = if days > 0 { format!("{days}.") } else { String::new() };
    format!("{sign}{days}{:02}:{:02}:{:02}", rest / 3_600, rest / 60 % 60, rest % 60)
}

fn described(name: &str) -> &'static str {
    match name {
        "guid" => "a GUID",
        "byte[]" => "a list of numbers from 0 to 255",
        "int" | "int32" | "int64" | "long" | "uint32" => "a whole number",
        "double" | "float" | "decimal" => "a number",
        "bool" | "boolean" | "switch" => "$true or $false",
        _ => "a single value",
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
