//! One record of the audit log: the row that came, and what its `AuditData` says.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A row as the service gave it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row<'a> {
    /// `RecordType`, by name.
    pub record_type: Cow<'a, str>,
    /// `CreationDate`, as it was written.
    pub creation_date: Cow<'a, str>,
    /// `UserIds`.
    pub user_ids: Cow<'a, str>,
    /// `Operations`.
    pub operations: Cow<'a, str>,
    /// `AuditData`, the record itself, byte for byte.
    pub audit_data: Cow<'a, str>,
    /// `ResultIndex`.
    pub result_index: i64,
    /// `ResultCount`.
    pub result_count: i64,
    /// `Identity`.
    pub identity: Cow<'a, str>,
    /// `IsValid`.
    pub is_valid: bool,
    /// `ObjectState`.
    pub object_state: Cow<'a, str>,
}

/// A record's id: the GUID, or the beginning of a hash where `Id` is none.
pub type RecordId = [u8; 16];

/// SHA-256 of the bytes of `AuditData`.
pub type RecordHash = [u8; 32];

/// A row with what was found out about it: what sinks are given, in the order of its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// When it happened, in Unix seconds; then by id, then by hash.
    pub key: RecordKey,
    /// `RecordType` by number, if `AuditData` tells.
    pub record_type: Option<i64>,
    /// What is wrong with it, if anything: such a record is kept and counted, and left out by sinks
    /// that cannot hold it.
    pub quarantine: Option<Quarantine>,
    /// The row.
    pub row: Row<'a>,
}

/// The order of an export, and what tells one record from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordKey {
    /// `CreationTime` in Unix seconds.
    pub second: i64,
    /// `Id`.
    pub id: RecordId,
    /// Of the bytes of `AuditData`.
    pub hash: RecordHash,
}

/// Why a record is not what records are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Quarantine {
    /// `AuditData` is not a JSON object, cut off for example.
    Unreadable,
    /// `AuditData` has line breaks between its values, so that it is no line of JSON.
    LineBreak,
    /// `AuditData` has no `CreationTime` that is a time; the row's `CreationDate` was taken.
    CreationTime,
}

impl Quarantine {
    /// Its name, as files have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::LineBreak => "line-break",
            Self::CreationTime => "creation-time",
        }
    }

    /// Whether `AuditData` is no line of JSON.
    pub fn is_no_line(self) -> bool {
        matches!(self, Self::Unreadable | Self::LineBreak)
    }

    pub(crate) fn code(reason: Option<Self>) -> u8 {
        match reason {
            None => 0,
            Some(Self::Unreadable) => 1,
            Some(Self::LineBreak) => 2,
            Some(Self::CreationTime) => 3,
        }
    }

    pub(crate) fn of_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Unreadable),
            2 => Some(Self::LineBreak),
            3 => Some(Self::CreationTime),
            _ => None,
        }
    }
}

/// Bytes as text.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = |byte: &u8| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]];
    bytes.iter().flat_map(digits).map(char::from).collect()
}

/// What an export needs to know of `AuditData`; nothing else of it is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts<'a> {
    pub(crate) creation_time: Option<Cow<'a, str>>,
    pub(crate) id: Option<Cow<'a, str>>,
    pub(crate) record_type: Option<i64>,
}

impl<'a> Facts<'a> {
    /// Reads an object to its end; `None` if it is none. A member that comes twice counts once,
    /// and one of an unexpected type not at all.
    pub(crate) fn read(audit_data: &'a str) -> Option<Self> {
        let mut json = serde_json::Deserializer::from_str(audit_data);
        let facts = json.deserialize_map(FactsVisitor).ok()?;
        json.end().ok().map(|()| facts)
    }

    /// `CreationTime` in Unix seconds. It has no zone and is UTC.
    pub(crate) fn second(&self) -> Option<i64> {
        second_of(self.creation_time.as_deref()?)
    }
}

/// The Unix second of a time as records write it: without a zone it is UTC, and fractions are cut.
pub(crate) fn second_of(text: &str) -> Option<i64> {
    instant_of(text).map(Timestamp::as_second)
}

/// The instant of a time as records and rows write it.
pub(crate) fn instant_of(text: &str) -> Option<Timestamp> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    let civil: DateTime = text.parse().ok()?;
    TimeZone::UTC.to_timestamp(civil).ok()
}

struct FactsVisitor;

impl<'de> Visitor<'de> for FactsVisitor {
    type Value = Facts<'de>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an audit record")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Facts<'de>, A::Error> {
        let mut facts = Facts::default();
        while let Some(name) = map.next_key::<Text<'de>>()? {
            match &*name.0 {
                "CreationTime" if facts.creation_time.is_none() => {
                    facts.creation_time = map.next_value::<Scalar<'de>>()?.text();
                }
                "Id" if facts.id.is_none() => facts.id = map.next_value::<Scalar<'de>>()?.text(),
                "RecordType" if facts.record_type.is_none() => {
                    facts.record_type = map.next_value::<Scalar<'de>>()?.number();
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(facts)
    }
}

#[derive(serde::Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// A text or a number; anything else is passed over.
enum Scalar<'a> {
    Text(Cow<'a, str>),
    Number(i64),
    Other,
}

impl<'de> Deserialize<'de> for Scalar<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("any value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Scalar::Number(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(number).map_or(Scalar::Other, Scalar::Number))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Scalar::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Scalar::Other)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Scalar::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other)
    }
}

impl<'a> Scalar<'a> {
    fn text(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    fn number(self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(number),
            Self::Text(text) => text.parse().ok(),
            Self::Other => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_read_from_weird_records() {
        let read = |text: &'static str| {
            let facts = Facts::read(text)?;
            Some((facts.second(), facts.id.map(Cow::into_owned), facts.record_type))
        };
        let full = r#"{"CreationTime":"2026-10-01T00:00:07","Id":"a\/b","RecordType":20}"#;
        assert_eq!(read(full), Some((Some(1_790_812_807), Some("a/b".into()), Some(20))));
        let texts = r#"{"RecordType":"20","CreationTime":"2026-10-01T00:00:07Z","Id":1}"#;
        assert_eq!(read(texts), Some((Some(1_790_812_807), None, Some(20))));
        let twice = r#"{"Id":"a","Id":"b","X":{"Id":"c","Id":"d"},"CreationTime":{"a":[1]}}"#;
        assert_eq!(read(twice), Some((None, Some("a".into()), None)));
        let second_65 = r#"{"CreationTime":"2026-10-01T00:00:65"}"#;
        assert_eq!(read(second_65), Some((None, None, None)));
        for none in ["", "7", "null", r#"{"Id":"a""#, r#"{"Id":"a"} x"#, r#"["a"]"#] {
            assert_eq!(read(none), None, "{none}");
        }
    }

    #[test]
    fn times_come_with_and_without_zone_and_fraction() {
        let second = 1_790_812_807;
        for text in [
            "2026-10-01T00:00:07",
            "2026-10-01T00:00:07Z",
            "2026-10-01T00:00:07.0000000Z",
            "2026-10-01T02:00:07+02:00",
            "2026-10-01 00:00:07.999",
        ] {
            assert_eq!(second_of(text), Some(second), "{text}");
        }
        assert_eq!(second_of("10/1/2026 12:00:07 AM"), None);
    }
}
