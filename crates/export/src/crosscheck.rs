//! Two exports compared by the ids of their records: what one source has and the other has not.
//!
//! Both are sorted, so that one pass side by side is enough, in memory that does not grow with them.
//! Only the time is compared that both are of.

mod found;

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use exoctl_certificate::Certificate;

pub use self::found::{Crosscheck, Difference, Side, Tally, Where};
use crate::manifest::{ManifestError, Verification, verify};
use crate::period::Period;
use crate::record::{RecordHash, RecordId, RecordKey};
use crate::written::{Odd, Written, WrittenError};

/// Why two exports cannot be compared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CrosscheckError {
    /// The manifest of one cannot be read.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The files of one cannot be read.
    #[error(transparent)]
    Written(#[from] WrittenError),
    /// One was changed since it was made: a comparison would say nothing.
    #[error("the export in {} is not what its manifest says: {finding}", directory.display())]
    NotGenuine {
        /// Which.
        directory: PathBuf,
        /// The first thing that does not fit.
        finding: String,
    },
    /// They are of different times.
    #[error("the exports have no time in common: {first}, and {second}")]
    NoCommonTime {
        /// Of the first.
        first: Period,
        /// Of the second.
        second: Period,
    },
    /// One is limited to what the other is not.
    #[error("the exports are limited differently: {first:?}, and {second:?}")]
    OtherLimits {
        /// Of the first.
        first: String,
        /// Of the second.
        second: String,
    },
    /// A difference could not be told.
    #[error("could not tell a difference")]
    Told(#[source] std::io::Error),
}

/// Compares the exports in two directories; `tell` is given every difference, in the order of time.
/// Both are verified first, their signatures with `certificate` or with the one that they name. Blocks.
pub fn crosscheck(
    directories: [&Path; 2],
    certificate: Option<&Certificate>,
    tell: &mut dyn FnMut(&Difference) -> std::io::Result<()>,
) -> Result<Crosscheck, CrosscheckError> {
    let [first, second] = directories;
    let (one, two) = (genuine(first, certificate)?, genuine(second, certificate)?);
    let (mut a, mut b) =
        (Cursor::open(first, &one.manifest)?, Cursor::open(second, &two.manifest)?);
    let queries = (&one.manifest.head.query, &two.manifest.head.query);
    let limits = (queries.0.limits(), queries.1.limits());
    if limits.0 != limits.1 {
        return Err(CrosscheckError::OtherLimits { first: limits.0, second: limits.1 });
    }
    let periods = (queries.0.period, queries.1.period);
    let period = periods.0.common(periods.1);
    let period =
        period.ok_or(CrosscheckError::NoCommonTime { first: periods.0, second: periods.1 })?;
    let side = |directory: &Path, verification: &Verification| Side {
        directory: directory.to_owned(),
        source: verification.manifest.head.source.clone(),
        verdict: verification.manifest.latest().verdict,
        records: 0,
    };
    let mut found = Crosscheck {
        sides: [side(first, &one), side(second, &two)],
        period,
        same: 0,
        total: Tally::default(),
        by_workload: BTreeMap::new(),
        by_operation: BTreeMap::new(),
        by_hour: BTreeMap::new(),
    };
    let mut tell = |found: &mut Crosscheck, difference: &Difference| {
        found.count(difference);
        tell(difference).map_err(CrosscheckError::Told)
    };
    a.advance_into(period)?;
    b.advance_into(period)?;
    loop {
        let ids = (a.place(), b.place());
        match ids {
            (None, None) => break,
            (Some(x), Some(y)) if x == y => {
                let event = Difference::of(Where::Differs, a.written.text(), x.0);
                let (of_a, of_b) = (a.group(period)?, b.group(period)?);
                found.sides[0].records += of_a.len() as u64;
                found.sides[1].records += of_b.len() as u64;
                if of_a == of_b {
                    found.same += 1;
                } else {
                    tell(&mut found, &event)?;
                }
            }
            (Some(x), y) if y.is_none_or(|y| x < y) => {
                one_sided(&mut a, &mut b, 0, period, &mut found, &mut tell)?;
            }
            _ => one_sided(&mut b, &mut a, 1, period, &mut found, &mut tell)?,
        }
    }
    odd_ones(&a, &b, 0, &mut found, &mut tell)?;
    odd_ones(&b, &a, 1, &mut found, &mut tell)?;
    Ok(found)
}

type Tell<'a> = dyn FnMut(&mut Crosscheck, &Difference) -> Result<(), CrosscheckError> + 'a;

/// A record in order that the other has not in order.
fn one_sided(
    has: &mut Cursor,
    lacks: &mut Cursor,
    side: usize,
    period: Period,
    found: &mut Crosscheck,
    tell: &mut Tell<'_>,
) -> Result<(), CrosscheckError> {
    let (second, id) = has.place().expect("it is at a record");
    let is_odd = lacks.written.odd.contains_key(&id);
    let only = [Where::OnlyFirst, Where::OnlySecond][side];
    let place = if is_odd { Where::Differs } else { only };
    let difference = Difference::of(place, has.written.text(), second);
    found.sides[side].records += has.group(period)?.len() as u64;
    if is_odd {
        lacks.matched.insert(id);
    }
    tell(found, &difference)
}

/// Records that are not what records are, and are not in the other in order.
fn odd_ones(
    has: &Cursor,
    other: &Cursor,
    side: usize,
    found: &mut Crosscheck,
    tell: &mut Tell<'_>,
) -> Result<(), CrosscheckError> {
    let period = found.period;
    let inside = |odd: &&Odd| odd.second.is_none_or(|second| period.has_second(second));
    let mut all: Vec<(&RecordId, Vec<&Odd>)> =
        has.written.odd.iter().map(|(id, odd)| (id, odd.iter().filter(inside).collect())).collect();
    all.retain(|(_, odd)| !odd.is_empty());
    all.sort_by_key(|(id, odd)| (odd[0].second, **id));
    for (id, odd) in all {
        found.sides[side].records += odd.len() as u64;
        if has.matched.contains(id) {
            continue;
        }
        let hashes = |of: &Cursor| {
            let odd = of.written.odd.get(id)?.iter().filter(inside);
            let hashes: HashSet<RecordHash> = odd.map(|odd| odd.hash).collect();
            (!hashes.is_empty()).then_some(hashes)
        };
        match hashes(other) {
            same @ Some(_) if same == hashes(has) => {
                found.same += u64::from(side == 0);
            }
            // Told once, for the first.
            Some(_) if side == 1 => {}
            differs => {
                let only = [Where::OnlyFirst, Where::OnlySecond][side];
                let place = if differs.is_some() { Where::Differs } else { only };
                let difference = Difference::of_odd(place, id, odd[0]);
                tell(found, &difference)?;
            }
        }
    }
    Ok(())
}

fn genuine(
    directory: &Path,
    certificate: Option<&Certificate>,
) -> Result<Verification, CrosscheckError> {
    let verification = verify(directory, certificate)?;
    match verification.findings.first() {
        None => Ok(verification),
        Some(finding) => Err(CrosscheckError::NotGenuine {
            directory: directory.to_owned(),
            finding: finding.to_string(),
        }),
    }
}

/// How far one of them is.
struct Cursor {
    written: Written,
    /// Odd records whose ids the other has.
    matched: HashSet<RecordId>,
}

impl Cursor {
    fn open(
        directory: &Path,
        manifest: &crate::manifest::Manifest,
    ) -> Result<Self, CrosscheckError> {
        let written = Written::open(directory, manifest)?;
        Ok(Self { written, matched: HashSet::new() })
    }

    fn place(&self) -> Option<(i64, RecordId)> {
        self.written.key().map(|key| (key.second, key.id))
    }

    /// Goes to the next record in the period.
    fn advance_into(&mut self, period: Period) -> Result<Option<RecordKey>, CrosscheckError> {
        loop {
            match self.written.advance()? {
                Some(key) if !period.has_second(key.second) => {}
                other => return Ok(other),
            }
        }
    }

    /// The contents of the id that it is at, sorted; goes behind them.
    fn group(&mut self, period: Period) -> Result<Vec<RecordHash>, CrosscheckError> {
        let here = self.place();
        let mut hashes = Vec::new();
        while let Some(key) = self.written.key().filter(|_| self.place() == here) {
            hashes.push(key.hash);
            self.advance_into(period)?;
        }
        Ok(hashes)
    }
}
