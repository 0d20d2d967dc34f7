//! Moments: dates that are read, moved and written.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Zoned};

use super::super::datetime;
use super::super::error::{Fault, ParseError};
use super::super::value::Reader;
use super::{Operand, not_a, text_of};
use crate::parameters::ParameterValue;

/// Reads a date.
pub(super) fn date(reader: &Reader<'_, '_>, at: usize, text: &str) -> Result<Zoned, ParseError> {
    datetime::read(text, reader.evaluation.zone)
        .ok_or_else(|| not_a(reader, at, text, "a date such as 2026-12-31 or 12/31/2026 3:00 PM"))
}

/// The beginning of the day.
pub(super) fn midnight(
    reader: &Reader<'_, '_>,
    at: usize,
    moment: &Zoned,
) -> Result<Operand, ParseError> {
    let midnight = moment.date().to_datetime(Time::midnight());
    match midnight.to_zoned(moment.time_zone().clone()) {
        Ok(midnight) => Ok(Operand::Moment(midnight)),
        Err(_) => Err(reader.source.error(at, Fault::Expression)),
    }
}

/// The text that a .NET format gives; the standard one if it is empty.
pub(super) fn formatted(
    reader: &Reader<'_, '_>,
    at: usize,
    moment: &Zoned,
    format: &str,
) -> Result<Operand, ParseError> {
    let text = datetime::write(moment, format)
        .ok_or_else(|| not_a(reader, at, format, "a date format such as yyyy-MM-dd HH:mm"))?;
    Ok(Operand::Value(text.into()))
}

/// What a method or property of a moment gives.
pub(super) fn method(
    reader: &Reader<'_, '_>,
    at: usize,
    moment: &Zoned,
    name: &str,
    arguments: &[ParameterValue],
) -> Result<Operand, ParseError> {
    let refused = || reader.source.error(at, Fault::Expression);
    let text = arguments.first().and_then(text_of);
    let moved = match (name, text) {
        ("date", None) => return midnight(reader, at, moment),
        ("touniversaltime", None) => Some(moment.with_time_zone(TimeZone::UTC)),
        ("tolocaltime", None) => Some(moment.with_time_zone(reader.evaluation.zone.clone())),
        ("tostring", None) => return formatted(reader, at, moment, ""),
        ("tostring", Some(format)) => return formatted(reader, at, moment, &format),
        ("addmonths" | "addyears", Some(number)) => {
            let number: i64 = number.parse().map_err(|_| refused())?;
            let months = number.saturating_mul(if name == "addyears" { 12 } else { 1 });
            Span::new().try_months(months).ok().and_then(|span| moment.checked_add(span).ok())
        }
        (add, Some(number)) => {
            let seconds = duration(add, "add").ok_or_else(refused)?;
            let number: f64 = number.parse().map_err(|_| refused())?;
            // .NET moves the time of day, whatever happens to summer time in between.
            SignedDuration::try_from_secs_f64(seconds * number)
                .ok()
                .and_then(|step| moment.datetime().checked_add(step).ok())
                .and_then(|moved| moved.to_zoned(moment.time_zone().clone()).ok())
        }
        _ => return Err(refused()),
    };
    moved.map(Operand::Moment).ok_or_else(refused)
}

/// Seconds in the unit of `AddDays`, `FromHours` and their like.
pub(super) fn duration(member: &str, verb: &str) -> Option<f64> {
    match member.strip_prefix(verb)? {
        "days" => Some(86_400.0),
        "hours" => Some(3_600.0),
        "minutes" => Some(60.0),
        "seconds" => Some(1.0),
        "milliseconds" => Some(0.001),
        _ => None,
    }
}

/// A time span as .NET writes it: `7.00:00:00`.
pub(super) fn time_span(seconds: f64) -> String {
    let whole = seconds.abs().round() as u64;
    let sign = if seconds < 0.0 { "-" } else { "" };
    let (days, rest) = (whole / 86_400, whole % 86_400);
    let days = if days > 0 { format!("{days}.") } else { String::new() };
    format!("{sign}{days}{:02}:{:02}:{:02}", rest / 3_600, rest / 60 % 60, rest % 60)
}
