//! A period that was exported, read again: what came late is added, what was there stays.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use exoctl_export::manifest::{self, Finding, Manifest};
use exoctl_export::{ExportError, Reconciled, Verdict};
use tempfile::TempDir;

use crate::exports::{export, files, held};
use crate::memory::{Memory, Mishap};
use crate::records::FIRST;

/// Without each seventh, and with one that is no record anyhow.
fn early() -> Vec<(i64, String)> {
    held().into_iter().enumerate().filter(|(nth, _)| nth % 7 != 3).map(|(_, held)| held).collect()
}

async fn made(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    export(directory, Arc::new(Memory::new(early()))).run().await.unwrap();
    files(directory)
}

async fn again(directory: &Path, memory: Memory, check: bool) -> Result<Reconciled, ExportError> {
    export(directory, Arc::new(memory)).reconcile(check).await
}

/// The lines of all files of lines in a directory, in no order.
fn lines(directory: &Path) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, bytes) in files(directory) {
        if name.starts_with("audit") && name.ends_with(".jsonl.zst") {
            let text = String::from_utf8(zstd::decode_all(&bytes[..]).unwrap()).unwrap();
            lines.extend(text.lines().map(str::to_owned));
        }
        if name.starts_with("quarantine") {
            let text = String::from_utf8(bytes).unwrap();
            lines.extend(text.lines().map(|line| format!("quarantine {line}")));
        }
    }
    lines.sort();
    lines
}

async fn expected() -> Vec<String> {
    let directory = TempDir::new().unwrap();
    export(directory.path(), Arc::new(Memory::new(held()))).run().await.unwrap();
    let mut lines = lines(directory.path());
    // ResultIndex counts within a window, whose records are fewer at first.
    for line in &mut lines {
        *line = without_index(line);
    }
    lines
}

fn without_index(line: &str) -> String {
    match line.split_once(",\"ResultIndex\"") {
        Some((head, _)) if line.starts_with("quarantine") => head.to_owned(),
        _ => line.to_owned(),
    }
}

#[tokio::test]
async fn what_came_late_is_added_and_nothing_else_is_touched() {
    let directory = TempDir::new().unwrap();
    let before = made(directory.path()).await;
    let first = std::fs::read(directory.path().join(manifest::MANIFEST)).unwrap();
    let late = (held().len() - early().len()) as u64;

    let checked = again(directory.path(), Memory::new(held()), true).await.unwrap();
    assert_eq!((checked.added, checked.is_written), (late, false));
    assert!(files(directory.path()) == before, "a check changes nothing");

    let done = again(directory.path(), Memory::new(held()), false).await.unwrap();
    // Those that break off have one id: that of their rows.
    assert_eq!((done.added, done.verdict, done.conflicts), (late, Verdict::Complete, 1));
    let after = files(directory.path());
    assert!(before.iter().all(|(name, bytes)| after[name] == *bytes), "what was there stays");
    for name in ["audit.late-001.jsonl.zst", "audit.late-001.csv"] {
        assert!(after.contains_key(name), "{:?}", after.keys());
    }
    let second = std::fs::read(directory.path().join(manifest::MANIFEST)).unwrap();
    assert!(second.starts_with(&first), "the earlier manifest is the beginning of the later");
    let mut lines = lines(directory.path());
    for line in &mut lines {
        *line = without_index(line);
    }
    assert!(lines == expected().await);
    let verification = manifest::verify(directory.path(), None).unwrap();
    assert!(verification.is_genuine(), "{:?}", verification.findings);
    let manifest = verification.manifest;
    assert_eq!(manifest.latest().records, 3000);
    assert_eq!(manifest.later[0].head.added, late);
    assert_eq!(manifest.to_bytes(), second);
    assert!(!directory.path().join(".exoctl/reconcile").exists());

    // Nothing is left to be found, and nothing is written then.
    let none = again(directory.path(), Memory::new(held()), false).await.unwrap();
    assert_eq!((none.added, none.is_written), (0, false));
    assert!(files(directory.path()) == after);

    // A third reading goes behind the second.
    let mut more = held();
    more.push((FIRST + 9, crate::records::audit_data(99_999, FIRST + 9)));
    let more = again(directory.path(), Memory::new(more), false).await.unwrap();
    assert_eq!((more.added, more.manifest.later.len()), (1, 2));
    assert!(files(directory.path()).contains_key("audit.late-002.csv"));
    assert!(manifest::verify(directory.path(), None).unwrap().is_genuine());
}

#[tokio::test]
async fn broken_off_it_goes_on_and_leaves_nothing_half_done() {
    let whole = TempDir::new().unwrap();
    made(whole.path()).await;
    again(whole.path(), Memory::new(held()), false).await.unwrap();
    let expected = files(whole.path());
    for reads in 0..9 {
        let directory = TempDir::new().unwrap();
        let before = made(directory.path()).await;
        let mishaps = std::iter::repeat_n(None, reads).chain([Some(Mishap::Stopped)]);
        let memory = Memory::new(held()).with_mishaps(mishaps);
        let error = again(directory.path(), memory, false).await;
        assert!(matches!(error, Err(ExportError::Source(_))), "{error:?}");
        assert!(files(directory.path()) == before, "after {reads} reads");
        assert!(manifest::verify(directory.path(), None).unwrap().is_genuine());
        again(directory.path(), Memory::new(held()), false).await.unwrap();
        assert!(files(directory.path()) == expected, "after {reads} reads");
    }
}

#[tokio::test]
async fn what_fails_adds_nothing_until_it_succeeds() {
    let directory = TempDir::new().unwrap();
    let before = made(directory.path()).await;
    let memory = || Memory::new(held());
    let mishaps = (0..12).map(|_| Some(Mishap::Anomaly));
    let mut first = export(directory.path(), Arc::new(memory().with_mishaps(mishaps)));
    first.options.sessions = 1;
    let failed = first.reconcile(false).await.unwrap();
    assert_eq!((failed.verdict, failed.is_written), (Verdict::Failed, false));
    assert!(files(directory.path()) == before);
    let done = again(directory.path(), memory(), false).await.unwrap();
    assert_eq!((done.verdict, done.is_written), (Verdict::Complete, true));
    assert_eq!(done.manifest.latest().records, 3000);
}

#[tokio::test]
async fn the_same_id_with_other_bytes_is_late_and_told() {
    let directory = TempDir::new().unwrap();
    made(directory.path()).await;
    let mut changed = held();
    let at =
        changed.iter().position(|(_, text)| text.contains("Set-Mailbox") && text.ends_with('}'));
    let (second, text) = changed[at.unwrap()].clone();
    changed.push((second, text.replace("Set-Mailbox", "Set-CASMailbox")));
    let done = again(directory.path(), Memory::new(changed), false).await.unwrap();
    // The other is that of those that break off.
    assert_eq!(done.conflicts, 2);
    let before = done.manifest.total.conflicting;
    assert_eq!(done.manifest.latest().conflicting, before + 2);
}

#[tokio::test]
async fn what_cannot_be_added_to_is_refused() {
    let directory = TempDir::new().unwrap();
    made(directory.path()).await;
    let mut other = export(directory.path(), Arc::new(Memory::new(held())));
    other.author.organization = "fabrikam.onmicrosoft.com".into();
    assert!(matches!(other.reconcile(false).await, Err(ExportError::OtherTenant { .. })));

    again(directory.path(), Memory::new(held()), false).await.unwrap();
    let mut form = export(directory.path(), Arc::new(Memory::new(held())));
    form.sinks.push(Arc::new(exoctl_export::sink::PortalCsv::default()));
    assert!(matches!(form.run().await, Err(ExportError::Reconciled { .. })));
    let same = export(directory.path(), Arc::new(Memory::new(held()))).run().await.unwrap();
    assert!(same.was_done);

    let late = directory.path().join("audit.late-001.csv");
    std::fs::write(&late, "x").unwrap();
    let error = again(directory.path(), Memory::new(held()), false).await;
    assert!(matches!(error, Err(ExportError::NotGenuine { .. })), "{error:?}");
}

/// Killed between any two of the moves that put what was gathered into place.
#[tokio::test]
async fn killed_while_it_is_written_down_the_next_run_ends_it() {
    let whole = TempDir::new().unwrap();
    made(whole.path()).await;
    let first = std::fs::read(whole.path().join(manifest::MANIFEST)).unwrap();
    again(whole.path(), Memory::new(held()), false).await.unwrap();
    let expected = files(whole.path());
    let second = std::fs::read(whole.path().join(manifest::MANIFEST)).unwrap();
    let mut new: Vec<String> =
        expected.keys().filter(|name| name.contains("late")).cloned().collect();
    new.push(manifest::MANIFEST.to_owned());
    for moved in 0..=new.len() {
        let directory = TempDir::new().unwrap();
        made(directory.path()).await;
        std::fs::write(directory.path().join(manifest::MANIFEST), &first).unwrap();
        let commit = directory.path().join(".exoctl/reconcile/commit");
        std::fs::create_dir_all(&commit).unwrap();
        for (nth, name) in new.iter().enumerate() {
            let bytes = expected.get(name).unwrap_or(&second);
            let to = if nth < moved { directory.path() } else { &commit };
            std::fs::write(to.join(name), bytes).unwrap();
        }
        let found = manifest::verify(directory.path(), None).unwrap().findings;
        assert!(matches!(found[..], [Finding::Unfinished]), "{found:?} after {moved} moves");
        let next = again(directory.path(), Memory::new(held()), true).await.unwrap();
        assert_eq!(next.added, 0, "after {moved} moves");
        assert!(files(directory.path()) == expected, "after {moved} moves");
        assert_eq!(Manifest::read(directory.path()).unwrap().later.len(), 1);
        assert!(manifest::verify(directory.path(), None).unwrap().is_genuine());
    }
}
