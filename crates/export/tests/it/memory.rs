//! A source that holds its records, and does wrong what it is told to.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use exoctl_export::{
    Anomaly, Axis, Notes, Query, ReadError, Reading, Row, Source, Stage, Survey, Window,
};
use futures_util::future::BoxFuture;

use crate::records;

/// The last record type that it knows; others are refused.
const HIGHEST_TYPE: u32 = 476;

/// What goes wrong with one reading, after half of its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mishap {
    Anomaly,
    Stopped,
    /// It never ends.
    Hangs,
}

/// A record with what windows can be limited to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) second: i64,
    pub(crate) text: String,
    pub(crate) record_type: String,
    pub(crate) operation: String,
    pub(crate) user: String,
}

#[derive(Debug)]
pub(crate) struct Memory {
    held: Vec<Held>,
    /// Whether the second at a window's end is given too.
    pub(crate) end_inclusive: bool,
    /// By what its windows are: by availability, records are there up to a day after they happened.
    pub(crate) axis: Axis,
    /// The most rows of a window.
    pub(crate) cap: usize,
    /// Whether it tells how many rows a window has.
    pub(crate) counts: bool,
    /// Records that a window does not give although it should.
    pub(crate) hidden: fn(&Held, &Window) -> bool,
    /// For the readings to come, one after the other.
    pub(crate) mishaps: Mutex<VecDeque<Option<Mishap>>>,
    pub(crate) survey: Survey,
    pub(crate) reads: AtomicU64,
    /// Told at each reading that hangs.
    pub(crate) hanging: tokio::sync::Notify,
}

impl Memory {
    pub(crate) fn new(held: Vec<(i64, String)>) -> Self {
        let held = held.into_iter().map(|(second, text)| Held {
            second,
            text,
            record_type: "1".into(),
            operation: "Set-Mailbox".into(),
            user: "adele".into(),
        });
        Self::holding(held.collect())
    }

    pub(crate) fn holding(held: Vec<Held>) -> Self {
        Self {
            held,
            end_inclusive: true,
            axis: Axis::CreationTime,
            cap: usize::MAX,
            counts: false,
            hidden: |_, _| false,
            mishaps: Mutex::default(),
            survey: Survey::default(),
            reads: AtomicU64::new(0),
            hanging: tokio::sync::Notify::new(),
        }
    }

    pub(crate) fn with_mishaps(self, mishaps: impl IntoIterator<Item = Option<Mishap>>) -> Self {
        self.mishaps.lock().unwrap().extend(mishaps);
        self
    }

    fn matching<'a>(&'a self, window: &'a Window) -> impl Iterator<Item = &'a Held> {
        let filter = &window.filter;
        let among = |wanted: &[String], value: &String| wanted.is_empty() || wanted.contains(value);
        self.held.iter().filter(move |held| {
            let end = window.period.end().as_second() + i64::from(self.end_inclusive);
            let lag = match self.axis {
                Axis::CreationTime => 0,
                Axis::Availability => held.second * 7919 % 86_400,
            };
            let available = held.second + lag;
            (window.period.start().as_second()..end).contains(&available)
                && filter.record_type.as_ref().is_none_or(|wanted| *wanted == held.record_type)
                && among(&filter.operations, &held.operation)
                && among(&filter.user_ids, &held.user)
        })
    }
}

impl Source for Memory {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn axis(&self) -> Axis {
        self.axis
    }

    fn survey<'a>(&'a self, _query: &'a Query) -> BoxFuture<'a, Result<Survey, ReadError>> {
        Box::pin(std::future::ready(Ok(self.survey.clone())))
    }

    fn read<'a>(
        &'a self,
        window: &'a Window,
        stage: &'a mut Stage,
        notes: &'a mut Notes,
    ) -> BoxFuture<'a, Result<Reading, ReadError>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            notes.calls += 1;
            self.reads.fetch_add(1, Ordering::Relaxed);
            let mishap = self.mishaps.lock().unwrap().pop_front().flatten();
            let number = window.filter.record_type.as_ref().and_then(|t| t.parse::<u32>().ok());
            notes.no_such_type = number.is_some_and(|number| number > HIGHEST_TYPE);
            let matching = self.matching(window).filter(|held| !(self.hidden)(held, window));
            let matching: Vec<&Held> = matching.collect();
            notes.told = self.counts.then_some(matching.len() as u64);
            let given = if mishap.is_some() { matching.len() / 2 } else { matching.len() };
            for (index, held) in matching.iter().take(given.min(self.cap)).enumerate() {
                let row = records::row(&held.text, held.second, index as i64 + 1);
                stage.take(Row {
                    operations: held.operation.as_str().into(),
                    user_ids: held.user.as_str().into(),
                    ..row
                })?;
            }
            match mishap {
                Some(Mishap::Anomaly) => Err(Anomaly::Gap.into()),
                Some(Mishap::Stopped) => Err(ReadError::Stopped("the network is gone".into())),
                Some(Mishap::Hangs) => {
                    self.hanging.notify_one();
                    std::future::pending().await
                }
                None if matching.len() > self.cap => Ok(Reading::TooMany),
                None => Ok(Reading::Whole),
            }
        })
    }
}
