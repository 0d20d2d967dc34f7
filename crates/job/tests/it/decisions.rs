//! What becomes of occurrences that nobody was there for.

use exoctl_job::{CatchUp, CatchUpMode, Decision, Due, Schedule, SkipReason, Verdict, due};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

const MONTHLY: &str = "monthly on day 1 at 06:00 Europe/Berlin";

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn decide(line: &str, catch_up: &CatchUp, since: Option<&str>, now: &str) -> Due {
    let schedule: Schedule = line.parse().unwrap();
    due(&schedule, catch_up, since.map(time), time(now))
}

fn policy(mode: CatchUpMode, window: &str) -> CatchUp {
    CatchUp { mode, window: window.parse().unwrap() }
}

/// Each decision as a word.
fn words(due: &Due) -> String {
    let word = |decision: &Decision| {
        let what = match decision.verdict {
            Verdict::Run { late: false } => "run",
            Verdict::Run { late: true } => "late",
            Verdict::Skip(SkipReason::NotCaughtUp) => "missed",
            Verdict::Skip(SkipReason::Coalesced) => "coalesced",
            Verdict::Skip(SkipReason::OutsideWindow) => "old",
        };
        format!("{} {what}", decision.scheduled.strftime("%m-%d %H:%M"))
    };
    due.decisions.iter().map(word).collect::<Vec<_>>().join(", ")
}

#[test]
fn a_job_has_no_past_when_it_is_seen_first() {
    let first = decide(MONTHLY, &CatchUp::default(), None, "2026-11-21T12:00:00Z");
    assert_eq!(words(&first), "");
    assert_eq!(first.decided_until, time("2026-11-21T12:00:00Z"));
}

#[test]
fn an_occurrence_on_time_is_run_and_one_that_is_not_due_is_not() {
    let since = Some("2026-11-30T12:00:00Z");
    let before = decide(MONTHLY, &CatchUp::default(), since, "2026-12-01T04:59:59Z");
    assert_eq!(words(&before), "");
    let at = decide(MONTHLY, &CatchUp::default(), since, "2026-12-01T05:00:00Z");
    assert_eq!(words(&at), "12-01 05:00 run");
    let again =
        decide(MONTHLY, &CatchUp::default(), Some("2026-12-01T05:00:00Z"), "2026-12-01T05:00:30Z");
    assert_eq!(words(&again), "");
}

#[test]
fn after_three_months_off_the_policy_decides() {
    let since = Some("2026-08-20T12:00:00Z");
    let now = "2026-11-20T12:00:00Z";
    let all = |mode, window| words(&decide(MONTHLY, &policy(mode, window), since, now));
    assert_eq!(
        all(CatchUpMode::Once, "365d"),
        "09-01 04:00 coalesced, 10-01 04:00 coalesced, 11-01 05:00 late"
    );
    assert_eq!(
        all(CatchUpMode::All, "365d"),
        "09-01 04:00 late, 10-01 04:00 late, 11-01 05:00 late"
    );
    assert_eq!(all(CatchUpMode::All, "60d"), "09-01 04:00 old, 10-01 04:00 late, 11-01 05:00 late");
    assert_eq!(
        all(CatchUpMode::None, "365d"),
        "09-01 04:00 missed, 10-01 04:00 missed, 11-01 05:00 missed"
    );
    assert_eq!(all(CatchUpMode::Once, "1d"), "09-01 04:00 old, 10-01 04:00 old, 11-01 05:00 old");
}

#[test]
fn a_quarter_of_an_hour_late_is_on_time_for_who_calls_every_ten_minutes() {
    let since = Some("2026-12-01T04:55:00Z");
    let none = policy(CatchUpMode::None, "365d");
    assert_eq!(words(&decide(MONTHLY, &none, since, "2026-12-01T05:15:00Z")), "12-01 05:00 run");
    assert_eq!(words(&decide(MONTHLY, &none, since, "2026-12-01T05:15:01Z")), "12-01 05:00 missed");
}

#[test]
fn a_clock_that_is_put_right_decides_nothing_twice() {
    let at = |since: &str, now: &str| decide("every 1h", &CatchUp::default(), Some(since), now);
    let back = at("2026-11-21T12:30:00Z", "2026-11-21T10:30:00Z");
    assert_eq!((words(&back), back.decided_until), (String::new(), time("2026-11-21T12:30:00Z")));
    // It had been wrong by years. What has a run already is known by its key.
    let far = at("2031-01-01T00:00:00Z", "2026-11-21T10:30:00Z");
    assert_eq!((words(&far), far.decided_until), (String::new(), time("2026-11-21T10:30:00Z")));
}

#[test]
fn a_long_time_off_is_decided_at_once_and_not_without_end() {
    let all = policy(CatchUpMode::All, "36500d");
    let due = decide("every 1m", &all, Some("2016-01-01T00:00:00Z"), "2026-11-21T12:00:00Z");
    assert_eq!(due.decisions.len(), 100);
    assert!(due.more);
    assert_eq!(due.decisions[99].scheduled, time("2026-11-21T12:00:00Z"));
}

proptest! {
    /// However often somebody looks, each occurrence is decided once, and with `all` each is run.
    #[test]
    fn every_occurrence_is_decided_exactly_once(
        steps in prop::collection::vec(1_i64..200_000, 1..20),
        line in prop::sample::select(vec!["every 1h", "daily at 02:30 Europe/Berlin", "*/30 2 * * * Europe/Berlin"]),
    ) {
        let schedule: Schedule = line.parse().unwrap();
        let all = policy(CatchUpMode::All, "365d");
        let begin = time("2026-10-20T00:00:00Z");
        let (mut now, mut since, mut decided) = (begin, begin, Vec::new());
        for step in steps {
            now += SignedDuration::from_secs(step);
            let due = due(&schedule, &all, Some(since), now);
            prop_assert!(!due.more);
            let is_run = |one: &Decision| matches!(one.verdict, Verdict::Run { .. });
            prop_assert!(due.decisions.iter().all(is_run));
            decided.extend(due.decisions.iter().map(|one| one.scheduled));
            since = due.decided_until;
        }
        let expected: Vec<_> = schedule.after(begin).take_while(|at| *at <= now).collect();
        prop_assert_eq!(decided, expected);
    }
}
