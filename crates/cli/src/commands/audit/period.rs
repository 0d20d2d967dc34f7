//! Which time an export is of.

use exoctl_export::Period;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan, civil};

use crate::error::CommandError;

/// The options that say so.
#[derive(clap::Args, Debug)]
pub(super) struct PeriodArgs {
    /// The whole calendar month before this one, UTC
    #[arg(long, conflicts_with_all = ["from", "to_date"], required_unless_present = "from")]
    last_month: bool,
    /// From this time on: a date, or a time with its zone as 2026-10-01T08:00:00Z; a date is its midnight UTC
    #[arg(long, value_name = "TIME", requires = "to_date", value_parser = moment)]
    from: Option<Timestamp>,
    /// Until before this time, which does not belong to it any more: 2026-11-01 for all of October
    #[arg(long, value_name = "TIME", requires = "from", value_parser = moment)]
    to_date: Option<Timestamp>,
}

impl PeriodArgs {
    /// The period that is meant at `now`.
    pub(super) fn period(&self, now: Timestamp) -> Result<Period, CommandError> {
        let (from, to) = self.from.zip(self.to_date).unwrap_or_else(|| month_before(now));
        let period = Period::new(from, to).map_err(CommandError::usage)?;
        if period.end() > now {
            return Err(CommandError::usage(NotOver { end: period.end() })
                .fix("End it with --to-date at a time that has been; what is to come cannot be complete."));
        }
        Ok(period)
    }

    /// Whether records of the period may not have arrived yet at `now`: the service promises no
    /// time, and a day is what it mostly takes at most.
    pub(super) fn is_fresh(period: Period, now: Timestamp) -> bool {
        now.duration_since(period.end()) < SignedDuration::from_hours(24)
    }
}

/// A period of which a part is to come.
#[derive(Debug, thiserror::Error)]
#[error("the period ends at {end}, which is not over yet")]
struct NotOver {
    end: Timestamp,
}

/// The calendar month before that of `now`, UTC.
fn month_before(now: Timestamp) -> (Timestamp, Timestamp) {
    let this = TimeZone::UTC.to_datetime(now).date().first_of_month();
    let last = this.saturating_sub(1.month());
    (midnight(last), midnight(this))
}

fn midnight(date: civil::Date) -> Timestamp {
    TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).expect("a date of our time is a time")
}

/// A date or a time with a zone. A time without one could be meant in any.
pub(crate) fn moment(text: &str) -> Result<Timestamp, String> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time);
    }
    match text.parse::<civil::Date>() {
        Ok(date) if text.len() == 10 => Ok(midnight(date)),
        _ => Err("expected a date as 2026-10-01, or a time with its zone as 2026-10-01T08:00:00Z"
            .to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_month_is_a_calendar_month_in_utc() {
        let month = |now: &str| {
            let (from, to) = month_before(now.parse().unwrap());
            format!("{from} {to}")
        };
        let october = "2026-10-01T00:00:00Z 2026-11-01T00:00:00Z";
        assert_eq!(month("2026-11-30T23:59:59Z"), october);
        assert_eq!(month("2026-11-01T00:00:00Z"), october);
        assert_eq!(month("2026-01-31T12:00:00Z"), "2025-12-01T00:00:00Z 2026-01-01T00:00:00Z");
        assert_eq!(month("2024-03-31T12:00:00Z"), "2024-02-01T00:00:00Z 2024-03-01T00:00:00Z");
    }

    #[test]
    fn a_time_has_a_zone_and_a_date_is_utc() {
        assert_eq!(moment("2026-10-01").unwrap().to_string(), "2026-10-01T00:00:00Z");
        assert_eq!(moment("2026-10-01T02:00:00+02:00"), moment("2026-10-01"));
        for wrong in ["2026-10-01T08:00:00", "10/1/2026", "yesterday", ""] {
            assert!(moment(wrong).is_err(), "{wrong}");
        }
    }
}
