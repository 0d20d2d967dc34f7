//! An export told to a reviewer: whether it is whole, what happened, what to look at first.
//!
//! A report is made from the manifest and the export's own files, without a network, in one pass and
//! with memory that does not grow with the records. What is in it comes from the log, where others
//! write: [`Report::to_html`] escapes all of it and [`Report::to_text`] shows control characters
//! instead of passing them on.

mod burst;
mod comparison;
mod coverage;
pub(crate) mod event;
mod files;
mod html;
mod pass;
mod review;
mod rules;
mod tally;
mod text;

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Serialize;

pub use self::comparison::{Change, Comparison};
pub use self::coverage::{Coverage, Gap};
pub use self::review::{Found, Section};
pub use self::rules::Topic;
pub use self::tally::{Line, Table};
pub use self::text::plain;
use crate::manifest::{ManifestError, check_entries};

/// How many lines the tables of a report have.
const LINES: usize = 25;

/// What a reviewer is told of an export.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Report {
    /// Whether it is all that there was, and how that can be checked.
    pub coverage: Coverage,
    /// What to look at, by topic, what tells most first.
    pub review: Vec<Section>,
    /// What was otherwise in the export before, if there is one.
    pub comparison: Option<Comparison>,
    /// Records by workload.
    pub workloads: Table,
    /// Records by operation.
    pub operations: Table,
    /// Records by user; upper and lower case are one.
    pub users: Table,
    /// Records by day, UTC, from the first day of the period to its last.
    pub days: Vec<Day>,
    /// What Exchange did to itself, by operation. It is in no other table.
    pub noise: Table,
    /// When the report was made.
    pub made: Timestamp,
}

/// The records of one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Day {
    /// `2026-10-01`, UTC.
    pub day: String,
    /// How many there are.
    pub records: u64,
}

/// What a report is made from.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// The export.
    pub directory: &'a Path,
    /// The export to compare with; else one that is beside this one and ends where it begins.
    pub previous: Option<&'a Path>,
    /// Now.
    pub now: Timestamp,
}

/// A report that could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// There is no manifest, or it is none.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The export has none of the files that a report can be made from.
    #[error("the export in {} has neither jsonl nor a CSV with AuditData", directory.display())]
    NothingToRead {
        /// Where.
        directory: PathBuf,
    },
    /// A file of the export cannot be read.
    #[error("could not read {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl Report {
    /// Reads an export and makes its report.
    pub fn of(wanted: &Wanted<'_>) -> Result<Self, ReportError> {
        let directory = wanted.directory;
        let verification = check_entries(directory, None)?;
        let query = verification.manifest.head.query.clone();
        let mut pass = pass::Pass::new(query.period);
        let findings = files::read(directory, &verification.manifest, |event| match event {
            Some(event) => pass.take(&event),
            None => pass.take_unreadable(),
        })?;
        let previous = match wanted.previous {
            Some(previous) => Some(previous.to_owned()),
            None => comparison::beside(directory, &verification.manifest),
        };
        let before = previous.map(|previous| comparison::Before::read(&previous)).transpose()?;
        let coverage = Coverage::of(directory, verification, &findings, &pass)?;
        let counted = |now: &tally::Tally, then: fn(&comparison::Before) -> &tally::Tally| {
            now.table(LINES, before.as_ref().map(then))
        };
        Ok(Self {
            workloads: counted(&pass.workloads, |before| &before.pass.workloads),
            operations: counted(&pass.operations, |before| &before.pass.operations),
            users: counted(&pass.users, |before| &before.pass.users),
            noise: counted(&pass.noise, |before| &before.pass.noise),
            comparison: before.as_ref().map(|before| before.compare(&pass)),
            days: pass.days(),
            review: pass.review(),
            coverage,
            made: wanted.now,
        })
    }

    /// How many records there are to look at.
    pub fn to_review(&self) -> u64 {
        self.review.iter().map(|section| section.records).sum()
    }
}

#[cfg(test)]
mod tests;
