//! When a job runs.
//!
//! One line says it: a cron expression or calendar words, and a time zone. Cron expressions and
//! words are computed by croner, which runs what falls into the hour that is left out in spring
//! at the end of the gap, and what falls into the hour that is there twice in autumn once;
//! `*/15` runs each real quarter of an hour. Intervals (`every 15m`) are counted in UTC.

mod cron;
mod timing;
mod words;

#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

pub use self::cron::Expression;
pub use self::timing::{Calendar, Timing};

/// When a job runs, in the time zone in which it is meant.
#[derive(Clone)]
pub struct Schedule {
    timing: Timing,
    zone: TimeZone,
    zone_name: String,
}

/// A text that is no schedule, or one that never comes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSchedule {
    /// Words that are not understood.
    #[error(
        "{text:?} is no schedule: {reason}; write for example `daily at 02:30 Europe/Berlin`, `weekly on monday at 06:00`, `monthly on day 1 at 06:00`, `monthly on last day at 20:00`, `every 15m`, `after-month-end 48h` or a cron expression"
    )]
    Words {
        /// What was written.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A cron expression that is none.
    #[error("{expression:?} is no cron expression of five fields: {reason}")]
    Cron {
        /// What was written.
        expression: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A time zone that nobody knows.
    #[error(
        "{0:?} is no time zone of the IANA database, such as Europe/Berlin, America/New_York or UTC"
    )]
    Zone(String),
    /// A schedule that does not come in five years.
    #[error("{0:?} does not come once in five years")]
    Never(String),
}

impl Schedule {
    /// A timing in a zone, if it comes at all.
    pub fn new(timing: Timing, zone: &str) -> Result<Self, InvalidSchedule> {
        let (zone_name, zone) = time_zone(zone)?;
        let schedule = Self { timing, zone, zone_name };
        let begin: Timestamp = "2025-01-01T00:00:00Z".parse().expect("this is a time");
        let five_years = SignedDuration::from_hours(24 * (5 * 365 + 1));
        match schedule.next_after(begin) {
            Some(next) if next.duration_since(begin) <= five_years => Ok(schedule),
            _ => Err(InvalidSchedule::Never(schedule.to_string())),
        }
    }

    /// What is repeated.
    pub fn timing(&self) -> &Timing {
        &self.timing
    }

    /// The zone in which it is meant.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The zone's name in the IANA database.
    pub fn zone_name(&self) -> &str {
        &self.zone_name
    }

    /// The first occurrence after an instant. None if the calendar ends before it comes.
    pub fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        self.timing.next_after(after, &self.zone)
    }

    /// The last occurrence at an instant or before it.
    pub fn last_until(&self, until: Timestamp) -> Option<Timestamp> {
        self.timing.last_until(until, &self.zone)
    }

    /// All occurrences after an instant, in order.
    pub fn after(&self, after: Timestamp) -> Occurrences<'_> {
        Occurrences { schedule: self, at: after }
    }
}

/// Occurrences of a schedule, one after the other, without end.
#[derive(Clone, Debug)]
pub struct Occurrences<'a> {
    schedule: &'a Schedule,
    at: Timestamp,
}

impl Iterator for Occurrences<'_> {
    type Item = Timestamp;

    fn next(&mut self) -> Option<Timestamp> {
        let next = self.schedule.next_after(self.at)?;
        self.at = next;
        Some(next)
    }
}

fn time_zone(name: &str) -> Result<(String, TimeZone), InvalidSchedule> {
    let zone = TimeZone::get(name).map_err(|_| InvalidSchedule::Zone(name.to_owned()))?;
    let known = zone.iana_name().unwrap_or(name).to_owned();
    Ok((known, zone))
}

impl FromStr for Schedule {
    type Err = InvalidSchedule;

    fn from_str(text: &str) -> Result<Self, InvalidSchedule> {
        let (timing, zone) = words::read(text)?;
        Self::new(timing, zone.unwrap_or("UTC"))
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.timing)?;
        if matches!(self.timing, Timing::Every { .. }) {
            Ok(())
        } else {
            write!(f, " {}", self.zone_name)
        }
    }
}

impl fmt::Debug for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Schedule({self})")
    }
}

impl PartialEq for Schedule {
    fn eq(&self, other: &Self) -> bool {
        self.timing == other.timing && self.zone_name == other.zone_name
    }
}

impl Eq for Schedule {}

impl Serialize for Schedule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Schedule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LineOrTable)
    }
}

/// A line, or `{ cron = "…", time-zone = "…" }`.
struct LineOrTable;

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Table {
    cron: String,
    #[serde(default = "utc")]
    time_zone: String,
}

fn utc() -> String {
    "UTC".to_owned()
}

impl<'de> Visitor<'de> for LineOrTable {
    type Value = Schedule;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a line such as \"daily at 02:30 Europe/Berlin\" or a table with cron and time-zone",
        )
    }

    fn visit_str<E: de::Error>(self, line: &str) -> Result<Schedule, E> {
        line.parse().map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Schedule, A::Error> {
        let table = Table::deserialize(de::value::MapAccessDeserializer::new(map))?;
        let cron = Timing::cron(&table.cron).map_err(de::Error::custom)?;
        Schedule::new(cron, &table.time_zone).map_err(de::Error::custom)
    }
}
