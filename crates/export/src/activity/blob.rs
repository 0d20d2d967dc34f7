//! The records of a blob, byte for byte.

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::value::RawValue;

use crate::record::Row;
use crate::report::event::Event;
use crate::source::{Anomaly, ReadError};
use crate::stage::Stage;

/// Gives every record of a blob to the stage.
pub(super) fn take(body: &[u8], stage: &mut Stage) -> Result<(), ReadError> {
    let records: Vec<&RawValue> = serde_json::from_slice(body).map_err(|source| {
        ReadError::Anomaly { anomaly: Anomaly::Unreadable, source: Some(source.into()) }
    })?;
    for record in records {
        stage.take(row(record.get()))?;
    }
    Ok(())
}

/// The row that the cmdlet would have given. `ResultIndex` and `ResultCount` are zero: which place a
/// record has depends on the blob that it came in, and it comes in several.
fn row(text: &str) -> Row<'_> {
    let event = Event::read(text).unwrap_or_default();
    let time = event.second.and_then(|second| Timestamp::from_second(second).ok());
    Row {
        // By number, for that is all that the feed tells.
        record_type: event.record_type.map_or(Cow::Borrowed(""), |n| Cow::Owned(n.to_string())),
        creation_date: time.map_or(Cow::Borrowed(""), |time| Cow::Owned(time.to_string())),
        user_ids: event.user,
        operations: event.operation,
        audit_data: Cow::Borrowed(text),
        result_index: 0,
        result_count: 0,
        identity: event.id,
        is_valid: true,
        object_state: Cow::Borrowed("Unchanged"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_keeps_its_bytes() {
        let text = r#"{"CreationTime":"2026-10-01T00:00:07","Id":"a\/b","Operation":"Send ","UserId":"x","RecordType":"2","A": [1,  2]}"#;
        let made = row(text);
        assert_eq!(made.audit_data, text);
        assert_eq!((&*made.identity, &*made.operations, &*made.record_type), ("a/b", "Send ", "2"));
        assert_eq!(made.creation_date, "2026-10-01T00:00:07Z");
    }

    #[test]
    fn a_blob_that_breaks_off_is_no_shorter_blob() {
        let directory = tempfile::TempDir::new().unwrap();
        let mut stage = Stage::new(None, directory.path());
        take(br#"[{"Id":"1","CreationTime":"2026-10-01T00:00:07"},{"Id":"2"},7]"#, &mut stage)
            .unwrap();
        assert_eq!(stage.len(), 3);
        for body in [&br#"[{"Id":"3"},{"Id"#[..], b"", b"{}"] {
            assert!(matches!(
                take(body, &mut stage),
                Err(ReadError::Anomaly { anomaly: Anomaly::Unreadable, .. })
            ));
        }
        assert_eq!(stage.len(), 3);
    }
}
