//! One value to one parameter's type.

use serde_json::{Map, Value as Json};

use super::super::bind_error::BindError;
use super::super::call::Argument;
use super::super::parameter::{Enumeration, Parameter, Type};
use super::super::secret::SecretKey;
use super::{date, size};

/// Converts a value, or says why PowerShell would not.
pub(super) fn convert(
    parameter: &Parameter,
    value: &Json,
    key: &SecretKey,
) -> Result<Argument, BindError> {
    let name = parameter.name;
    if value.is_null() {
        return Ok(Argument::Null);
    }
    match parameter.kind {
        Type::Switch | Type::Bool => flag(name, value),
        Type::UnlimitedInt | Type::TimeSpan if is_unlimited(value) => Ok(Argument::Unlimited),
        Type::Int | Type::UnlimitedInt => integer(name, value).map(Argument::Number),
        Type::UnlimitedSize => unlimited_size(name, value),
        Type::String | Type::Identity => text(name, value).map(Argument::Text),
        Type::Strings | Type::Identities => texts(name, value).map(Argument::Texts),
        Type::Multivalued => multivalued(name, value),
        Type::Guid => from_text(name, value, "System.Guid", GUID_HINT, |text| {
            text.parse().ok().map(Argument::Guid)
        }),
        Type::DateTime => from_text(name, value, "System.DateTime", DATE_HINT, |text| {
            date::parse(text).map(Argument::Time)
        }),
        Type::TimeSpan => from_text(name, value, "System.TimeSpan", SPAN_HINT, |text| {
            date::parse_span(text).map(Argument::Span)
        }),
        Type::Enum(kind) => member(name, value, kind, "").map(Argument::Text),
        Type::Enums(kind) => members(name, value, kind),
        Type::Hashtable => hashtable(name, value, "System.Collections.Hashtable")
            .map(|table| Argument::Table(table.clone())),
        Type::Bytes => bytes(name, value),
        Type::Secret => secret(name, value, key),
    }
}

const GUID_HINT: &str =
    "Guid should contain 32 digits with 4 dashes (xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx).";
const DATE_HINT: &str = "String was not recognized as a valid DateTime.";
const SPAN_HINT: &str = "String was not recognized as a valid TimeSpan.";
const NUMBER_HINT: &str = "Input string was not in a correct format.";

fn is_unlimited(value: &Json) -> bool {
    value.as_str().is_some_and(|text| text.eq_ignore_ascii_case("unlimited"))
}

fn shown(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn flag(name: &str, value: &Json) -> Result<Argument, BindError> {
    let flag = match value {
        Json::Bool(flag) => Some(*flag),
        Json::Number(number) => Some(number.as_f64() != Some(0.0)),
        Json::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Json::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    };
    flag.map(Argument::Flag).ok_or_else(|| {
        BindError::transformation(
            name,
            &format!(
                "Cannot convert value \"{}\" to type \"System.Boolean\". Boolean parameters accept \
                 only Boolean values and numbers, such as $True, $False, 1 or 0.",
                shown(value)
            ),
        )
    })
}

fn integer(name: &str, value: &Json) -> Result<i64, BindError> {
    let number = match value {
        Json::Number(number) => number.as_i64(),
        Json::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number
        .filter(|number| i32::try_from(*number).is_ok())
        .ok_or_else(|| BindError::conversion(name, &shown(value), "System.Int32", NUMBER_HINT))
}

fn unlimited_size(name: &str, value: &Json) -> Result<Argument, BindError> {
    if is_unlimited(value) {
        return Ok(Argument::Unlimited);
    }
    let bytes = value.as_u64().or_else(|| size::parse(value.as_str()?));
    bytes.map(|bytes| Argument::Text(size::spell(bytes))).ok_or_else(|| {
        let kind =
            "Microsoft.Exchange.Data.Unlimited`1[Microsoft.Exchange.Data.ByteQuantifiedSize]";
        BindError::conversion(name, &shown(value), kind, NUMBER_HINT)
    })
}

fn text(name: &str, value: &Json) -> Result<String, BindError> {
    match value {
        Json::String(text) => Ok(text.clone()),
        Json::Number(_) | Json::Bool(_) => Ok(shown(value)),
        // An array of one is unrolled; an object has no text.
        Json::Array(items) if items.len() == 1 => text(name, &items[0]),
        _ => Err(BindError::transformation(name, "Cannot convert value to type System.String.")),
    }
}

fn texts(name: &str, value: &Json) -> Result<Vec<String>, BindError> {
    match value {
        Json::Array(items) => items.iter().map(|item| text(name, item)).collect(),
        single => Ok(vec![text(name, single)?]),
    }
}

fn from_text(
    name: &str,
    value: &Json,
    kind: &str,
    hint: &str,
    read: impl Fn(&str) -> Option<Argument>,
) -> Result<Argument, BindError> {
    let text = text(name, value)?;
    read(&text).ok_or_else(|| BindError::conversion(name, &text, kind, hint))
}

/// A member by name, by an unambiguous beginning, or by number.
fn member(name: &str, value: &Json, kind: &Enumeration, suffix: &str) -> Result<String, BindError> {
    let text = text(name, value)?;
    let wanted = text.trim().to_lowercase();
    let exact = kind.members.iter().find(|member| member.to_lowercase() == wanted);
    let by_number = || wanted.parse::<usize>().ok().and_then(|number| kind.members.get(number));
    let by_beginning = || {
        let mut found =
            kind.members.iter().filter(|member| member.to_lowercase().starts_with(&wanted));
        let first = found.next().filter(|_| !wanted.is_empty())?;
        found.next().is_none().then_some(first)
    };
    let found = exact.or_else(by_number).or_else(by_beginning);
    found.map(|member| (*member).to_owned()).ok_or_else(|| {
        let reason = format!(
            "Unable to match the identifier name {text} to a valid enumerator name. Specify one of \
             the following enumerator names and try again: {}",
            kind.members.join(", ")
        );
        BindError::conversion(name, &text, &format!("{}{suffix}", kind.name), &reason)
    })
}

fn members(name: &str, value: &Json, kind: &Enumeration) -> Result<Argument, BindError> {
    let mut found = Vec::new();
    for text in texts(name, value)? {
        for part in text.split(',') {
            found.push(member(name, &Json::from(part.trim()), kind, "[]")?);
        }
    }
    Ok(Argument::Texts(found))
}

fn multivalued(name: &str, value: &Json) -> Result<Argument, BindError> {
    let Json::Object(_) = value else { return Ok(Argument::Texts(texts(name, value)?)) };
    let kind = "Microsoft.Exchange.Data.MultiValuedProperty`1[System.String]";
    let table = hashtable(name, value, kind)?;
    let (mut add, mut remove) = (Vec::new(), Vec::new());
    for (key, value) in table {
        let list = match key.to_ascii_lowercase().as_str() {
            "add" => &mut add,
            "remove" => &mut remove,
            "@odata.type" | "add@odata.type" | "remove@odata.type" => continue,
            _ => {
                let reason = format!("The operation \"{key}\" is not valid. Use Add or Remove.");
                return Err(BindError::transformation(name, &reason));
            }
        };
        list.extend(texts(name, value)?);
    }
    // An empty table clears the property.
    if add.is_empty() && remove.is_empty() {
        return Ok(Argument::Null);
    }
    Ok(Argument::Edit { add, remove })
}

/// A hashtable; without its `@odata.type` the service sees a JObject and cannot bind it.
fn hashtable<'v>(
    name: &str,
    value: &'v Json,
    kind: &str,
) -> Result<&'v Map<String, Json>, BindError> {
    let known = ["#Exchange.GenericHashTable", "#Exchange.StringFieldDeltaUpdateData"];
    value
        .as_object()
        .filter(|table| {
            table
                .get("@odata.type")
                .and_then(Json::as_str)
                .is_some_and(|kind| known.contains(&kind))
        })
        .ok_or_else(|| {
            BindError::transformation(
                name,
                &format!(
                    "Cannot convert value \"{}\" of type \"Newtonsoft.Json.Linq.JObject\" to type \
                     \"{kind}\".",
                    shown(value)
                ),
            )
        })
}

fn bytes(name: &str, value: &Json) -> Result<Argument, BindError> {
    let data = value["Data"]
        .as_array()
        .filter(|_| value["@odata.type"].as_str() == Some("#Exchange.ByteArrayType"));
    let bytes = data.and_then(|data| {
        data.iter().map(|byte| byte.as_u64().and_then(|byte| u8::try_from(byte).ok())).collect()
    });
    bytes
        .map(Argument::Bytes)
        .ok_or_else(|| BindError::conversion(name, &shown(value), "System.Byte[]", NUMBER_HINT))
}

fn secret(name: &str, value: &Json, key: &SecretKey) -> Result<Argument, BindError> {
    let length = match value.as_str() {
        Some("") => Some(0),
        Some(text) => key.length_of_decrypted(text),
        None => None,
    };
    length.map(|length| Argument::Secret { length }).ok_or_else(|| {
        BindError::transformation(
            name,
            "Cannot convert value to type \"System.Security.SecureString\". Error: \"The value \
             could not be decrypted.\"",
        )
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn bound(kind: Type, value: &Json) -> Result<Argument, BindError> {
        convert(&Parameter::new("P", kind), value, &SecretKey::default())
    }

    #[test]
    fn hashtables_and_bytes_come_with_their_type() {
        let table = json!({"@odata.type": "#Exchange.GenericHashTable", "A": "b"});
        assert!(matches!(bound(Type::Hashtable, &table), Ok(Argument::Table(_))));
        assert!(bound(Type::Hashtable, &json!({"A": "b"})).is_err());
        let bytes = json!({"@odata.type": "#Exchange.ByteArrayType", "Data": [1, 2, 255]});
        assert_eq!(bound(Type::Bytes, &bytes), Ok(Argument::Bytes(vec![1, 2, 255])));
        assert!(bound(Type::Bytes, &json!({"Data": [1]})).is_err());
        assert!(bound(Type::Bytes, &json!("AQL/")).is_err());
    }

    #[test]
    fn an_empty_table_clears_and_an_empty_array_is_only_an_empty_array() {
        let empty = json!({"@odata.type": "#Exchange.GenericHashTable"});
        assert_eq!(bound(Type::Multivalued, &empty), Ok(Argument::Null));
        assert_eq!(bound(Type::Multivalued, &json!([])), Ok(Argument::Texts(Vec::new())));
        let edit =
            json!({"@odata.type": "#Exchange.GenericHashTable", "add": "a", "REMOVE": ["b"]});
        assert_eq!(
            bound(Type::Multivalued, &edit),
            Ok(Argument::Edit { add: vec!["a".to_owned()], remove: vec!["b".to_owned()] })
        );
    }

    #[test]
    fn sizes_and_unlimited() {
        let unlimited = bound(Type::UnlimitedSize, &json!("unlimited"));
        assert_eq!(unlimited, Ok(Argument::Unlimited));
        let size = bound(Type::UnlimitedSize, &json!("99GB"));
        assert_eq!(size, Ok(Argument::Text("99 GB (106,300,440,576 bytes)".to_owned())));
        assert!(bound(Type::UnlimitedInt, &json!("many")).is_err());
    }
}
