//! Records as the spool keeps them: length-prefixed, nothing escaped, nothing re-written.

use std::borrow::Cow;

use crate::record::{Quarantine, Record, RecordKey, Row};

/// Appends a record.
pub(crate) fn encode(record: &Record<'_>, to: &mut Vec<u8>) {
    let begin = to.len();
    to.extend_from_slice(&[0; 4]);
    to.extend_from_slice(&record.key.second.to_le_bytes());
    to.extend_from_slice(&record.key.id);
    to.extend_from_slice(&record.key.hash);
    to.push(Quarantine::code(record.quarantine));
    to.extend_from_slice(&record.record_type.unwrap_or(i64::MIN).to_le_bytes());
    let row = &record.row;
    to.extend_from_slice(&row.result_index.to_le_bytes());
    to.extend_from_slice(&row.result_count.to_le_bytes());
    to.push(u8::from(row.is_valid));
    for text in [
        &row.record_type,
        &row.creation_date,
        &row.user_ids,
        &row.operations,
        &row.identity,
        &row.object_state,
        &row.audit_data,
    ] {
        to.extend_from_slice(&(text.len() as u32).to_le_bytes());
        to.extend_from_slice(text.as_bytes());
    }
    let length = (to.len() - begin - 4) as u32;
    to[begin..begin + 4].copy_from_slice(&length.to_le_bytes());
}

/// Reads no more than the key of what [`encode`] has written.
pub(crate) fn decode_key(mut from: &[u8]) -> Option<RecordKey> {
    key(&mut from)
}

/// Reads what [`encode`] has written, without the length in front; `None` if it is something else.
pub(crate) fn decode(mut from: &[u8]) -> Option<Record<'_>> {
    let key = key(&mut from)?;
    let [quarantine] = take(&mut from)?;
    let record_type = i64::from_le_bytes(take(&mut from)?);
    let result_index = i64::from_le_bytes(take(&mut from)?);
    let result_count = i64::from_le_bytes(take(&mut from)?);
    let [is_valid] = take(&mut from)?;
    let row = Row {
        record_type: text(&mut from)?,
        creation_date: text(&mut from)?,
        user_ids: text(&mut from)?,
        operations: text(&mut from)?,
        identity: text(&mut from)?,
        object_state: text(&mut from)?,
        audit_data: text(&mut from)?,
        result_index,
        result_count,
        is_valid: is_valid != 0,
    };
    let quarantine = Quarantine::of_code(quarantine);
    let record_type = (record_type != i64::MIN).then_some(record_type);
    from.is_empty().then_some(Record { key, record_type, quarantine, row })
}

fn key(from: &mut &[u8]) -> Option<RecordKey> {
    Some(RecordKey { second: i64::from_le_bytes(take(from)?), id: take(from)?, hash: take(from)? })
}

fn take<const N: usize>(from: &mut &[u8]) -> Option<[u8; N]> {
    let (head, rest) = from.split_first_chunk()?;
    *from = rest;
    Some(*head)
}

fn text<'a>(from: &mut &'a [u8]) -> Option<Cow<'a, str>> {
    let length = u32::from_le_bytes(take(from)?) as usize;
    let (text, rest) = from.split_at_checked(length)?;
    *from = rest;
    std::str::from_utf8(text).ok().map(Cow::Borrowed)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Any record at all.
    pub(crate) fn any_record() -> impl Strategy<Value = Record<'static>> {
        let texts = proptest::collection::vec("\\PC{0,12}|[\r\n\"\\\\\u{0}é]{0,4}", 7);
        let numbers = (any::<i64>(), any::<i64>(), any::<bool>());
        let key = (-9_999_999_999_i64..9_999_999_999, any::<[u8; 16]>(), any::<[u8; 32]>());
        let record_type = proptest::option::of(0_i64..500);
        (key, record_type, 0_u8..4, texts, numbers).prop_map(
            |((second, id, hash), record_type, quarantine, texts, numbers)| {
                let text = |at: usize| Cow::Owned(texts[at].clone());
                Record {
                    key: RecordKey { second, id, hash },
                    record_type,
                    quarantine: Quarantine::of_code(quarantine),
                    row: Row {
                        record_type: text(0),
                        creation_date: text(1),
                        user_ids: text(2),
                        operations: text(3),
                        identity: text(4),
                        object_state: text(5),
                        audit_data: text(6),
                        result_index: numbers.0,
                        result_count: numbers.1,
                        is_valid: numbers.2,
                    },
                }
            },
        )
    }

    proptest! {
        #[test]
        fn what_was_encoded_is_decoded(record in any_record()) {
            let mut bytes = b"before".to_vec();
            encode(&record, &mut bytes);
            let length = u32::from_le_bytes(bytes[6..10].try_into().unwrap()) as usize;
            prop_assert_eq!(bytes.len(), 10 + length);
            prop_assert_eq!(decode(&bytes[10..]), Some(record));
        }

        #[test]
        fn damaged_records_are_refused_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&bytes);
        }
    }
}
