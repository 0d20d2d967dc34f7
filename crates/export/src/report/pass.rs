//! One pass over the records of an export.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::Day;
use super::burst::Bursts;
use super::event::Event;
use super::review::{Found, Review, Section};
use super::rules::{Topic, judge};
use super::tally::Tally;
use crate::period::Period;

const DAY: i64 = 86_400;

/// What is counted while records go by.
#[derive(Debug)]
pub(super) struct Pass {
    pub(super) workloads: Tally,
    pub(super) operations: Tally,
    pub(super) users: Tally,
    pub(super) noise: Tally,
    /// Records that are no JSON.
    pub(super) unreadable: u64,
    /// Records whose time cannot be read, or is not in the period.
    pub(super) undated: u64,
    period: Period,
    days: Vec<u64>,
    review: Review,
    downloads: Bursts,
    deletions: Bursts,
}

impl Pass {
    pub(super) fn new(period: Period) -> Self {
        let days = day_of(period.end().as_second() - 1) - day_of(period.start().as_second()) + 1;
        Self {
            workloads: Tally::default(),
            operations: Tally::default(),
            users: Tally::default(),
            noise: Tally::default(),
            unreadable: 0,
            undated: 0,
            period,
            days: vec![0; days as usize],
            review: Review::default(),
            downloads: Bursts::default(),
            deletions: Bursts::default(),
        }
    }

    pub(super) fn take_unreadable(&mut self) {
        self.unreadable += 1;
    }

    pub(super) fn take(&mut self, event: &Event<'_>) {
        self.count_day(event);
        let hit = judge(event);
        if hit.is_none() && event.is_upkeep() {
            self.noise.add(&event.operation);
            return;
        }
        self.workloads.add(known(&event.workload));
        self.operations.add(known(&event.operation));
        let user = event.user.to_lowercase();
        self.users.add(known(&user));
        match Topic::of_mass(&event.operation) {
            Some(Topic::MassDownload) => self.downloads.take(&user, event),
            Some(_) => self.deletions.take(&user, event),
            None => {}
        }
        if let Some(hit) = hit {
            self.review.add(&hit, &user, event);
        }
    }

    fn count_day(&mut self, event: &Event<'_>) {
        let first = day_of(self.period.start().as_second());
        let inside = event.second.filter(|second| self.period.has_second(*second));
        match inside {
            Some(second) => self.days[(day_of(second) - first) as usize] += 1,
            None => self.undated += 1,
        }
    }

    pub(super) fn days(&self) -> Vec<Day> {
        let first = TimeZone::UTC.to_datetime(self.period.start()).date();
        let day = |(nth, records): (usize, &u64)| Day {
            day: first.saturating_add((nth as i64).days()).to_string(),
            records: *records,
        };
        self.days.iter().enumerate().map(day).collect()
    }

    pub(super) fn review(&self) -> Vec<Section> {
        let days = self.days.len() as u64;
        let mass = [(Topic::MassDownload, &self.downloads), (Topic::MassDeletion, &self.deletions)];
        let mut sections = self.review.sections();
        sections.extend(mass.into_iter().filter_map(|(topic, bursts)| bursts.section(topic, days)));
        sections.sort_by_key(|section| section.topic);
        sections
    }
}

impl Found {
    /// A time as reports write it.
    pub(super) fn time_of(second: Option<i64>) -> String {
        let time = second.and_then(|second| Timestamp::from_second(second).ok());
        time.map(|time| time.strftime("%Y-%m-%d %H:%M:%S").to_string()).unwrap_or_default()
    }
}

fn day_of(second: i64) -> i64 {
    second.div_euclid(DAY)
}

fn known(name: &str) -> &str {
    if name.is_empty() { "(none)" } else { name }
}
