//! An export from its beginning, or from where it was, to its end.

mod publish;
mod reading;
mod reconcile;
mod stretch;
mod wholes;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use exoctl_certificate::Signer;
use exoctl_model::Clock;
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use self::reading::{Ended, Reader};
pub(crate) use self::reconcile::COMMIT;
pub use self::reconcile::Reconciled;
use self::stretch::{Span, Stretches};
use crate::behaviour::{self, Change};
use crate::disk;
use crate::error::ExportError;
use crate::feed::{Feeder, Fodder, Written};
use crate::known::Known;
use crate::ledger::{Ledger, LedgerError, State};
use crate::manifest::{Author, Manifest};
use crate::period::Period;
use crate::query::Query;
use crate::segment::Spool;
use crate::sink::{Quarantined, SinkKind};
use crate::source::{Axis, ReadError, Source, Survey};

/// How an export is made.
#[derive(Clone, Debug)]
pub struct Options {
    /// Windows read at a time.
    pub sessions: usize,
    /// How often a window is read before it counts as failed.
    pub attempts: u32,
    /// The wait after a reading that cannot be relied on; it doubles.
    pub first_wait: Duration,
    /// The longest such wait.
    pub longest_wait: Duration,
    /// Whether what was read stays when the export is complete.
    pub keep_spool: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            sessions: 3,
            attempts: 12,
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_mins(1),
            keep_spool: false,
        }
    }
}

/// Is told how far an export has got.
pub trait Watch: Send + Sync {
    /// Something has changed.
    fn progress(&self, progress: &Progress);
}

/// How far an export has got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Seconds of the period that were read, and all of them.
    pub seconds: (u64, u64),
    /// Windows that were settled.
    pub windows: u64,
    /// Records that were kept.
    pub records: u64,
    /// Records that were there when this run began.
    pub records_before: u64,
}

/// An export of a query from a source into a directory.
pub struct Export {
    /// Where everything goes.
    pub directory: PathBuf,
    /// What it is to hold.
    pub query: Query,
    /// Where records come from.
    pub source: Arc<dyn Source>,
    /// What is written.
    pub sinks: Vec<Arc<dyn SinkKind>>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Who makes it, for the manifest.
    pub author: Author,
    /// Signs the manifest.
    pub signer: Option<Arc<dyn Signer>>,
    /// Where it is kept how the service behaves, for all exports of a tenant.
    pub behaviour: Option<PathBuf>,
    /// How it is made.
    pub options: Options,
    /// Who is told.
    pub watch: Arc<dyn Watch>,
}

/// What came of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// What its manifest says.
    pub manifest: Manifest,
    /// Whether it was all there already.
    pub was_done: bool,
    /// What the service does otherwise than the last time.
    pub changes: Vec<Change>,
}

/// Where an export keeps what it needs for itself, below its directory.
pub(crate) const PRIVATE: &str = ".exoctl";

impl Export {
    /// Makes the export, or goes on with it.
    pub async fn run(&self) -> Result<Outcome, ExportError> {
        let private = self.directory.join(PRIVATE);
        let file = |operation, path: &Path| {
            let path = path.to_owned();
            move |source| ExportError::File { operation, path, source }
        };
        disk::create_directory(&private).map_err(file("make the directory", &private))?;
        let lock = Arc::new(lock(&self.directory)?);
        let ledger = Arc::new(Ledger::open(&private.join("ledger.db")).await?);
        if let Some(manifest) = self.begin(&ledger).await? {
            return Ok(Outcome { manifest, was_done: true, changes: Vec::new() });
        }
        let path = private.join("spool");
        let (busy, mut idle) = mpsc::channel(1);
        let spool = Spool::open(&path, lock, busy).map_err(file("make the directory", &path))?;
        let ended = self.make(&ledger, spool).await;
        // Whoever still writes to the spool for what was given up comes to an end first.
        let _ = idle.recv().await;
        ended
    }

    async fn make(&self, ledger: &Arc<Ledger>, spool: Spool) -> Result<Outcome, ExportError> {
        let (written, survey, skew, changes) = self.read_all(ledger, &spool, None, None).await?;
        let manifest = self.publish(ledger, &spool, written, (survey, skew)).await?;
        Ok(Outcome { manifest, was_done: false, changes })
    }

    /// Looks at the service, reads what is left of the period and writes it, but for what is `known`.
    async fn read_all(
        &self,
        ledger: &Arc<Ledger>,
        spool: &Spool,
        known: Option<Known>,
        since: Option<Timestamp>,
    ) -> Result<(Written, Survey, Option<i64>, Vec<Change>), ExportError> {
        let mut survey = self.survey().await?;
        let changes = match &self.behaviour {
            None => Vec::new(),
            Some(path) => behaviour::compare(path, &survey.behaviour).map_err(|source| {
                ExportError::File { operation: "keep", path: path.clone(), source }
            })?,
        };
        let skew = |date: Timestamp| date.as_second() - self.clock.now().as_second();
        let clock_skew = survey.service_date.map(skew);
        // The first one's estimate: the plan is the same whenever it goes on.
        let estimate = if let Some(first) = ledger.survey().await? {
            survey.availability = first.availability;
            first.estimate
        } else {
            survey.availability = self.availability(since);
            ledger.keep_survey(&survey).await?;
            survey.estimate
        };
        let span = Span {
            period: survey.availability.unwrap_or(self.query.period),
            axis: self.source.axis(),
        };
        let written = self.read_and_write(ledger, spool, (span, estimate), known).await?;
        Ok((written, survey, clock_skew, changes))
    }

    /// In which time the query's records became available, as far as that can be known: from when the
    /// first of them happened, or `since`, until now. There is no bound on how late a record may be.
    fn availability(&self, since: Option<Timestamp>) -> Option<Period> {
        if self.source.axis() == Axis::CreationTime {
            return None;
        }
        let now = self.clock.now().as_second();
        let from = since.unwrap_or(self.query.period.start()).as_second();
        Period::of_seconds(from, now.max(from + 1))
    }

    /// Looks at the service; what cannot be relied on is asked again.
    async fn survey(&self) -> Result<Survey, ExportError> {
        let mut wait = self.options.first_wait;
        let mut attempt = 1;
        loop {
            match self.source.survey(&self.query).await {
                Err(error @ ReadError::Anomaly { .. }) if attempt < self.options.attempts => {
                    tracing::warn!(attempt, %error, "asking again");
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(self.options.longest_wait);
                    attempt += 1;
                }
                ended => return Ok(ended?),
            }
        }
    }

    /// Begins, or looks where it was; gives the manifest if nothing is left to be done.
    async fn begin(&self, ledger: &Ledger) -> Result<Option<Manifest>, ExportError> {
        let Some((query, state)) = ledger.export().await? else {
            ledger.begin(&self.query, self.clock.now()).await?;
            return Ok(None);
        };
        if query != self.query {
            let (path, found) = (self.directory.clone(), query.to_string());
            return Err(LedgerError::OtherQuery { path, found }.into());
        }
        let reopened = ledger.reopen_failed().await?;
        if state == State::Published && reopened == 0 {
            let manifest = Manifest::read(&self.directory)?;
            let written: Vec<&str> = manifest.files.iter().map(|file| file.sink.as_str()).collect();
            let wanted = self.sinks.iter().map(|kind| kind.name());
            let missing: Vec<String> =
                wanted.filter(|name| !written.contains(&name.as_str())).collect();
            if missing.is_empty() {
                return Ok(Some(manifest));
            }
            if !manifest.later.is_empty() {
                let (directory, sinks) = (self.directory.clone(), missing.join(", "));
                return Err(ExportError::Reconciled { directory, sinks });
            }
            if !self.directory.join(PRIVATE).join("spool").exists() {
                let (directory, sinks) = (self.directory.clone(), missing.join(", "));
                return Err(ExportError::SpoolGone { directory, sinks });
            }
        }
        ledger.set_state(State::Open).await?;
        Ok(None)
    }

    /// Reads what is left of the period while what was read is written.
    async fn read_and_write(
        &self,
        ledger: &Arc<Ledger>,
        spool: &Spool,
        (span, estimate): (Span, Option<u64>),
        known: Option<Known>,
    ) -> Result<Written, ExportError> {
        let mut stretches = Stretches::restore(ledger, span, estimate).await?;
        let kinds = self.kinds();
        let checkpoints = ledger.sinks().await?;
        let first = kinds.iter().map(|kind| {
            let known = checkpoints.iter().find(|(name, _)| *name == kind.name());
            known.map_or(0, |(_, checkpoint)| checkpoint.records)
        });
        let given = stretches.skip_fed(first.min().unwrap_or(0));
        let partial = self.directory.join(PRIVATE).join("partial");
        let places = (partial.as_path(), checkpoints.as_slice());
        let feeder = Feeder::open(spool.clone(), ledger.clone(), &kinds, places, (given, known))?;
        let (feed, fodder) = mpsc::unbounded_channel();
        let feeding = tokio::task::spawn_blocking(move || feeder.run(fodder));
        let read = self.read(ledger, spool, &mut stretches, &feed).await;
        if read.is_ok() {
            // A feeder that is gone has its own reason.
            let _ = feed.send(None);
        }
        drop(feed);
        let fed = feeding.await.map_err(|_| ExportError::Lost)?;
        read?;
        fed?.ok_or(ExportError::Lost)
    }

    /// Reads all windows that are not settled.
    async fn read(
        &self,
        ledger: &Arc<Ledger>,
        spool: &Spool,
        stretches: &mut Stretches,
        feed: &mpsc::UnboundedSender<Option<Fodder>>,
    ) -> Result<(), ExportError> {
        let mut told = 0;
        let sessions = self.options.sessions.clamp(1, self.source.most_sessions());
        let mut reading: JoinSet<Result<Ended, ExportError>> = JoinSet::new();
        loop {
            while let Some(fodder) = stretches.take_fodder() {
                if feed.send(Some(fodder)).is_err() {
                    return Err(ExportError::Lost);
                }
            }
            let progress = stretches.progress();
            self.watch.progress(&progress);
            let percent = progress.seconds.0 * 100 / progress.seconds.1;
            if percent >= told + 5 {
                told = percent;
                let Progress { windows, records, .. } = progress;
                tracing::info!(percent, windows, records, "exporting");
            }
            while reading.len() < sessions
                && let Some(window) = stretches.next(ledger, &self.query).await?
            {
                let reader = Reader {
                    source: self.source.clone(),
                    period: self.query.period,
                    ledger: ledger.clone(),
                    spool: spool.clone(),
                    clock: self.clock.clone(),
                    options: self.options.clone(),
                };
                reading.spawn(async move { reader.read(window).await });
            }
            let Some(ended) = reading.join_next().await else {
                return if stretches.are_done() { Ok(()) } else { Err(ExportError::Lost) };
            };
            stretches.settle(ended.map_err(|_| ExportError::Lost)??);
        }
    }

    fn failed(
        &self,
        operation: &'static str,
    ) -> impl FnOnce(std::io::Error) -> ExportError + use<> {
        let path = self.directory.clone();
        move |source| ExportError::File { operation, path, source }
    }

    fn kinds(&self) -> Vec<Arc<dyn SinkKind>> {
        let mut kinds = self.sinks.clone();
        kinds.push(Arc::new(Quarantined));
        kinds
    }
}

/// Held as long as an export runs; the operating system lets go of it when the process ends.
fn lock(directory: &Path) -> Result<fs::File, ExportError> {
    let path = directory.join(PRIVATE).join("lock");
    let failed = |operation| {
        let path = path.clone();
        move |source| ExportError::File { operation, path, source }
    };
    let file = disk::open_private(&path).map_err(failed("open"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => {
            Err(ExportError::Locked { directory: directory.to_owned() })
        }
        Err(fs::TryLockError::Error(source)) => Err(failed("lock")(source)),
    }
}
