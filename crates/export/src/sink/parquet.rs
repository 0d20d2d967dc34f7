//! Parquet in partitions by day: what DuckDB, Trino, Spark, Athena and pandas read without being told.

mod batch;
mod part;
mod promoted;

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use self::part::Part;
pub(super) use self::part::count_rows;
use super::{Checkpoint, Finished, Sink, SinkKind};
use crate::disk;
use crate::record::Record;

/// `event_date=2026-10-03/part-000.parquet` and so on: the columns that queries ask for, `AuditData` as
/// it came and its SHA-256. A part ends with its day, after so many records, or at 128 MiB.
///
/// What a part holds is durable when the part is whole; of one that is not, all records are given
/// again. Every page is compressed with Zstandard.
#[derive(Clone, Copy, Debug)]
pub struct Parquet {
    /// The most records of a part.
    pub records: u64,
}

/// Eight full row groups.
const RECORDS: u64 = 8 * part::GROUP;

impl Default for Parquet {
    fn default() -> Self {
        Self { records: RECORDS }
    }
}

impl SinkKind for Parquet {
    fn name(&self) -> String {
        match self.records {
            RECORDS => "parquet".to_owned(),
            records => format!("parquet+{records}"),
        }
    }

    fn open(&self, directory: &Path, checkpoint: Option<&Checkpoint>) -> io::Result<Box<dyn Sink>> {
        let whole = checkpoint.map_or(Ok(Vec::new()), read_state)?;
        disk::create_directory(directory)?;
        let (directory, most) = (directory.to_owned(), self.records);
        Ok(Box::new(Open { directory, most, whole, part: None }))
    }
}

struct Open {
    directory: PathBuf,
    most: u64,
    /// Parts that are whole and durable, in their order.
    whole: Vec<Whole>,
    part: Option<(Day, Part)>,
}

/// A part that is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Whole {
    /// Its name below the sink's directory.
    name: String,
    records: u64,
}

/// A day of UTC.
struct Day {
    /// The name of its partition.
    name: String,
    /// Its Unix seconds.
    seconds: Range<i64>,
}

impl Sink for Open {
    fn write(&mut self, record: &Record<'_>) -> io::Result<()> {
        let second = record.key.second;
        let goes_on = self.part.as_ref().is_some_and(|(day, part)| {
            day.seconds.contains(&second) && part.records() < self.most && !part.is_large()
        });
        if !goes_on {
            self.end_part()?;
            let day = Day::of(second);
            let path = self.directory.join(self.name(&day));
            self.part = Some((day, Part::create(&path)?));
        }
        let (_, part) = self.part.as_mut().expect("a part was begun");
        part.write(record)
    }

    fn checkpoint(&mut self) -> io::Result<Checkpoint> {
        let records = self.whole.iter().map(|part| part.records).sum();
        let state: Vec<String> =
            self.whole.iter().map(|part| format!("{} {}", part.records, part.name)).collect();
        Ok(Checkpoint { records, state: state.join("\n") })
    }

    fn finish(mut self: Box<Self>) -> io::Result<Vec<Finished>> {
        self.end_part()?;
        let finished = |Whole { name, records }| Finished {
            path: self.directory.join(&name),
            name: format!("parquet/{name}"),
            records,
        };
        Ok(std::mem::take(&mut self.whole).into_iter().map(finished).collect())
    }
}

impl Open {
    fn end_part(&mut self) -> io::Result<()> {
        let Some((day, part)) = self.part.take() else { return Ok(()) };
        let name = self.name(&day);
        let records = part.finish()?;
        disk::sync_directory(&self.directory.join(&day.name))?;
        disk::sync_directory(&self.directory)?;
        self.whole.push(Whole { name, records });
        Ok(())
    }

    /// What the part behind the whole ones of a day is called.
    fn name(&self, day: &Day) -> String {
        let of_day = |part: &&Whole| part.name.split('/').next() == Some(&day.name);
        let before = self.whole.iter().rev().take_while(of_day).count();
        format!("{}/part-{before:03}.parquet", day.name)
    }
}

impl Day {
    fn of(second: i64) -> Self {
        const LENGTH: i64 = 86_400;
        let begin = second.div_euclid(LENGTH).saturating_mul(LENGTH);
        let seconds = begin..begin.saturating_add(LENGTH);
        let date = Timestamp::from_second(second).map(|time| time.to_zoned(TimeZone::UTC).date());
        // What Hive calls the partition of those that have no value.
        let date = date.map_or_else(|_| "__HIVE_DEFAULT_PARTITION__".to_owned(), |d| d.to_string());
        Self { name: format!("event_date={date}"), seconds }
    }
}

fn read_state(checkpoint: &Checkpoint) -> io::Result<Vec<Whole>> {
    let read = |line: &str| {
        let (records, name) = line.split_once(' ')?;
        Some(Whole { name: name.to_owned(), records: records.parse().ok()? })
    };
    let whole: Option<Vec<Whole>> = checkpoint.state.lines().map(read).collect();
    let fits = |whole: &Vec<Whole>| {
        whole.iter().map(|part| part.records).sum::<u64>() == checkpoint.records
    };
    whole.filter(fits).ok_or_else(|| {
        let reason = format!("'{}' is no checkpoint of Parquet files", checkpoint.state);
        io::Error::new(io::ErrorKind::InvalidData, reason)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_one_of_utc() {
        let day = Day::of(1_790_985_600 - 1);
        assert_eq!(day.name, "event_date=2026-10-02");
        assert_eq!(day.seconds, 1_790_899_200..1_790_985_600);
        assert_eq!(Day::of(1_790_985_600).name, "event_date=2026-10-03");
        assert_eq!(Day::of(-1).name, "event_date=1969-12-31");
        for odd in [i64::MIN, i64::MAX] {
            assert_eq!(Day::of(odd).name, "event_date=__HIVE_DEFAULT_PARTITION__");
        }
    }

    #[test]
    fn a_checkpoint_of_something_else_is_refused() {
        let state =
            "7 event_date=2026-10-02/part-000.parquet\n3 event_date=2026-10-03/part-000.parquet";
        let read =
            |records, state: &str| read_state(&Checkpoint { records, state: state.to_owned() });
        assert_eq!(read(10, state).unwrap()[1].records, 3);
        assert_eq!(read(0, "").unwrap(), []);
        for (records, state) in [(9, state), (0, "12 40"), (1, "x y")] {
            assert!(read(records, state).is_err(), "{records} {state}");
        }
    }
}
