use super::*;
use crate::query::Query;

pub(crate) fn manifest() -> Manifest {
    let period = Period::of_seconds(1_790_812_800, 1_790_812_900).unwrap();
    let counts = Counts { rows: 3, records: 2, duplicates: 1, ..Counts::default() };
    Manifest {
        later: Vec::new(),
        head: Head {
            format: "exoctl-audit-export/1".into(),
            tool: "exoctl 0.1.0".into(),
            author: Author { organization: "contoso.onmicrosoft.com".into(), ..Author::default() },
            source: "Search-UnifiedAuditLog".into(),
            query: Query::all(period),
            survey: Survey::default(),
            clock_skew: Some(-2),
        },
        windows: vec![WindowEntry {
            window: 1,
            period,
            filter: Filter::default(),
            part_by: None,
            part_of: None,
            split_by: None,
            proof: None,
            told: None,
            refused: false,
            verdict: Verdict::Complete,
            reason: None,
            counts,
            attempts: 1,
            anomalies: Vec::new(),
            calls: 2,
            request_ids: vec!["a".into()],
            ended: "2026-11-02T00:00:00Z".into(),
        }],
        files: Vec::new(),
        total: Total {
            verdict: Verdict::Complete,
            counts,
            records: 2,
            conflicting_ids: Vec::new(),
            conflicting: 0,
            ended: "2026-11-02T00:00:01Z".parse().unwrap(),
        },
    }
}

#[test]
fn a_manifest_is_read_as_it_was_written() {
    let bytes = manifest().to_bytes();
    let parsed = Manifest::parse(&bytes).unwrap();
    assert_eq!((parsed.manifest, parsed.broken), (manifest(), None));
    let first = std::str::from_utf8(&bytes).unwrap().lines().next().unwrap();
    // SHA-256 of nothing.
    assert!(first.starts_with(
        r#"{"previous":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","entry":"export""#
    ), "{first}");
}

#[test]
fn a_changed_a_missing_and_a_moved_line_break_the_chain() {
    let text = String::from_utf8(manifest().to_bytes()).unwrap();
    let broken = |text: &str| Manifest::parse(text.as_bytes()).unwrap().broken;
    assert_eq!(broken(&text.replacen("\"calls\":2", "\"calls\":3", 1)), Some(3));
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(broken(&format!("{}\n{}\n", lines[0], lines[2])), Some(2));
    assert!(matches!(
        Manifest::parse(format!("{}\n{}\n", lines[0], lines[1]).as_bytes()),
        Err(ManifestError::NotWhole)
    ));
    assert!(matches!(
        Manifest::parse(format!("{}\n{{}}\n", lines[0]).as_bytes()),
        Err(ManifestError::Entry { line: 2, .. })
    ));
}
