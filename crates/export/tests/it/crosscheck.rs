//! Two exports compared: exactly what one has and the other has not is told.

use std::path::Path;
use std::sync::Arc;

use exoctl_export::crosscheck::{
    Crosscheck, CrosscheckError, Difference, Tally, Where, crosscheck,
};
use exoctl_export::sink::{CmdletCsv, Compression, Jsonl};
use exoctl_export::{Period, SinkKind};
use tempfile::TempDir;

use crate::exports::{export, held};
use crate::memory::Memory;
use crate::records::FIRST;

async fn made(records: Vec<(i64, String)>, sink: Arc<dyn SinkKind>) -> TempDir {
    let directory = TempDir::new().unwrap();
    let mut export = export(directory.path(), Arc::new(Memory::new(records)));
    export.sinks = vec![sink];
    export.run().await.unwrap();
    directory
}

fn compare(a: &Path, b: &Path) -> Result<(Crosscheck, Vec<Difference>), CrosscheckError> {
    let mut told = Vec::new();
    let found = crosscheck([a, b], None, &mut |difference| {
        told.push(difference.clone());
        Ok(())
    })?;
    Ok((found, told))
}

fn without(rest: usize) -> Vec<(i64, String)> {
    let kept = held().into_iter().enumerate().filter(|(nth, _)| nth % 40 != rest);
    kept.map(|(_, held)| held).collect()
}

fn id(text: &str) -> &str {
    text.split("\"Id\":\"").nth(1).unwrap().split('"').next().unwrap()
}

fn lines() -> Arc<dyn SinkKind> {
    Arc::new(Jsonl { compression: Compression::Gzip })
}

#[tokio::test]
async fn the_same_records_in_another_form_are_equal() {
    let (a, b) = (made(held(), lines()).await, made(held(), Arc::new(CmdletCsv::default())).await);
    let (found, told) = compare(a.path(), b.path()).unwrap();
    assert!(found.is_equal() && told.is_empty(), "{told:?}");
    assert_eq!(found.sides.clone().map(|side| side.records), [3000, 3000]);
    // Six that break off have one id: that of their rows.
    assert_eq!(found.same, 2995);
}

#[tokio::test]
async fn what_one_lacks_is_told_with_its_place() {
    let (a, b) = (made(without(3), lines()).await, made(without(5), lines()).await);
    let (found, told) = compare(a.path(), b.path()).unwrap();
    let missing = |rest: usize| {
        let all = held().into_iter().enumerate().filter(move |(nth, _)| nth % 40 == rest);
        let mut ids: Vec<String> = all.map(|(_, (_, text))| id(&text).to_owned()).collect();
        ids.sort();
        ids
    };
    let of = |wanted: Where| {
        let mut ids: Vec<String> =
            told.iter().filter(|d| d.found == wanted).map(|d| d.id.clone()).collect();
        ids.sort();
        ids
    };
    assert_eq!(of(Where::OnlyFirst), missing(5));
    assert_eq!(of(Where::OnlySecond), missing(3));
    assert!(of(Where::Differs).is_empty());
    assert_eq!((found.total.only_first, found.total.only_second), (75, 75));
    let sum: u64 = found.by_hour.values().map(|tally| tally.only_first + tally.only_second).sum();
    assert_eq!((sum, found.by_operation["Set-Mailbox"].only_first), (150, 75));
}

/// Other bytes under the same id, whether they are a record or not.
#[tokio::test]
async fn the_same_id_with_other_bytes_differs() {
    let mut other = held();
    other[10].1 = other[10].1.replace("Set-Mailbox", "Set-CASMailbox");
    let length = other[11].1.len() - 4;
    other[11].1.truncate(length);
    let (a, b) = (made(held(), lines()).await, made(other, lines()).await);
    let (found, told) = compare(a.path(), b.path()).unwrap();
    let mut ids: Vec<&str> = told.iter().map(|difference| difference.id.as_str()).collect();
    ids.sort_unstable();
    // What breaks off tells no id but that of its row, which others here have too.
    assert_eq!(ids, [id(&held()[10].1), id(&held()[11].1), "none"]);
    let Tally { only_first, only_second, differing } = found.total;
    assert_eq!((only_first, only_second, differing), (1, 0, 2), "{told:?}");
}

#[tokio::test]
async fn only_the_common_time_is_compared() {
    let a = made(held(), lines()).await;
    let directory = TempDir::new().unwrap();
    let mut half = export(directory.path(), Arc::new(Memory::new(held())));
    half.query.period = Period::of_seconds(FIRST + 20_000, FIRST + 90_000).unwrap();
    half.sinks = vec![lines()];
    half.run().await.unwrap();
    let (found, told) = compare(a.path(), directory.path()).unwrap();
    assert!(told.is_empty());
    assert_eq!(found.period.to_string(), "2026-10-01T05:33:20Z to 2026-10-01T12:00:00Z");
    assert!(found.same > 500 && found.same < 3000);
}

#[tokio::test]
async fn what_says_nothing_is_refused() {
    let (a, b) = (made(held(), lines()).await, made(held(), lines()).await);
    let changed = b.path().join("audit.jsonl.gz");
    let bytes = std::fs::read(&changed).unwrap();
    std::fs::write(&changed, &bytes[..bytes.len() - 7]).unwrap();
    let error = compare(a.path(), b.path());
    assert!(matches!(error, Err(CrosscheckError::NotGenuine { .. })), "{error:?}");
    std::fs::write(&changed, bytes).unwrap();

    let directory = TempDir::new().unwrap();
    let mut limited = export(directory.path(), Arc::new(Memory::new(held())));
    limited.query.user_ids = vec!["adele".into()];
    limited.run().await.unwrap();
    let error = compare(a.path(), directory.path());
    assert!(matches!(error, Err(CrosscheckError::OtherLimits { .. })), "{error:?}");
    assert!(matches!(compare(a.path(), Path::new("none")), Err(CrosscheckError::Manifest(_))));
}
