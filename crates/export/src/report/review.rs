//! What is to be looked at: counted whole, shown as far as a reader gets.

use std::collections::BTreeMap;

use serde::Serialize;

use super::event::Event;
use super::rules::{Hit, Topic};
use super::tally::{Table, Tally, cut};

/// So many records of a topic are shown.
const SHOWN: usize = 25;
/// Longer texts are cut.
const LONGEST: usize = 300;
/// So many users are named for a topic.
const USERS: usize = 5;

/// One topic of the review.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Section {
    /// What it is about.
    pub topic: Topic,
    /// How many records there are.
    pub records: u64,
    /// Who has most of them.
    pub users: Table,
    /// Some of them: what tells most first, then in the order of time.
    pub found: Vec<Found>,
    /// How many are not shown.
    pub more: u64,
}

/// Something to look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Found {
    /// `2026-10-01 08:00:00`, UTC.
    pub time: String,
    /// What was done.
    pub operation: String,
    /// Who did it.
    pub user: String,
    /// To what.
    pub object: String,
    /// The record's id.
    pub id: String,
    /// Why it stands where it stands; empty if nothing makes it stand out.
    pub why: String,
    /// What the record says about it.
    pub detail: String,
    /// 1 for what is usual, 3 for what attackers do.
    pub weight: u8,
}

/// Collects what is to be looked at.
#[derive(Debug, Default)]
pub(super) struct Review {
    topics: BTreeMap<Topic, Collected>,
}

#[derive(Debug, Default)]
struct Collected {
    records: u64,
    users: Tally,
    found: Vec<Found>,
}

impl Review {
    pub(super) fn add(&mut self, hit: &Hit, user: &str, event: &Event<'_>) {
        let collected = self.topics.entry(hit.topic).or_default();
        collected.records += 1;
        collected.users.add(user);
        let at = collected.found.partition_point(|found| found.weight >= hit.weight);
        if at < SHOWN {
            collected.found.insert(at, Found::of(event, hit));
            collected.found.truncate(SHOWN);
        }
    }

    pub(super) fn sections(&self) -> Vec<Section> {
        let section = |(topic, collected): (&Topic, &Collected)| Section {
            topic: *topic,
            records: collected.records,
            users: collected.users.table(USERS, None),
            found: collected.found.clone(),
            more: collected.records - collected.found.len() as u64,
        };
        self.topics.iter().map(section).collect()
    }
}

impl Found {
    pub(super) fn of(event: &Event<'_>, hit: &Hit) -> Self {
        // What a cmdlet was told to change is mostly what the record calls its object.
        let of_object =
            |(name, value): &&(String, String)| name != "Identity" || *value != event.object;
        let detail: Vec<String> = hit.details.iter().filter(of_object).map(in_words).collect();
        Self {
            time: Self::time_of(event.second),
            operation: short(&event.operation),
            user: short(&event.user),
            object: short(if event.object.is_empty() { &event.owner } else { &event.object }),
            id: short(&event.id),
            why: hit.why.to_owned(),
            detail: short(&detail.join("; ")),
            weight: hit.weight,
        }
    }
}

fn in_words((name, value): &(String, String)) -> String {
    match (name.as_str(), value.as_str()) {
        ("", value) => value.to_owned(),
        (name, "") => name.to_owned(),
        (name, value) => {
            format!("{name}={}", value.split_whitespace().collect::<Vec<_>>().join(" "))
        }
    }
}

fn short(text: &str) -> String {
    match cut(text, LONGEST) {
        whole if whole.len() == text.len() => whole.to_owned(),
        beginning => format!("{beginning}…"),
    }
}
