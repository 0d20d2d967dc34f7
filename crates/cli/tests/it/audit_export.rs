//! `exoctl audit export` against a simulated tenant: what is written is what the log holds.

mod kill;
pub(crate) mod oracle;

use std::collections::BTreeSet;

use exoctl_model::{Clock as _, SystemClock};
use exoctl_sim::audit::Surge;
use exoctl_sim::audit::profile::AuditProfile;

use crate::harness::Home;
use oracle::{Desk, Expected, FROM, lines, texts, time};

#[test]
fn a_week_is_exported_whole() {
    let desk = Desk::new(3000, "");
    let ran = desk.export("out", "").ok();
    let expected = desk.expected();
    assert_eq!(expected.len(), 3000);
    assert_eq!(lines(&desk.path("out/audit.jsonl")), texts(&expected));
    let summary = &ran.rows()[0];
    assert_eq!(summary["verdict"], "complete");
    assert_eq!(summary["records"], 3000);

    let csv = std::fs::read_to_string(desk.path("out/audit.csv")).unwrap();
    assert!(csv.starts_with("\"RecordType\",\"CreationDate\",\"UserIds\",\"Operations\",\"AuditData\",\"ResultIndex\",\"ResultCount\",\"Identity\",\"IsValid\",\"ObjectState\"\r\n"));
    let again = desk.export("out", "").ok();
    assert_eq!(again.rows()[0]["records"], 3000, "the same command again changes nothing");
}

/// Every accident that leaves records as they are, alone and all together.
#[test]
fn what_the_service_does_wrong_does_not_show() {
    for accidents in [
        "duplicates=0.05,hot-duplicate=0.2",
        "boundary-duplicates",
        "end=inclusive",
        "short-page=0.5",
        "empty-page=0.1",
        "bogus-page=0.1",
        "partial-with-warning=0.1",
        "session-forgotten=0.1",
        "count=total,metadata=off",
        "metadata=off",
        "numbers-as-strings=0.1,duplicate-keys=0.1",
        "duplicates=0.05,hot-duplicate=0.1,boundary-duplicates,short-page=0.05,empty-page=0.03,bogus-page=0.03,\
         partial-with-warning=0.03,session-forgotten=0.03,numbers-as-strings=0.01,duplicate-keys=0.01",
    ] {
        let accidents = accidents.replace(' ', "");
        let desk = Desk::new(3000, &accidents);
        let ran = desk.export("out", "--sink jsonl");
        assert_eq!(ran.exit, 0, "{accidents}: {}{}", ran.stdout, ran.stderr);
        assert_eq!(lines(&desk.path("out/audit.jsonl")), texts(&desk.expected()), "{accidents}");
    }
}

#[test]
fn what_was_exported_is_verified_without_the_tenant_and_a_change_is_found() {
    let desk = Desk::new(2000, "");
    let options =
        "--sink jsonl --sink portal-csv --sink reviewer-csv --sink cmdlet-csv --compress gzip";
    let _ = desk.export("out", options).ok();
    let verify = |more: &str| desk.home.run(&format!("audit verify out {more} -o jsonl"));
    let genuine = verify("--certificate exo.cer").ok();
    let row = &genuine.rows()[0];
    assert_eq!((&row["genuine"], &row["verdict"]), (&true.into(), &"complete".into()));
    assert_eq!((&row["records"], &row["files"]), (&2000.into(), &4.into()));

    let other = Home::new();
    other.certificate();
    let certificate = other.path().join("exo.cer");
    let foreign = verify(&format!("--certificate {}", certificate.display()));
    assert_eq!(foreign.exit, 1, "{}", foreign.text());
    assert!(foreign.stderr.contains("of another certificate"), "{}", foreign.stderr);

    let changed = |file: &str, change: fn(&mut Vec<u8>)| {
        let path = desk.path("out").join(file);
        let bytes = std::fs::read(&path).unwrap();
        let mut other = bytes.clone();
        change(&mut other);
        std::fs::write(&path, other).unwrap();
        let ran = verify("--certificate exo.cer");
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(ran.exit, 1, "{file}: {}", ran.text());
        ran.stderr
    };
    let flip: fn(&mut Vec<u8>) = |bytes| bytes[700] ^= 1;
    assert!(changed("review-001.csv", flip).contains("review-001.csv was changed"));
    assert!(changed("audit.jsonl.gz", |bytes| bytes.truncate(900)).contains("was changed"));
    assert!(changed("manifest.jws", |bytes| bytes.truncate(900)).contains("signature"));
    let told = changed("manifest.jsonl", |bytes| {
        let text =
            String::from_utf8(bytes.clone()).unwrap().replacen("\"calls\":1", "\"calls\":2", 1);
        *bytes = text.into_bytes();
    });
    assert!(told.contains("does not follow") && told.contains("does not fit"), "{told}");
    std::fs::remove_file(desk.path("out/portal.csv.gz")).unwrap();
    assert!(verify("").stderr.contains("portal.csv.gz cannot be read"));
}

/// More than the service gives in one second: everything is had by splitting, except what nothing
/// splits, and that is named.
#[test]
fn a_surge_is_split_and_a_truncation_is_a_verdict() {
    let at = time("2026-10-03T10:00:00Z");
    let surge = Surge { at, records: 52_000, alike: false };
    let desk = Desk::with(54_000, "", 1, Some(surge));
    let ran = desk.export("out", "--sink jsonl");
    assert_eq!(ran.exit, 0, "{}", ran.text());
    assert_eq!(ran.rows()[0]["verdict"], "complete");
    assert!(lines(&desk.path("out/audit.jsonl")) == texts(&desk.expected()));
}

/// More than the service gives of one second, record type, operation and user. That the end of a
/// window belongs to the result too must not make the second before it suffer.
#[test]
fn what_nothing_divides_is_named_and_nothing_else_is_lost() {
    let crowd = "crowd=2026-10-03T10:00:00Z*50300,end=inclusive,duplicates=0.01";
    let desk = Desk::new(53_000, crowd);
    let ran = desk.export("out", "--sink jsonl");
    assert_eq!(ran.exit, 6, "{}", ran.text());
    assert_eq!(ran.rows()[0]["verdict"], "undividable");
    let second = "2026-10-03T10:00:00Z to 2026-10-03T10:00:01Z, record type 6, operation FileDownloaded, user ";
    let named: Vec<&str> =
        ran.stderr.lines().filter(|line| line.contains("undividable: ")).collect();
    assert!(named.len() == 1 && named[0].contains(second), "{}", ran.stderr);

    let got: BTreeSet<String> = lines(&desk.path("out/audit.jsonl")).into_iter().collect();
    let expected = desk.expected();
    let at = time("2026-10-03T10:00:00Z").as_second();
    let alike = |(second, _, text): &Expected| *second == at && text.contains("198.51.100.9");
    let (crowd, others): (Vec<Expected>, Vec<Expected>) = expected.into_iter().partition(alike);
    assert!(crowd.len() > 50_000 && others.len() > 2_000, "{} {}", crowd.len(), others.len());
    for (_, id, text) in &others {
        assert!(got.contains(text), "{id} is lost");
    }
    let given = crowd.iter().filter(|(_, _, text)| got.contains(text)).count();
    assert!(given > 49_000 && given < crowd.len(), "{given}");
    assert_eq!(got.len(), others.len() + given, "nothing that is not in the log");
    assert_eq!(desk.home.run("audit verify out --certificate exo.cer").exit, 6);
}

#[test]
fn what_is_not_kept_any_more_is_a_verdict_and_the_rest_is_there() {
    // Of the days before this one five are kept: the middle of the log is the horizon.
    let now = SystemClock.now();
    let days = now.duration_since(time(FROM)).as_hours() / 24 - 3;
    let desk = Desk::new(2000, &format!("retention={days}"));
    let ran = desk.export("out", "--sink jsonl");
    assert_eq!(ran.exit, 6, "{}", ran.text());
    assert_eq!(ran.rows()[0]["verdict"], "outside-retention");
    assert!(ran.stderr.contains("outside-retention: 2026-10-01T00:00:00Z to"), "{}", ran.stderr);
    let got = lines(&desk.path("out/audit.jsonl"));
    let all = texts(&desk.expected());
    assert!(got.len() > 500 && got.len() < 2000, "{}", got.len());
    assert!(got[..] == all[all.len() - got.len()..], "the end of the log is whole");
    let verified = desk.home.run("audit verify out --certificate exo.cer");
    assert_eq!(verified.exit, 6, "{}", verified.text());
}

#[test]
fn auditing_that_is_off_is_a_verdict() {
    let desk = Desk::new(100, "");
    let off = "Set-AdminAuditLogConfig -UnifiedAuditLogIngestionEnabled '$false' -Confirm:'$false'";
    let off = off.replace('\'', "");
    let _ = desk.home.run(&off).ok();
    let ran = desk.export("out", "--sink jsonl");
    assert_eq!(
        (ran.exit, &ran.rows()[0]["verdict"]),
        (6, &"auditing-off".into()),
        "{}",
        ran.text()
    );
    assert_eq!(
        lines(&desk.path("out/audit.jsonl")).len(),
        100,
        "what there is is exported all the same"
    );
}

/// Records that are cut off, and ids with two contents: nothing fails, nothing is lost, all is told.
#[test]
fn damaged_records_are_kept_and_told() {
    let desk = Desk::new(2000, "unterminated=0.02,duplicates=0.2,conflicting-bytes=0.02");
    let ran = desk.export("out", "");
    assert_eq!(ran.exit, 0, "{}", ran.text());
    let summary = &ran.rows()[0];
    let (quarantined, conflicts) = (summary["quarantined"].as_u64(), summary["conflicts"].as_u64());
    assert!(quarantined > Some(10) && conflicts > Some(1), "{summary}");
    let good = lines(&desk.path("out/audit.jsonl"));
    let damaged = lines(&desk.path("out/quarantine.jsonl"));
    assert_eq!(Some(damaged.len() as u64), quarantined);
    assert_eq!(good.len() + damaged.len(), summary["records"].as_u64().unwrap() as usize);
    let id = |text: &str| text.split("\"Id\":\"").nth(1).unwrap()[..36].to_owned();
    let mut ids: Vec<String> = good.iter().map(|line| id(line)).collect();
    for line in damaged {
        let row: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(row["Quarantine"], "unreadable");
        ids.push(id(row["AuditData"].as_str().unwrap()));
    }
    ids.sort();
    ids.dedup();
    let mut expected: Vec<String> = desk.expected().into_iter().map(|(_, id, _)| id).collect();
    expected.sort();
    assert!(ids == expected, "every id is there");
    assert!(ran.stderr.contains("ids came with more than one content"), "{}", ran.stderr);
}

#[test]
fn a_service_that_has_changed_is_noticed() {
    let desk = Desk::new(300, "count=total,metadata=off");
    assert!(!desk.export("first", "").ok().stderr.contains("has changed"));
    desk.tenant.audit(|search| {
        search.set_profile(AuditProfile { retention_days: 36_500, ..AuditProfile::default() });
    });
    let ran = desk.export("second", "").ok();
    for told in ["resultCount was total and is page-size", "moreRecordsAvailable was no and is yes"]
    {
        assert!(ran.stderr.contains(told), "{}", ran.stderr);
    }
}

#[test]
fn what_cannot_be_is_refused_before_anything_is_read() {
    let desk = Desk::new(100, "");
    let _ = desk.export("out", "").ok();
    let other = desk.export("out", "--user-ids adele");
    assert_eq!(other.exit, 2);
    assert!(other.stderr.contains("holds the export of another query"), "{}", other.stderr);
    let added = desk.export("out", "--sink portal-csv");
    assert!(added.stderr.contains("portal-csv cannot be added"), "{}", added.stderr);
    let run = |line: &str| desk.home.run(&format!("audit export --to x {line}"));
    assert!(run("--from 2026-10-02 --to-date 2026-10-01").stderr.contains("is empty"));
    assert!(run("--from 2026-10-02 --to-date 2036-10-01").stderr.contains("is not over yet"));
    assert!(
        run("--from 2026-10-02T08:00:00 --to-date 2026-10-03").stderr.contains("with its zone")
    );
    assert!(run("").stderr.contains("--last-month"));
    assert!(!desk.path("x").exists());
}
