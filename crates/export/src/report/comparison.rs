//! This export and the one before.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::pass::Pass;
use super::tally::{Table, Tally};
use super::{ReportError, files};
use crate::manifest::{MANIFEST, Manifest};
use crate::period::Period;
use crate::verdict::Verdict;

/// What is otherwise than in the export before.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Comparison {
    /// Of the export before.
    pub period: Period,
    /// Of the export before: if it was not complete, nothing is new for sure.
    pub verdict: Verdict,
    /// Records before, without noise.
    pub before: u64,
    /// Records now, without noise.
    pub now: u64,
    /// Operations that were not there before.
    pub new_operations: Table,
    /// Operations that are not there any more, with what they were.
    pub gone_operations: Table,
    /// Users who were not there before.
    pub new_users: Table,
    /// Users who are not there any more, with what they were.
    pub gone_users: Table,
    /// The operations that have changed most, by day of the two periods.
    pub changed: Vec<Change>,
    /// Whether there were more names than are told apart, so that what is new is not for sure.
    pub inexact: bool,
}

/// An operation with more or fewer records than before.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Change {
    /// Which.
    pub name: String,
    /// Records before.
    pub before: u64,
    /// Records now.
    pub now: u64,
}

const LINES: usize = 10;

/// An export that another is compared with.
#[derive(Debug)]
pub(super) struct Before {
    pub(super) pass: Pass,
    period: Period,
    verdict: Verdict,
}

impl Before {
    pub(super) fn read(directory: &Path) -> Result<Self, ReportError> {
        let manifest = Manifest::read(directory)?;
        let period = manifest.head.query.period;
        let mut pass = Pass::new(period);
        files::read(directory, &manifest, |event| match event {
            Some(event) => pass.take(&event),
            None => pass.take_unreadable(),
        })?;
        Ok(Self { pass, period, verdict: manifest.total.verdict })
    }

    pub(super) fn compare(&self, now: &Pass) -> Comparison {
        let before = &self.pass;
        Comparison {
            period: self.period,
            verdict: self.verdict,
            before: before.operations.table(0, None).records,
            now: now.operations.table(0, None).records,
            new_operations: missing(&now.operations, &before.operations),
            gone_operations: missing(&before.operations, &now.operations),
            new_users: missing(&now.users, &before.users),
            gone_users: missing(&before.users, &now.users),
            changed: changes(&before.operations, &now.operations, self.days(), now.days().len()),
            inexact: !(now.users.is_exact() && before.users.is_exact()),
        }
    }

    fn days(&self) -> usize {
        self.pass.days().len()
    }
}

/// What one has and the other has not.
fn missing(of: &Tally, from: &Tally) -> Table {
    Table::of(of.iter().filter(|(name, _)| from.get(name) == 0), LINES)
}

/// What both have, by how much it has changed; a month is compared with a month, whatever its days.
fn changes(before: &Tally, now: &Tally, days_before: usize, days_now: usize) -> Vec<Change> {
    let (days_before, days_now) = (days_before as i128, days_now as i128);
    let both = now.iter().filter(|(name, _)| before.get(name) > 0);
    let change =
        |(name, now): (&str, u64)| Change { name: name.to_owned(), before: before.get(name), now };
    let mut changes: Vec<Change> = both.map(change).collect();
    let by = |change: &Change| {
        (i128::from(change.now) * days_before - i128::from(change.before) * days_now).abs()
    };
    changes.sort_by(|a, b| by(b).cmp(&by(a)).then(a.name.cmp(&b.name)));
    changes.retain(|change| by(change) > 0);
    changes.truncate(LINES);
    changes
}

/// An export in a directory beside this one, of the same tenant and of everything, that ends where
/// this one begins.
pub(super) fn beside(directory: &Path, manifest: &Manifest) -> Option<PathBuf> {
    let directory = directory.canonicalize().ok()?;
    let head = &manifest.head;
    let mut candidates: Vec<PathBuf> = fs::read_dir(directory.parent()?)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| *path != directory && path.join(MANIFEST).is_file())
        .collect();
    candidates.sort();
    candidates.into_iter().find(|path| {
        first_line(path).is_some_and(|before| {
            let same =
                |member: fn(&crate::manifest::Head) -> &[String]| member(&before) == member(head);
            before.author.organization == head.author.organization
                && before.query.period.end() == head.query.period.start()
                && same(|head| &head.query.record_types)
                && same(|head| &head.query.operations)
                && same(|head| &head.query.user_ids)
        })
    })
}

fn first_line(directory: &Path) -> Option<crate::manifest::Head> {
    let mut line = String::new();
    BufReader::new(fs::File::open(directory.join(MANIFEST)).ok()?).read_line(&mut line).ok()?;
    serde_json::from_str(&line).ok()
}
