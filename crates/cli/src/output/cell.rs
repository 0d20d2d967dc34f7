//! The text of a value in a cell.

use std::borrow::Cow;

use exoctl_exchange::{Field, Kind};
use serde_json::Value;

/// For CSV, as `Export-Csv` users need it: `True` and `False`, nothing for null, lists joined by
/// `;`, everything else as the service wrote it. Objects are JSON.
///
/// Nothing is done about cells that a spreadsheet would take for a formula (`=…`, `+…`, `@…`): a
/// CSV file that is fed back must hold what the tenant holds.
pub(super) fn for_csv<'a>(field: &Field<'a>) -> Cow<'a, str> {
    let raw = field.raw.get();
    match raw.as_bytes() {
        b"null" => Cow::Borrowed(""),
        b"true" => Cow::Borrowed("True"),
        b"false" => Cow::Borrowed("False"),
        [b'"', text @ .., b'"'] if !text.contains(&b'\\') => Cow::Borrowed(&raw[1..raw.len() - 1]),
        [b'-' | b'0'..=b'9', ..] => Cow::Borrowed(raw),
        // Most lists are of texts without escapes, which need not be read one by one.
        [b'[', ..] => match serde_json::from_str::<Vec<&str>>(raw) {
            Ok(texts) => Cow::Owned(texts.join(LIST)),
            Err(_) => Cow::Owned(joined(&field.value(), LIST)),
        },
        _ => Cow::Owned(joined(&field.value(), LIST)),
    }
}

/// What stands between the elements of a list in a cell.
const LIST: &str = ";";

/// For human eyes: lists joined by `, `, instants without their seven decimals, and nothing that
/// a terminal would obey.
pub(super) fn for_eyes(field: &Field<'_>) -> String {
    let text = match (&field.kind, field.timestamp()) {
        (Kind::DateTime, Some(instant)) => instant.to_string(),
        _ => joined(&field.value(), ", "),
    };
    if text.contains(char::is_control) {
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
    } else {
        text
    }
}

fn joined(value: &Value, separator: &str) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(elements) => {
            let texts: Vec<String> = elements.iter().map(|e| joined(e, separator)).collect();
            texts.join(separator)
        }
        Value::Object(_) => value.to_string(),
    }
}
