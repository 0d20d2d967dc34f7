//! What a report says of a small export, and what it does with what others write into the log.

use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Report, Topic, Wanted};
use crate::manifest::{Author, FileEntry, Head, Manifest, Total, WindowEntry, digest};
use crate::period::Period;
use crate::query::{Filter, Query};
use crate::source::Survey;
use crate::stage::Counts;
use crate::verdict::Verdict;

/// 2026-10-01T00:00:00Z.
const FIRST: i64 = 1_790_812_800;
const DAY: i64 = 86_400;

fn time(second: i64) -> String {
    jiff::Timestamp::from_second(second).unwrap().to_string().trim_end_matches('Z').to_owned()
}

/// An export of some days with these records and this verdict.
fn write(directory: &Path, first: i64, days: i64, records: &[Value], verdict: Verdict) {
    let mut lines: Vec<String> = records.iter().map(ToString::to_string).collect();
    lines.push(String::new());
    let path = directory.join("audit.jsonl");
    std::fs::write(&path, lines.join("\n")).unwrap();
    let (bytes, sha256) = digest(&path).unwrap();
    let kept = records.len() as u64;
    let period = Period::of_seconds(first, first + days * DAY).unwrap();
    let ended = "2026-11-03T02:00:00Z";
    let counts = Counts { rows: kept + 2, records: kept, duplicates: 2, ..Counts::default() };
    let head = Head {
        format: "exoctl-audit-export/1".into(),
        tool: "exoctl 0.1.0".into(),
        author: Author {
            organization: "contoso.onmicrosoft.com".into(),
            tenant_id: Some("3f0a5e3c-0000-4000-8000-000000000001".into()),
            app_id: Some("36ee1f2a-0000-4000-8000-000000000002".into()),
            thumbprint: Some("3D05AABBCCDDEEFF00112233445566778899AABB".into()),
        },
        source: "Search-UnifiedAuditLog".into(),
        query: Query::all(period),
        survey: Survey::default(),
        clock_skew: None,
    };
    let window = WindowEntry {
        window: 1,
        period,
        filter: Filter::default(),
        part_by: None,
        part_of: None,
        split_by: None,
        proof: None,
        told: None,
        refused: false,
        verdict,
        reason: (verdict != Verdict::Complete).then(|| "no answer <script>".to_owned()),
        counts,
        attempts: 1,
        anomalies: Vec::new(),
        calls: 1,
        request_ids: Vec::new(),
        ended: ended.into(),
    };
    let file = FileEntry {
        file: "audit.jsonl".into(),
        sink: "jsonl".into(),
        records: kept,
        bytes,
        sha256,
    };
    let total = Total {
        verdict,
        counts,
        records: kept,
        conflicting_ids: Vec::new(),
        conflicting: 0,
        ended: ended.parse().unwrap(),
    };
    let manifest =
        Manifest { head, windows: vec![window], files: vec![file], total, later: Vec::new() };
    manifest.write(directory, None).unwrap();
}

fn report(directory: &Path) -> Report {
    let now = "2026-11-03T08:00:00Z".parse().unwrap();
    Report::of(&Wanted { directory, previous: None, now }).unwrap()
}

fn record(second: i64, id: u32, operation: &str, user: &str) -> Value {
    json!({
        "CreationTime": time(second), "Id": format!("{id:08x}-0000-4000-8000-000000000000"),
        "Operation": operation, "RecordType": 6, "UserType": 0, "Workload": "SharePoint", "UserId": user,
        "ObjectId": "https://contoso.sharepoint.com/a",
    })
}

/// A few days with a bit of everything.
fn records() -> Vec<Value> {
    let mut records: Vec<Value> = (0..6)
        .map(|nth| {
            record(FIRST + i64::from(nth) * 40_000, nth, "FileAccessed", "adele@contoso.com")
        })
        .collect();
    let mut upkeep = record(FIRST + 100, 20, "Set-MailboxPlan", "NT AUTHORITY\\SYSTEM (x)");
    (upkeep["RecordType"], upkeep["UserType"]) = (1.into(), 3.into());
    records.push(upkeep);
    let mut rule = record(FIRST + DAY, 21, "New-InboxRule", "Alex@contoso.com");
    rule["Parameters"] = json!([
        {"Name": "Name", "Value": ".."},
        {"Name": "ForwardTo", "Value": "collector@mailbox.example"},
    ]);
    records.push(rule);
    let mut usual = record(FIRST + 50, 22, "New-InboxRule", "alex@contoso.com");
    usual["Parameters"] = json!([{"Name": "MoveToFolder", "Value": "Newsletters"}]);
    records.push(usual);
    records
}

#[test]
fn a_small_report_as_text() {
    let directory = TempDir::new().unwrap();
    write(directory.path(), FIRST, 3, &records(), Verdict::Complete);
    let mut report = report(directory.path());
    report.coverage.directory = "/audit/2026-10".into();
    insta::assert_snapshot!(report.to_text());
}

#[test]
fn a_small_report_as_a_page() {
    let directory = TempDir::new().unwrap();
    write(directory.path(), FIRST, 3, &records(), Verdict::Failed);
    let mut report = report(directory.path());
    report.coverage.directory = "/audit/2026-10".into();
    let page = report.to_html();
    let (_, body) = page.split_once("</style>").unwrap();
    insta::assert_snapshot!(body);
}

/// Whatever is in the log: no element, attribute or script is made of it, nothing is loaded from
/// elsewhere, and no terminal is steered.
#[test]
fn what_others_wrote_into_the_log_is_only_text() {
    let hostile = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "'><svg/onload=alert(1)>",
        "</title></style><style>@import url(https://evil.example/x)</style>",
        "{{ self.n(1) }}{% include \"/etc/passwd\" %}",
        "javascript:alert(1)",
        "a\u{1b}]0;owned\u{7}\u{1b}[2J\r\nCoverage: COMPLETE",
        "\u{202e}moc.osotnoc@eleda\u{2066}\u{200b}",
        "&lt;b&gt;&#x3c;",
        "-->]]><!--",
    ];
    let mut records = Vec::new();
    for (nth, text) in (0..).zip(hostile) {
        let mut plain = record(FIRST + nth, nth as u32, text, text);
        (plain["Workload"], plain["Id"]) = (text.into(), text.into());
        records.push(plain);
        let mut rule = record(FIRST + nth, 100 + nth as u32, "New-InboxRule", text);
        (rule["ObjectId"], rule["Id"]) = (text.into(), text.into());
        rule["Parameters"] =
            json!([{"Name": text, "Value": text}, {"Name": "ForwardTo", "Value": text}]);
        records.push(rule);
    }
    let directory = TempDir::new().unwrap();
    write(directory.path(), FIRST, 1, &records, Verdict::Complete);
    let report = report(directory.path());
    let page = report.to_html();
    let tags: std::collections::BTreeSet<&str> = page
        .split('<')
        .skip(1)
        .map(|tag| {
            tag.split(|c: char| !(c.is_alphanumeric() || c == '/' || c == '!')).next().unwrap()
        })
        .collect();
    let ours = "!doctype /a /body /code /dd /div /dl /dt /h1 /h2 /h3 /head /html /li /p /rect /section /span /strong \
                /style /svg /table /tbody /td /th /thead /title /tr /ul a body br code dd div dl dt h1 h2 h3 head \
                html li link meta p rect section span strong style svg table tbody td th thead title tr ul";
    let foreign: Vec<&&str> =
        tags.iter().filter(|tag| !ours.split_whitespace().any(|our| our == **tag)).collect();
    assert!(foreign.is_empty(), "{foreign:?}");
    assert_eq!(page.matches("<style>").count(), 1);
    assert!(!page.contains("<script") && !page.contains("<img"));
    assert!(page.contains("default-src 'none'"), "and were there one, it would not run");
    assert!(page.contains("&#60;script&#62;alert(1)"), "it is shown as it is");
    for text in [&report.to_text(), &page] {
        let bad = |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{2069}').contains(&c);
        assert!(!text.contains(bad), "{:?}", text.chars().find(|c| bad(*c)));
    }
    assert!(!report.to_text().contains("\nCoverage: COMPLETE"));
}

#[test]
fn much_within_a_day_is_told_from_much_within_a_month() {
    let many = |user: &str, from: i64, step: i64, count: u32| -> Vec<Value> {
        let at = |nth: u32| from + i64::from(nth) * step;
        (0..count).map(|nth| record(at(nth), nth, "FileDownloaded", user)).collect()
    };
    let mut records = many("thief@contoso.com", FIRST + 9 * DAY + 80_000, 60, 120);
    records.extend(many("reader@contoso.com", FIRST, 7200, 240));
    records.extend(many("sync@contoso.com", FIRST, 600, 2800));
    records.sort_by_key(|record| record["CreationTime"].as_str().unwrap().to_owned());
    let directory = TempDir::new().unwrap();
    write(directory.path(), FIRST, 20, &records, Verdict::Complete);
    let report = report(directory.path());
    let [section] = &report.review[..] else { panic!("{:?}", report.review) };
    assert_eq!(section.topic, Topic::MassDownload);
    let found: Vec<(&str, &str, u8)> =
        section.found.iter().map(|f| (f.user.as_str(), f.why.as_str(), f.weight)).collect();
    assert_eq!(
        found,
        [
            ("thief@contoso.com", "120 within 24 hours", 3),
            ("sync@contoso.com", "144 within 24 hours", 1)
        ]
    );
}

#[test]
fn what_is_shown_is_bounded_and_what_is_counted_is_not() {
    let mut records: Vec<Value> = (0..500)
        .map(|nth| record(FIRST + nth, nth as u32, "AnonymousLinkCreated", &format!("u{nth}")))
        .collect();
    records.push(record(FIRST + 600, 900, "AnonymousLinkUsed", "anonymous"));
    let directory = TempDir::new().unwrap();
    write(directory.path(), FIRST, 1, &records, Verdict::Complete);
    let report = report(directory.path());
    let section = &report.review[0];
    assert_eq!((section.records, section.found.len(), section.more), (501, 25, 476));
    assert_eq!(section.found[0].operation, "AnonymousLinkUsed", "what tells most is first");
    assert!(report.to_html().len() < 100_000);
}

#[test]
fn a_month_is_compared_with_the_one_beside_it() {
    let parent = TempDir::new().unwrap();
    let of = |name: &str| {
        let directory = parent.path().join(name);
        std::fs::create_dir(&directory).unwrap();
        directory
    };
    let before: Vec<Value> = [("FileAccessed", "adele"), ("FileAccessed", "alex"), ("Gone", "old")]
        .iter()
        .map(|(operation, user)| record(FIRST - DAY, 1, operation, user))
        .collect();
    write(&of("before"), FIRST - 2 * DAY, 2, &before, Verdict::Complete);
    let now: Vec<Value> = (0..9).map(|nth| record(FIRST, nth, "FileAccessed", "Adele")).collect();
    let directory = of("now");
    write(&directory, FIRST, 2, &now, Verdict::Complete);
    let report = report(&directory);
    let compared = report.comparison.unwrap();
    let names = |table: &super::Table| -> Vec<String> {
        table.lines.iter().map(|line| line.name.clone()).collect()
    };
    assert_eq!(names(&compared.gone_operations), ["Gone"]);
    assert_eq!(names(&compared.gone_users), ["alex", "old"]);
    assert!(compared.new_users.lines.is_empty(), "upper and lower case are one");
    assert_eq!((compared.changed[0].before, compared.changed[0].now), (2, 9));
    assert_eq!(report.operations.lines[0].before, Some(2));
}
