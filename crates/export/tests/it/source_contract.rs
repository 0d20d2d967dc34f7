//! What every source promises (see [`exoctl_export::Source`]). A new one gets a test at the end, over
//! a service of its kind that holds known records.

use std::collections::BTreeSet;

use exoctl_export::{
    Axis, Filter, Notes, Period, Query, Reading, Record, RecordKey, Source, Stage, Window,
};
use tempfile::TempDir;

use crate::feed;
use crate::memory::Memory;
use crate::records::{self, FIRST};
use crate::service;

/// Holds a source to its promises. Its service holds `held`, all of [`HOUR`].
pub(crate) async fn holds(source: &dyn Source, held: &[(i64, String)]) {
    let hour = Period::of_seconds(FIRST, FIRST + HOUR).unwrap();
    source.survey(&Query::all(hour)).await.unwrap();
    a_window_is_whole(source, held, hour).await;
    windows_side_by_side_give_each_record_once(source, held, hour).await;
    reading_again_gives_the_same(source, hour).await;
    a_window_without_records_is_empty(source, hour).await;
}

/// How long the time is that a service of this suite has records of, in seconds.
pub(crate) const HOUR: i64 = 3600;

/// Records for a service, some in the same second, the first and the last second among them.
pub(crate) fn held() -> Vec<(i64, String)> {
    let seconds = [0, 0, 0, 1, 59, 60, 1799, 1800, 1800, 1801, 3598, 3599, 3599];
    let record = |(nth, second): (usize, &i64)| {
        (FIRST + second, records::audit_data(nth as u64, FIRST + second))
    };
    seconds.iter().enumerate().map(record).collect()
}

async fn a_window_is_whole(source: &dyn Source, held: &[(i64, String)], hour: Period) {
    assert_eq!(read(source, hour).await, keys(held));
}

async fn windows_side_by_side_give_each_record_once(
    source: &dyn Source,
    held: &[(i64, String)],
    hour: Period,
) {
    let mut all = BTreeSet::new();
    for part in hour.cut_at(&[FIRST + 1, FIRST + 60, FIRST + 1800, FIRST + 3599]) {
        for key in read(source, part).await {
            // What comes again is in the window where it comes too.
            let first = all.insert(key);
            assert!(first || source.axis() == Axis::Availability, "a record of two windows");
        }
    }
    assert_eq!(all, keys(held));
}

async fn reading_again_gives_the_same(source: &dyn Source, hour: Period) {
    assert_eq!(read(source, hour).await, read(source, hour).await);
}

async fn a_window_without_records_is_empty(source: &dyn Source, hour: Period) {
    let quiet = hour.cut_at(&[FIRST + 100, FIRST + 200])[1];
    assert!(read(source, quiet).await.is_empty());
}

async fn read(source: &dyn Source, period: Period) -> BTreeSet<RecordKey> {
    let spill = TempDir::new().unwrap();
    let owned = match source.axis() {
        Axis::CreationTime => period,
        Axis::Availability => Period::of_seconds(FIRST, FIRST + HOUR).unwrap(),
    };
    let mut stage = Stage::new(Some(owned), spill.path());
    let window = Window { period, filter: Filter::default() };
    let mut notes = Notes::default();
    let reading = source.read(&window, &mut stage, &mut notes).await.unwrap();
    assert_eq!(reading, Reading::Whole);
    assert!(notes.calls > 0);
    stage.keys().collect()
}

fn keys(held: &[(i64, String)]) -> BTreeSet<RecordKey> {
    held.iter().map(|(second, text)| Record::of_row(records::row(text, *second, 1)).key).collect()
}

#[tokio::test]
async fn a_source_in_memory() {
    holds(&Memory::new(held()), &held()).await;
}

#[tokio::test]
async fn the_search() {
    let service = service::Service::new(held());
    holds(&service.source(), &held()).await;
}

#[tokio::test]
async fn the_feed() {
    let feed = feed::Feed::new(held());
    holds(&feed.source(), &held()).await;
}
