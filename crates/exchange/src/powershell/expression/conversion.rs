//! What a cast makes of a value.

use uuid::Uuid;

use super::super::error::{Fault, ParseError};
use super::super::number;
use super::super::value::Reader;
use super::moment::date;
use super::{Operand, not_a, text_of};
use crate::parameters::ParameterValue;

/// Casts to the type of that lower-case name.
pub(super) fn convert(
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
