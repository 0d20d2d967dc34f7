//! Records to export, as odd as real ones are.

use std::borrow::Cow;

use exoctl_export::{Record, Row};

/// 2026-10-01T00:00:00Z.
pub(crate) const FIRST: i64 = 1_790_812_800;

/// The text of record `nth`, which happens at a Unix second.
pub(crate) fn audit_data(nth: u64, second: i64) -> String {
    let time = jiff::Timestamp::from_second(second).unwrap().to_string();
    let time = time.trim_end_matches('Z');
    let id = uuid::Uuid::from_u64_pair(nth.wrapping_mul(0x9e37_79b9_7f4a_7c15), nth);
    let tail = match nth % 7 {
        0 => r#""ObjectId":"=cmd|' \/C calc'!A0""#,
        1 => r#""OriginatingServer":"AM0PR01MB0001 (15.20)\r\n","Name":"Grüße \u00e9""#,
        2 => r#""Version":"1","Version":1"#,
        3 => r#""Parameters":[{"Name":"a \"b\", c","Value":"\\"}]"#,
        4 => r#""ObjectId":"","ClientIP":"[2001:db8::1]:443""#,
        5 => r#""Data":"{\"a\":\"1,2;3\"}""#,
        _ => r#""UserType":4"#,
    };
    format!(
        r#"{{"CreationTime":"{time}","Id":"{id}","Operation":"Set-Mailbox","RecordType":1,{tail}}}"#
    )
}

/// The row that a service gives for a text.
pub(crate) fn row(text: &str, second: i64, index: i64) -> Row<'_> {
    let date = jiff::Timestamp::from_second(second).unwrap().to_string();
    Row {
        record_type: Cow::Borrowed("ExchangeAdmin"),
        creation_date: Cow::Owned(date),
        user_ids: Cow::Borrowed("-adele@contoso.com"),
        operations: Cow::Borrowed("Set-Mailbox"),
        audit_data: Cow::Borrowed(text),
        result_index: index,
        result_count: 5000,
        identity: Cow::Borrowed("none"),
        is_valid: true,
        object_state: Cow::Borrowed("Unchanged"),
    }
}

/// Texts in the order of an export: mostly records, and some that are none.
pub(crate) fn ordered(count: u64) -> Vec<(i64, String)> {
    let mut records: Vec<(i64, String)> = (0..count)
        .map(|nth| {
            let second = FIRST + (nth / 3) as i64;
            let text = audit_data(nth, second);
            match nth % 500 {
                250 => (second, text[..text.len() - 9].to_owned()),
                251 => (second, text.replacen(',', ",\n", 1)),
                252 => (second, text.replacen("2026-", "2026-99", 1)),
                _ => (second, text),
            }
        })
        .collect();
    records.sort_by_cached_key(|(second, text)| Record::of_row(row(text, *second, 1)).key);
    records
}
