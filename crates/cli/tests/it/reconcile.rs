//! `exoctl audit reconcile` and `exoctl audit crosscheck` against a simulated tenant: what is told is
//! what the log says.

use std::collections::BTreeSet;

use exoctl_sim::audit::profile::AuditProfile;

use crate::activity::Week;
use crate::audit_export::oracle::{lines, texts};

fn ids<'a>(expected: impl IntoIterator<Item = &'a (i64, String, String)>) -> BTreeSet<String> {
    expected.into_iter().map(|(_, id, _)| id.clone()).collect()
}

#[test]
fn what_comes_late_to_the_search_is_added() {
    let week = Week::new("subscribed", "late", &[]);
    let path = |name: &str| week.home.path().join("out").join(name);
    let _ = week.export("out", "").ok();
    let before = lines(&path("audit.jsonl"));
    let first = std::fs::read(path("manifest.jsonl")).unwrap();
    let all = week.expected(|_| true);
    let late = all.len() - before.len();
    assert!(late > 0, "some are late");

    week.clock("--advance 6d");
    let check = week.home.run("audit reconcile out --check --retry-wait 0 -o jsonl");
    assert_eq!((check.exit, &check.rows()[0]["late"]), (3, &late.into()), "{}", check.text());
    let ran = week.home.run("audit reconcile out --retry-wait 0 -o jsonl").ok();
    let row = &ran.rows()[0];
    assert_eq!((&row["late"], &row["written"]), (&late.into(), &true.into()));
    assert_eq!(row["records"], all.len());
    assert_eq!(lines(&path("audit.jsonl")), before, "what was there stays");
    let mut together = before;
    together.extend(lines(&path("audit.late-001.jsonl")));
    together.sort();
    let mut expected = texts(&all);
    expected.sort();
    assert!(together == expected);
    assert!(std::fs::read(path("manifest.jsonl")).unwrap().starts_with(&first));

    let verified = week.home.run("audit verify out --certificate exo.cer -o jsonl").ok();
    let row = &verified.rows()[0];
    assert_eq!(
        (&row["records"], &row["files"], &row["later"]),
        (&all.len().into(), &4.into(), &1.into())
    );
    let report = week.home.run("audit report out").ok();
    let told = format!("{late} records, added by reconciliation 1 at");
    assert!(report.stdout.contains(&told), "{}", report.stdout);
    let again = week.home.run("audit reconcile out --check --retry-wait 0 -o jsonl").ok();
    assert_eq!(again.rows()[0]["late"], 0);

    // A change of what was there, of what came late, and of the earlier signature is found.
    for file in ["audit.jsonl", "audit.late-001.jsonl", "manifest-001.jws"] {
        let bytes = std::fs::read(path(file)).unwrap();
        std::fs::write(path(file), &bytes[..bytes.len() - 3]).unwrap();
        let verified = week.home.run("audit verify out --certificate exo.cer");
        assert_eq!(verified.exit, 1, "{file}: {}", verified.text());
        assert!(verified.stderr.contains(file), "{}", verified.stderr);
        let refused = week.home.run("audit reconcile out --retry-wait 0");
        assert_eq!(refused.exit, 1);
        assert!(refused.stderr.contains("[audit-not-genuine]"), "{}", refused.stderr);
        std::fs::write(path(file), bytes).unwrap();
    }
}

#[test]
fn what_becomes_available_later_is_added() {
    let week = Week::new("subscribed,late", "", &[]);
    let _ = week.export("feed", "--source activity --sink jsonl").ok();
    week.clock("--advance 6d");
    let ran = week
        .home
        .run("audit reconcile feed --retry-wait 0 --requests-per-minute 1000000 -o jsonl")
        .ok();
    let row = &ran.rows()[0];
    assert_eq!((&row["reading"], &row["verdict"]), (&"complete".into(), &"complete".into()));
    let mut together = lines(&week.home.path().join("feed/audit.jsonl"));
    together.extend(lines(&week.home.path().join("feed/audit.late-001.jsonl")));
    together.sort();
    let mut expected = texts(&week.expected(|_| true));
    expected.sort();
    assert!(together == expected, "nothing is lost between the two readings");
    let _ = week.home.run("audit verify feed --certificate exo.cer").ok();
}

#[test]
fn two_sources_differ_by_exactly_what_each_lacks() {
    let week = Week::new("subscribed,withhold=0.02,duplicates=0.05", "withhold=0.03", &[]);
    let _ = week.export("search", "--sink cmdlet-csv --compress gzip").ok();
    let _ = week.export("feed", "--source activity --sink jsonl").ok();
    let ran = week.home.run("audit crosscheck search feed --certificate exo.cer -o jsonl");
    assert_eq!(ran.exit, 3, "{}", ran.text());
    let found = |what: &str| -> BTreeSet<String> {
        let rows = ran.rows();
        let of = rows.iter().filter(|row| row["found"] == what);
        of.map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    };
    let hidden = AuditProfile::parse("withhold=0.03").unwrap().withhold;
    let by_search = |index| week.tenant.audit(|search| search.log().is_withheld(index, hidden));
    let by_feed = |index| week.tenant.activity_lacks(index);
    let only_search = week.expected(|index| by_feed(index) && !by_search(index));
    let only_feed = week.expected(|index| by_search(index) && !by_feed(index));
    assert!(only_search.len() > 10 && only_feed.len() > 10);
    assert_eq!(found("only-first"), ids(&only_search));
    assert_eq!(found("only-second"), ids(&only_feed));
    assert!(found("differs").is_empty());

    let by = week.home.run("audit crosscheck search feed --by workload -o jsonl");
    let sum: u64 = by.rows().iter().map(|row| row["onlyFirst"].as_u64().unwrap()).sum();
    assert_eq!((by.exit, sum), (3, only_search.len() as u64));
    let same = week.home.run("audit crosscheck feed feed -o jsonl").ok();
    assert!(same.rows().is_empty());

    let path = week.home.path().join("feed/audit.jsonl");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen("Id", "ID", 1)).unwrap();
    let refused = week.home.run("audit crosscheck search feed");
    assert_eq!(refused.exit, 1, "{}", refused.text());
    assert!(refused.stderr.contains("[audit-not-genuine]"), "{}", refused.stderr);
}
