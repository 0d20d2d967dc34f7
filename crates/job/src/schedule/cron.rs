//! A cron expression of five fields.

use std::fmt;

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::InvalidSchedule;

/// Minute, hour, day of the month, month, day of the week; `L`, `#` and `W` as croner has them.
/// If both days are restricted, either will do, as POSIX says.
#[derive(Clone)]
pub struct Expression {
    text: String,
    cron: Cron,
}

impl Expression {
    pub(super) fn new(text: &str) -> Result<Self, InvalidSchedule> {
        let invalid =
            |reason: String| InvalidSchedule::Cron { expression: text.to_owned(), reason };
        let fields: Vec<&str> = text.split_ascii_whitespace().collect();
        if fields.len() != 5 && !text.trim().starts_with('@') {
            return Err(invalid(format!("there are {} fields", fields.len())));
        }
        let parser =
            CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let cron = parser.parse(text).map_err(|error| invalid(error.to_string()))?;
        Ok(Self { text: fields.join(" "), cron })
    }

    /// The expression as it was written, with one space between its fields.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) fn next_after(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let from = after.to_zoned(zone.clone());
        self.cron.find_next_occurrence(&from, false).ok().map(|found| found.timestamp())
    }

    pub(super) fn last_until(&self, until: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let from = until.to_zoned(zone.clone());
        self.cron.find_previous_occurrence(&from, true).ok().map(|found| found.timestamp())
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Expression {}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expression({})", self.text)
    }
}
