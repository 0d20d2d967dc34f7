//! Occurrences over the change-overs of the clocks, and what is no schedule.
//!
//! The instants are computed by `scripts/dst-table` with Python's zoneinfo, minute by minute: a time
//! of day counts when the wall clock shows it for the first time, and one that is left out when the
//! gap is over. (systemd differs: it leaves the day out.)

use super::*;

fn schedule(line: &str) -> Schedule {
    line.parse().unwrap_or_else(|error| panic!("{line}: {error}"))
}

/// As many occurrences after an instant as are expected, in UTC.
fn holds(line: &str, start: &str, expected: &str) {
    let start: Timestamp = format!("{start}:00Z").parse().unwrap();
    let count = expected.split(", ").count();
    let times = schedule(line);
    let times = times.after(start).take(count).map(|at| at.strftime("%m-%d %H:%M").to_string());
    assert_eq!(times.collect::<Vec<_>>().join(", "), expected, "{line} after {start}");
}

#[test]
fn a_time_of_day_comes_once_a_day_over_both_change_overs() {
    let table = [
        (
            "02:30 Europe/Berlin",
            "2026-03-27T12:00",
            "03-28 01:30, 03-29 01:00, 03-30 00:30, 03-31 00:30",
        ),
        (
            "02:30 Europe/Berlin",
            "2026-10-23T12:00",
            "10-24 00:30, 10-25 00:30, 10-26 01:30, 10-27 01:30",
        ),
        ("02:00 Europe/Berlin", "2026-03-28T12:00", "03-29 01:00, 03-30 00:00"),
        ("03:00 Europe/Berlin", "2026-10-24T12:00", "10-25 02:00, 10-26 02:00"),
        (
            "02:30 America/New_York",
            "2026-03-06T12:00",
            "03-07 07:30, 03-08 07:00, 03-09 06:30, 03-10 06:30",
        ),
        (
            "01:30 America/New_York",
            "2026-10-30T12:00",
            "10-31 05:30, 11-01 05:30, 11-02 06:30, 11-03 06:30",
        ),
        (
            "02:15 Australia/Lord_Howe",
            "2026-10-02T00:00",
            "10-02 15:45, 10-03 15:30, 10-04 15:15, 10-05 15:15",
        ),
        (
            "01:45 Australia/Lord_Howe",
            "2026-04-03T00:00",
            "04-03 14:45, 04-04 14:45, 04-05 15:15, 04-06 15:15",
        ),
        (
            "02:30 Asia/Kolkata",
            "2026-03-27T12:00",
            "03-27 21:00, 03-28 21:00, 03-29 21:00, 03-30 21:00",
        ),
        ("02:30 UTC", "2026-03-27T12:00", "03-28 02:30, 03-29 02:30, 03-30 02:30, 03-31 02:30"),
    ];
    for (time, start, expected) in table {
        holds(&format!("daily at {time}"), start, expected);
        // The same as a cron expression.
        let (time, zone) = time.split_once(' ').unwrap();
        let (hour, minute) = time.split_once(':').unwrap();
        let (hour, minute): (u8, u8) = (hour.parse().unwrap(), minute.parse().unwrap());
        holds(&format!("{minute} {hour} * * * {zone}"), start, expected);
    }
}

#[test]
fn what_comes_every_hour_comes_in_each_real_hour() {
    let quarters = "10-25 00:00, 10-25 00:15, 10-25 00:30, 10-25 00:45, 10-25 01:00, 10-25 01:15, 10-25 01:30, 10-25 01:45";
    let spring = "03-29 00:30, 03-29 00:45, 03-29 01:00, 03-29 01:15";
    let table = [
        (
            "30 * * * * Europe/Berlin",
            "2026-10-24T23:00",
            "10-24 23:30, 10-25 00:30, 10-25 01:30, 10-25 02:30",
        ),
        (
            "hourly at :30 Europe/Berlin",
            "2026-03-28T23:00",
            "03-28 23:30, 03-29 00:30, 03-29 01:30, 03-29 02:30",
        ),
        ("*/15 * * * * Europe/Berlin", "2026-10-24T23:50", quarters),
        ("*/15 * * * * Europe/Berlin", "2026-03-29T00:20", spring),
        (
            "hourly at :15 Australia/Lord_Howe",
            "2026-04-04T13:00",
            "04-04 13:15, 04-04 14:15, 04-04 15:45, 04-04 16:45",
        ),
        (
            "hourly at :15 Australia/Lord_Howe",
            "2026-10-03T13:00",
            "10-03 13:45, 10-03 14:45, 10-03 16:15",
        ),
        ("every 15m", "2026-10-24T23:50", quarters),
    ];
    for (line, start, expected) in table {
        holds(line, start, expected);
    }
}

#[test]
fn calendar_words_mean_their_days() {
    // By a calendar of 2026: November begins on a Sunday.
    let table = [
        (
            "monthly on day 1 at 06:00 Europe/Berlin",
            "2026-10-15T00:00",
            "11-01 05:00, 12-01 05:00, 01-01 05:00",
        ),
        (
            "monthly on day 15,1 at 06:00",
            "2026-11-01T06:00",
            "11-15 06:00, 12-01 06:00, 12-15 06:00",
        ),
        (
            "monthly on last day at 18:00 Europe/Berlin",
            "2026-01-30T00:00",
            "01-31 17:00, 02-28 17:00, 03-31 16:00",
        ),
        ("monthly on last day at 18:00", "2028-02-01T00:00", "02-29 18:00, 03-31 18:00"),
        (
            "monthly on first monday at 18:00",
            "2026-09-30T00:00",
            "10-05 18:00, 11-02 18:00, 12-07 18:00",
        ),
        (
            "monthly on last friday at 18:00",
            "2026-09-30T00:00",
            "10-30 18:00, 11-27 18:00, 12-25 18:00",
        ),
        (
            "quarterly on day 1 at 00:00",
            "2026-01-30T00:00",
            "04-01 00:00, 07-01 00:00, 10-01 00:00",
        ),
        (
            "weekly on thursday,monday at 06:00",
            "2026-11-20T00:00",
            "11-23 06:00, 11-26 06:00, 11-30 06:00",
        ),
        ("weekdays at 18:00", "2026-11-20T12:00", "11-20 18:00, 11-23 18:00, 11-24 18:00"),
        ("0 0 1 * 1", "2026-11-20T12:00", "11-23 00:00, 11-30 00:00, 12-01 00:00"),
        (
            "after-month-end 48h Europe/Berlin",
            "2026-09-30T12:00",
            "10-02 22:00, 11-02 23:00, 12-02 23:00",
        ),
        ("after-month-end 36h", "2026-10-02T12:00", "11-02 12:00, 12-02 12:00"),
        (
            "every 90m from 2026-01-01T00:15:00Z",
            "2026-01-01T00:00",
            "01-01 00:15, 01-01 01:45, 01-01 03:15",
        ),
    ];
    for (line, start, expected) in table {
        holds(line, start, expected);
    }
}

#[test]
fn what_is_no_schedule_is_refused_and_said_why() {
    let table = [
        ("", "daily is missing"),
        ("now and then", "does not begin"),
        ("daily", "`at` is missing"),
        ("daily at 6:00", "no time"),
        ("daily at 24:00", "no time"),
        ("daily at 06:00 Europe/Berlin please", "too much"),
        ("daily at 06:00 Europe/Bonn", "no time zone"),
        ("weekly on funday at 06:00", "no day of the week"),
        ("monthly on day 31 at 06:00", "`last day`"),
        ("monthly on day 0 at 06:00", "no day of the month"),
        ("monthly on sixth monday at 06:00", "is not"),
        ("monthly on first day at 06:00", "no day of the week"),
        ("every 30s", "shorter than a minute"),
        ("every 15m Europe/Berlin", "counted in UTC"),
        ("after-month-end 30d", "27 days"),
        ("60 * * * *", "no cron expression"),
        ("* * * *", "4 fields"),
        ("0 0 0 1 1 *", "6 fields"),
        ("59 23 31 2 *", "five years"),
        ("0 0 30 2 * Europe/Berlin", "five years"),
    ];
    for (line, reason) in table {
        let error = line.parse::<Schedule>().unwrap_err().to_string();
        assert!(error.contains(reason), "{line}: {error}");
    }
}

#[test]
fn a_schedule_is_written_as_it_is_read() {
    let table = [
        (
            "monthly  on day 15,1  at 06:00 Europe/Berlin",
            "monthly on day 1,15 at 06:00 Europe/Berlin",
        ),
        ("weekly on sunday,monday at 06:00", "weekly on monday,sunday at 06:00 UTC"),
        ("hourly", "hourly at :00 UTC"),
        ("every 90m", "every 1h30m"),
        ("every 1d from 2026-01-01T05:00:00Z", "every 1d from 2026-01-01T05:00:00Z"),
        ("after-month-end 48h", "after-month-end 2d UTC"),
        ("30  2 * * 1-5 America/New_York", "30 2 * * 1-5 America/New_York"),
        ("quarterly on last friday at 18:00 UTC", "quarterly on last friday at 18:00 UTC"),
    ];
    for (line, written) in table {
        let read = schedule(line);
        assert_eq!(read.to_string(), written);
        assert_eq!(schedule(written), read);
    }
}
