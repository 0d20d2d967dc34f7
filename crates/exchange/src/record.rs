//! One object that a cmdlet returned, still as the service wrote it.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use bytestring::ByteString;
use jiff::Timestamp;
use memchr::{memchr2, memmem};
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// A row of a result: a slice of the page's body, parsed only as far as somebody looks.
#[derive(Clone, PartialEq, Eq)]
pub struct Record(ByteString);

impl Record {
    /// Takes the JSON text of an object.
    pub fn from_json(json: impl Into<Bytes>) -> Result<Self, serde_json::Error> {
        let json = json.into();
        serde_json::from_slice::<Fields<'_>>(&json)?;
        let json = ByteString::try_from(json).map_err(serde::de::Error::custom)?;
        Ok(Self(json))
    }

    /// The part of a page's body that is known to be a JSON value.
    pub(crate) fn of_page(json: ByteString) -> Self {
        Self(json)
    }

    /// The JSON text as it came, type annotations included.
    pub fn as_json(&self) -> &str {
        &self.0
    }

    /// The properties in the service's order, without the annotations, which become each field's
    /// [`Kind`]. A row that is not an object has one field, `Value`.
    pub fn fields(&self) -> Vec<Field<'_>> {
        match serde_json::from_str::<Fields<'_>>(self.as_json()) {
            Ok(Fields(fields)) => fields,
            Err(_) => serde_json::from_str(self.as_json())
                .map(|raw| vec![Field { name: Cow::Borrowed("Value"), kind: Kind::Plain, raw }])
                .unwrap_or_default(),
        }
    }

    /// The value of a property, its name in any letter case.
    pub fn find(&self, name: &str) -> Option<Value> {
        let fields = self.fields();
        fields.iter().find(|field| field.name.eq_ignore_ascii_case(name)).map(Field::value)
    }

    /// The text of a property that is a string, its name in any letter case.
    pub fn text(&self, name: &str) -> Option<String> {
        match self.find(name)? {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The row as a JSON object without annotations, properties in the service's order.
    pub fn to_object(&self) -> Map<String, Value> {
        self.fields()
            .into_iter()
            .map(|field| {
                let value = field.value();
                (field.name.into_owned(), value)
            })
            .collect()
    }

    /// Writes the row as one line of JSON without annotations; values are copied, not parsed.
    pub fn write_json(&self, out: &mut String) {
        // Inside strings JSON has no line breaks, and few services write any between its tokens.
        let one_line = memchr2(b'\n', b'\r', self.0.as_bytes()).is_none();
        out.push('{');
        for (index, field) in self.fields().into_iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            push_name(out, field.name);
            out.push(':');
            if one_line {
                out.push_str(field.raw.get());
            } else {
                out.extend(field.raw.get().chars().filter(|c| !matches!(c, '\n' | '\r')));
            }
        }
        out.push('}');
    }

    /// The row as a type of one's own; annotations are there as members of their own name.
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.as_json())
    }

    /// What tells this row from others over several reads of the same result: its `Guid` where
    /// it has one (then the second value is true), else all that does not depend on the server
    /// that answered.
    pub(crate) fn key(&self) -> (u64, bool) {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        let guid = self.distinct_guid();
        if let Some(guid) = guid {
            guid.hash(&mut hasher);
        } else {
            for field in self.fields().iter().filter(|field| field.name != "OriginatingServer") {
                field.name.hash(&mut hasher);
                field.raw.get().hash(&mut hasher);
            }
        }
        (hasher.finish(), guid.is_some())
    }
}

impl Record {
    /// The member `Guid`, unless it is missing or all zeros. It is looked for in the text, which
    /// is ten times as fast as reading the row; inside a string its quotes would be escaped.
    fn distinct_guid(&self) -> Option<&str> {
        const MEMBER: &str = "\"Guid\":\"";
        let json = self.as_json();
        let found = memmem::find(json.as_bytes(), MEMBER.as_bytes())?;
        let guid = json.get(found + MEMBER.len()..)?.split('"').next()?;
        (guid.len() == 36 && guid.bytes().any(|b| b.is_ascii_hexdigit() && b != b'0'))
            .then_some(guid)
    }
}

/// Writes a member's name as JSON. One that was borrowed had no escapes and needs none.
fn push_name(out: &mut String, name: Cow<'_, str>) {
    match name {
        Cow::Borrowed(name) => {
            out.push('"');
            out.push_str(name);
            out.push('"');
        }
        Cow::Owned(name) => {
            out.push_str(&serde_json::to_string(&name).expect("a string becomes JSON"));
        }
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Record").field(&self.as_json()).finish()
    }
}

impl serde::Serialize for Record {
    /// The object without annotations.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.fields().iter().map(|field| (field.name.as_ref(), field.raw)))
    }
}

/// A property of a record.
#[derive(Clone, Debug)]
pub struct Field<'a> {
    /// Its name.
    pub name: Cow<'a, str>,
    /// Its .NET type, as far as the service says.
    pub kind: Kind,
    /// Its value as JSON text.
    pub raw: &'a RawValue,
}

impl Field<'_> {
    /// The value. Numbers up to 64 bits keep every digit.
    pub fn value(&self) -> Value {
        serde_json::from_str(self.raw.get()).expect("raw JSON was read before")
    }

    /// The instant, if the field is a `System.DateTime`.
    pub fn timestamp(&self) -> Option<Timestamp> {
        match (&self.kind, self.value()) {
            (Kind::DateTime, Value::String(text)) => text.parse().ok(),
            _ => None,
        }
    }
}

/// The .NET type of a value by the annotations `@data.type` and `@odata.type`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// No annotation: a string, a Boolean, a null, an enumeration member, a time span, a size.
    #[default]
    Plain,
    /// `System.Int16`, `System.Int32` or `System.Int64`.
    Integer,
    /// `System.Guid`.
    Guid,
    /// `System.DateTime`: RFC 3339 with seven decimals.
    DateTime,
    /// `#Collection(…)`: an array.
    Collection,
    /// A type that has no variant of its own, as the annotation gives it.
    Other(String),
}

impl Kind {
    fn from_annotation(text: &str) -> Self {
        match text.trim_start_matches('#') {
            "System.Int16" | "System.Int32" | "System.Int64" | "Int16" | "Int32" | "Int64" => {
                Self::Integer
            }
            "System.Guid" | "Guid" => Self::Guid,
            "System.DateTime" | "DateTime" | "DateTimeOffset" => Self::DateTime,
            collection if collection.starts_with("Collection(") => Self::Collection,
            other => Self::Other(other.to_owned()),
        }
    }
}

/// The members of an object, annotations put in their place.
struct Fields<'a>(Vec<Field<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor).map(Self)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Vec<Field<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        // A mailbox has some hundred and fifty.
        let mut fields = Vec::with_capacity(map.size_hint().unwrap_or(176));
        // Annotations directly precede their property; `@data.type` comes first and says more.
        let mut annotation: Option<(Cow<'de, str>, Kind)> = None;
        while let Some(Name(name)) = map.next_key::<Name<'de>>()? {
            let raw: &'de RawValue = map.next_value()?;
            let Some(property) = annotated(&name) else {
                let kind = match annotation.take() {
                    Some((of, kind)) if annotated(&of) == Some(&name) => kind,
                    _ => Kind::Plain,
                };
                fields.push(Field { name, kind, raw });
                continue;
            };
            let known = annotation.as_ref().is_some_and(|(of, _)| annotated(of) == Some(property));
            if !property.is_empty() && !known {
                let kind = Kind::from_annotation(raw.get().trim_matches('"'));
                annotation = Some((name, kind));
            }
        }
        Ok(fields)
    }
}

/// The property that an annotation belongs to; empty for annotations of the whole object.
fn annotated(name: &str) -> Option<&str> {
    name.strip_suffix("@data.type")
        .or_else(|| name.strip_suffix("@odata.type"))
        .or_else(|| (name.starts_with("@odata.") || name.starts_with("@adminapi.")).then_some(""))
}

/// A member's name, borrowed unless it holds escapes.
struct Name<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;
        impl<'de> Visitor<'de> for NameVisitor {
            type Value = Cow<'de, str>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a member's name")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(text))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text.to_owned()))
            }
        }
        deserializer.deserialize_str(NameVisitor).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The row fragment of a recorded Get-Mailbox answer.
    const MAILBOX: &str = r##"{"Database":"NAMPR01DG001-db012","DatabaseGuid@data.type":"System.Guid","DatabaseGuid@odata.type":"#Guid","DatabaseGuid":"11111111-2222-3333-4444-555555555555",
 "ForwardingSmtpAddress":null,"AuditEnabled":true,"EmailAddresses@odata.type":"#Collection(String)","EmailAddresses":["smtp:adele@contoso.onmicrosoft.com","SIP:adele@contoso.com"],
 "WhenCreated@data.type":"System.DateTime","WhenCreated":"2024-04-10T08:56:22.0000000+00:00","Identity":"adele","LastUsedDate(DateTime])":null}"##;

    fn record(json: &'static str) -> Record {
        Record::from_json(json).unwrap()
    }

    #[test]
    fn annotations_become_kinds_and_disappear() {
        let mailbox = record(MAILBOX);
        let kinds: Vec<(String, Kind)> =
            mailbox.fields().into_iter().map(|f| (f.name.into_owned(), f.kind)).collect();
        let expected = [
            ("Database", Kind::Plain),
            ("DatabaseGuid", Kind::Guid),
            ("ForwardingSmtpAddress", Kind::Plain),
            ("AuditEnabled", Kind::Plain),
            ("EmailAddresses", Kind::Collection),
            ("WhenCreated", Kind::DateTime),
            ("Identity", Kind::Plain),
            ("LastUsedDate(DateTime])", Kind::Plain),
        ];
        assert_eq!(kinds, expected.map(|(name, kind)| (name.to_owned(), kind)));
        let created = mailbox.fields()[5].timestamp().unwrap();
        assert_eq!(created.to_string(), "2024-04-10T08:56:22Z");
        assert_eq!(mailbox.text("identity").as_deref(), Some("adele"));
    }

    #[test]
    fn numbers_beyond_signed_64_bits_keep_their_digits() {
        let rule = record(r#"{"RuleIdentity":15394007230974001153,"Priority":1}"#);
        assert_eq!(rule.find("RuleIdentity").unwrap().as_u64(), Some(15_394_007_230_974_001_153));
        let mut line = String::new();
        rule.write_json(&mut line);
        assert_eq!(line, r#"{"RuleIdentity":15394007230974001153,"Priority":1}"#);
    }

    #[test]
    fn a_line_of_json_has_no_annotations_and_no_line_breaks() {
        let mut line = String::new();
        record("{\"A@data.type\":\"System.Int32\",\"A\":3,\r\n\"B\":[1,\n2],\"C\\\"\":\"x\\ny\"}")
            .write_json(&mut line);
        assert_eq!(line, r#"{"A":3,"B":[1,2],"C\"":"x\ny"}"#);
    }

    #[test]
    fn the_key_is_the_guid_or_everything_but_the_server() {
        let key = |json: &'static str| record(json).key();
        assert_eq!(
            key(r#"{"Guid":"11111111-2222-3333-4444-555555555555","Quota":"1 GB"}"#),
            key(r#"{"Guid":"11111111-2222-3333-4444-555555555555","Quota":"2 GB"}"#)
        );
        assert_eq!(
            key(r#"{"User":"a","OriginatingServer":"DC1"}"#),
            key(r#"{"User":"a","OriginatingServer":"DC2"}"#)
        );
        assert_ne!(key(r#"{"User":"a"}"#), key(r#"{"User":"b"}"#));
        assert_ne!(
            key(r#"{"Guid":"00000000-0000-0000-0000-000000000000","User":"a"}"#),
            key(r#"{"Guid":"00000000-0000-0000-0000-000000000000","User":"b"}"#)
        );
    }
}
