//! Which windows are read: a pure function of what was learned so far.
//!
//! The period is cut from its beginning on into stretches whose length follows the density of the
//! ones before. Only what lies [`LAG`] stretches back counts, so that the plan is the same whatever
//! order several sessions finish in. A window that holds more than the service gives is split.

use crate::period::Period;
use crate::query::{Filter, Window};
use crate::stage::Sample;

/// How many records a window should have: two large pages, and a fifth of what fits.
pub(crate) const WANTED: u64 = 10_000;
/// How many stretches may be under way before the first one's density must be known.
pub(crate) const LAG: usize = 8;
/// How many stretches tell the density.
const EVIDENCE: usize = 4;
/// How much longer a stretch may be than those that tell.
const GROWTH: i64 = 4;
/// The first stretches, when nothing is known.
const FIRST: i64 = 3600;
/// The longest stretch. Beyond a day nothing is gained.
const LONGEST: i64 = 86_400;

/// A stretch of the period that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Past {
    pub(crate) seconds: i64,
    /// How many records it has; nothing if that is not known.
    pub(crate) records: Option<u64>,
}

/// How long stretch `index` is, given those before it; `None` while one of them that counts is not
/// known yet. `estimate` is how many records the whole period has, if the service told.
pub(crate) fn length(
    index: usize,
    settled: &[Option<Past>],
    period: Period,
    estimate: Option<u64>,
) -> Option<i64> {
    let Some(last) = index.checked_sub(LAG) else {
        let first = estimate
            .filter(|records| *records > 0)
            .map_or(FIRST, |records| scaled(period.seconds(), WANTED / 2, records));
        return Some(tidy(first));
    };
    let evidence = settled.get(..=last)?;
    if evidence.iter().any(Option::is_none) {
        return None;
    }
    let recent = evidence.iter().rev().flatten().take(EVIDENCE);
    let longest = recent.clone().map(|past| past.seconds).max().unwrap_or(FIRST);
    let grown = longest.saturating_mul(GROWTH);
    // The densest one decides: a morning is denser than the night before it.
    let fits = recent
        .filter_map(|past| Some(scaled(past.seconds, WANTED, past.records?)))
        .min()
        .unwrap_or(longest);
    Some(tidy(fits.min(grown)))
}

/// `seconds` stretched or shrunk from `records` to `wanted` records.
fn scaled(seconds: i64, wanted: u64, records: u64) -> i64 {
    let scaled = i128::from(seconds) * i128::from(wanted) / i128::from(records.max(1));
    scaled.clamp(1, i128::from(LONGEST)) as i64
}

/// A length that people like to read: whole minutes where that makes little difference.
fn tidy(seconds: i64) -> i64 {
    let seconds = seconds.clamp(1, LONGEST);
    if seconds > 600 { seconds / 60 * 60 } else { seconds }
}

/// How a window that holds too much is cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Split {
    pub(crate) by: SplitBy,
    pub(crate) parts: Vec<Window>,
}

/// By what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SplitBy {
    Time,
    RecordType,
    /// The values that were seen, unless the query has some: nobody can ask the service for the others.
    Operation,
    User,
    /// What is kept and what is not kept any more.
    Retention,
}

impl SplitBy {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::RecordType => "record-type",
            Self::Operation => "operation",
            Self::User => "user",
            Self::Retention => "retention",
        }
    }

    /// Whether the parts have values of their own, and not times.
    pub(crate) fn is_by_value(self) -> bool {
        matches!(self, Self::RecordType | Self::Operation | Self::User)
    }

    /// That of this name.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        [Self::Time, Self::RecordType, Self::Operation, Self::User, Self::Retention]
            .into_iter()
            .find(|by| by.name() == name)
    }
}

/// Numbers that record types have; the service refuses those that it does not know, which is cheap.
/// Microsoft's own model of Graph goes to 476.
pub(crate) const RECORD_TYPES: std::ops::Range<u32> = 1..500;

/// The parts of a window that holds more than the service gives; `None` if there is no way to cut it.
/// `sample` is what came of it, in no order.
pub(crate) fn split(window: &Window, sample: &Sample) -> Option<Split> {
    if window.period.seconds() > 1 {
        let parts = window.period.cut_at(&cuts(window.period, sample));
        let with = |period| Window { period, filter: window.filter.clone() };
        return Some(Split { by: SplitBy::Time, parts: parts.into_iter().map(with).collect() });
    }
    let filter = &window.filter;
    let with = |filter| Window { period: window.period, filter };
    if filter.record_type.is_none() {
        let mut values: Vec<String> = RECORD_TYPES.map(|number| number.to_string()).collect();
        values.extend(
            sample.record_types.keys().filter(|v| !values.contains(v)).cloned().collect::<Vec<_>>(),
        );
        let part = |value| with(Filter { record_type: Some(value), ..filter.clone() });
        return Some(Split {
            by: SplitBy::RecordType,
            parts: values.into_iter().map(part).collect(),
        });
    }
    if filter.operations.len() != 1 {
        let values = values(&filter.operations, sample.operations.keys());
        let part = |value| with(Filter { operations: vec![value], ..filter.clone() });
        let parts: Vec<Window> = values.into_iter().map(part).collect();
        return (!parts.is_empty()).then_some(Split { by: SplitBy::Operation, parts });
    }
    if filter.user_ids.len() != 1 {
        let values = values(&filter.user_ids, sample.user_ids.keys());
        let part = |value| with(Filter { user_ids: vec![value], ..filter.clone() });
        let parts: Vec<Window> = values.into_iter().map(part).collect();
        return (!parts.is_empty()).then_some(Split { by: SplitBy::User, parts });
    }
    None
}

/// The values that were asked for, else those that were seen; letter case makes no difference to
/// the service.
fn values<'a>(asked: &[String], seen: impl Iterator<Item = &'a String>) -> Vec<String> {
    if asked.is_empty() {
        let mut values: Vec<String> = Vec::new();
        for value in seen {
            if !values.iter().any(|known| known.eq_ignore_ascii_case(value)) {
                values.push(value.clone());
            }
        }
        return values;
    }
    asked.to_vec()
}

/// Where to cut a period so that the parts are about equally full: at the quarters of the sample. A
/// second that has a quarter for itself gets a part for itself.
fn cuts(period: Period, sample: &Sample) -> Vec<i64> {
    let total: u64 = sample.seconds.values().sum();
    let (start, end) = (period.start().as_second(), period.end().as_second());
    let mut cuts = Vec::new();
    let (mut before, mut next) = (0, 1);
    for (&second, &count) in &sample.seconds {
        if count * 4 >= total {
            cuts.extend([second, second + 1]);
        }
        before += count;
        while next < 4 && before * 4 >= total * next {
            cuts.push(second + 1);
            next += 1;
        }
    }
    if !cuts.iter().any(|cut| *cut > start && *cut < end) {
        cuts.push(start + period.seconds() / 2);
    }
    cuts
}

#[cfg(test)]
mod tests;
