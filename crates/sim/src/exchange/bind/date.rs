//! Dates and time spans as the module and people write them.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// Reads a date: with a zone, or without one as UTC; ISO or month/day/year.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    let civil = text.parse::<DateTime>().ok().or_else(|| {
        ["%m/%d/%Y %H:%M:%S", "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M", "%m/%d/%Y %I:%M %p"]
            .iter()
            .find_map(|format| DateTime::strptime(format, text).ok())
            .or_else(|| Some(Date::strptime("%m/%d/%Y", text).ok()?.at(0, 0, 0, 0)))
    })?;
    Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// Reads `d.hh:mm:ss`, `hh:mm:ss` or a number of days.
pub(super) fn parse_span(text: &str) -> Option<SignedDuration> {
    let (days, clock) = match text.trim().split_once(':') {
        None => (text.trim().parse::<i64>().ok()?, "0:0:0"),
        Some((first, _)) => match first.split_once('.') {
            Some((days, _)) => (days.parse().ok()?, &text.trim()[days.len() + 1..]),
            None => (0, text.trim()),
        },
    };
    let parts: Vec<i64> = clock.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let seconds = match parts[..] {
        [hours, minutes] => hours * 3600 + minutes * 60,
        [hours, minutes, seconds] => hours * 3600 + minutes * 60 + seconds,
        _ => return None,
    };
    Some(SignedDuration::from_secs(days * 86_400 + seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_without_a_zone_is_utc() {
        let expected: Timestamp = "2026-07-23T22:01:22Z".parse().unwrap();
        for text in [
            "2026-07-23T22:01:22",
            "2026-07-23T22:01:22Z",
            "2026-07-24T00:01:22+02:00",
            "07/23/2026 22:01:22",
            "7/23/2026 10:01:22 PM",
        ] {
            assert_eq!(parse(text), Some(expected), "{text}");
        }
        assert_eq!(parse("yesterday"), None);
    }

    #[test]
    fn spans_are_read_as_dotnet_writes_them() {
        assert_eq!(parse_span("14.00:00:00"), Some(SignedDuration::from_hours(336)));
        assert_eq!(parse_span("00:30:00"), Some(SignedDuration::from_mins(30)));
        assert_eq!(parse_span("2"), Some(SignedDuration::from_hours(48)));
        assert_eq!(parse_span("soon"), None);
    }
}
