use super::*;
use proptest::prelude::*;

fn past(seconds: i64, records: u64) -> Past {
    Past { seconds, records: Some(records) }
}

fn month() -> Period {
    Period::of_seconds(1_790_812_800, 1_790_812_800 + 31 * 86_400).unwrap()
}

#[test]
fn the_first_stretches_follow_the_estimate_or_are_an_hour() {
    assert_eq!(length(0, &[], month(), None), Some(3600));
    assert_eq!(length(7, &[], month(), Some(0)), Some(3600));
    // 31 days with a million records: half of 10,000 of them in 3.7 hours.
    assert_eq!(length(3, &[], month(), Some(1_000_000)), Some(13_380));
    assert_eq!(length(3, &[], month(), Some(10)), Some(86_400));
    assert_eq!(length(3, &[], month(), Some(u64::MAX)), Some(1));
}

#[test]
fn stretches_follow_the_densest_of_the_last_known_ones() {
    let all = |one: Past| vec![Some(one); 20];
    assert_eq!(length(8, &all(past(3600, 10_000)), month(), None), Some(3600));
    assert_eq!(length(8, &all(past(3600, 40_000)), month(), None), Some(900));
    assert_eq!(length(8, &all(past(3600, 0)), month(), None), Some(4 * 3600));
    assert_eq!(length(8, &all(past(86_400, 0)), month(), None), Some(86_400));
    assert_eq!(length(8, &all(past(1, 400_000)), month(), None), Some(1));
    let unknown = Past { seconds: 3600, records: None };
    assert_eq!(length(8, &all(unknown), month(), None), Some(3600));
    let morning = [10, 10, 20_000, 10].map(|records| Some(past(3600, records)));
    assert_eq!(length(11, &morning, month(), None), Some(1800));
}

#[test]
fn a_stretch_waits_for_the_one_that_counts_and_no_other() {
    let mut settled = vec![Some(past(3600, 10_000)); 5];
    assert_eq!(length(13, &settled, month(), None), None, "stretch 5 is not known");
    settled.push(None);
    assert_eq!(length(13, &settled, month(), None), None);
    assert!(length(12, &settled, month(), None).is_some());
}

fn window(seconds: i64, filter: Filter) -> Window {
    Window { period: Period::of_seconds(1000, 1000 + seconds).unwrap(), filter }
}

fn sample(seconds: &[(i64, u64)]) -> Sample {
    let names = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), 1)).collect();
    Sample {
        seconds: seconds.iter().copied().collect(),
        record_types: names(&["15", "700", "Strange"]),
        operations: names(&["FileAccessed", "fileaccessed", "UserLoggedIn"]),
        user_ids: names(&["adele", "alex"]),
    }
}

#[test]
fn a_second_that_has_most_of_it_gets_a_window_for_itself() {
    let split =
        split(&window(3600, Filter::default()), &sample(&[(1010, 5), (2000, 90), (3000, 5)]));
    let edges: Vec<i64> =
        split.unwrap().parts.iter().map(|w| w.period.start().as_second()).collect();
    assert_eq!(edges, [1000, 2000, 2001]);
}

#[test]
fn one_second_is_cut_by_type_then_operation_then_user_and_then_not_at_all() {
    let sample = sample(&[(1000, 50_000)]);
    let first = split(&window(1, Filter::default()), &sample).unwrap();
    assert_eq!(first.by, SplitBy::RecordType);
    let types: Vec<_> = first.parts.iter().filter_map(|w| w.filter.record_type.clone()).collect();
    assert_eq!(types.len(), 499 + 2, "all numbers, and what was seen besides");
    assert!(types.contains(&"700".to_owned()) && types.contains(&"Strange".to_owned()));

    let typed = Filter { record_type: Some("15".into()), ..Filter::default() };
    let second = split(&window(1, typed.clone()), &sample).unwrap();
    let operations: Vec<_> = second.parts.iter().map(|w| w.filter.operations.clone()).collect();
    assert_eq!((second.by, operations.len()), (SplitBy::Operation, 2));

    let one = Filter { operations: vec!["UserLoggedIn".into()], ..typed };
    let third = split(&window(1, one.clone()), &sample).unwrap();
    assert_eq!((third.by, third.parts.len()), (SplitBy::User, 2));
    assert_eq!(split(&window(1, Filter { user_ids: vec!["adele".into()], ..one }), &sample), None);
}

#[test]
fn what_the_query_is_limited_to_is_what_it_is_cut_into() {
    let filter = Filter {
        record_type: Some("15".into()),
        operations: vec!["A".into(), "B".into()],
        user_ids: vec!["x".into(), "y".into()],
    };
    let split = split(&window(1, filter), &sample(&[(1000, 1)])).unwrap();
    let operations: Vec<_> = split.parts.iter().map(|w| w.filter.operations.join(",")).collect();
    assert_eq!(operations, ["A", "B"]);
    assert!(split.parts.iter().all(|w| w.filter.user_ids == ["x", "y"]));
}

proptest! {
    /// Cutting by time ends: each part is shorter, and together they are the window.
    #[test]
    fn the_parts_of_a_time_are_that_time(
        seconds in 2_i64..100_000,
        counts in proptest::collection::btree_map(0_i64..100_000, 1_u64..50_000, 0..20),
    ) {
        let window = window(seconds, Filter::default());
        let sample = Sample {
            seconds: counts.into_iter().map(|(at, n)| (1000 + at % seconds, n)).collect(),
            ..Sample::default()
        };
        let split = split(&window, &sample).unwrap();
        prop_assert!(split.parts.len() >= 2);
        let mut at = window.period.start();
        for part in &split.parts {
            prop_assert_eq!(part.period.start(), at);
            at = part.period.end();
        }
        prop_assert_eq!(at, window.period.end());
    }
}
