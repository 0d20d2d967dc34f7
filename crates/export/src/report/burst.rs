//! Much of one thing by one user within a day.

use std::collections::{HashMap, VecDeque};

use super::event::Event;
use super::review::{Found, Section};
use super::rules::{Hit, Topic};
use super::tally::Table;

/// So many within 24 hours are worth a look.
pub(super) const MANY: u64 = 100;
const HOURS: i64 = 24;
/// So many users are followed, and so many shown.
const USERS: usize = 100_000;
const SHOWN: usize = 25;
/// So many users have a record of theirs kept.
const KEPT: usize = 2_000;

/// Who did how much within 24 hours.
#[derive(Debug, Default)]
pub(super) struct Bursts {
    users: HashMap<Box<str>, Burst>,
    kept: usize,
}

#[derive(Debug, Default)]
struct Burst {
    total: u64,
    /// The last 24 hours that had any, and how many.
    hours: VecDeque<(i64, u32)>,
    within: u64,
    most: u64,
    /// The record that made it many.
    found: Option<Box<Found>>,
}

impl Bursts {
    /// Records come in the order of time; one that does not counts for the hour that it is.
    pub(super) fn take(&mut self, user: &str, event: &Event<'_>) {
        let Some(hour) = event.second.map(|second| second.div_euclid(3600)) else { return };
        if !self.users.contains_key(user) && self.users.len() >= USERS {
            return;
        }
        let burst = self.users.entry(user.into()).or_default();
        burst.total += 1;
        match burst.hours.back_mut() {
            Some((last, count)) if *last == hour => *count += 1,
            _ => burst.hours.push_back((hour, 1)),
        }
        burst.within += 1;
        while let Some((first, count)) = burst.hours.front().copied()
            && first + HOURS <= hour
        {
            burst.within -= u64::from(count);
            burst.hours.pop_front();
        }
        burst.most = burst.most.max(burst.within);
        if burst.within == MANY && burst.found.is_none() && self.kept < KEPT {
            self.kept += 1;
            let topic = Topic::of_mass(&event.operation).unwrap_or(Topic::MassDeletion);
            let hit = Hit { topic, weight: 2, why: "", details: Vec::new() };
            burst.found = Some(Box::new(Found::of(event, &hit)));
        }
    }

    /// Those with many, most unusual for the user first.
    pub(super) fn section(&self, topic: Topic, days: u64) -> Option<Section> {
        let mut many: Vec<(&str, &Burst)> = self
            .users
            .iter()
            .filter(|(_, burst)| burst.most >= MANY)
            .map(|(user, burst)| (&**user, burst))
            .collect();
        many.sort_by(|(a, x), (b, y)| {
            // As fractions: most of one by the total of the other.
            (y.most * x.total).cmp(&(x.most * y.total)).then(y.most.cmp(&x.most)).then(a.cmp(b))
        });
        let records = many.iter().map(|(_, burst)| burst.most).sum();
        let users = Table::of(many.iter().map(|(user, burst)| (*user, burst.most)), 5);
        let shown: Vec<Found> =
            many.iter().filter_map(|(_, burst)| burst.told(days)).take(SHOWN).collect();
        let more = (many.len() - shown.len()) as u64;
        (!many.is_empty()).then_some(Section { topic, records, users, found: shown, more })
    }
}

impl Burst {
    fn told(&self, days: u64) -> Option<Found> {
        let mut found = (**self.found.as_ref()?).clone();
        let usual = self.total / days.max(1);
        let unusual = self.most * days >= self.total * 4;
        found.weight = if unusual { 3 } else { 1 };
        found.why = format!("{} within 24 hours", self.most);
        found.detail = format!(
            "{} in the period, {usual} a day; the record is the one that made it {MANY}",
            self.total
        );
        Some(found)
    }
}
