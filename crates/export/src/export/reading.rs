//! One window: read until it is whole, or until it is known that it cannot be.

use std::sync::Arc;

use exoctl_model::Clock;

use super::Options;
use crate::error::ExportError;
use crate::ledger::{Effort, Kept, Ledger, Settled};
use crate::period::Period;
use crate::plan::{self, Split, SplitBy};
use crate::query::Window;
use crate::segment::Spool;
use crate::source::{Anomaly, Axis, HORIZON_MARGIN, Notes, ReadError, Reading, Source};
use crate::stage::{Counts, Stage};
use crate::verdict::Verdict;

/// A window that is to be read.
#[derive(Clone, Debug)]
pub(super) struct Task {
    pub(super) id: i64,
    pub(super) stretch: i64,
    pub(super) window: Window,
}

/// What became of it.
#[derive(Debug)]
pub(super) enum Ended {
    Settled {
        task: Task,
        verdict: Verdict,
        counts: Counts,
        segment: bool,
    },
    /// `segment` says whether the whole has one of its own.
    Split {
        task: Task,
        parts: Vec<Task>,
        segment: bool,
    },
}

/// Reads one window.
pub(super) struct Reader {
    pub(super) source: Arc<dyn Source>,
    /// The query's, by `CreationTime`.
    pub(super) period: Period,
    pub(super) ledger: Arc<Ledger>,
    pub(super) spool: Spool,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) options: Options,
}

impl Reader {
    /// Reads it, writes down what came of it.
    pub(super) async fn read(self, task: Task) -> Result<Ended, ExportError> {
        let mut effort = Effort::default();
        let mut wait = self.options.first_wait;
        loop {
            let owned = match self.source.axis() {
                Axis::CreationTime => task.window.period,
                Axis::Availability => self.period,
            };
            let mut stage = Stage::new(Some(owned), self.spool.directory());
            let mut notes = Notes::default();
            let read = self.source.read(&task.window, &mut stage, &mut notes).await;
            effort.attempts += 1;
            effort.calls += notes.calls;
            effort.request_ids = notes.request_ids;
            (effort.told, effort.refused) = (notes.told, notes.no_such_type);
            let (anomaly, source) = match read {
                Ok(Reading::Whole) => {
                    return self.keep(task, stage, effort, Verdict::Complete).await;
                }
                Ok(Reading::TooMany) => return self.cut(task, stage, effort).await,
                Err(ReadError::BeforeRetention { horizon }) => {
                    return self.cut_off(task, horizon.as_second(), effort).await;
                }
                Err(ReadError::Anomaly { anomaly, source }) => (anomaly, source),
                Err(error) => return Err(error.into()),
            };
            let reason = reason(anomaly, source.as_deref());
            tracing::warn!(window = %task.window, attempt = effort.attempts, %reason, "reading again");
            effort.anomalies.push(anomaly);
            if effort.attempts >= self.options.attempts {
                return match source {
                    Some(source) if effort.anomalies.iter().all(|a| *a == Anomaly::Unanswered) => {
                        Err(ReadError::Stopped(source).into())
                    }
                    _ => self.give_up(task, effort, reason).await,
                };
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(self.options.longest_wait);
        }
    }

    /// Keeps what came.
    async fn keep(
        &self,
        task: Task,
        stage: Stage,
        effort: Effort,
        verdict: Verdict,
    ) -> Result<Ended, ExportError> {
        let Kept { counts, segment } = self.seal(task.id, stage).await?;
        let has_segment = segment.is_some();
        let reason = (verdict == Verdict::Undividable).then(|| undividable(&counts, effort.told));
        let settled = Settled { verdict, reason, counts, segment, effort };
        self.ledger.settle(task.id, &settled, self.clock.now()).await?;
        Ok(Ended::Settled { task, verdict, counts, segment: has_segment })
    }

    /// Writes what came to the spool.
    async fn seal(&self, window: i64, mut stage: Stage) -> Result<Kept, ExportError> {
        let counts = stage.counts();
        if stage.is_empty() {
            return Ok(Kept { counts, segment: None });
        }
        let spool = self.spool.clone();
        let sealing = tokio::task::spawn_blocking(move || spool.seal(window, &mut stage));
        let sealed = sealing.await.map_err(|_| ExportError::Lost)?;
        let sealed = sealed.map_err(|source| ExportError::Spool { source })?;
        Ok(Kept { counts, segment: Some((sealed.bytes, sealed.sha256)) })
    }

    /// Nothing of it is kept.
    async fn give_up(
        &self,
        task: Task,
        effort: Effort,
        reason: String,
    ) -> Result<Ended, ExportError> {
        self.nothing(task, effort, Verdict::Failed, Some(reason)).await
    }

    async fn nothing(
        &self,
        task: Task,
        effort: Effort,
        verdict: Verdict,
        reason: Option<String>,
    ) -> Result<Ended, ExportError> {
        let counts = Counts::default();
        let settled = Settled { verdict, reason, counts, segment: None, effort };
        self.ledger.settle(task.id, &settled, self.clock.now()).await?;
        Ok(Ended::Settled { task, verdict, counts, segment: false })
    }

    /// There is more than the service gives at once.
    async fn cut(
        &self,
        task: Task,
        mut stage: Stage,
        effort: Effort,
    ) -> Result<Ended, ExportError> {
        let sample = stage.sample().map_err(|source| ExportError::Spool { source })?;
        match plan::split(&task.window, &sample) {
            // The parts may lack what others have: what came of the whole is not thrown away.
            Some(split) if split.by.is_by_value() => {
                let kept = self.seal(task.id, stage).await?;
                self.split(task, split, effort, Some(kept)).await
            }
            Some(split) => self.split(task, split, effort, None).await,
            None => self.keep(task, stage, effort, Verdict::Undividable).await,
        }
    }

    /// What lies before the horizon is not to be had.
    async fn cut_off(
        &self,
        task: Task,
        horizon: i64,
        effort: Effort,
    ) -> Result<Ended, ExportError> {
        let period = task.window.period;
        let kept_from = horizon + HORIZON_MARGIN;
        if kept_from >= period.end().as_second() {
            return self.nothing(task, effort, Verdict::OutsideRetention, None).await;
        }
        if kept_from <= period.start().as_second() {
            let reason = "the service refuses a time that it says it keeps".to_owned();
            return self.give_up(task, effort, reason).await;
        }
        let with = |period: Period| Window { period, filter: task.window.filter.clone() };
        let parts = period.cut_at(&[kept_from]).into_iter().map(with).collect();
        self.split(task, Split { by: SplitBy::Retention, parts }, effort, None).await
    }

    async fn split(
        &self,
        task: Task,
        Split { by, parts }: Split,
        effort: Effort,
        kept: Option<Kept>,
    ) -> Result<Ended, ExportError> {
        tracing::info!(window = %task.window, by = by.name(), parts = parts.len(), "split");
        let stretch = task.stretch;
        let keep = kept.as_ref().map(|kept| (kept, self.clock.now()));
        let ids = self.ledger.split((task.id, stretch), (by, &parts), &effort, keep).await?;
        let parts = ids.into_iter().zip(parts);
        let parts = parts.map(|(id, window)| Task { id, stretch, window }).collect();
        let segment = kept.is_some_and(|kept| kept.segment.is_some());
        Ok(Ended::Split { task, parts, segment })
    }
}

fn undividable(counts: &Counts, told: Option<u64>) -> String {
    let got = counts.records;
    match told {
        Some(told) => format!(
            "{got} of the {told} that the service counts of one second, record type, operation and user"
        ),
        None => {
            format!("more than the {got} that came of one second, record type, operation and user")
        }
    }
}

/// The anomaly, and what there was instead of an answer.
fn reason(anomaly: Anomaly, source: Option<&(dyn std::error::Error + Send + Sync)>) -> String {
    let mut text = anomaly.to_string();
    let mut next: Option<&dyn std::error::Error> = source.map(|source| source as _);
    while let Some(error) = next {
        text.push_str(": ");
        text.push_str(&error.to_string());
        next = error.source();
    }
    text
}
