//! From the spool to the sinks, in the order of an export, in a thread of its own.

use std::io;
use std::path::Path;
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::mpsc;

use crate::error::ExportError;
use crate::known::Known;
use crate::ledger::Ledger;
use crate::merge;
use crate::period::Period;
use crate::record::Record;
use crate::segment::Spool;
use crate::sink::{Checkpoint, Finished, Sink, SinkKind};

/// After so many records the sinks are made durable.
const CHECKPOINT: u64 = 50_000;

/// A stretch all of whose windows are settled.
#[derive(Clone, Debug)]
pub(crate) struct Fodder {
    pub(crate) stretch: i64,
    /// Windows that have a segment, with what they own.
    pub(crate) segments: Vec<(i64, Period)>,
}

/// Writes records to sinks.
pub(crate) struct Feeder {
    spool: Spool,
    ledger: Arc<Ledger>,
    runtime: Handle,
    sinks: Vec<Fed>,
    /// Records given so far.
    given: u64,
    /// What is there already, and is not given.
    known: Option<Known>,
    /// The same at the last checkpoint.
    durable: u64,
    /// Stretches that were given since then, and the records up to their ends.
    passed: Vec<(i64, u64)>,
}

struct Fed {
    name: String,
    sink: Box<dyn Sink>,
    /// The first record that it has not got.
    from: u64,
}

/// What all sinks have made.
#[derive(Debug)]
pub(crate) struct Written {
    /// Each sink's name and what it has made.
    pub(crate) files: Vec<(String, Vec<Finished>)>,
    /// Records that they were given.
    pub(crate) records: u64,
    /// Those of them whose ids were there already, with other bytes.
    pub(crate) conflicts: u64,
}

impl Feeder {
    /// Opens the sinks where they were. `given` is how many records come before the first stretch
    /// that [`Feeder::run`] will get.
    pub(crate) fn open(
        spool: Spool,
        ledger: Arc<Ledger>,
        kinds: &[Arc<dyn SinkKind>],
        (directory, checkpoints): (&Path, &[(String, Checkpoint)]),
        (given, known): (u64, Option<Known>),
    ) -> Result<Self, ExportError> {
        let open = |kind: &Arc<dyn SinkKind>| {
            let name = kind.name();
            let known = checkpoints.iter().find(|(known, _)| *known == name);
            let checkpoint = known.map(|(_, checkpoint)| checkpoint);
            let from = checkpoint.map_or(0, |checkpoint| checkpoint.records);
            match kind.open(&directory.join(&name), checkpoint) {
                Ok(sink) => Ok(Fed { name, sink, from }),
                Err(source) => Err(ExportError::Sink { sink: name, source }),
            }
        };
        let sinks = kinds.iter().map(open).collect::<Result<_, _>>()?;
        let runtime = Handle::current();
        Ok(Self { spool, ledger, runtime, sinks, given, known, durable: given, passed: Vec::new() })
    }

    /// Writes what comes until there is no more; `None` if it was broken off. Blocks.
    pub(crate) fn run(
        mut self,
        mut stretches: mpsc::UnboundedReceiver<Option<Fodder>>,
    ) -> Result<Option<Written>, ExportError> {
        while let Some(message) = stretches.blocking_recv() {
            let Some(fodder) = message else { return self.finish().map(Some) };
            for cluster in clusters(fodder.segments) {
                self.merge(&cluster)?;
            }
            self.passed.push((fodder.stretch, self.given));
            if self.given - self.durable >= CHECKPOINT {
                self.checkpoint()?;
            }
        }
        self.checkpoint()?;
        Ok(None)
    }

    /// Gives the records of windows that overlap. One that came in two windows is given once.
    fn merge(&mut self, windows: &[i64]) -> Result<(), ExportError> {
        let spool = self.spool.clone();
        merge::each(&spool, windows, &mut |segment| {
            let record = segment.record().map_err(|source| ExportError::Spool { source })?;
            self.give(&record)
        })
    }

    fn give(&mut self, record: &Record<'_>) -> Result<(), ExportError> {
        if let Some(known) = &mut self.known
            && known.has(record)?
        {
            return Ok(());
        }
        for fed in self.sinks.iter_mut().filter(|fed| self.given >= fed.from) {
            fed.sink.write(record).map_err(failed(&fed.name))?;
        }
        self.given += 1;
        Ok(())
    }

    fn checkpoint(&mut self) -> Result<(), ExportError> {
        let mut checkpoints = Vec::with_capacity(self.sinks.len());
        for fed in self.sinks.iter_mut().filter(|fed| self.given >= fed.from) {
            let checkpoint = fed.sink.checkpoint().map_err(failed(&fed.name))?;
            checkpoints.push((fed.name.clone(), checkpoint));
        }
        let passed = std::mem::take(&mut self.passed);
        self.runtime.block_on(self.ledger.checkpoint(&checkpoints, &passed))?;
        self.durable = self.given;
        Ok(())
    }

    fn finish(mut self) -> Result<Written, ExportError> {
        // What comes next takes the files away: from here on they would be written again.
        self.runtime.block_on(self.ledger.forget_sinks())?;
        let mut files = Vec::with_capacity(self.sinks.len());
        for fed in self.sinks.drain(..) {
            let finished = fed.sink.finish().map_err(failed(&fed.name))?;
            files.push((fed.name, finished));
        }
        let conflicts = self.known.map_or(0, |known| known.conflicts);
        Ok(Written { files, records: self.given, conflicts })
    }
}

fn failed(sink: &str) -> impl FnOnce(io::Error) -> ExportError {
    let sink = sink.to_owned();
    move |source| ExportError::Sink { sink, source }
}

/// Windows in the order of their times, together with those that they overlap with.
fn clusters(mut segments: Vec<(i64, Period)>) -> Vec<Vec<i64>> {
    segments.sort_unstable_by_key(|(window, period)| (*period, *window));
    let mut clusters: Vec<Vec<i64>> = Vec::new();
    let mut end = None;
    for (window, period) in segments {
        match clusters.last_mut() {
            Some(cluster) if Some(period.start()) < end => cluster.push(window),
            _ => clusters.push(vec![window]),
        }
        end = end.max(Some(period.end()));
    }
    clusters
}
