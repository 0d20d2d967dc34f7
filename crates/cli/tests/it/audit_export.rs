//! `exoctl audit export` against a simulated tenant: what is written is what the log holds.

mod oracle;

use oracle::{Desk, lines, texts};

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
