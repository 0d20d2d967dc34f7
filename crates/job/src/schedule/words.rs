//! A schedule as one line: what is repeated, and a zone at its end.

use jiff::Timestamp;
use jiff::civil::{Time, Weekday};

use super::InvalidSchedule;
use super::timing::{DayOfMonth, Days, NTH, Timing, WEEKDAYS};
use crate::duration::Duration;

/// Reads a line. The zone is what is left at its end, if anything is.
pub(super) fn read(text: &str) -> Result<(Timing, Option<&str>), InvalidSchedule> {
    // Cron expressions begin with a minute, words with a letter.
    if text.trim_start().starts_with(|c: char| c.is_ascii_digit() || c == '*') {
        return cron(text);
    }
    let mut words = Words { text, rest: text.split_ascii_whitespace().collect(), at: 0 };
    let timing = timing(&mut words)?;
    let zone = words.next();
    if let Some(more) = words.next() {
        return Err(words.wrong(&format!("{more:?} is too much")));
    }
    if matches!(timing, Timing::Every { .. }) && zone.is_some_and(|zone| zone != "UTC") {
        return Err(words.wrong("intervals are counted in UTC and have no other zone"));
    }
    Ok((timing, zone))
}

fn cron(text: &str) -> Result<(Timing, Option<&str>), InvalidSchedule> {
    let fields: Vec<&str> = text.split_ascii_whitespace().collect();
    let count = fields.len().min(5);
    // A zone has letters; a sixth field has none and is an error of the expression.
    let zone = fields.get(5).filter(|word| word.starts_with(|c: char| c.is_ascii_alphabetic()));
    let expression =
        if zone.is_some() && fields.len() == 6 { &fields[..count] } else { &fields[..] };
    Ok((Timing::cron(&expression.join(" "))?, zone.copied()))
}

fn timing(words: &mut Words<'_>) -> Result<Timing, InvalidSchedule> {
    Ok(match words.expect("a word such as daily")? {
        "hourly" => {
            let minute = if words.take("at") { words.minute()? } else { 0 };
            Timing::calendar(Days::Hourly, Time::constant(0, minute, 0, 0))
        }
        "daily" => Timing::calendar(Days::Daily, words.at_time()?),
        "weekdays" => Timing::calendar(Days::Weekdays, words.at_time()?),
        "weekly" => {
            words.require("on")?;
            let days = words.weekdays()?;
            Timing::calendar(Days::Weekly(days), words.at_time()?)
        }
        "monthly" => {
            words.require("on")?;
            let day = words.day_of_month()?;
            Timing::calendar(Days::Monthly(day), words.at_time()?)
        }
        "quarterly" => {
            words.require("on")?;
            let day = words.day_of_month()?;
            Timing::calendar(Days::Quarterly(day), words.at_time()?)
        }
        "every" => {
            let interval = words.duration()?;
            if interval < Duration::from_mins(1) {
                return Err(words.wrong("the interval is shorter than a minute"));
            }
            let anchor = if words.take("from") { words.instant()? } else { Timestamp::UNIX_EPOCH };
            Timing::Every { interval, anchor }
        }
        "after-month-end" => {
            let delay = words.duration()?;
            if delay > Duration::from_days(27) {
                return Err(
                    words.wrong("it is longer than 27 days, and a month may be over by then")
                );
            }
            Timing::AfterMonthEnd(delay)
        }
        other => return Err(words.wrong(&format!("it does not begin with {other:?}"))),
    })
}

/// The words of a line, taken one after the other.
struct Words<'a> {
    text: &'a str,
    rest: Vec<&'a str>,
    at: usize,
}

impl<'a> Words<'a> {
    fn next(&mut self) -> Option<&'a str> {
        let word = self.rest.get(self.at).copied();
        self.at += 1;
        word
    }

    fn take(&mut self, word: &str) -> bool {
        let there = self.rest.get(self.at).is_some_and(|next| *next == word);
        self.at += usize::from(there);
        there
    }

    fn expect(&mut self, what: &str) -> Result<&'a str, InvalidSchedule> {
        self.next().ok_or_else(|| self.wrong(&format!("{what} is missing")))
    }

    fn require(&mut self, word: &str) -> Result<(), InvalidSchedule> {
        if self.take(word) {
            Ok(())
        } else {
            Err(self.wrong(&format!("the word `{word}` is missing")))
        }
    }

    fn wrong(&self, reason: &str) -> InvalidSchedule {
        InvalidSchedule::Words { text: self.text.to_owned(), reason: reason.to_owned() }
    }

    fn at_time(&mut self) -> Result<Time, InvalidSchedule> {
        self.require("at")?;
        let text = self.expect("the time")?;
        let (hour, minute) = text.split_once(':').unwrap_or((text, ""));
        let digits = |part: &str, most: i8| {
            let plain = part.len() == 2 && part.bytes().all(|c| c.is_ascii_digit());
            part.parse::<i8>().ok().filter(|number| plain && *number <= most)
        };
        let time = digits(hour, 23).zip(digits(minute, 59));
        let (hour, minute) =
            time.ok_or_else(|| self.wrong(&format!("{text:?} is no time as 06:00 or 18:30")))?;
        Ok(Time::constant(hour, minute, 0, 0))
    }

    fn minute(&mut self) -> Result<i8, InvalidSchedule> {
        let text = self.expect("the minute")?;
        let minute = text.strip_prefix(':').filter(|digits| digits.len() == 2);
        let minute = minute.and_then(|digits| digits.parse().ok()).filter(|m| (0..60).contains(m));
        minute.ok_or_else(|| self.wrong(&format!("{text:?} is no minute as :15")))
    }

    fn duration(&mut self) -> Result<Duration, InvalidSchedule> {
        let text = self.expect("a length of time")?;
        text.parse().map_err(|error: crate::InvalidDuration| self.wrong(&error.to_string()))
    }

    fn instant(&mut self) -> Result<Timestamp, InvalidSchedule> {
        let text = self.expect("the anchor")?;
        let time: Option<Timestamp> = text.parse().ok();
        time.filter(|time| time.subsec_nanosecond() == 0)
            .ok_or_else(|| self.wrong(&format!("{text:?} is no instant as 2026-01-01T00:00:00Z")))
    }

    fn weekdays(&mut self) -> Result<Vec<Weekday>, InvalidSchedule> {
        let text = self.expect("a day of the week")?;
        let mut days = Vec::new();
        for word in text.split(',') {
            let day = weekday(word)
                .ok_or_else(|| self.wrong(&format!("{word:?} is no day of the week")))?;
            if !days.contains(&day) {
                days.push(day);
            }
        }
        days.sort_by_key(|day| day.to_monday_zero_offset());
        Ok(days)
    }

    fn day_of_month(&mut self) -> Result<DayOfMonth, InvalidSchedule> {
        let word = self.expect("a day of the month")?;
        if word == "day" {
            return self.numbers().map(DayOfMonth::Numbers);
        }
        let nth = NTH.iter().position(|nth| *nth == word);
        let nth = nth.ok_or_else(|| {
            self.wrong(&format!("{word:?} is not `day 1`, `last day` or `first monday`"))
        })?;
        let of = self.expect("`day` or a day of the week")?;
        match weekday(of) {
            Some(day) => Ok(DayOfMonth::Nth(nth as i8 + 1, day)),
            None if word == "last" && of == "day" => Ok(DayOfMonth::Last),
            None => Err(self.wrong(&format!("{of:?} is no day of the week"))),
        }
    }

    fn numbers(&mut self) -> Result<Vec<i8>, InvalidSchedule> {
        let text = self.expect("the number of the day")?;
        let mut days = Vec::new();
        for word in text.split(',') {
            match word.parse::<i8>() {
                Ok(day @ 1..=28) => days.push(day),
                Ok(29..=31) => {
                    return Err(self.wrong(&format!(
                        "not every month has a day {word}; `last day` is in each"
                    )));
                }
                _ => return Err(self.wrong(&format!("{word:?} is no day of the month"))),
            }
        }
        days.sort_unstable();
        days.dedup();
        Ok(days)
    }
}

fn weekday(word: &str) -> Option<Weekday> {
    WEEKDAYS.iter().find(|(name, _)| *name == word).map(|(_, day)| *day)
}
