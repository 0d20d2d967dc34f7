//! Values of properties, and how they look in JSON with their type annotations.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::Write as _;

use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// The value of a property.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'a> {
    /// Not set.
    Null,
    /// Text, enumeration members and identities.
    Str(Cow<'a, str>),
    /// A truth value.
    Bool(bool),
    /// `System.Int32`.
    Int32(i32),
    /// `System.Int16`.
    Int16(i16),
    /// A number without annotation, such as an inbox rule's `RuleIdentity`.
    UInt64(u64),
    /// A GUID.
    Guid(Uuid),
    /// A date that ends in `+00:00`.
    Local(Timestamp),
    /// A date that ends in `Z`.
    Utc(Timestamp),
    /// A collection of strings, annotated `#Collection(String)`.
    Strings(Vec<Cow<'a, str>>),
    /// An array without annotation, such as `AccessRights`.
    Array(Vec<Cow<'a, str>>),
    /// A size: `99 GB (106,300,440,576 bytes)`.
    Size(u64),
    /// `Unlimited`.
    Unlimited,
    /// `14.00:00:00`.
    TimeSpan(SignedDuration),
    /// Any other JSON, as it is.
    Raw(serde_json::Value),
}

impl Value<'_> {
    /// The annotations that precede a property: its .NET type and its OData type.
    pub(crate) fn annotations(&self) -> (Option<&'static str>, Option<&'static str>) {
        match self {
            Self::Int32(_) => (Some("System.Int32"), None),
            Self::Int16(_) => (Some("System.Int16"), Some("#Int16")),
            Self::Guid(_) => (Some("System.Guid"), Some("#Guid")),
            Self::Local(_) | Self::Utc(_) => (Some("System.DateTime"), None),
            Self::Strings(_) => (None, Some("#Collection(String)")),
            _ => (None, None),
        }
    }

    /// Appends the value as JSON.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.extend_from_slice(b"null"),
            Self::Bool(true) => out.extend_from_slice(b"true"),
            Self::Bool(false) => out.extend_from_slice(b"false"),
            Self::Str(text) => write_string(text, out),
            Self::Int32(number) => write_display(number, out),
            Self::Int16(number) => write_display(number, out),
            Self::UInt64(number) => write_display(number, out),
            Self::Strings(items) | Self::Array(items) => write_array(items, out),
            Self::Raw(json) => serde_json::to_writer(out, json).expect("JSON writes to memory"),
            other => {
                out.push(b'"');
                other.write_text(out);
                out.push(b'"');
            }
        }
    }

    /// The value as text, as PowerShell would show it; what filters and sorting compare.
    pub(crate) fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Str(text) => Cow::Borrowed(text),
            Self::Null => Cow::Borrowed(""),
            Self::Bool(true) => Cow::Borrowed("True"),
            Self::Bool(false) => Cow::Borrowed("False"),
            Self::Strings(items) | Self::Array(items) => Cow::Owned(items.join(",")),
            other => {
                let mut out = Vec::new();
                other.write_text(&mut out);
                Cow::Owned(String::from_utf8(out).expect("values are written as UTF-8"))
            }
        }
    }

    fn write_text(&self, out: &mut Vec<u8>) {
        match self {
            Self::Guid(id) => write_display(id.as_hyphenated(), out),
            Self::Local(time) => write_time(*time, "+00:00", out),
            Self::Utc(time) => write_time(*time, "Z", out),
            Self::Size(bytes) => write_size(*bytes, out),
            Self::Unlimited => out.extend_from_slice(b"Unlimited"),
            Self::TimeSpan(span) => write_span(*span, out),
            Self::Int32(number) => write_display(number, out),
            Self::Int16(number) => write_display(number, out),
            Self::UInt64(number) => write_display(number, out),
            Self::Raw(json) => write_display(json, out),
            Self::Null | Self::Str(_) | Self::Bool(_) | Self::Strings(_) | Self::Array(_) => {
                out.extend_from_slice(self.text().as_bytes());
            }
        }
    }
}

/// Appends a JSON string.
pub(crate) fn write_string(text: &str, out: &mut Vec<u8>) {
    #[expect(
        clippy::needless_bitwise_bool,
        reason = "without an early end the compiler looks at many bytes at once"
    )]
    let escapes =
        text.bytes().fold(false, |found, b| found | (b < 0x20) | (b == b'"') | (b == b'\\'));
    if escapes {
        serde_json::to_writer(out, text).expect("a string writes to memory");
        return;
    }
    out.reserve(text.len() + 2);
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
}

fn write_display(value: impl std::fmt::Display, out: &mut Vec<u8>) {
    write!(out, "{value}").expect("memory takes every write");
}

fn write_array(items: &[Cow<'_, str>], out: &mut Vec<u8>) {
    out.push(b'[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_string(item, out);
    }
    out.push(b']');
}

/// A date as the service writes it, with seven digits of a second.
fn write_time(time: Timestamp, zone: &str, out: &mut Vec<u8>) {
    let at = Offset::UTC.to_datetime(time);
    write!(
        out,
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:07}{zone}",
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second(),
        at.subsec_nanosecond() / 100,
    )
    .expect("memory takes every write");
}

/// A size in its largest unit with four significant digits, and in bytes with separators.
fn write_size(bytes: u64, out: &mut Vec<u8>) {
    let exponent = if bytes == 0 { 0 } else { (bytes.ilog2() / 10).min(4) };
    let unit = ["B", "KB", "MB", "GB", "TB"][exponent as usize];
    let shift = 10 * exponent;
    let decimals = match bytes >> shift {
        1000.. => 0,
        100.. => 1,
        10.. => 2,
        _ => 3,
    };
    // In integers, rounded half to even.
    let power = 10_u128.pow(decimals);
    let (scaled, half) = (u128::from(bytes) * power, (1_u128 << shift) >> 1);
    let (floor, rest) = (scaled >> shift, scaled & ((1 << shift) - 1));
    let rounded = floor + u128::from(rest > half || (rest == half && half > 0 && floor % 2 == 1));
    let mut short = (rounded / power).to_string();
    if decimals > 0 {
        let width = decimals as usize;
        write!(short, ".{:0width$}", rounded % power).expect("writing to a string does not fail");
        short.truncate(short.trim_end_matches('0').trim_end_matches('.').len());
    }
    let digits = bytes.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    write!(out, "{short} {unit} ({grouped} bytes)").expect("memory takes every write");
}

/// A .NET `TimeSpan`: `[-][d.]hh:mm:ss`.
fn write_span(span: SignedDuration, out: &mut Vec<u8>) {
    let seconds = span.as_secs().unsigned_abs();
    if span.is_negative() {
        out.push(b'-');
    }
    if seconds >= 86_400 {
        write_display(seconds / 86_400, out);
        out.push(b'.');
    }
    let (hours, minutes) = (seconds / 3600 % 24, seconds / 60 % 60);
    write!(out, "{hours:02}:{minutes:02}:{:02}", seconds % 60).expect("memory takes every write");
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Str(Cow::Borrowed(text))
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Str(Cow::Borrowed(text))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Str(Cow::Owned(text))
    }
}

impl<'a> From<Cow<'a, str>> for Value<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        Self::Str(text)
    }
}

impl From<bool> for Value<'_> {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<i32> for Value<'_> {
    fn from(number: i32) -> Self {
        Self::Int32(number)
    }
}

impl From<Uuid> for Value<'_> {
    fn from(id: Uuid) -> Self {
        Self::Guid(id)
    }
}

impl From<SignedDuration> for Value<'_> {
    fn from(span: SignedDuration) -> Self {
        Self::TimeSpan(span)
    }
}

impl From<Vec<String>> for Value<'_> {
    fn from(items: Vec<String>) -> Self {
        Self::Strings(items.into_iter().map(Cow::Owned).collect())
    }
}

impl<'a> From<&'a [String]> for Value<'a> {
    fn from(items: &'a [String]) -> Self {
        Self::Strings(items.iter().map(|item| Cow::Borrowed(item.as_str())).collect())
    }
}

impl<'a> From<&'a Vec<String>> for Value<'a> {
    fn from(items: &'a Vec<String>) -> Self {
        items.as_slice().into()
    }
}

impl<'a> From<&'a [&'a str]> for Value<'a> {
    fn from(items: &'a [&'a str]) -> Self {
        Self::Strings(items.iter().map(|item| Cow::Borrowed(*item)).collect())
    }
}

impl From<serde_json::Value> for Value<'_> {
    fn from(json: serde_json::Value) -> Self {
        Self::Raw(json)
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_spelt_as_recorded() {
        let time: Timestamp = "2024-04-10T08:56:22Z".parse().unwrap();
        let fraction: Timestamp = "2025-11-13T22:13:46.2485587Z".parse().unwrap();
        for (value, json) in [
            (Value::Size(106_300_440_576), r#""99 GB (106,300,440,576 bytes)""#),
            (Value::Size(0), r#""0 B (0 bytes)""#),
            (Value::Size(1_535), r#""1.499 KB (1,535 bytes)""#),
            (Value::Size(1_048_575), r#""1024 KB (1,048,575 bytes)""#),
            (Value::Size(104_857_600), r#""100 MB (104,857,600 bytes)""#),
            (Value::Local(time), r#""2024-04-10T08:56:22.0000000+00:00""#),
            (Value::Utc(time), r#""2024-04-10T08:56:22.0000000Z""#),
            (Value::Utc(fraction), r#""2025-11-13T22:13:46.2485587Z""#),
            (Value::TimeSpan(SignedDuration::from_hours(14 * 24)), r#""14.00:00:00""#),
            (Value::Unlimited, r#""Unlimited""#),
            (Value::UInt64(15_394_007_230_974_001_153), "15394007230974001153"),
            (
                Value::Array(vec!["FullAccess, ReadPermission".into()]),
                r#"["FullAccess, ReadPermission"]"#,
            ),
            (Value::from(None::<bool>), "null"),
        ] {
            let mut out = Vec::new();
            value.write(&mut out);
            assert_eq!(String::from_utf8(out).unwrap(), json);
        }
    }
}
