//! What is repeated.

use std::fmt;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::InvalidSchedule;
use super::cron::Expression;
use crate::duration::Duration;

/// What is repeated, without the zone.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Timing {
    /// A cron expression.
    Cron(Expression),
    /// Calendar words.
    Calendar(Calendar),
    /// An interval, counted in UTC from an anchor.
    Every {
        /// Its length, a minute or more.
        interval: Duration,
        /// An instant at which it begins; those before and after it follow from it.
        anchor: Timestamp,
    },
    /// So long after the midnight at which a month begins.
    AfterMonthEnd(Duration),
}

/// Calendar words, each with the cron expression that it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    pub(super) days: Days,
    pub(super) time: Time,
    cron: Expression,
}

/// The days that calendar words mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Days {
    /// Every hour of every day; of the time, only the minute counts.
    Hourly,
    Daily,
    /// Monday to Friday.
    Weekdays,
    Weekly(Vec<Weekday>),
    Monthly(DayOfMonth),
    /// January, April, July and October.
    Quarterly(DayOfMonth),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum DayOfMonth {
    /// Days that every month has: 1 to 28.
    Numbers(Vec<i8>),
    Last,
    /// The first to the fourth of a day of the week, or the last: 5.
    Nth(i8, Weekday),
}

impl Timing {
    /// A cron expression of five fields.
    pub fn cron(expression: &str) -> Result<Self, InvalidSchedule> {
        Expression::new(expression).map(Self::Cron)
    }

    pub(super) fn calendar(days: Days, time: Time) -> Self {
        let (minute, hour) = (time.minute(), time.hour());
        let expression = match &days {
            Days::Hourly => format!("{minute} * * * *"),
            Days::Daily => format!("{minute} {hour} * * *"),
            Days::Weekdays => format!("{minute} {hour} * * 1-5"),
            Days::Weekly(days) => format!("{minute} {hour} * * {}", numbers(days)),
            Days::Monthly(day) => day.expression(minute, hour, "*"),
            Days::Quarterly(day) => day.expression(minute, hour, "1,4,7,10"),
        };
        let cron = Expression::new(&expression).expect("the words stand for expressions");
        Self::Calendar(Calendar { days, time, cron })
    }

    /// The cron expression that says the same, if there is one.
    pub fn cron_expression(&self) -> Option<&str> {
        match self {
            Self::Cron(cron) => Some(cron.as_str()),
            Self::Calendar(calendar) => Some(calendar.cron.as_str()),
            Self::Every { .. } | Self::AfterMonthEnd(_) => None,
        }
    }

    pub(super) fn next_after(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Self::Cron(cron) | Self::Calendar(Calendar { cron, .. }) => {
                cron.next_after(after, zone)
            }
            Self::Every { interval, .. } => {
                self.every_until(after)?.checked_add(interval.signed()).ok()
            }
            Self::AfterMonthEnd(delay) => {
                // The one of the month in which `after` less the delay falls has been.
                let begun = after.checked_sub(delay.signed()).ok()?;
                let month = begun.to_zoned(zone.clone()).date().first_of_month();
                let next = |month: Date| begin(month, zone)?.checked_add(delay.signed()).ok();
                next(month)
                    .filter(|at| *at > after)
                    .or_else(|| next(month.checked_add(1.month()).ok()?))
            }
        }
    }

    pub(super) fn last_until(&self, until: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Self::Cron(cron) | Self::Calendar(Calendar { cron, .. }) => {
                cron.last_until(until, zone)
            }
            Self::Every { .. } => self.every_until(until),
            Self::AfterMonthEnd(delay) => {
                let begun = until.checked_sub(delay.signed()).ok()?;
                let month = begun.to_zoned(zone.clone()).date().first_of_month();
                begin(month, zone)?.checked_add(delay.signed()).ok()
            }
        }
    }

    /// The last beginning of an interval at an instant or before it.
    fn every_until(&self, until: Timestamp) -> Option<Timestamp> {
        let Self::Every { interval, anchor } = self else { return None };
        let seconds = until.as_second() - anchor.as_second();
        let past = seconds.div_euclid(interval.as_secs()) * interval.as_secs();
        Timestamp::from_second(anchor.as_second() + past).ok()
    }
}

/// The instant at which a day begins in a zone.
fn begin(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    day.to_zoned(zone.clone()).ok().map(|begin| begin.timestamp())
}

impl DayOfMonth {
    fn expression(&self, minute: i8, hour: i8, months: &str) -> String {
        let day = |weekday: &Weekday| weekday.to_sunday_zero_offset();
        match self {
            Self::Numbers(days) => format!("{minute} {hour} {} {months} *", list(days)),
            Self::Last => format!("{minute} {hour} L {months} *"),
            Self::Nth(5, weekday) => format!("{minute} {hour} * {months} {}#L", day(weekday)),
            Self::Nth(nth, weekday) => format!("{minute} {hour} * {months} {}#{nth}", day(weekday)),
        }
    }
}

fn numbers(days: &[Weekday]) -> String {
    list(&days.iter().map(|day| day.to_sunday_zero_offset()).collect::<Vec<_>>())
}

fn list(numbers: &[i8]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

impl fmt::Display for Timing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cron(cron) => f.write_str(cron.as_str()),
            Self::Calendar(calendar) => calendar.fmt(f),
            Self::Every { interval, anchor } => {
                let interval = interval.to_string().replace(' ', "");
                write!(f, "every {interval}")?;
                if *anchor == Timestamp::UNIX_EPOCH { Ok(()) } else { write!(f, " from {anchor}") }
            }
            Self::AfterMonthEnd(delay) => {
                write!(f, "after-month-end {}", delay.to_string().replace(' ', ""))
            }
        }
    }
}

impl fmt::Display for Calendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.days {
            Days::Hourly => return write!(f, "hourly at :{:02}", self.time.minute()),
            Days::Daily => f.write_str("daily")?,
            Days::Weekdays => f.write_str("weekdays")?,
            Days::Weekly(days) => {
                let days: Vec<_> = days.iter().map(|day| name(*day)).collect();
                write!(f, "weekly on {}", days.join(","))?;
            }
            Days::Monthly(day) => write!(f, "monthly on {day}")?,
            Days::Quarterly(day) => write!(f, "quarterly on {day}")?,
        }
        write!(f, " at {:02}:{:02}", self.time.hour(), self.time.minute())
    }
}

impl fmt::Display for DayOfMonth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Numbers(days) => write!(f, "day {}", list(days)),
            Self::Last => f.write_str("last day"),
            Self::Nth(nth, weekday) => write!(f, "{} {}", NTH[*nth as usize - 1], name(*weekday)),
        }
    }
}

/// The words for which one of the month it is.
pub(super) const NTH: [&str; 5] = ["first", "second", "third", "fourth", "last"];

/// The days of the week by their names.
pub(super) const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

fn name(day: Weekday) -> &'static str {
    WEEKDAYS[day.to_monday_zero_offset() as usize].0
}
