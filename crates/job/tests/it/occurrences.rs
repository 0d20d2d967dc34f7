//! Laws of occurrences, whatever the schedule.

use exoctl_job::Schedule;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

fn schedules() -> impl Strategy<Value = Schedule> {
    let lines = [
        "hourly at :15",
        "daily at 02:30",
        "weekdays at 01:45",
        "weekly on sunday at 02:15",
        "monthly on day 1,28 at 00:00",
        "monthly on last day at 23:59",
        "monthly on last sunday at 02:30",
        "quarterly on first monday at 06:00",
        "after-month-end 48h",
        "*/20 * * * *",
        "7 1,2,3 * * 0",
        "0 0 1 * 1",
    ];
    let zones = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"];
    let one = (prop::sample::select(lines.to_vec()), prop::sample::select(zones.to_vec()))
        .prop_map(|(line, zone)| format!("{line} {zone}"));
    prop_oneof![one, (1_u32..5000).prop_map(|minutes| format!("every {minutes}m"))]
        .prop_map(|line| line.parse().unwrap())
}

/// An instant of 2026 or 2027, often near a change-over.
fn instants() -> impl Strategy<Value = Timestamp> {
    let begin = 1_767_225_600_i64;
    let near = prop::sample::select(vec![
        1_774_746_000_i64, // 2026-03-29T01:00Z, Berlin
        1_792_890_000,     // 2026-10-25T01:00Z
        1_772_953_200,     // 2026-03-08T07:00Z, New York
        1_793_512_800,     // 2026-11-01T06:00Z
        1_775_314_800,     // 2026-04-04T15:00Z, Lord Howe
        1_791_041_400,     // 2026-10-03T15:30Z
    ]);
    let near = (near, -90_000_i64..90_000).prop_map(|(at, by)| at + by);
    prop_oneof![near, begin..begin + 2 * 365 * 86_400]
        .prop_map(|seconds| Timestamp::from_second(seconds).unwrap())
}

proptest! {
    /// The occurrences of two intervals side by side are those of both together.
    #[test]
    fn intervals_side_by_side_share_no_occurrence(
        schedule in schedules(), start in instants(), one in 1_i64..300_000, two in 1_i64..300_000,
    ) {
        let middle = start + SignedDuration::from_secs(one);
        let end = middle + SignedDuration::from_secs(two);
        let within = |from: Timestamp, to: Timestamp| -> Vec<Timestamp> {
            schedule.after(from).take_while(|at| *at <= to).collect()
        };
        let mut parts = within(start, middle);
        parts.extend(within(middle, end));
        prop_assert_eq!(&parts, &within(start, end));
        prop_assert!(parts.windows(2).all(|pair| pair[0] < pair[1]));
    }

    /// Backwards the same occurrences come as forwards.
    #[test]
    fn backwards_is_forwards(schedule in schedules(), start in instants()) {
        let forwards: Vec<Timestamp> = schedule.after(start).take(8).collect();
        let mut until = *forwards.last().unwrap();
        let mut backwards = Vec::new();
        while let Some(at) = schedule.last_until(until).filter(|at| *at > start) {
            backwards.push(at);
            until = at - SignedDuration::from_nanos(1);
        }
        backwards.reverse();
        prop_assert_eq!(backwards, forwards);
    }
}
