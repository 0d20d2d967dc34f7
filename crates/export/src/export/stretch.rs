//! The stretches of a period and their windows: what is to be read next, and what can be written.

use std::collections::VecDeque;

use super::Progress;
use super::reading::{Ended, Task};
use crate::error::ExportError;
use crate::feed::Fodder;
use crate::ledger::Ledger;
use crate::period::Period;
use crate::plan::{self, Past};
use crate::query::{Query, Window};
use crate::source::Axis;
use crate::verdict::Verdict;

/// All stretches so far.
#[derive(Debug)]
pub(super) struct Stretches {
    span: Span,
    estimate: Option<u64>,
    all: Vec<Stretch>,
    /// What is known of each, in the same order.
    past: Vec<Option<Past>>,
    waiting: VecDeque<Task>,
    /// The first stretch that was not handed on.
    unfed: usize,
    windows: u64,
    records: u64,
    records_before: u64,
}

/// The time that is cut into stretches, and by what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) period: Period,
    pub(super) axis: Axis,
}

#[derive(Debug)]
struct Stretch {
    period: Period,
    /// Windows that are not settled.
    open: usize,
    records: u64,
    failed: bool,
    segments: Vec<(i64, Period)>,
    /// Records up to its end, if the sinks were given it.
    fed: Option<u64>,
}

impl Stretches {
    /// As the ledger has them.
    pub(super) async fn restore(
        ledger: &Ledger,
        span: Span,
        estimate: Option<u64>,
    ) -> Result<Self, ExportError> {
        let mut stretches = Self {
            span,
            estimate,
            all: Vec::new(),
            past: Vec::new(),
            waiting: VecDeque::new(),
            unfed: 0,
            windows: 0,
            records: 0,
            records_before: 0,
        };
        for row in ledger.stretches().await? {
            stretches.add(row.period);
            stretches.last().fed = row.fed;
        }
        let mut windows = ledger.windows().await?;
        for whole in windows.iter().filter(|window| window.is_whole() && window.segment.is_some()) {
            let segments = &mut stretches.all[whole.stretch as usize].segments;
            segments.push((whole.id, whole.window.period));
        }
        windows.retain(|window| window.split_by.is_none());
        for window in &windows {
            stretches.all[window.stretch as usize].open += 1;
        }
        // What was split has younger parts than later stretches have.
        windows.sort_unstable_by_key(|window| (window.stretch, window.id));
        for row in windows {
            let task = Task { id: row.id, stretch: row.stretch, window: row.window };
            match row.verdict {
                None => stretches.waiting.push_back(task),
                Some(verdict) => {
                    let (counts, segment) = (row.counts, row.segment.is_some());
                    stretches.settle(Ended::Settled { task, verdict, counts, segment });
                }
            }
        }
        stretches.records_before = stretches.records;
        Ok(stretches)
    }

    /// Passes over the stretches that all sinks have; gives how many records those are.
    pub(super) fn skip_fed(&mut self, durable: u64) -> u64 {
        let mut given = 0;
        for stretch in &self.all {
            match stretch.fed {
                Some(fed) if fed <= durable && stretch.open == 0 => given = fed,
                _ => break,
            }
            self.unfed += 1;
        }
        given
    }

    /// The next stretch in order that can be written, if there is one.
    pub(super) fn take_fodder(&mut self) -> Option<Fodder> {
        if self.span.axis == Axis::Availability {
            return self.take_all();
        }
        let stretch = self.all.get_mut(self.unfed)?;
        if stretch.open > 0 {
            return None;
        }
        let segments = std::mem::take(&mut stretch.segments);
        let fodder = Fodder { stretch: self.unfed as i64, segments };
        self.unfed += 1;
        Some(fodder)
    }

    /// All at once when all is read: only then is it known what comes first.
    fn take_all(&mut self) -> Option<Fodder> {
        if self.unfed > 0 || !self.are_done() {
            return None;
        }
        self.unfed = self.all.len();
        let segments =
            self.all.iter_mut().flat_map(|stretch| std::mem::take(&mut stretch.segments));
        // Whatever window they came in, they can be of any time.
        let segments = segments.map(|(window, _)| (window, self.span.period)).collect();
        Some(Fodder { stretch: self.unfed as i64 - 1, segments })
    }

    /// A window to read: one that waits, or that of a new stretch. `None` if there is none at the
    /// moment.
    pub(super) async fn next(
        &mut self,
        ledger: &Ledger,
        query: &Query,
    ) -> Result<Option<Task>, ExportError> {
        if let Some(task) = self.waiting.pop_front() {
            return Ok(Some(task));
        }
        let begin = self.all.last().map_or(self.span.period.start(), |last| last.period.end());
        let number = self.all.len();
        let length = plan::length(number, &self.past, self.span.period, self.estimate);
        let whole = self.span.period.end();
        let Some(length) = length.filter(|_| begin < whole) else { return Ok(None) };
        let end = (begin.as_second() + length).min(whole.as_second());
        let period = Period::of_seconds(begin.as_second(), end).expect("a stretch has a length");
        let filters = query.filters();
        let windows: Vec<Window> =
            filters.into_iter().map(|filter| Window { period, filter }).collect();
        let stretch = number as i64;
        let ids = ledger.plan(stretch, period, &windows).await?;
        self.add(period);
        self.last().open = ids.len();
        let tasks = ids.into_iter().zip(windows).map(|(id, window)| Task { id, stretch, window });
        self.waiting.extend(tasks);
        Ok(self.waiting.pop_front())
    }

    /// Takes what became of a window.
    pub(super) fn settle(&mut self, ended: Ended) {
        match ended {
            Ended::Split { task, parts, segment } => {
                let stretch = &mut self.all[task.stretch as usize];
                stretch.open += parts.len() - 1;
                if segment {
                    stretch.segments.push((task.id, task.window.period));
                }
                // Before all others: what comes after waits for it.
                for part in parts.into_iter().rev() {
                    self.waiting.push_front(part);
                }
            }
            Ended::Settled { task, verdict, counts, segment } => {
                let number = task.stretch as usize;
                let stretch = &mut self.all[number];
                stretch.open -= 1;
                stretch.records += counts.records;
                stretch.failed |= verdict == Verdict::Failed;
                if segment {
                    stretch.segments.push((task.id, task.window.period));
                }
                self.windows += 1;
                self.records += counts.records;
                self.note_past(number);
            }
        }
    }

    /// Whether the whole period was read.
    pub(super) fn are_done(&self) -> bool {
        let end = self.all.last().map(|last| last.period.end());
        end == Some(self.span.period.end()) && self.all.iter().all(|stretch| stretch.open == 0)
    }

    pub(super) fn progress(&self) -> Progress {
        let done = self.all.iter().filter(|stretch| stretch.open == 0);
        let seconds: i64 = done.map(|stretch| stretch.period.seconds()).sum();
        Progress {
            seconds: (seconds as u64, self.span.period.seconds() as u64),
            windows: self.windows,
            records: self.records,
            records_before: self.records_before,
        }
    }

    fn add(&mut self, period: Period) {
        self.all.push(Stretch {
            period,
            open: 0,
            records: 0,
            failed: false,
            segments: Vec::new(),
            fed: None,
        });
        self.past.push(None);
    }

    fn last(&mut self) -> &mut Stretch {
        self.all.last_mut().expect("one was added")
    }

    fn note_past(&mut self, number: usize) {
        let stretch = &self.all[number];
        if stretch.open == 0 {
            let records = (!stretch.failed).then_some(stretch.records);
            self.past[number] = Some(Past { seconds: stretch.period.seconds(), records });
        }
    }
}
