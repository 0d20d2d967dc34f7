//! The search against what is known of the service (docs/simulated-tenant.md, "Audit log").

use std::collections::HashSet;
use std::sync::Arc;

use super::super::profile::ResultCount;
use super::super::{AuditSettings, GeneratedRoster, Surge};
use super::*;

const NOW: &str = "2026-11-01T00:00:00Z";

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn search(records: u64, profile: AuditProfile) -> AuditSearch {
    surging(records, None, profile)
}

fn surging(records: u64, surge: Option<Surge>, profile: AuditProfile) -> AuditSearch {
    let settings = AuditSettings {
        seed: 5,
        records,
        days: 60,
        end: time(NOW),
        tenant_id: Uuid::from_u128(1),
        organization: "contoso.onmicrosoft.com".to_owned(),
        surge,
    };
    let roster = GeneratedRoster::new(5, 200, "contoso.example");
    AuditSearch::new(AuditLog::new(settings, Arc::new(roster)), profile)
}

fn everything() -> SearchRequest {
    SearchRequest::new(time("2026-09-01T00:00:00Z"), time(NOW))
}

fn session(command: SessionCommand, size: Option<usize>) -> SearchRequest {
    SearchRequest {
        session_id: Some("s".to_owned()),
        session_command: Some(command),
        result_size: size,
        ..everything()
    }
}

/// One answer, written out.
struct Page {
    rows: Vec<SearchRow>,
    warnings: Vec<String>,
}

fn page(search: &AuditSearch, request: &SearchRequest) -> Page {
    let page = search.search("app", time(NOW), request).unwrap();
    let rows = page.rows.iter().map(|row| search.row(&page, row)).collect();
    Page { rows, warnings: page.warnings }
}

/// All pages until one is empty.
fn drain(search: &AuditSearch, request: &SearchRequest) -> Vec<SearchRow> {
    let mut rows = Vec::new();
    loop {
        let page = page(search, request);
        if page.rows.is_empty() {
            return rows;
        }
        rows.extend(page.rows);
    }
}

#[test]
fn a_hundred_rows_by_default_and_five_thousand_at_most() {
    let search = search(9_000, AuditProfile::default());
    assert_eq!(page(&search, &everything()).rows.len(), 100);
    let most = SearchRequest { result_size: Some(5_000), ..everything() };
    let rows = page(&search, &most).rows;
    assert_eq!(rows.len(), 5_000);
    assert!(rows.iter().all(|row| row.more_records_available == Some(true)));
    let too_many = SearchRequest { result_size: Some(5_001), ..everything() };
    assert_eq!(search.search("app", time(NOW), &too_many), Err(SearchError::ResultSize));
}

#[test]
fn a_large_set_is_complete_unsorted_and_counted_per_page() {
    let search = search(12_345, AuditProfile::default());
    let rows = drain(&search, &session(SessionCommand::ReturnLargeSet, Some(5_000)));
    assert_eq!(rows.len(), 12_345);
    let ids: HashSet<_> = rows.iter().map(|row| row.identity).collect();
    assert_eq!(ids.len(), 12_345);
    assert!(rows.iter().enumerate().all(|(nth, row)| row.result_index == nth as i64 + 1));
    assert!(rows.iter().all(|row| row.result_count == 5_000));
    assert!(!rows.is_sorted_by_key(|row| std::cmp::Reverse(row.creation_date)));
    assert_eq!(rows[9_999].more_records_available, Some(true));
    assert_eq!(rows[12_344].more_records_available, Some(false));
}

#[test]
fn the_old_result_count_is_the_total() {
    let profile = AuditProfile { result_count: ResultCount::Total, ..AuditProfile::default() };
    let search = search(254_452, profile);
    let rows = page(&search, &session(SessionCommand::ReturnLargeSet, Some(10))).rows;
    assert!(rows.iter().all(|row| row.result_count == 254_452));
}

#[test]
fn a_large_set_ends_at_fifty_thousand_and_says_there_is_no_more() {
    let search = search(60_000, AuditProfile::default());
    let rows = drain(&search, &session(SessionCommand::ReturnLargeSet, Some(5_000)));
    assert_eq!(rows.len(), 50_000);
    assert_eq!(rows[49_999].more_records_available, Some(false));
}

#[test]
fn a_preview_is_sorted_and_ends_at_five_thousand() {
    let search = search(9_000, AuditProfile::default());
    let rows = drain(&search, &session(SessionCommand::ReturnNextPreviewPage, Some(1_000)));
    assert_eq!(rows.len(), 5_000);
    assert!(rows.is_sorted_by_key(|row| std::cmp::Reverse(row.creation_date)));
}

#[test]
fn both_commands_in_one_session_end_at_ten_thousand() {
    let search = search(30_000, AuditProfile::default());
    let mut rows = page(&search, &session(SessionCommand::ReturnLargeSet, Some(5_000))).rows;
    rows.extend(drain(&search, &session(SessionCommand::ReturnNextPreviewPage, Some(5_000))));
    assert_eq!(rows.len(), 10_000);
}

#[test]
fn a_page_without_result_size_has_a_hundred_rows_again() {
    let search = search(9_000, AuditProfile::default());
    assert_eq!(
        page(&search, &session(SessionCommand::ReturnLargeSet, Some(5_000))).rows.len(),
        5_000
    );
    assert_eq!(page(&search, &session(SessionCommand::ReturnLargeSet, None)).rows.len(), 100);
}

#[test]
fn sessions_belong_to_their_caller() {
    let search = search(300, AuditProfile::default());
    let request = session(SessionCommand::ReturnLargeSet, Some(200));
    assert_eq!(page(&search, &request).rows.len(), 200);
    let other = search.search("other", time(NOW), &request).unwrap();
    assert_eq!((other.rows.len(), other.rows[0].result_index), (200, 1));
}

#[test]
fn before_the_retention_there_is_an_error_with_the_horizon() {
    let search = search(300, AuditProfile::default());
    let request = SearchRequest::new(time("2026-05-04T00:00:00Z"), time(NOW));
    let error = search.search("app", time("2026-10-31T20:58:55Z"), &request).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Audit log search argument startDate should be after 5/4/2026 8:58:55 PM UTC."
    );
}

#[test]
fn the_same_date_twice_finds_nothing() {
    let search = search(9_000, AuditProfile::default());
    let day = SearchRequest::new(time("2026-10-01T00:00:00Z"), time("2026-10-01T00:00:00Z"));
    assert_eq!(page(&search, &day).rows, []);
    let backwards = SearchRequest::new(time(NOW), time("2026-10-01T00:00:00Z"));
    assert_eq!(search.search("app", time(NOW), &backwards), Err(SearchError::Backwards));
}

#[test]
fn filters_find_what_they_name_in_any_letter_case() {
    let search = search(9_000, AuditProfile::default());
    let all = |request: SearchRequest| {
        page(&search, &SearchRequest { result_size: Some(5_000), ..request }).rows
    };
    let logons = all(SearchRequest { operations: vec!["userLOGGEDin".to_owned()], ..everything() });
    assert!(logons.len() > 500 && logons.iter().all(|row| row.operations == "UserLoggedIn"));
    let mail = all(SearchRequest { record_type: Some(50), ..everything() });
    assert!(mail.len() > 500 && mail.iter().all(|row| row.record_type == "ExchangeItemAggregated"));
    let user = logons[0].user_ids.to_uppercase();
    let his = all(SearchRequest { user_ids: vec![user.clone()], ..everything() });
    assert!(his.iter().all(|row| row.user_ids.to_uppercase() == user));
    let files = all(SearchRequest {
        object_ids: vec!["https://contoso.sharepoint.com/sites/Sales-0/*".to_owned()],
        ..everything()
    });
    assert!(!files.is_empty());
    assert!(
        files
            .iter()
            .all(|row| row.audit_data.contains(r"contoso.sharepoint.com\/sites\/sales-0\/"))
    );
    let text =
        all(SearchRequest { free_text: Some("COLLECTOR@mailbox".to_owned()), ..everything() });
    assert_eq!(text.len(), 1);
    let rule = all(SearchRequest {
        ip_addresses: vec!["198.51.100.77".to_owned()],
        operations: vec!["New-InboxRule".to_owned()],
        ..everything()
    });
    assert!(rule.iter().any(|row| row.identity == search.log().incidents()[0].ids[3]));
}

#[test]
fn formatted_rows_have_names_and_many_lines() {
    let search = search(300, AuditProfile::default());
    let row = page(&search, &SearchRequest { formatted: true, ..everything() }).rows.remove(0);
    assert!(row.audit_data.starts_with("{\n  \"CreationTime\": \""), "{}", row.audit_data);
    assert!(row.audit_data.contains(&format!("\"RecordType\": \"{}\"", row.record_type)));
}

#[test]
fn late_records_appear_later() {
    let search = search(9_000, AuditProfile { late: true, ..AuditProfile::default() });
    let count = |now: &str, name: &str| {
        let request = SearchRequest {
            session_id: Some(name.to_owned()),
            ..session(SessionCommand::ReturnLargeSet, Some(5_000))
        };
        let first = search.search("app", time(now), &request).unwrap().rows.len();
        first + search.search("app", time(now), &request).unwrap().rows.len()
    };
    assert!(count(NOW, "a") < 9_000);
    assert_eq!(count("2026-11-06T01:00:00Z", "b"), 9_000);
}

#[test]
fn duplicates_are_the_same_to_the_byte() {
    let search = search(9_000, AuditProfile::default().with_trap(Trap::Duplicates, 41_000));
    let rows = drain(&search, &session(SessionCommand::ReturnLargeSet, Some(5_000)));
    let mut texts = std::collections::HashMap::new();
    for row in &rows {
        assert_eq!(texts.entry(row.identity).or_insert(&row.audit_data), &&row.audit_data);
    }
    assert_eq!(texts.len(), 9_000);
    let share = (rows.len() - 9_000) * 1_000 / 9_000;
    assert!((30..55).contains(&share), "{share} in a thousand");
}

#[test]
fn armed_traps_snap_once() {
    let search = search(3_000, AuditProfile::default());
    let request = session(SessionCommand::ReturnLargeSet, Some(1_000));
    search.arm(Trap::ShortPage);
    let short = page(&search, &request).rows;
    assert_eq!((short.len(), short[0].more_records_available), (334, Some(true)));
    search.arm(Trap::EmptyPage);
    assert_eq!(page(&search, &request).rows.len(), 0);
    search.arm(Trap::BogusPage);
    let bogus = page(&search, &request).rows;
    assert_eq!((bogus.len(), bogus[0].result_index, bogus[0].result_count), (1, -1, 0));
    search.arm(Trap::PartialWithWarning);
    let partial = page(&search, &request);
    assert_eq!(partial.rows.len(), 500);
    assert!(PARTIAL_WARNINGS.contains(&partial.warnings[0].as_str()));
    assert_eq!(page(&search, &request).rows[0].result_index, 1_335);
    search.arm(Trap::SessionForgotten);
    assert_eq!(page(&search, &request).rows[0].result_index, 1);
}

#[test]
fn one_row_can_come_fifty_nine_times() {
    let search = search(156, AuditProfile::default());
    search.arm(Trap::HotDuplicate);
    let rows = page(&search, &SearchRequest { result_size: Some(5_000), ..everything() }).rows;
    assert_eq!(rows.len(), 156 + 58);
    assert_eq!(rows.iter().filter(|row| row.identity == rows[0].identity).count(), 59);
}

#[test]
fn bodies_can_be_damaged() {
    for (trap, reads) in [
        (Trap::Unterminated, false),
        (Trap::NumbersAsStrings, true),
        (Trap::DuplicateKeys, true),
        (Trap::ConflictingBytes, true),
    ] {
        let calm = search(50, AuditProfile::default());
        let wild = search(50, AuditProfile::default().with_trap(trap, 1_000_000));
        let (calm, wild) = (page(&calm, &everything()).rows, page(&wild, &everything()).rows);
        let differ = calm.iter().zip(&wild).filter(|(c, w)| c.audit_data != w.audit_data).count();
        assert!(differ >= 25, "{trap:?}: {differ}");
        for row in &wild {
            let read = serde_json::from_str::<serde_json::Value>(&row.audit_data);
            assert_eq!(read.is_ok(), reads, "{trap:?}");
        }
    }
}

#[test]
fn the_end_is_exclusive_unless_told_otherwise() {
    for (inclusive, surplus) in [(false, 0), (true, 700)] {
        let at = time("2026-10-10T10:10:10Z");
        let profile = AuditProfile { end_inclusive: inclusive, ..AuditProfile::default() };
        let search = surging(2_000, Some(Surge { at, records: 700, alike: false }), profile);
        let minute = SearchRequest::new(at.checked_sub(SignedDuration::from_mins(1)).unwrap(), at);
        let request = SearchRequest { result_size: Some(5_000), ..minute };
        let rows = page(&search, &request).rows;
        assert_eq!(rows.iter().filter(|row| row.creation_date == at).count(), surplus);
    }
}

#[test]
fn a_surge_does_not_fit_into_any_session() {
    let at = time("2026-10-10T10:10:10Z");
    let search =
        surging(60_000, Some(Surge { at, records: 51_000, alike: false }), AuditProfile::default());
    let second = SearchRequest {
        start: at,
        end: at.checked_add(SignedDuration::from_secs(1)).unwrap(),
        ..session(SessionCommand::ReturnLargeSet, Some(5_000))
    };
    assert_eq!(drain(&search, &second).len(), 50_000);
}

#[test]
fn an_answer_is_given_again_until_the_question_is_asked_anew() {
    let search = search(3_000, AuditProfile::default());
    let request = session(SessionCommand::ReturnLargeSet, Some(2_000));
    let ask = |begin| search.answer("app", time(NOW), &request, begin).unwrap();
    assert_eq!(ask(false), None);
    let first = ask(true).unwrap();
    assert_eq!(ask(false).unwrap(), first);
    assert_eq!(ask(true).unwrap().rows[0].result_index, 2_001);
}

#[test]
fn traps_have_names() {
    for (trap, name) in super::super::profile::TRAPS {
        assert_eq!(name.parse(), Ok(trap));
    }
    assert!("no-such-trap".parse::<Trap>().is_err());
}
