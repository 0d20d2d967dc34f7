//! The `Retry-After` header, RFC 9110 section 10.2.3: seconds or an HTTP date.
//!
//! Exchange sends decimals, so those are read too. Everything is capped at [`CAP`], as MSAL
//! does, so that one odd answer cannot stop a job for a day.

use std::time::Duration;

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;

/// The longest wait that is believed.
pub const CAP: Duration = Duration::from_hours(1);

/// The wait that the headers ask for, if they do.
///
/// A date is measured from the answer's own `Date` header where there is one, so that a local
/// clock that is wrong does no harm.
pub fn of(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let now = text(DATE).and_then(parse_http_date).unwrap_or(now);
    parse(text(RETRY_AFTER)?, now)
}

/// Reads one `Retry-After` value: decimal seconds, or an HTTP date seen from `now`. A date in
/// the past is a wait of zero; anything else that is not a wait is `None`.
pub fn parse(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Some(wait) = parse_seconds(value) {
        return Some(wait);
    }
    let wait = parse_http_date(value)?.duration_since(now);
    Some(Duration::try_from(wait).unwrap_or(Duration::ZERO).min(CAP))
}

/// Reads an HTTP date in any of the three forms of RFC 9110 section 5.6.7.
pub fn parse_http_date(value: &str) -> Option<Timestamp> {
    let value = value.trim();
    let (_weekday, rest) = value.split_once([',', ' '])?;
    let rest = rest.trim();
    ["%d %b %Y %H:%M:%S GMT", "%d-%b-%y %H:%M:%S GMT", "%b %e %H:%M:%S %Y"]
        .into_iter()
        .find_map(|format| strtime::parse(format, rest).ok()?.to_datetime().ok())
        .and_then(|date: DateTime| Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp()))
}

fn parse_seconds(value: &str) -> Option<Duration> {
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return None;
    }
    let seconds: f64 = value.parse().ok()?;
    Some(Duration::try_from_secs_f64(seconds).unwrap_or(CAP).min(CAP))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn seconds_are_read_with_and_without_decimals() {
        let now = at("2026-01-01T00:00:00Z");
        for (value, millis) in [
            ("120", 120_000), // the example of RFC 9110 section 10.2.3
            ("0", 0),
            (" 7 ", 7_000),
            ("1.5", 1_500),
            ("0.25", 250),
            ("5.", 5_000),
            ("3600", 3_600_000),
        ] {
            assert_eq!(parse(value, now), Some(Duration::from_millis(millis)), "{value:?}");
        }
    }

    #[test]
    fn the_three_date_forms_of_the_rfc_are_one_instant() {
        // RFC 9110 section 5.6.7: all three are the same instant.
        for value in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            assert_eq!(parse_http_date(value), Some(at("1994-11-06T08:49:37Z")), "{value}");
        }
    }

    #[test]
    fn a_date_is_a_wait_from_now_and_never_negative() {
        // The date is the example of RFC 9110 section 10.2.3.
        let value = "Fri, 31 Dec 1999 23:59:59 GMT";
        let wait = parse(value, at("1999-12-31T23:59:29Z"));
        assert_eq!(wait, Some(Duration::from_secs(30)));
        assert_eq!(parse(value, at("2000-01-01T00:00:00Z")), Some(Duration::ZERO));
    }

    #[test]
    fn what_is_not_a_wait_is_no_wait() {
        let now = at("2026-01-01T00:00:00Z");
        for value in [
            "",
            " ",
            "-1",
            "+1",
            "1e3",
            "NaN",
            "inf",
            "1,5",
            "1.2.3",
            ".",
            ".5",
            "soon",
            "0x10",
            "1 s",
            "٣",
            "Fri, 32 Dec 1999 23:59:59 GMT",
            "2026-01-01T00:00:30Z",
            "120, 120",
        ] {
            assert_eq!(parse(value, now), None, "{value:?}");
        }
    }

    #[test]
    fn no_wait_is_longer_than_the_cap() {
        let now = at("2026-01-01T00:00:00Z");
        for value in ["3601", "99999999999999999999999999", "Fri, 01 Jan 2027 00:00:00 GMT"] {
            assert_eq!(parse(value, now), Some(CAP), "{value}");
        }
    }

    #[test]
    fn a_date_is_measured_from_the_answers_own_clock() {
        let mut headers = HeaderMap::new();
        headers.insert(DATE, HeaderValue::from_static("Fri, 31 Dec 1999 23:59:29 GMT"));
        headers.insert(RETRY_AFTER, HeaderValue::from_static("Fri, 31 Dec 1999 23:59:59 GMT"));
        assert_eq!(of(&headers, at("2026-01-01T00:00:00Z")), Some(Duration::from_secs(30)));
    }
}
