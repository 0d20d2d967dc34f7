//! PowerShell's values as the service wants them in JSON: the module's own transformation.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use crate::parameters::{ParameterValue, Parameters};
use crate::secrets::{PublicKey, SecretError};

/// Parameters that cannot be sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncodingError {
    /// A secret and no key to encrypt it with: the module file brings the key.
    #[error("the secret parameter {parameter} needs the public key of the module file")]
    NoPublicKey {
        /// Which parameter.
        parameter: String,
    },
    /// A secret that the key does not take.
    #[error("could not encrypt the parameter {parameter}")]
    Secret {
        /// Which parameter.
        parameter: String,
        /// Why.
        source: SecretError,
    },
    /// A value of a kind that cannot stand there, a secret inside a hashtable for example.
    #[error("the parameter {parameter} holds a secret inside a list or hashtable")]
    NestedSecret {
        /// Which parameter.
        parameter: String,
    },
    /// A text that is not what the parameter takes.
    #[error("the parameter {parameter} takes {expected}, not {value:?}")]
    Mistyped {
        /// Which parameter.
        parameter: String,
        /// What it takes.
        expected: &'static str,
        /// What was given.
        value: String,
    },
    /// The cmdlet has no such parameter, or the application may not use it.
    #[error("{cmdlet} has no parameter {parameter}")]
    UnknownParameter {
        /// Which cmdlet.
        cmdlet: String,
        /// Which parameter.
        parameter: String,
        /// The most similar parameters it has.
        similar: Vec<String>,
    },
}

/// The member `Parameters` of a request's body.
pub(crate) fn encode(
    parameters: &Parameters,
    key: Option<&PublicKey>,
) -> Result<Map<String, Value>, EncodingError> {
    let mut out = Map::new();
    for (name, value) in parameters.iter() {
        if name.eq_ignore_ascii_case("UseCustomRouting") {
            continue;
        }
        encode_member(&mut out, name, value, key)?;
    }
    Ok(out)
}

fn encode_member(
    out: &mut Map<String, Value>,
    name: &str,
    value: &ParameterValue,
    key: Option<&PublicKey>,
) -> Result<(), EncodingError> {
    let encoded = match value {
        ParameterValue::String(text) if is_filter(name) => Value::String(quote_booleans(text)),
        ParameterValue::Secure(secret) => encrypt(name, key, |key| key.encrypt_secret(secret))?,
        ParameterValue::Credential { user_name, password } => {
            encrypt(name, key, |key| key.encrypt_credential(user_name, password))?
        }
        ParameterValue::Array(items) => match collection_type(items) {
            Some(item_type) => {
                let annotation = format!("#Collection({item_type})");
                out.insert(format!("{name}@odata.type"), Value::String(annotation));
                Value::Array(
                    items.iter().map(|item| undecorated(name, item)).collect::<Result<_, _>>()?,
                )
            }
            None => plain(name, value)?,
        },
        other => plain(name, other)?,
    };
    out.insert(name.to_owned(), encoded);
    Ok(())
}

/// Values that need neither a sibling annotation nor a key.
fn plain(name: &str, value: &ParameterValue) -> Result<Value, EncodingError> {
    Ok(match value {
        ParameterValue::Null => Value::Null,
        ParameterValue::Bool(value) => Value::Bool(*value),
        ParameterValue::Number(number) => Value::Number(number.clone()),
        ParameterValue::String(text) => Value::String(text.clone()),
        ParameterValue::DateTime(instant) => Value::String(sortable(*instant)),
        ParameterValue::Array(items) => {
            Value::Array(items.iter().map(|item| plain(name, item)).collect::<Result<_, _>>()?)
        }
        ParameterValue::Hashtable(entries) => {
            let mut table = Map::with_capacity(entries.len() + 1);
            table.insert("@odata.type".into(), json!("#Exchange.GenericHashTable"));
            for (key, value) in entries {
                table.insert(key.clone(), plain(name, value)?);
            }
            Value::Object(table)
        }
        ParameterValue::Bytes(bytes) => {
            json!({ "@odata.type": "#Exchange.ByteArrayType", "Data": bytes })
        }
        ParameterValue::Secure(_) | ParameterValue::Credential { .. } => {
            return Err(EncodingError::NestedSecret { parameter: name.to_owned() });
        }
    })
}

/// The element of a collection whose type stands beside the whole.
fn undecorated(name: &str, value: &ParameterValue) -> Result<Value, EncodingError> {
    let mut value = plain(name, value)?;
    if let Value::Object(members) = &mut value {
        members.shift_remove("@odata.type");
    }
    Ok(value)
}

fn collection_type(items: &[ParameterValue]) -> Option<&'static str> {
    let all = |is: fn(&ParameterValue) -> bool| !items.is_empty() && items.iter().all(is);
    if all(|item| matches!(item, ParameterValue::Hashtable(_))) {
        Some("Exchange.GenericHashTable")
    } else if all(|item| matches!(item, ParameterValue::Bytes(_))) {
        Some("Exchange.ByteArrayType")
    } else {
        None
    }
}

fn encrypt(
    name: &str,
    key: Option<&PublicKey>,
    with: impl FnOnce(&PublicKey) -> Result<String, SecretError>,
) -> Result<Value, EncodingError> {
    let parameter = || name.to_owned();
    let key = key.ok_or_else(|| EncodingError::NoPublicKey { parameter: parameter() })?;
    with(key)
        .map(Value::String)
        .map_err(|source| EncodingError::Secret { parameter: parameter(), source })
}

/// UTC in PowerShell's sortable pattern: no zone, no fraction.
fn sortable(instant: Timestamp) -> String {
    instant.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

fn is_filter(name: &str) -> bool {
    ["Filter", "RecipientFilter", "RecipientPreviewFilter"]
        .iter()
        .any(|filter| filter.eq_ignore_ascii_case(name))
}

/// `$true` and `$false` become `'True'` and `'False'`, in any letter case, wherever they stand.
fn quote_booleans(filter: &str) -> String {
    let mut out = String::with_capacity(filter.len() + 8);
    let mut rest = filter;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let starts = |word: &str| {
            rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
        };
        let (text, length) = match () {
            () if starts("$true") => ("'True'", 5),
            () if starts("$false") => ("'False'", 6),
            () => ("$", 1),
        };
        out.push_str(text);
        rest = &rest[length..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(name: &str, value: impl Into<ParameterValue>) -> Value {
        let mut out = Map::new();
        encode_member(&mut out, name, &value.into(), None).unwrap();
        Value::Object(out)
    }

    fn table(entries: &[(&str, &str)]) -> ParameterValue {
        let entry = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).into());
        ParameterValue::Hashtable(entries.iter().map(entry).collect())
    }

    #[test]
    fn hashtables_name_their_type_at_every_level() {
        let inner = table(&[("Add", "b")]);
        let outer =
            ParameterValue::Hashtable(vec![("Add".into(), "a".into()), ("Nested".into(), inner)]);
        assert_eq!(
            encoded("EmailAddresses", outer),
            json!({"EmailAddresses": {"@odata.type": "#Exchange.GenericHashTable", "Add": "a",
                "Nested": {"@odata.type": "#Exchange.GenericHashTable", "Add": "b"}}})
        );
    }

    #[test]
    fn lists_of_hashtables_and_of_bytes_are_typed_beside_them() {
        assert_eq!(
            encoded(
                "Rules",
                ParameterValue::Array(vec![table(&[("a", "1")]), table(&[("b", "2")])])
            ),
            json!({"Rules@odata.type": "#Collection(Exchange.GenericHashTable)",
                "Rules": [{"a": "1"}, {"b": "2"}]})
        );
        assert_eq!(
            encoded("Files", ParameterValue::Array(vec![ParameterValue::Bytes(vec![1, 2])])),
            json!({"Files@odata.type": "#Collection(Exchange.ByteArrayType)",
                "Files": [{"Data": [1, 2]}]})
        );
        assert_eq!(
            encoded("FileData", ParameterValue::Bytes(vec![0, 255])),
            json!({"FileData": {"@odata.type": "#Exchange.ByteArrayType", "Data": [0, 255]}})
        );
        assert_eq!(
            encoded("Names", ParameterValue::Array(vec!["a".into(), "b".into()])),
            json!({"Names": ["a", "b"]})
        );
    }

    #[test]
    fn instants_go_as_utc_without_zone_and_fraction() {
        let instant = "2026-07-23T22:01:22.048+02:00".parse().unwrap();
        assert_eq!(
            encoded("StartDate", ParameterValue::DateTime(instant)),
            json!({"StartDate": "2026-07-23T20:01:22"})
        );
    }

    #[test]
    fn booleans_in_filters_are_quoted() {
        assert_eq!(
            encoded("RecipientFilter", "A -eq $TRUE -and B -eq $false -and C -eq '$5'"),
            json!({"RecipientFilter": "A -eq 'True' -and B -eq 'False' -and C -eq '$5'"})
        );
        assert_eq!(encoded("Name", "$true"), json!({"Name": "$true"}));
    }

    #[test]
    fn secrets_need_a_key_and_the_first_level() {
        let secret = || ParameterValue::Secure("hush".into());
        let parameters = Parameters::new().with("Password", secret());
        assert!(matches!(encode(&parameters, None), Err(EncodingError::NoPublicKey { .. })));
        let nested = Parameters::new().with("List", ParameterValue::Array(vec![secret()]));
        assert!(matches!(encode(&nested, None), Err(EncodingError::NestedSecret { .. })));
    }
}
