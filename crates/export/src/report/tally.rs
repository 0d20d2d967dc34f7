//! Counting by name in bounded memory.

use std::collections::HashMap;

use serde::Serialize;

/// So many names are told apart; records of others are counted together.
const NAMES: usize = 100_000;
/// Longer names are cut: nothing that a service names is as long.
const LONGEST: usize = 256;

/// Counts by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    counts: HashMap<Box<str>, u64>,
    /// Records of names that came when there were too many.
    untold: u64,
}

/// Some lines of a count, the largest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Table {
    /// The names with the most records.
    pub lines: Vec<Line>,
    /// How many names there are besides.
    pub more_names: u64,
    /// How many records those have.
    pub more_records: u64,
    /// All records that were counted.
    pub records: u64,
}

/// One name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Line {
    /// As the log has it.
    pub name: String,
    /// How many records.
    pub records: u64,
    /// How many there were in the export before, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
}

impl Tally {
    pub(super) fn add(&mut self, name: &str) {
        let name = cut(name, LONGEST);
        if let Some(count) = self.counts.get_mut(name) {
            *count += 1;
        } else if self.counts.len() < NAMES {
            self.counts.insert(name.into(), 1);
        } else {
            self.untold += 1;
        }
    }

    pub(super) fn get(&self, name: &str) -> u64 {
        self.counts.get(name).copied().unwrap_or(0)
    }

    /// Whether every name was told apart.
    pub(super) fn is_exact(&self) -> bool {
        self.untold == 0
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.counts.iter().map(|(name, count)| (&**name, *count))
    }

    /// The `lines` largest, with what they were before.
    pub(super) fn table(&self, lines: usize, before: Option<&Self>) -> Table {
        let mut table = Table::of(self.iter(), lines);
        if let Some(before) = before {
            for line in &mut table.lines {
                line.before = Some(before.get(&line.name));
            }
        }
        table.more_records += self.untold;
        table.records += self.untold;
        table
    }
}

impl Table {
    /// The `lines` largest of some counts; of equal ones those that come first in the alphabet.
    pub(super) fn of<'a>(counts: impl Iterator<Item = (&'a str, u64)>, lines: usize) -> Self {
        let mut all: Vec<(&str, u64)> = counts.collect();
        all.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        let records = all.iter().map(|(_, count)| count).sum();
        let rest = all.split_off(lines.min(all.len()));
        let line =
            |(name, records): (&str, u64)| Line { name: name.to_owned(), records, before: None };
        Self {
            lines: all.into_iter().map(line).collect(),
            more_names: rest.len() as u64,
            more_records: rest.iter().map(|(_, count)| count).sum(),
            records,
        }
    }
}

/// The beginning of a text, so many bytes at most and no half characters.
pub(super) fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_beyond_those_that_are_told_apart_are_still_counted() {
        let mut tally = Tally::default();
        for nth in 0..NAMES + 5 {
            tally.add(&nth.to_string());
            tally.add("1");
        }
        let table = tally.table(1, None);
        assert_eq!((table.lines[0].name.as_str(), table.lines[0].records), ("1", NAMES as u64 + 6));
        assert_eq!(table.records, 2 * (NAMES as u64 + 5));
        assert_eq!(table.more_records, table.records - table.lines[0].records);
        assert!(!tally.is_exact());
    }
}
