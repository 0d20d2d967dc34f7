//! One page of rows, written straight into the answer's buffer.

use super::buffer::Buffer;
use super::cmdlet_error::CmdletError;
use super::filter::Filter;
use super::row::{Output, PositionedRows, Row, RowWriter};

/// What to take of the rows.
#[derive(Debug, Default)]
pub(crate) struct Extent<'r> {
    /// Where to begin.
    pub(crate) from: u64,
    /// How many rows at most.
    pub(crate) limit: u64,
    /// Which properties.
    pub(crate) select: Option<&'r [String]>,
    /// Which rows.
    pub(crate) filter: Option<&'r Filter>,
    /// By which property they are sorted.
    pub(crate) sort_by: Option<&'r str>,
}

/// A page.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// The rows as JSON, with commas between.
    pub(crate) json: Buffer,
    /// End in `json` and following position of each row.
    rows: Vec<(usize, u64)>,
    /// Whether rows follow.
    pub(crate) more: bool,
}

impl Page {
    /// Takes a page of a cmdlet's rows, and looks whether there is one more.
    pub(crate) fn fill(output: Output<'_>, extent: &Extent<'_>) -> Result<Self, CmdletError> {
        let rows = match extent.sort_by {
            Some(property) => sorted(output, property, extent.from),
            None => output.from(extent.from),
        };
        let mut page = Self { json: Buffer::spare(), ..Self::default() };
        for (position, row) in rows {
            if let Some(filter) = extent.filter
                && !filter.matches(&*row)?
            {
                continue;
            }
            if page.count() == extent.limit {
                page.more = true;
                break;
            }
            if !page.rows.is_empty() {
                page.json.push(b',');
            }
            RowWriter::write_row(&*row, extent.select, &mut page.json);
            page.rows.push((page.json.len(), position));
        }
        Ok(page)
    }

    /// How many rows there are.
    pub(crate) fn count(&self) -> u64 {
        self.rows.len() as u64
    }

    /// The position after the last row.
    pub(crate) fn position(&self) -> Option<u64> {
        Some(self.rows.last()?.1)
    }

    /// Keeps only a share of the rows, at least one; rows follow then.
    pub(crate) fn keep(&mut self, share: f64) {
        let keep = ((self.rows.len() as f64 * share).floor() as usize).max(1);
        if let Some((end, _)) = self.rows.get(keep - 1).filter(|_| keep < self.rows.len()) {
            self.json.truncate(*end);
            self.rows.truncate(keep);
            self.more = true;
        }
    }
}

/// All rows in the order of a property, from a position on. Sorting needs them all at once.
fn sorted<'a>(output: Output<'a>, property: &str, from: u64) -> PositionedRows<'a> {
    let mut rows: Vec<(String, Box<dyn Row + 'a>)> = output
        .from(0)
        .map(|(_, row)| {
            let key = row.get(property).map(|value| value.text().to_lowercase());
            (key.unwrap_or_default(), row)
        })
        .collect();
    rows.sort_by(|left, right| left.0.cmp(&right.0));
    let rows = rows.into_iter().zip(1u64..).skip(from as usize);
    Box::new(rows.map(|((_, row), position)| (position, row)))
}
