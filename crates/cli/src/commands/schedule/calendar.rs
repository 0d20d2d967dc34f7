//! When a scheduler looks: at the occurrences themselves where it would compute the same instants as we
//! do, else every ten minutes.

use exoctl_job::{Job, Schedule, Timing};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, ToSpan};

/// How often is looked where the calendar cannot be told.
pub(super) const EVERY_MINUTES: u8 = 10;

/// When a scheduler looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// Whenever the job is due.
    When(Vec<String>),
    /// Every ten minutes, for this reason.
    Often(&'static str),
}

/// When the job's calendar can be handed over, and what it is in UTC or in its zone.
struct Handed<'a> {
    cron: &'a str,
    zone: Option<&'a str>,
}

/// For systemd: calendar expressions of systemd.time(7).
pub(super) fn for_systemd(job: &Job, now: Timestamp) -> Look {
    match handed(job, now) {
        Ok(handed) => match systemd(handed.cron) {
            Some(lines) => {
                let zone = handed.zone.unwrap_or("UTC");
                Look::When(lines.into_iter().map(|line| format!("{line} {zone}")).collect())
            }
            None => Look::Often("systemd cannot say when the job is due"),
        },
        Err(reason) => Look::Often(reason),
    }
}

/// For Kubernetes: the expression and the zone of a CronJob.
pub(super) fn for_kubernetes(job: &Job, now: Timestamp) -> Look {
    match handed(job, now) {
        Ok(handed) if is_plain(handed.cron) => {
            Look::When(vec![handed.cron.to_owned(), handed.zone.unwrap_or("Etc/UTC").to_owned()])
        }
        Ok(_) => Look::Often("Kubernetes cannot say when the job is due"),
        Err(reason) => Look::Often(reason),
    }
}

fn handed(job: &Job, now: Timestamp) -> Result<Handed<'_>, &'static str> {
    let schedule = job.schedule.as_ref().ok_or("the job has no schedule")?;
    if !job.jitter.is_zero() {
        return Err("the job's runs are delayed by its jitter");
    }
    let cron = schedule.timing().cron_expression().ok_or("intervals have no calendar")?;
    if schedule.zone_name() == "UTC" {
        return Ok(Handed { cron, zone: None });
    }
    if meets_a_change_over(schedule, now) {
        return Err("the zone's clock is changed at a time at which the job may be due");
    }
    Ok(Handed { cron, zone: Some(schedule.zone_name()) })
}

/// Whether in the next five years there is an occurrence in an hour that is left out or comes twice:
/// there schedulers differ, and most lose a run or make two.
fn meets_a_change_over(schedule: &Schedule, now: Timestamp) -> bool {
    let Some(wall) = schedule
        .timing()
        .cron_expression()
        .and_then(|cron| Timing::cron(cron).ok())
        .and_then(|timing| Schedule::new(timing, "UTC").ok())
    else {
        return true;
    };
    let zone = schedule.zone();
    let end = now.to_zoned(TimeZone::UTC).saturating_add(5.years()).timestamp();
    let transitions = zone.following(now).take_while(|transition| transition.timestamp() < end);
    transitions.into_iter().any(|transition| {
        let at = transition.timestamp();
        let before = zone.to_offset(at - SignedDuration::from_secs(1));
        let (from, to) = sorted(before, transition.offset());
        // What the clocks on the wall show, as if it were UTC.
        let shown = |offset: Offset| offset.to_datetime(at).to_zoned(TimeZone::UTC);
        let (Ok(from), Ok(to)) = (shown(from), shown(to)) else { return true };
        let first = wall.next_after(from.timestamp() - SignedDuration::from_nanos(1));
        first.is_some_and(|first| first < to.timestamp())
    })
}

fn sorted(one: Offset, other: Offset) -> (Offset, Offset) {
    if one.seconds() < other.seconds() { (one, other) } else { (other, one) }
}

/// Whether an expression has only what all programs understand alike.
fn is_plain(cron: &str) -> bool {
    let fields: Vec<&str> = cron.split(' ').collect();
    let known = |c: char| c.is_ascii_digit() || "*,-/".contains(c);
    fields.len() == 5
        && cron.split(' ').all(|field| field.chars().all(known))
        && !fields[4].contains('7')
}

/// A cron expression in systemd's words. None if there are none for it.
fn systemd(cron: &str) -> Option<Vec<String>> {
    let fields: Vec<&str> = cron.split(' ').collect();
    let [minute, hour, day, month, weekday] = fields[..] else { return None };
    let time = format!("{}:{}:00", parts(hour, 0, 2)?, parts(minute, 0, 2)?);
    let month = parts(month, 1, 2)?;
    let days = match day {
        "L" => "~01".to_owned(),
        day => format!("-{}", parts(day, 1, 2)?),
    };
    if let Some((weekday, nth)) = weekday.split_once('#') {
        // The first monday is the one among the first seven days, the last among the last seven.
        let days = match nth {
            "L" => "~07/1".to_owned(),
            nth => {
                let nth: u8 = nth.parse().ok().filter(|nth| (1..=4).contains(nth))?;
                format!("-{:02}..{:02}", 7 * nth - 6, 7 * nth)
            }
        };
        let weekday = name_of(weekday.parse().ok()?)?;
        return (day == "*").then(|| vec![format!("{weekday} *-{month}{days} {time}")]);
    }
    let every_day = format!("*-{month}{days} {time}");
    if weekday == "*" {
        return Some(vec![every_day]);
    }
    let on_weekdays = format!("{} *-{month}-* {time}", weekdays(weekday)?);
    match day {
        "*" => Some(vec![on_weekdays]),
        // POSIX: if both are restricted, either will do. Of `*/2` programs think differently.
        day if day.starts_with('*') || weekday.starts_with('*') => None,
        _ => Some(vec![every_day, on_weekdays]),
    }
}

/// A field of numbers: `*`, `5`, `1-5`, `*/15`, `10-50/20`, and lists of them.
fn parts(field: &str, least: u8, width: usize) -> Option<String> {
    let number = |text: &str| text.parse::<u8>().ok().map(|number| format!("{number:0width$}"));
    let part = |part: &str| {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(step.parse::<u8>().ok()?)),
            None => (part, None),
        };
        let range = match range.split_once('-') {
            _ if range == "*" && step.is_none() => "*".to_owned(),
            _ if range == "*" => format!("{least:0width$}"),
            Some((from, to)) => format!("{}..{}", number(from)?, number(to)?),
            None => number(range)?,
        };
        Some(match step {
            Some(step) => format!("{range}/{step}"),
            None => range,
        })
    };
    field.split(',').map(part).collect::<Option<Vec<_>>>().map(|parts| parts.join(","))
}

fn weekdays(field: &str) -> Option<String> {
    let part = |part: &str| match part.split_once('-') {
        Some((from, to)) => {
            let (from, to): (u8, u8) = (from.parse().ok()?, to.parse().ok()?);
            // systemd's week begins on Monday, cron's on Sunday.
            let days = (from..=to).map(name_of).collect::<Option<Vec<_>>>()?;
            Some(days.join(","))
        }
        None => name_of(part.parse().ok()?).map(str::to_owned),
    };
    field.split(',').map(part).collect::<Option<Vec<_>>>().map(|parts| parts.join(","))
}

fn name_of(weekday: u8) -> Option<&'static str> {
    ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].get(usize::from(weekday)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(schedule: &str) -> (Look, Look) {
        let text = format!(
            "name = \"a\"\nprofile = \"p\"\nschedule = \"{schedule}\"\n[[steps]]\ncmdlet = \"Get-Mailbox\"\n"
        );
        let job = Job::parse("a", &text).unwrap();
        let now = "2026-11-21T00:00:00Z".parse().unwrap();
        (for_systemd(&job, now), for_kubernetes(&job, now))
    }

    fn when(lines: &[&str]) -> Look {
        Look::When(lines.iter().map(|line| (*line).to_owned()).collect())
    }

    #[test]
    fn what_others_compute_alike_is_handed_over() {
        let (systemd, kubernetes) = looks("monthly on day 1 at 06:00 Europe/Berlin");
        assert_eq!(systemd, when(&["*-*-01 06:00:00 Europe/Berlin"]));
        assert_eq!(kubernetes, when(&["0 6 1 * *", "Europe/Berlin"]));
        let (systemd, kubernetes) = looks("*/15 8-17 * * 1-5");
        assert_eq!(systemd, when(&["Mon,Tue,Wed,Thu,Fri *-*-* 08..17:00/15:00 UTC"]));
        assert_eq!(kubernetes, when(&["*/15 8-17 * * 1-5", "Etc/UTC"]));
        assert_eq!(looks("0 0 13 * 5").0, when(&["*-*-13 00:00:00 UTC", "Fri *-*-* 00:00:00 UTC"]));
    }

    #[test]
    fn what_cron_cannot_say_systemd_can() {
        let (systemd, kubernetes) = looks("monthly on last day at 20:00");
        assert_eq!(systemd, when(&["*-*~01 20:00:00 UTC"]));
        assert!(matches!(kubernetes, Look::Often(_)));
        assert_eq!(
            looks("monthly on first monday at 07:05").0,
            when(&["Mon *-*-01..07 07:05:00 UTC"])
        );
        assert_eq!(
            looks("monthly on last friday at 07:05").0,
            when(&["Fri *-*~07/1 07:05:00 UTC"])
        );
    }

    #[test]
    fn hours_that_are_left_out_or_come_twice_are_not() {
        // Europe: 02:00 to 03:00 is left out and comes twice; America: 02:00 to 03:00, 01:00 to 02:00.
        for touched in [
            "daily at 02:30 Europe/Berlin",
            "daily at 01:30 America/New_York",
            "hourly at :05 Europe/Berlin",
            "every 7m",
            "after-month-end 48h Europe/Berlin",
        ] {
            let (systemd, kubernetes) = looks(touched);
            assert!(matches!(systemd, Look::Often(_)), "{touched}: {systemd:?}");
            assert!(matches!(kubernetes, Look::Often(_)), "{touched}: {kubernetes:?}");
        }
        for free in ["daily at 01:30 Europe/Berlin", "daily at 02:30 Asia/Tokyo"] {
            assert!(matches!(looks(free).0, Look::When(_)), "{free}");
        }
    }
}
