//! Records on their way into columns: a few at a time, so that little is held.

use std::ops::Range;
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use parquet::basic::{LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::Result;
use parquet::schema::types::{Type, TypePtr};

use super::promoted::{Promoted, TEXTS};
use crate::record::{Record, hex};

/// After so many records they go into the columns.
pub(super) const BATCH: u64 = 1024;

/// The texts that every record has, behind those that it may have.
const OWN: [&str; 2] = [AUDIT_DATA, "audit_data_sha256"];
/// The column of `AuditData`, byte for byte.
pub(super) const AUDIT_DATA: &str = "audit_data";

/// The columns, in their order.
pub(super) static SCHEMA: LazyLock<TypePtr> = LazyLock::new(|| {
    let column = |name: &str, physical, logical, repetition| {
        let column = Type::primitive_type_builder(name, physical).with_repetition(repetition);
        Arc::new(column.with_logical_type(logical).build().expect("the types fit together"))
    };
    let text = |name, repetition| {
        column(name, Physical::BYTE_ARRAY, Some(LogicalType::String), repetition)
    };
    let time = LogicalType::timestamp(true, TimeUnit::MICROS);
    let mut columns = vec![
        column("creation_time", Physical::INT64, Some(time), Repetition::OPTIONAL),
        column("record_type", Physical::INT32, None, Repetition::OPTIONAL),
        column("user_type", Physical::INT32, None, Repetition::OPTIONAL),
    ];
    columns.extend(TEXTS.iter().map(|(name, _)| text(name, Repetition::OPTIONAL)));
    columns.extend(OWN.iter().map(|name| text(name, Repetition::REQUIRED)));
    let schema = Type::group_type_builder("audit_record").with_fields(columns).build();
    Arc::new(schema.expect("the columns' names differ"))
});

/// Some records, by column.
#[derive(Debug, Default)]
pub(super) struct Batch {
    records: u64,
    times: Optional<i64>,
    record_types: Optional<i32>,
    user_types: Optional<i32>,
    /// The bytes of all texts.
    bytes: Vec<u8>,
    texts: [Optional<Range<usize>>; TEXTS.len()],
    own: [Vec<Range<usize>>; OWN.len()],
}

/// The values of a column that may have none, and for each record whether it has one.
#[derive(Debug)]
struct Optional<T> {
    values: Vec<T>,
    levels: Vec<i16>,
}

impl<T> Default for Optional<T> {
    fn default() -> Self {
        Self { values: Vec::new(), levels: Vec::new() }
    }
}

impl<T> Optional<T> {
    fn push(&mut self, value: Option<T>) {
        self.levels.push(value.is_some().into());
        self.values.extend(value);
    }
}

impl Batch {
    /// How many records are in it.
    pub(super) fn records(&self) -> u64 {
        self.records
    }

    /// Adds a record.
    pub(super) fn push(&mut self, record: &Record<'_>) {
        let promoted = Promoted::of(record);
        self.times.push(promoted.creation_time);
        self.record_types.push(promoted.record_type);
        self.user_types.push(promoted.user_type);
        let bytes = &mut self.bytes;
        let mut keep = |text: &str| {
            let begin = bytes.len();
            bytes.extend_from_slice(text.as_bytes());
            begin..bytes.len()
        };
        for (column, text) in self.texts.iter_mut().zip(&promoted.texts) {
            column.push(text.as_deref().map(&mut keep));
        }
        for (column, text) in self.own.iter_mut().zip([record.audit_data(), &hex(&record.key.hash)])
        {
            column.push(keep(text));
        }
        self.records += 1;
    }

    /// Gives everything to the columns and is empty then.
    pub(super) fn write<'a>(
        &mut self,
        mut columns: impl Iterator<Item = &'a mut ColumnWriter<'static>>,
    ) -> Result<()> {
        let Self { times, record_types, user_types, bytes, texts, own, .. } = std::mem::take(self);
        let bytes = Bytes::from(bytes);
        let slices = |ranges: Vec<Range<usize>>| -> Vec<ByteArray> {
            ranges.into_iter().map(|range| bytes.slice(range).into()).collect()
        };
        let mut next = || columns.next().expect("there is a writer for each column");
        write_long(next(), &times)?;
        write_int(next(), &record_types)?;
        write_int(next(), &user_types)?;
        for Optional { values, levels } in texts {
            write_texts(next(), &slices(values), Some(&levels))?;
        }
        for ranges in own {
            write_texts(next(), &slices(ranges), None)?;
        }
        Ok(())
    }
}

fn write_long(column: &mut ColumnWriter<'_>, values: &Optional<i64>) -> Result<()> {
    let ColumnWriter::Int64ColumnWriter(column) = column else { unreachable!("see the schema") };
    column.write_batch(&values.values, Some(&values.levels), None).map(drop)
}

fn write_int(column: &mut ColumnWriter<'_>, values: &Optional<i32>) -> Result<()> {
    let ColumnWriter::Int32ColumnWriter(column) = column else { unreachable!("see the schema") };
    column.write_batch(&values.values, Some(&values.levels), None).map(drop)
}

fn write_texts(
    column: &mut ColumnWriter<'_>,
    values: &[ByteArray],
    levels: Option<&[i16]>,
) -> Result<()> {
    let ColumnWriter::ByteArrayColumnWriter(column) = column else {
        unreachable!("see the schema")
    };
    column.write_batch(values, levels, None).map(drop)
}
