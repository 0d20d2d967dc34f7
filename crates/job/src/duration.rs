//! How long something takes, as people write it.

use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Span, SpanRelativeTo, Unit};
use serde::{Deserialize, Serialize};

/// A length of time that is not negative, in whole seconds: `90s`, `30m`, `2h 15m`, `400d`.
/// A day has 24 hours and a week 7 days; months and years have no length and are refused.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Duration(SignedDuration);

/// A text that is no length of time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no length of time such as 90s, 30m, 2h 15m or 30d")]
pub struct InvalidDuration(pub String);

impl Duration {
    /// So many seconds.
    pub const fn from_secs(seconds: u32) -> Self {
        Self(SignedDuration::from_secs(seconds as i64))
    }

    /// So many minutes.
    pub const fn from_mins(minutes: u32) -> Self {
        Self(SignedDuration::from_secs(minutes as i64 * 60))
    }

    /// So many hours.
    pub const fn from_hours(hours: u32) -> Self {
        Self(SignedDuration::from_secs(hours as i64 * 3600))
    }

    /// So many days of 24 hours.
    pub const fn from_days(days: u32) -> Self {
        Self(SignedDuration::from_secs(days as i64 * 86_400))
    }

    /// As jiff has it.
    pub const fn signed(self) -> SignedDuration {
        self.0
    }

    /// As the standard library has it.
    pub fn std(self) -> std::time::Duration {
        self.0.unsigned_abs()
    }

    /// In seconds.
    pub const fn as_secs(self) -> i64 {
        self.0.as_secs()
    }

    /// Whether it is no time at all.
    pub const fn is_zero(self) -> bool {
        self.0.is_zero()
    }
}

impl FromStr for Duration {
    type Err = InvalidDuration;

    fn from_str(text: &str) -> Result<Self, InvalidDuration> {
        let invalid = || InvalidDuration(text.to_owned());
        if text.trim() == "0" {
            return Err(invalid());
        }
        let span: Span = text.parse().map_err(|_| invalid())?;
        let has_no_length = span.get_years() != 0 || span.get_months() != 0;
        let length =
            span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| invalid())?;
        let fraction = span.total((Unit::Second, SpanRelativeTo::days_are_24_hours()));
        let whole = fraction.is_ok_and(|seconds| seconds.fract() == 0.0);
        let longest = SignedDuration::from_hours(24 * 36_500);
        if has_no_length || length.is_negative() || !whole || length > longest {
            return Err(invalid());
        }
        Ok(Self(length))
    }
}

impl TryFrom<String> for Duration {
    type Error = InvalidDuration;

    fn try_from(text: String) -> Result<Self, InvalidDuration> {
        text.parse()
    }
}

impl From<Duration> for String {
    fn from(length: Duration) -> Self {
        length.to_string()
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.as_secs();
        if rest == 0 {
            return f.pad("0s");
        }
        let mut parts = Vec::new();
        for (unit, seconds) in [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)] {
            let count = rest / seconds;
            rest %= seconds;
            if count > 0 {
                parts.push(format!("{count}{unit}"));
            }
        }
        f.pad(&parts.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_and_written_as_people_do() {
        let table = [
            ("90s", 90, "1m 30s"),
            ("30m", 1800, "30m"),
            ("2h 15m", 8100, "2h 15m"),
            ("48h", 172_800, "2d"),
            ("400d", 34_560_000, "400d"),
            ("2 weeks", 1_209_600, "14d"),
            ("0s", 0, "0s"),
        ];
        for (text, seconds, written) in table {
            let length: Duration = text.parse().unwrap();
            assert_eq!(length.as_secs(), seconds, "{text}");
            assert_eq!(length.to_string(), written, "{text}");
        }
        for wrong in ["", "0", "30", "soon", "-5m", "1mo", "1y", "1.5s", "200000000h"] {
            assert!(wrong.parse::<Duration>().is_err(), "{wrong:?}");
        }
    }
}
