//! What a report needs of a record. Nothing of it can be relied on: members come twice, as other
//! types, or not at all, and a record is never refused for it.

use std::borrow::Cow;

use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::record::second_of;

/// A record as a report sees it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Event<'a> {
    /// `CreationTime` in Unix seconds.
    pub(crate) second: Option<i64>,
    pub(crate) id: Cow<'a, str>,
    pub(crate) operation: Cow<'a, str>,
    pub(crate) workload: Cow<'a, str>,
    pub(crate) user: Cow<'a, str>,
    pub(crate) object: Cow<'a, str>,
    pub(crate) owner: Cow<'a, str>,
    pub(crate) record_type: Option<i64>,
    pub(crate) user_type: Option<i64>,
    pub(crate) logon_type: Option<i64>,
    parameters: Option<&'a RawValue>,
    modified: Option<&'a RawValue>,
}

impl<'a> Event<'a> {
    /// Reads `AuditData`; `None` if it is no JSON object.
    pub(crate) fn read(audit_data: &'a str) -> Option<Self> {
        let mut json = serde_json::Deserializer::from_str(audit_data);
        let event = json.deserialize_map(EventVisitor).ok()?;
        json.end().ok().map(|()| event)
    }

    /// Whether Exchange did it to itself: its own upkeep, which is most of what a quiet tenant has.
    pub(crate) fn is_upkeep(&self) -> bool {
        let by_service = matches!(self.user_type, Some(3 | 4));
        self.record_type == Some(1) && (by_service || self.user.starts_with("NT AUTHORITY\\"))
    }

    /// The parameters of a cmdlet and the properties that changed, as name and value. Some services
    /// give a list, some the text of one, and some a text.
    pub(crate) fn details(&self) -> Vec<(String, String)> {
        [self.parameters, self.modified].into_iter().flatten().flat_map(details).collect()
    }
}

fn details(raw: &RawValue) -> Vec<(String, String)> {
    let list = match serde_json::from_str(raw.get()) {
        Ok(Value::Array(list)) => list,
        Ok(Value::String(text)) => match serde_json::from_str(&text) {
            Ok(Value::Array(list)) => list,
            _ => return vec![(String::new(), text)],
        },
        _ => return Vec::new(),
    };
    let text = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let one = |entry: &Value| {
        let value = if entry["Value"].is_null() { &entry["NewValue"] } else { &entry["Value"] };
        (text(&entry["Name"]), text(value))
    };
    list.iter().map(one).collect()
}

struct EventVisitor;

impl<'de> Visitor<'de> for EventVisitor {
    type Value = Event<'de>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an audit record")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Event<'de>, A::Error> {
        let mut event = Event::default();
        while let Some(name) = map.next_key::<Name<'de>>()? {
            match &*name.0 {
                "CreationTime" => {
                    let text = map.next_value::<Scalar<'de>>()?.text();
                    event.second = event.second.or_else(|| second_of(&text));
                }
                "Id" => first(&mut event.id, &mut map)?,
                "Operation" => first(&mut event.operation, &mut map)?,
                "Workload" => first(&mut event.workload, &mut map)?,
                "UserId" => first(&mut event.user, &mut map)?,
                "ObjectId" => first(&mut event.object, &mut map)?,
                "MailboxOwnerUPN" => first(&mut event.owner, &mut map)?,
                "RecordType" => first_number(&mut event.record_type, &mut map)?,
                "UserType" => first_number(&mut event.user_type, &mut map)?,
                "LogonType" => first_number(&mut event.logon_type, &mut map)?,
                "Parameters" => event.parameters = Some(map.next_value()?),
                "ModifiedProperties" => event.modified = Some(map.next_value()?),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(event)
    }
}

/// Of a member that comes twice the first counts, as everywhere else.
fn first<'de, A: MapAccess<'de>>(to: &mut Cow<'de, str>, map: &mut A) -> Result<(), A::Error> {
    let text = map.next_value::<Scalar<'de>>()?.text();
    if to.is_empty() {
        *to = text;
    }
    Ok(())
}

fn first_number<'de, A: MapAccess<'de>>(to: &mut Option<i64>, map: &mut A) -> Result<(), A::Error> {
    let number = map.next_value::<Scalar<'de>>()?.number();
    *to = to.or(number);
    Ok(())
}

#[derive(serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// A text or a number; anything else is passed over.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Scalar<'a> {
    #[serde(borrow)]
    Text(Cow<'a, str>),
    Number(i64),
    Other(IgnoredAny),
}

impl<'a> Scalar<'a> {
    fn text(self) -> Cow<'a, str> {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => Cow::Owned(number.to_string()),
            Self::Other(_) => Cow::Borrowed(""),
        }
    }

    fn number(self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(number),
            Self::Text(text) => text.parse().ok(),
            Self::Other(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weird_records_are_read_as_far_as_they_go() {
        let event = Event::read(
            r#"{"CreationTime":"2026-10-01T00:00:65","Operation":"a\/b","Operation":"c","UserType":"3",
                "UserId":{"a":1},"LogonType":[1],"RecordType":1,"ModifiedProperties":"[{\"Name\":\"n\",\"NewValue\":7}]",
                "Parameters":"-A \"b\""}"#,
        )
        .unwrap();
        assert_eq!((event.second, &*event.operation, &*event.user), (None, "a/b", ""));
        assert_eq!((event.user_type, event.logon_type), (Some(3), None));
        assert!(event.is_upkeep());
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(event.details(), [pair("", "-A \"b\""), pair("n", "7")]);
        for none in ["", "7", "[]", "{\"a\":1", "{} x"] {
            assert!(Event::read(none).is_none(), "{none}");
        }
    }
}
