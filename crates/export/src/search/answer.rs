//! One row of an answer, read from the JSON in which the admin API gives it.

use std::borrow::Cow;

use serde::Deserialize;

use crate::record::Row;

/// A row and what it tells about the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answered<'a> {
    pub(crate) row: Row<'a>,
    /// `AuditSearchRequestMetadata.moreRecordsAvailable`, if the service has it.
    pub(crate) more: Option<bool>,
}

impl<'a> Answered<'a> {
    /// Reads a row; type annotations are passed over.
    pub(crate) fn read(json: &'a str) -> serde_json::Result<Self> {
        let wire: Wire<'a> = serde_json::from_str(json)?;
        let text = |text: Option<Cow<'a, str>>| text.unwrap_or_default();
        Ok(Self {
            more: wire.metadata.and_then(Metadata::more),
            row: Row {
                record_type: text(wire.record_type),
                creation_date: text(wire.creation_date),
                user_ids: text(wire.user_ids),
                operations: text(wire.operations),
                audit_data: text(wire.audit_data),
                result_index: wire.result_index.unwrap_or(0),
                result_count: wire.result_count.unwrap_or(0),
                identity: text(wire.identity),
                is_valid: wire.is_valid.unwrap_or(true),
                object_state: text(wire.object_state),
            },
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Wire<'a> {
    #[serde(borrow)]
    record_type: Option<Cow<'a, str>>,
    #[serde(borrow)]
    creation_date: Option<Cow<'a, str>>,
    #[serde(borrow)]
    user_ids: Option<Cow<'a, str>>,
    #[serde(borrow)]
    operations: Option<Cow<'a, str>>,
    #[serde(borrow)]
    audit_data: Option<Cow<'a, str>>,
    result_index: Option<i64>,
    result_count: Option<i64>,
    #[serde(borrow)]
    identity: Option<Cow<'a, str>>,
    is_valid: Option<bool>,
    #[serde(borrow)]
    object_state: Option<Cow<'a, str>>,
    #[serde(rename = "AuditSearchRequestMetadata")]
    metadata: Option<Metadata>,
}

/// Readers in the field take both letter cases; the shape over REST is documented nowhere.
#[derive(Deserialize)]
#[serde(untagged)]
enum Metadata {
    Object {
        #[serde(alias = "MoreRecordsAvailable", rename = "moreRecordsAvailable")]
        more: Option<bool>,
    },
    Text(String),
    Other(serde::de::IgnoredAny),
}

impl Metadata {
    fn more(self) -> Option<bool> {
        match self {
            Self::Object { more } => more,
            Self::Text(text) => {
                serde_json::from_str::<Self>(&text).ok().and_then(|inner| match inner {
                    Self::Object { more } => more,
                    _ => None,
                })
            }
            Self::Other(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_read_with_what_is_missing_or_annotated() {
        let json = r##"{"RecordType":"AzureActiveDirectory","CreationDate@data.type":"System.DateTime",
            "CreationDate":"2026-10-01T00:00:07.0000000Z","UserIds":"adele","AuditData":"{\"Id\":\"a\\/b\"}",
            "ResultIndex@odata.type":"#Int32","ResultIndex":-1,"ResultCount":0,"IsValid":true,
            "AuditSearchRequestMetadata":{"MoreRecordsAvailable":true,"Other":1}}"##;
        let answered = Answered::read(json).unwrap();
        assert_eq!(answered.more, Some(true));
        assert_eq!(answered.row.audit_data, r#"{"Id":"a\/b"}"#);
        assert_eq!((answered.row.result_index, answered.row.result_count), (-1, 0));
        assert_eq!(answered.row.operations, "");
    }

    #[test]
    fn more_records_are_told_in_three_ways_or_not_at_all() {
        for (metadata, more) in [
            (r#"{"moreRecordsAvailable":false}"#, Some(false)),
            (r#"{"MoreRecordsAvailable":true}"#, Some(true)),
            (r#""{\"moreRecordsAvailable\":true}""#, Some(true)),
            (r#""whatever""#, None),
            ("null", None),
            ("7", None),
            ("{}", None),
        ] {
            let json = format!(r#"{{"AuditSearchRequestMetadata":{metadata}}}"#);
            assert_eq!(Answered::read(&json).unwrap().more, more, "{metadata}");
        }
    }
}
