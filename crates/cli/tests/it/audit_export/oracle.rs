//! What an export should hold, computed from the simulated tenant's log and not from its answers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Child;

use exoctl_sim::audit::profile::AuditProfile;
use exoctl_sim::audit::search::{PageRow, SearchPage};
use exoctl_sim::audit::{AuditLog, Surge};
use jiff::Timestamp;

use crate::harness::{Home, Ran, Tenant};

/// One record: its second, its id and its bytes, in the order of an export.
pub(crate) type Expected = (i64, String, String);

/// A tenant whose log fills October 2026 and nothing else, and somebody who is connected to it.
pub(crate) struct Desk {
    pub(crate) tenant: Tenant,
    pub(crate) home: Home,
}

pub(crate) const FROM: &str = "2026-10-01";
pub(crate) const TO: &str = "2026-10-08";

impl Desk {
    /// A week's log of so many records with these accidents.
    pub(crate) fn new(records: u64, accidents: &str) -> Self {
        Self::with(records, accidents, 1, None)
    }

    pub(crate) fn with(records: u64, accidents: &str, seed: u64, surge: Option<Surge>) -> Self {
        let tenant = Tenant::of(|config| {
            config.seed = seed;
            config.audit_records = records;
            config.audit_from = Some(time(FROM));
            config.audit_to = Some(time(TO));
            // The week stays where it is, whenever the test runs.
            config.audit = AuditProfile::parse(accidents).unwrap();
            config.audit.surge = surge.or(config.audit.surge);
            if !accidents.contains("retention") {
                config.audit.retention_days = 36_500;
            }
        });
        let home = Home::of(&tenant);
        home.connected(&tenant);
        Self { tenant, home }
    }

    /// Exports the week to a directory, with these options.
    pub(crate) fn export(&self, directory: &str, options: &str) -> Ran {
        self.home.run(&line(directory, options))
    }

    /// Begins an export and does not wait for its end.
    pub(crate) fn begin_export(&self, directory: &str, options: &str) -> Child {
        self.home.spawn(&line(directory, options))
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.home.path().join(file)
    }

    /// All records of the week.
    pub(crate) fn expected(&self) -> Vec<Expected> {
        self.expected_where(|_, _| true)
    }

    /// Holds an export with `jsonl` to the log, ids and bytes. Of a record that comes with one content
    /// or another both are right, together too.
    pub(crate) fn holds(&self, directory: &str) {
        let mut got: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut take = |text: String| {
            let id = text.split("\"Id\":\"").nth(1).unwrap()[..36].to_owned();
            let known = got.entry(id).or_default();
            assert!(known.insert(text), "the same twice");
        };
        lines(&self.path(directory).join("audit.jsonl")).into_iter().for_each(&mut take);
        let quarantine = self.path(directory).join("quarantine.jsonl");
        if quarantine.exists() {
            for line in lines(&quarantine) {
                let row: serde_json::Value = serde_json::from_str(&line).unwrap();
                take(row["AuditData"].as_str().unwrap().to_owned());
            }
        }
        let others = Self::records_at(&self.tenant, (time(FROM), time(TO)), 1, |_, _| true);
        let expected = self.expected();
        assert_eq!(got.len(), expected.len());
        for ((_, id, one), (_, _, other)) in expected.into_iter().zip(others) {
            let texts = &got[&id];
            assert!(texts.iter().all(|text| *text == one || *text == other), "{id}: {texts:?}");
        }
    }

    /// Those of them that are wanted, by their number.
    pub(crate) fn expected_where(&self, wanted: impl Fn(&AuditLog, u64) -> bool) -> Vec<Expected> {
        Self::records_of(&self.tenant, (time(FROM), time(TO)), wanted)
    }

    /// The records of a tenant's log in a time that are wanted, in the order of an export.
    pub(crate) fn records_of(
        tenant: &Tenant,
        span: (Timestamp, Timestamp),
        wanted: impl Fn(&AuditLog, u64) -> bool,
    ) -> Vec<Expected> {
        Self::records_at(tenant, span, 0, wanted)
    }

    /// As they are at a place of a result.
    fn records_at(
        tenant: &Tenant,
        (from, to): (Timestamp, Timestamp),
        position: usize,
        wanted: impl Fn(&AuditLog, u64) -> bool,
    ) -> Vec<Expected> {
        tenant.audit(|search| {
            let log = search.log();
            let page = SearchPage::default();
            let mut records: Vec<Expected> = log
                .range(from, to)
                .filter(|index| wanted(log, *index))
                .map(|index| {
                    let row = PageRow {
                        record: index,
                        position,
                        result_index: 1,
                        result_count: 1,
                        more_records_available: None,
                    };
                    let row = search.row(&page, &row);
                    (row.creation_date.as_second(), row.identity.to_string(), row.audit_data)
                })
                .collect();
            records.sort();
            records
        })
    }
}

fn line(directory: &str, options: &str) -> String {
    let period = format!("--from {FROM} --to-date {TO}");
    format!("audit export {period} --to {directory} --retry-wait 0 -o jsonl {options}")
}

/// The lines of a file that was written.
pub(crate) fn lines(path: &Path) -> Vec<String> {
    std::fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
}

pub(crate) fn texts(expected: &[Expected]) -> Vec<String> {
    expected.iter().map(|(_, _, text)| text.clone()).collect()
}

pub(crate) fn time(text: &str) -> Timestamp {
    let text = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
    text.parse().unwrap()
}
