//! Dates as text: what `[datetime]'…'` reads and `.ToString('…')` writes.
//!
//! PowerShell casts with the invariant culture, so that `1/2/2026` is the second of January.

use jiff::civil::DateTime;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// Dates, and times of day that may follow after a space or a `T`.
const DATES: [&str; 7] =
    ["%Y-%m-%d", "%Y/%m/%d", "%m/%d/%Y", "%d %b %Y", "%b %d, %Y", "%d %B %Y", "%B %d, %Y"];
const TIMES: [&str; 4] = ["%H:%M:%S%.f", "%H:%M", "%I:%M:%S %p", "%I:%M %p"];

/// Reads a date; without a zone of its own it is meant in `zone`.
pub(super) fn read(text: &str, zone: &TimeZone) -> Option<Zoned> {
    let text = text.trim();
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant.to_zoned(zone.clone()));
    }
    let local = civil(text)?;
    local.to_zoned(zone.clone()).ok()
}

fn civil(text: &str) -> Option<DateTime> {
    for date in DATES {
        if let Ok(day) = BrokenDownTime::parse(date, text).and_then(|parsed| parsed.to_date()) {
            return Some(day.to_datetime(jiff::civil::Time::midnight()));
        }
        for (time, gap) in TIMES.into_iter().flat_map(|time| [(time, " "), (time, "T")]) {
            let format = format!("{date}{gap}{time}");
            let parsed = BrokenDownTime::parse(&format, text);
            if let Ok(moment) = parsed.and_then(|parsed| parsed.to_datetime()) {
                return Some(moment);
            }
        }
    }
    None
}

/// Writes a date by a .NET format: the standard ones `o`, `s`, `u`, `d`, or letters such as
/// `yyyy-MM-dd HH:mm`. `None` for formats with other letters.
pub(super) fn write(moment: &Zoned, format: &str) -> Option<String> {
    let custom = match format {
        "s" => "yyyy-MM-ddTHH:mm:ss",
        "u" => "yyyy-MM-dd HH:mm:ssZ",
        "o" | "O" => {
            let zone = if moment.time_zone() == &TimeZone::UTC { "Z" } else { "%:z" };
            let fraction = moment.subsec_nanosecond() / 100;
            return Some(format!(
                "{}.{fraction:07}{}",
                moment.strftime("%Y-%m-%dT%H:%M:%S"),
                moment.strftime(zone)
            ));
        }
        "d" => "MM/dd/yyyy",
        "" => "MM/dd/yyyy HH:mm:ss",
        custom => custom,
    };
    let mut out = String::new();
    let mut rest = custom;
    while let Some(letter) = rest.chars().next() {
        let run = rest.len() - rest.trim_start_matches(letter).len();
        let (token, after) = rest.split_at(run);
        rest = after;
        let directive = match token {
            "yyyy" => "%Y",
            "yy" => "%y",
            "MMMM" => "%B",
            "MMM" => "%b",
            "MM" => "%m",
            "M" => "%-m",
            "dddd" => "%A",
            "ddd" => "%a",
            "dd" => "%d",
            "d" => "%-d",
            "HH" => "%H",
            "H" => "%-H",
            "hh" => "%I",
            "h" => "%-I",
            "mm" => "%M",
            "ss" => "%S",
            "fff" => "%3f",
            "tt" => "%p",
            "zzz" => "%:z",
            "T" | "Z" => token,
            text if !letter.is_alphanumeric() && !matches!(letter, '%' | '\\' | '\'' | '"') => text,
            _ => return None,
        };
        out.push_str(&moment.strftime(directive).to_string());
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> Option<String> {
        read(text, &TimeZone::UTC).map(|moment| moment.timestamp().to_string())
    }

    #[test]
    fn dates_are_read_as_the_invariant_culture_does() {
        let table = [
            ("2026-01-02", "2026-01-02T00:00:00Z"),
            ("1/2/2026", "2026-01-02T00:00:00Z"),
            ("01/02/2026 3:04 PM", "2026-01-02T15:04:00Z"),
            ("01/02/2026 15:04:05", "2026-01-02T15:04:05Z"),
            ("2026-01-02T03:04:05.25", "2026-01-02T03:04:05.25Z"),
            ("2026-01-02T03:04:05+02:00", "2026-01-02T01:04:05Z"),
            ("2026-01-02 03:04", "2026-01-02T03:04:00Z"),
            ("2 Jan 2026", "2026-01-02T00:00:00Z"),
            ("January 2, 2026", "2026-01-02T00:00:00Z"),
        ];
        for (text, instant) in table {
            assert_eq!(utc(text).as_deref(), Some(instant), "{text}");
        }
        for bad in ["13/01/2026", "2026-02-30", "tomorrow", ""] {
            assert_eq!(utc(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_date_without_a_zone_is_local() {
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        let noon = read("2026-01-02 12:00", &zone).unwrap();
        assert_eq!(noon.timestamp().to_string(), "2026-01-02T10:00:00Z");
    }

    #[test]
    fn formats_are_dotnets() {
        let moment = read("2026-01-02T03:04:05", &TimeZone::UTC).unwrap();
        let table = [
            ("yyyy-MM-dd", "2026-01-02"),
            ("MM/dd/yyyy HH:mm", "01/02/2026 03:04"),
            ("s", "2026-01-02T03:04:05"),
            ("o", "2026-01-02T03:04:05.0000000Z"),
            ("d MMM yyyy", "2 Jan 2026"),
        ];
        for (format, text) in table {
            assert_eq!(write(&moment, format).as_deref(), Some(text), "{format}");
        }
        assert_eq!(write(&moment, "gg"), None);
    }
}
