//! Rows of an answer: what a cmdlet produces, lazily, and how it becomes JSON.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use super::value::{Value, write_string};

/// One object of an answer.
pub(crate) trait Row {
    /// Writes its properties, in the service's order.
    fn write(&self, to: &mut RowWriter<'_>);
    /// One property, its name in any case; filters and sorting ask.
    fn get(&self, property: &str) -> Option<Value<'_>>;
}

/// A row put together by hand.
#[derive(Debug, Clone, Default)]
pub(crate) struct Record<'a>(Vec<(Cow<'static, str>, Value<'a>)>);

impl<'a> Record<'a> {
    /// A row without properties.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// The row with one more property.
    pub(crate) fn with(
        mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<Value<'a>>,
    ) -> Self {
        self.0.push((name.into(), value.into()));
        self
    }
}

impl<'a> Record<'a> {
    /// One property, its name in any case; for rows that are records only while they are shown.
    pub(crate) fn take(self, property: &str) -> Option<Value<'a>> {
        let found = self.0.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(property))?;
        Some(found.1)
    }
}

impl Row for Record<'_> {
    fn write(&self, to: &mut RowWriter<'_>) {
        for (name, value) in &self.0 {
            to.put(name, value);
        }
    }

    fn get(&self, property: &str) -> Option<Value<'_>> {
        let (_, value) = self.0.iter().find(|(name, _)| name.eq_ignore_ascii_case(property))?;
        Some(value.clone())
    }
}

/// One property of a kind of object: its name and how it is computed.
#[derive(Debug)]
pub(crate) struct Column<T> {
    /// The property's name.
    pub(crate) name: &'static str,
    /// Its value.
    pub(crate) value: for<'b> fn(&'b T) -> Value<'b>,
}

/// Shorthand for [`Column`].
pub(crate) const fn column<T>(
    name: &'static str,
    value: for<'b> fn(&'b T) -> Value<'b>,
) -> Column<T> {
    Column { name, value }
}

/// Something that has computed properties, of which a cmdlet may have set some.
pub(crate) trait Item: 'static {
    /// What a cmdlet set for a property; the column's value otherwise.
    fn setting(&self, _property: &str) -> Option<&Value<'static>> {
        None
    }
}

/// A row whose properties are computed when they are written; a property that `$select` leaves
/// out is never computed.
#[derive(Debug)]
pub(crate) struct Columns<T: Item> {
    /// What the row is about.
    pub(crate) item: T,
    /// Its properties.
    pub(crate) columns: &'static [Column<T>],
}

impl<T: Item> Row for Columns<T> {
    fn write(&self, to: &mut RowWriter<'_>) {
        for column in self.columns {
            if !to.wants(column.name) {
                continue;
            }
            match self.item.setting(column.name) {
                Some(value) => to.put(column.name, value),
                None => to.put(column.name, &(column.value)(&self.item)),
            }
        }
    }

    fn get(&self, property: &str) -> Option<Value<'_>> {
        let column = self.columns.iter().find(|c| c.name.eq_ignore_ascii_case(property))?;
        let set = self.item.setting(column.name).cloned();
        Some(set.unwrap_or_else(|| (column.value)(&self.item)))
    }
}

/// Writes one row into the answer.
#[derive(Debug)]
pub(crate) struct RowWriter<'w> {
    out: &'w mut Vec<u8>,
    select: Option<&'w [String]>,
    started: bool,
}

impl<'w> RowWriter<'w> {
    /// Writes `row` as one JSON object, with the selected properties only.
    pub(crate) fn write_row(row: &dyn Row, select: Option<&'w [String]>, out: &'w mut Vec<u8>) {
        out.push(b'{');
        let mut writer = Self { out, select, started: false };
        row.write(&mut writer);
        writer.out.push(b'}');
    }

    /// Whether a property is to be written at all.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.select.is_none_or(|names| names.iter().any(|n| n.eq_ignore_ascii_case(name)))
    }

    /// Writes a property after its annotations, if it is wanted.
    pub(crate) fn put(&mut self, name: &str, value: &Value<'_>) {
        if !self.wants(name) {
            return;
        }
        let name = self.name(name);
        let (data, odata) = value.annotations();
        for (suffix, kind) in [("@data.type", data), ("@odata.type", odata)] {
            if let Some(kind) = kind {
                self.out.extend_from_slice(suffix.as_bytes());
                self.out.extend_from_slice(b"\":\"");
                self.out.extend_from_slice(kind.as_bytes());
                self.out.extend_from_slice(b"\",\"");
                self.out.extend_from_within(name.clone());
            }
        }
        self.out.extend_from_slice(b"\":");
        value.write(self.out);
    }

    /// Begins a member; gives the place of its name, escaped and without quotes, after which the
    /// output stands.
    fn name(&mut self, name: &str) -> Range<usize> {
        if self.started {
            self.out.push(b',');
        }
        self.started = true;
        let begin = self.out.len() + 1;
        write_string(name, self.out);
        self.out.pop();
        begin..self.out.len()
    }
}

/// Rows with the position from which to go on after each.
pub(crate) type PositionedRows<'a> = Box<dyn Iterator<Item = (u64, Box<dyn Row + 'a>)> + 'a>;

/// What a cmdlet answers. Nothing is computed before the engine asks for rows.
pub(crate) struct Output<'a> {
    start: Box<dyn FnOnce(u64) -> PositionedRows<'a> + 'a>,
}

impl fmt::Debug for Output<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Output").finish_non_exhaustive()
    }
}

impl<'a> Output<'a> {
    /// No rows.
    pub(crate) fn nothing() -> Self {
        Self { start: Box::new(|_| Box::new(std::iter::empty())) }
    }

    /// One row.
    pub(crate) fn row(row: impl Row + 'a) -> Self {
        Self::rows([row])
    }

    /// Rows of any iterator. A later page walks over the rows of the earlier ones again, so this
    /// is for thousands of rows, not for millions.
    pub(crate) fn rows<R: Row + 'a>(rows: impl IntoIterator<Item = R, IntoIter: 'a> + 'a) -> Self {
        Self::seek(move |from| {
            let rows = rows.into_iter().zip(1u64..).skip(from as usize);
            rows.map(|(row, position)| (position, row))
        })
    }

    /// Rows of a population that can be entered anywhere: `start` gets a position (0 at first) and
    /// gives the rows from there, each with the position after it.
    pub(crate) fn seek<R: Row + 'a, I: Iterator<Item = (u64, R)> + 'a>(
        start: impl FnOnce(u64) -> I + 'a,
    ) -> Self {
        Self {
            start: Box::new(move |from| {
                Box::new(start(from).map(|(position, row)| -> (u64, Box<dyn Row + 'a>) {
                    (position, Box::new(row))
                }))
            }),
        }
    }

    /// The rows from a position on.
    pub(crate) fn from(self, position: u64) -> PositionedRows<'a> {
        (self.start)(position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn annotations_precede_their_property() {
        let row = Record::new()
            .with("LogLevel", "None")
            .with("LoadBalancerCount", 3)
            .with("Guid", Value::Guid(uuid::Uuid::nil()))
            .with("EmailAddresses", Value::Strings(vec!["a".into(), "b".into()]))
            .with("Count", Value::Int16(1));
        let mut out = Vec::new();
        RowWriter::write_row(&row, None, &mut out);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            r##"{"LogLevel":"None","LoadBalancerCount@data.type":"System.Int32","LoadBalancerCount":3,"Guid@data.type":"System.Guid","Guid@odata.type":"#Guid","Guid":"00000000-0000-0000-0000-000000000000","EmailAddresses@odata.type":"#Collection(String)","EmailAddresses":["a","b"],"Count@data.type":"System.Int16","Count@odata.type":"#Int16","Count":1}"##
        );
    }

    #[test]
    fn select_leaves_out_properties_with_their_annotations() {
        let row = Record::new().with("Name", "x").with("Size", 3);
        let mut out = Vec::new();
        RowWriter::write_row(&row, Some(&["name".to_owned()]), &mut out);
        assert_eq!(out, br#"{"Name":"x"}"#);
    }
}
