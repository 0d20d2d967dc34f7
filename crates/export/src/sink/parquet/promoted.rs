//! The members of a record that have columns of their own.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::record::{Record, instant_of};

/// What the typed columns hold. What is not there, or is not what it should be, is nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Promoted<'a> {
    /// In microseconds since 1970.
    pub(super) creation_time: Option<i64>,
    pub(super) record_type: Option<i32>,
    pub(super) user_type: Option<i32>,
    pub(super) texts: [Text<'a>; TEXTS.len()],
}

/// As long as nearly every time.
const SECONDS: &str = "2026-10-01T00:00:00";

type Text<'a> = Option<Cow<'a, str>>;

/// The columns of text, each with the members that it is taken from: the first that is there.
pub(super) const TEXTS: [(&str, &[&str]); 8] = [
    ("id", &["Id"]),
    ("operation", &["Operation"]),
    ("workload", &["Workload"]),
    ("user_id", &["UserId"]),
    ("client_ip", &["ClientIP", "ClientIPAddress"]),
    ("object_id", &["ObjectId"]),
    ("result_status", &["ResultStatus"]),
    ("organization_id", &["OrganizationId"]),
];

impl<'a> Promoted<'a> {
    /// Takes what `AuditData` says, as far as it can be read, and else what the row says.
    pub(super) fn of(record: &'a Record<'a>) -> Self {
        let row = &record.row;
        let mut told = Told::default();
        let mut json = serde_json::Deserializer::from_str(record.audit_data());
        // Where it breaks off, what came before stays.
        let _ = Deserializer::deserialize_map(&mut json, &mut told);
        let Told { creation_time, user_type, mut texts, .. } = told;
        for (at, of_row) in [(0, &row.identity), (1, &row.operations), (3, &row.user_ids)] {
            if texts[at].is_none() && !of_row.is_empty() {
                texts[at] = Some(Cow::Borrowed(of_row));
            }
        }
        let read = || {
            let time = creation_time.as_deref().and_then(instant_of);
            time.or_else(|| instant_of(&row.creation_date)).map(jiff::Timestamp::as_microsecond)
        };
        // A time without fraction and zone was read already.
        let is_plain = creation_time.as_ref().is_some_and(|text| text.len() == SECONDS.len());
        let known = (is_plain && record.quarantine.is_none())
            .then(|| record.key.second.saturating_mul(1_000_000));
        Self {
            creation_time: known.or_else(read),
            record_type: record.record_type.and_then(|number| number.try_into().ok()),
            user_type: user_type.and_then(|text| text.parse().ok()),
            texts,
        }
    }
}

#[derive(Default)]
struct Told<'a> {
    creation_time: Text<'a>,
    user_type: Text<'a>,
    texts: [Text<'a>; TEXTS.len()],
    /// Which of its members each text was taken from.
    ranks: [usize; TEXTS.len()],
}

impl<'a> Told<'a> {
    /// A member that comes twice counts once.
    fn take(&mut self, name: &str, value: Text<'a>) {
        match name {
            "CreationTime" => self.creation_time = self.creation_time.take().or(value),
            "UserType" => self.user_type = self.user_type.take().or(value),
            _ => {
                for (at, (_, members)) in TEXTS.iter().enumerate() {
                    let Some(rank) = members.iter().position(|member| *member == name) else {
                        continue;
                    };
                    if value.is_some() && (self.texts[at].is_none() || rank < self.ranks[at]) {
                        (self.texts[at], self.ranks[at]) = (value, rank);
                    }
                    return;
                }
            }
        }
    }

    fn wants(name: &str) -> bool {
        matches!(name, "CreationTime" | "UserType")
            || TEXTS.iter().any(|(_, members)| members.contains(&name))
    }
}

impl<'de> Visitor<'de> for &mut Told<'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an audit record")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Name(name)) = map.next_key::<Name<'de>>()? {
            if Told::wants(&name) {
                let Scalar(value) = map.next_value()?;
                self.take(&name, value);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

#[derive(serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// A text, or a number or a truth value as text; nothing else.
struct Scalar<'a>(Text<'a>);

impl<'de> Deserialize<'de> for Scalar<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ScalarVisitor).map(Scalar)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
        Ok(Some(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
        Ok(Some(Cow::Owned(text.to_owned())))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Text<'de>, E> {
        Ok(Some(Cow::Owned(number.to_string())))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Text<'de>, E> {
        Ok(Some(Cow::Owned(number.to_string())))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Text<'de>, E> {
        Ok(Some(Cow::Owned(number.to_string())))
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Text<'de>, E> {
        Ok(Some(Cow::Owned(truth.to_string())))
    }

    fn visit_unit<E>(self) -> Result<Text<'de>, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Text<'de>, A::Error> {
        while values.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Text<'de>, A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Row;

    fn record(audit_data: &str) -> Record<'_> {
        Record::of_row(Row {
            creation_date: "2026-10-01T00:00:09Z".into(),
            user_ids: "adele".into(),
            operations: "Send".into(),
            identity: "one".into(),
            audit_data: audit_data.into(),
            ..Row::default()
        })
    }

    fn texts<'a>(promoted: &'a Promoted<'a>) -> Vec<&'a str> {
        promoted.texts.iter().map(|text| text.as_deref().unwrap_or("–")).collect()
    }

    #[test]
    fn members_become_columns_whatever_their_types() {
        let record = record(
            r#"{"ClientIPAddress":"::1","Id":"a\/b","Operation":"X","CreationTime":"2026-10-01T00:00:07.25","RecordType":"20",
            "UserType":"4","ResultStatus":0,"ObjectId":{"a":[1,"b"]},"Workload":null,"ClientIP":"","Id":"c","OrganizationId":true}"#,
        );
        let promoted = Promoted::of(&record);
        assert_eq!(promoted.creation_time, Some(1_790_812_807_250_000));
        assert_eq!((promoted.record_type, promoted.user_type), (Some(20), Some(4)));
        assert_eq!(texts(&promoted), ["a/b", "X", "–", "adele", "", "–", "0", "true"]);
    }

    #[test]
    fn weird_values_become_nothing_and_never_fail() {
        let (min, odd) =
            (i64::MIN.to_string(), r#"{"Id":"a","UserType":"Guest","RecordType":7e99"#);
        let large = format!(
            r#"{{"RecordType":{min},"UserType":1.5,"CreationTime":"2026-10-01T00:00:65"}}"#
        );
        let seen = record(&large);
        let promoted = Promoted::of(&seen);
        assert_eq!((promoted.record_type, promoted.user_type), (None, None));
        assert_eq!(promoted.creation_time, Some(1_790_812_809_000_000), "the row's");
        for text in ["", "null", "[]", "{", r#"{"Id":"\ud800"}"#, r#"{"Id":"#, odd] {
            let seen = record(text);
            let promoted = Promoted::of(&seen);
            let id = if text == odd { "a" } else { "one" };
            assert_eq!(texts(&promoted)[..2], [id, "Send"], "{text}");
            assert_eq!((promoted.record_type, promoted.user_type), (None, None), "{text}");
        }
    }
}
