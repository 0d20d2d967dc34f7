//! Exports from a source in memory: whatever goes wrong, and wherever they are broken off, the files
//! are those of an undisturbed run, or the verdict says what is missing.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use exoctl_export::manifest::{self, Author, Manifest};
use exoctl_export::sink::{CmdletCsv, Compression, Jsonl, Parquet};
use exoctl_export::{
    Axis, Export, ExportError, Options, Outcome, Period, Progress, Proof, Query, SinkKind, Verdict,
    Watch,
};
use exoctl_model::ManualClock;
use proptest::prelude::*;
use tempfile::TempDir;

use crate::memory::{Held, Memory, Mishap};
use crate::records::{self, FIRST};

struct Nobody;

impl Watch for Nobody {
    fn progress(&self, _progress: &Progress) {}
}

/// Half a day.
const LENGTH: i64 = 43_200;

/// Three thousand records of half a day, unevenly spread, some of them odd.
pub(crate) fn held() -> Vec<(i64, String)> {
    let record = |(nth, (_, text)): (usize, (i64, String))| {
        let second = (nth * nth * 37) as i64 % LENGTH;
        let (old, new) = (time(FIRST + nth as i64 / 3), time(FIRST + second));
        (FIRST + second, text.replacen(&old, &new, 1))
    };
    records::ordered(3000).into_iter().enumerate().map(record).collect()
}

fn time(second: i64) -> String {
    jiff::Timestamp::from_second(second).unwrap().to_string().trim_end_matches('Z').to_owned()
}

pub(crate) fn export(directory: &Path, source: Arc<Memory>) -> Export {
    let sinks: Vec<Arc<dyn SinkKind>> =
        vec![Arc::new(CmdletCsv::default()), Arc::new(Jsonl { compression: Compression::Zstd })];
    Export {
        directory: directory.to_owned(),
        query: Query::all(Period::of_seconds(FIRST, FIRST + LENGTH).unwrap()),
        source,
        sinks,
        clock: Arc::new(ManualClock::new("2026-11-02T00:00:00Z".parse().unwrap())),
        author: Author::default(),
        signer: None,
        behaviour: None,
        options: Options { first_wait: Duration::ZERO, ..Options::default() },
        watch: Arc::new(Nobody),
    }
}

async fn run(directory: &Path, source: Memory) -> Result<Outcome, ExportError> {
    export(directory, Arc::new(source)).run().await
}

/// The files but for the manifest, which says when and how often.
pub(crate) fn files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(directory).unwrap().map(Result::unwrap);
    let files =
        files.filter(|file| file.path().is_file() && file.file_name() != manifest::MANIFEST);
    files
        .map(|f| (f.file_name().into_string().unwrap(), std::fs::read(f.path()).unwrap()))
        .collect()
}

async fn undisturbed() -> BTreeMap<String, Vec<u8>> {
    let directory = TempDir::new().unwrap();
    let outcome = run(directory.path(), Memory::new(held())).await.unwrap();
    let total = outcome.manifest.total;
    assert_eq!((total.verdict, total.records), (Verdict::Complete, 3000));
    assert!(!directory.path().join(".exoctl/spool").exists(), "the spool is gone");
    files(directory.path())
}

#[tokio::test]
async fn a_whole_export_verifies_and_is_not_made_twice() {
    let directory = TempDir::new().unwrap();
    run(directory.path(), Memory::new(held())).await.unwrap();
    let verification = manifest::verify(directory.path(), None).unwrap();
    assert!(verification.findings.is_empty(), "{:?}", verification.findings);
    let source = Arc::new(Memory::new(Vec::new()));
    let again = export(directory.path(), source.clone()).run().await.unwrap();
    assert!(again.was_done);
    assert_eq!(again.manifest, Manifest::read(directory.path()).unwrap());
    assert_eq!(source.reads.load(std::sync::atomic::Ordering::Relaxed), 0);
}

#[tokio::test]
async fn what_became_available_in_no_order_is_written_in_the_order_of_time() {
    let by_availability = || {
        let mut memory = Memory::new(held());
        memory.axis = Axis::Availability;
        memory
    };
    let directory = TempDir::new().unwrap();
    let manifest = run(directory.path(), by_availability()).await.unwrap().manifest;
    assert_eq!((manifest.total.verdict, manifest.total.records), (Verdict::Complete, 3000));
    let available = manifest.head.survey.availability.unwrap();
    assert_eq!(available.to_string(), "2026-10-01T00:00:00Z to 2026-11-02T00:00:00Z");
    assert!(manifest::verify(directory.path(), None).unwrap().is_genuine());
    // ResultIndex, which the CSV has, counts within a window.
    let expected = &undisturbed().await["audit.jsonl.zst"];
    assert!(files(directory.path())["audit.jsonl.zst"] == *expected);

    let broken = TempDir::new().unwrap();
    for reads in [1, 7, 20] {
        let mishaps = std::iter::repeat_n(None, reads).chain([Some(Mishap::Stopped)]);
        let error = run(broken.path(), by_availability().with_mishaps(mishaps)).await;
        assert!(matches!(error, Err(ExportError::Source(_))), "{error:?}");
    }
    run(broken.path(), by_availability()).await.unwrap();
    assert!(files(broken.path()) == files(directory.path()));
}

#[tokio::test]
async fn anomalies_are_read_over_and_leave_no_trace() {
    let directory = TempDir::new().unwrap();
    let mishaps = (0..40).map(|nth| (nth % 3 != 0).then_some(Mishap::Anomaly));
    let outcome = run(directory.path(), Memory::new(held()).with_mishaps(mishaps)).await.unwrap();
    assert_eq!(outcome.manifest.total.verdict, Verdict::Complete);
    assert!(files(directory.path()) == undisturbed().await);
    assert!(outcome.manifest.windows.iter().any(|window| window.attempts > 1));
}

#[tokio::test]
async fn a_window_that_fails_is_named_and_read_the_next_time() {
    let directory = TempDir::new().unwrap();
    // With one session all of the first twelve readings are of the first window.
    let mishaps = (0..12).map(|_| Some(Mishap::Anomaly));
    let mut first = export(directory.path(), Arc::new(Memory::new(held()).with_mishaps(mishaps)));
    first.options.sessions = 1;
    let manifest = first.run().await.unwrap().manifest;
    assert_eq!(manifest.total.verdict, Verdict::Failed);
    let failed: Vec<_> =
        manifest.windows.iter().filter(|window| window.verdict == Verdict::Failed).collect();
    assert_eq!((failed.len(), failed[0].period.start().as_second()), (1, FIRST));
    assert_eq!(failed[0].reason.as_deref(), Some("rows are missing between two pages"));
    assert!(manifest.total.records > 2000, "nothing else is missing");
    assert!(manifest::verify(directory.path(), None).unwrap().is_genuine());
    assert!(directory.path().join(".exoctl/spool").exists());

    let second = run(directory.path(), Memory::new(held())).await.unwrap();
    assert_eq!(second.manifest.total.verdict, Verdict::Complete);
    // What the window had was not known when later ones were planned; that shows in no file.
    assert!(files(directory.path()) == undisturbed().await);
}

#[tokio::test]
async fn parts_that_are_not_written_again_do_not_stay() {
    let directory = TempDir::new().unwrap();
    let mishaps = (0..12).map(|_| Some(Mishap::Anomaly));
    let mut first = export(directory.path(), Arc::new(Memory::new(held()).with_mishaps(mishaps)));
    first.options.sessions = 1;
    first.sinks.push(Arc::new(Parquet { records: 1000 }));
    first.run().await.unwrap();
    let parts =
        || std::fs::read_dir(directory.path().join("parquet/event_date=2026-10-01")).unwrap();
    assert_eq!(parts().count(), 3);
    // As if there had been one part more, and a file of a sink that is not asked for any more.
    let manifest = directory.path().join(manifest::MANIFEST);
    let text = std::fs::read_to_string(&manifest).unwrap().replace("part-002", "part-003");
    std::fs::write(&manifest, text).unwrap();
    let of_day = directory.path().join("parquet/event_date=2026-10-01");
    std::fs::rename(of_day.join("part-002.parquet"), of_day.join("part-003.parquet")).unwrap();
    let mut second = export(directory.path(), Arc::new(Memory::new(held())));
    second.sinks = vec![Arc::new(Parquet { records: 1000 })];
    let outcome = second.run().await.unwrap();
    assert_eq!(outcome.manifest.total.verdict, Verdict::Complete);
    let mut names: Vec<_> = parts().map(|file| file.unwrap().file_name()).collect();
    names.sort_unstable();
    assert_eq!(names, ["part-000.parquet", "part-001.parquet", "part-002.parquet"]);
    assert!(directory.path().join("audit.csv").exists());
    let verification = manifest::verify(directory.path(), None).unwrap();
    assert!(verification.findings.is_empty(), "{:?}", verification.findings);
}

#[tokio::test]
async fn an_export_that_stopped_goes_on_with_the_same_bytes() {
    let expected = undisturbed().await;
    for reads in 0..9 {
        let directory = TempDir::new().unwrap();
        let mishaps = std::iter::repeat_n(None, reads).chain([Some(Mishap::Stopped)]);
        let error = run(directory.path(), Memory::new(held()).with_mishaps(mishaps)).await;
        assert!(matches!(error, Err(ExportError::Source(_))), "{error:?}");
        assert!(
            !directory.path().join("audit.csv").exists(),
            "no file has its name before its time"
        );
        run(directory.path(), Memory::new(held())).await.unwrap();
        assert!(files(directory.path()) == expected, "after {reads} reads");
    }
}

/// Two hundred records of one second: 80 of one type, operation and user, and 120 others.
fn crowd() -> Vec<Held> {
    let surge = FIRST + 5000;
    let record = |nth: u64, operation: &str, user: &str| Held {
        second: surge,
        text: records::audit_data(10_000 + nth, surge),
        record_type: if operation == "Set-Mailbox" { "1" } else { "15" }.into(),
        operation: operation.into(),
        user: user.into(),
    };
    let mut all: Vec<Held> = (0..80).map(|nth| record(nth, "Set-Mailbox", "adele")).collect();
    all.extend((80..120).map(|nth| record(nth, "UserLoggedIn", "adele")));
    all.extend((120..160).map(|nth| record(nth, "UserLoginFailed", "alex")));
    all.extend((160..200).map(|nth| record(nth, "UserLoginFailed", "adele")));
    all
}

/// Exports the crowd from a service that gives so many rows of a window.
async fn export_crowd(directory: &Path, cap: usize, change: impl FnOnce(&mut Memory)) -> Manifest {
    let mut memory = Memory::holding(crowd());
    (memory.cap, memory.end_inclusive) = (cap, false);
    change(&mut memory);
    let manifest = run(directory, memory).await.unwrap().manifest;
    assert_eq!(manifest::verify(directory, None).unwrap().findings.len(), 0);
    manifest
}

/// The windows that are not complete: verdict, and what they are besides their second.
fn incomplete(manifest: &Manifest) -> Vec<(Verdict, String)> {
    let bad = manifest.windows.iter().filter(|window| window.verdict != Verdict::Complete);
    let named = bad.map(|window| {
        let second = "2026-10-01T01:23:20Z to 2026-10-01T01:23:21Z";
        let named = window.as_window().to_string();
        (window.verdict, named.strip_prefix(second).unwrap().to_owned())
    });
    let mut named: Vec<_> = named.collect();
    // In the order of their verdicts: which was split first is a matter of chance.
    named.sort();
    named
}

#[tokio::test]
async fn what_is_too_much_is_split_and_what_cannot_be_is_kept_and_named() {
    let directory = TempDir::new().unwrap();
    let manifest = export_crowd(directory.path(), 50, |_| {}).await;
    assert_eq!(manifest.total.verdict, Verdict::Undividable);
    let of = |limits: &str| format!(", record type {limits}");
    // By what operations and users each was read is known only from what came.
    assert_eq!(
        incomplete(&manifest),
        [
            (Verdict::Unproven, of("1")),
            (Verdict::Unproven, of("1, operation Set-Mailbox")),
            (Verdict::Unproven, of("15")),
            (Verdict::Unproven, of("15, operation UserLoginFailed")),
            (Verdict::Undividable, of("1, operation Set-Mailbox, user adele")),
        ]
    );
    assert_eq!(manifest.total.records, 50 + 120, "what it gave of the one window, and all others");
    let again = run(directory.path(), Memory::new(Vec::new())).await.unwrap();
    assert!(again.was_done, "reading it again would change nothing");
}

#[tokio::test]
async fn all_record_types_can_be_asked_for() {
    let directory = TempDir::new().unwrap();
    let manifest = export_crowd(directory.path(), 130, |_| {}).await;
    assert_eq!((manifest.total.verdict, manifest.total.records), (Verdict::Complete, 200));
    let split: Vec<_> = manifest.windows.iter().filter_map(|w| w.proof).collect();
    assert_eq!(split, [Proof::RecordTypes]);
    // The chain is made anew, and still a part that is taken away is noticed.
    let mut changed = manifest.clone();
    changed.windows.retain(|window| window.filter.record_type.as_deref() != Some("3"));
    std::fs::write(directory.path().join(manifest::MANIFEST), changed.to_bytes()).unwrap();
    let findings = manifest::verify(directory.path(), None).unwrap().findings;
    assert!(matches!(findings[..], [manifest::Finding::Parts { .. }]), "{findings:?}");
}

#[tokio::test]
async fn a_service_that_counts_proves_what_was_split_by_what_was_seen() {
    let directory = TempDir::new().unwrap();
    let manifest = export_crowd(directory.path(), 90, |memory| memory.counts = true).await;
    assert_eq!((manifest.total.verdict, manifest.total.records), (Verdict::Complete, 200));

    let directory = TempDir::new().unwrap();
    let manifest = export_crowd(directory.path(), 90, |memory| {
        memory.counts = true;
        // One that nobody sees but who asks for all operations.
        memory.hidden = |held, window| {
            window.filter.operations == ["UserLoginFailed"]
                && held.text == records::audit_data(10_199, held.second)
        };
    })
    .await;
    assert_eq!(manifest.total.verdict, Verdict::Unproven);
    let reasons: Vec<_> = manifest.windows.iter().filter_map(|w| w.reason.clone()).collect();
    assert_eq!(reasons, ["the service counts 120 rows, and 119 in its parts"]);
}

/// What the whole gave and no part gives is kept, and no proof stands against it.
#[tokio::test]
async fn a_record_that_no_part_has_is_kept_and_told() {
    let directory = TempDir::new().unwrap();
    let manifest = export_crowd(directory.path(), 130, |memory| {
        // Of the first 130 that come, one is no part of its type.
        memory.hidden = |held, window| {
            window.filter.record_type.is_some()
                && held.text == records::audit_data(10_003, held.second)
        };
    })
    .await;
    assert_eq!((manifest.total.verdict, manifest.total.records), (Verdict::Unproven, 200));
    let reasons: Vec<_> = manifest.windows.iter().filter_map(|w| w.reason.clone()).collect();
    assert_eq!(reasons, ["1 records came with the whole and with none of its parts"]);
}

#[tokio::test]
async fn the_same_id_with_other_bytes_is_kept_and_alarmed() {
    let (second, text) = (FIRST + 10, records::audit_data(1, FIRST + 10));
    let other = text.replace("Set-Mailbox", "Set-CASMailbox");
    let later = records::audit_data(1, FIRST + 20_000);
    let held =
        vec![(second, text.clone()), (second, text), (second, other), (FIRST + 20_000, later)];
    let directory = TempDir::new().unwrap();
    let total = run(directory.path(), Memory::new(held)).await.unwrap().manifest.total;
    assert_eq!((total.records, total.counts.duplicates, total.counts.conflicts), (3, 1, 1));
    assert_eq!((total.conflicting, total.conflicting_ids.len()), (1, 1));
}

#[tokio::test]
async fn another_query_and_another_process_are_refused() {
    let directory = TempDir::new().unwrap();
    run(directory.path(), Memory::new(held())).await.unwrap();
    let mut other = export(directory.path(), Arc::new(Memory::new(held())));
    other.query.user_ids = vec!["adele".into()];
    assert!(matches!(other.run().await, Err(ExportError::Ledger(_))));

    let directory = TempDir::new().unwrap();
    let source = Arc::new(Memory::new(held()).with_mishaps([Some(Mishap::Hangs)]));
    let first = export(directory.path(), source.clone());
    let first = tokio::spawn(async move { first.run().await });
    source.hanging.notified().await;
    let second = run(directory.path(), Memory::new(held())).await;
    assert!(matches!(second, Err(ExportError::Locked { .. })), "{second:?}");
    first.abort();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// Broken off while some reading hangs, several times, with anomalies on the way.
    #[test]
    fn broken_off_anywhere_it_ends_with_the_same_bytes(
        kills in proptest::collection::vec((0_usize..12, any::<bool>()), 1..4),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let directory = TempDir::new().unwrap();
            for (reads, anomaly) in kills {
                let mishap = anomaly.then_some(Mishap::Anomaly);
                let mishaps = std::iter::repeat_n(mishap, reads).chain([Some(Mishap::Hangs)]);
                let source = Arc::new(Memory::new(held()).with_mishaps(mishaps));
                let export = export(directory.path(), source.clone());
                let running = tokio::spawn(async move { export.run().await });
                tokio::select! {
                    () = source.hanging.notified() => {}
                    () = async { while !running.is_finished() { tokio::task::yield_now().await } } => {}
                }
                running.abort();
                let _ = running.await;
            }
            // The thread that writes may hold its files a moment longer.
            let mut ended = run(directory.path(), Memory::new(held())).await;
            while matches!(ended, Err(ExportError::Locked { .. })) {
                ended = run(directory.path(), Memory::new(held())).await;
            }
            prop_assert_eq!(ended.unwrap().manifest.total.verdict, Verdict::Complete);
            prop_assert!(files(directory.path()) == undisturbed().await);
            Ok(())
        })?;
    }
}
