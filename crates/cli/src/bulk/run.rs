//! Sends the calls and follows what comes of them.

use std::pin::pin;

use exoctl_exchange::powershell::Action;
use exoctl_exchange::{BulkOptions, BulkOutcome, InvokeError, Notice, Records};
use futures_util::{StreamExt, stream};

use super::Bulk;
use super::column::{Columns, Row};
use super::failed::FailedFile;
use super::feed::Feed;
use super::input::Input;
use super::plan::Plan;
use super::tally::{Stop, Tally, on_one_line, one_line};
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::output::Rows;
use crate::ui::{Progress, Ui};

const NOT_ATTEMPTED: &str = "not attempted";
const INTERRUPTED: &str = "interrupted: it may or may not have been done";

/// Runs all rows of the input.
pub(super) async fn run(
    bulk: &Bulk<'_>,
    input: &Input,
    plan: &Plan<'_>,
    failed: FailedFile,
    rows: Rows,
    ui: &mut Ui,
) -> Result<ExitCode, CommandError> {
    let feed = Feed::new(input, plan)?;
    let progress = ui.progress(Some(input.rows()), "rows");
    let tally = Tally::of(input.rows());
    let mut run = Run {
        bulk,
        columns: input.columns(),
        feed: &feed,
        failed,
        rows: Some(rows),
        tally,
        progress,
        broken: None,
        ui,
    };
    run.outcomes().await?;
    run.end()
}

struct Run<'a> {
    bulk: &'a Bulk<'a>,
    columns: &'a Columns,
    feed: &'a Feed<'a>,
    failed: FailedFile,
    /// Where rows of output go, as long as they can be written.
    rows: Option<Rows>,
    tally: Tally,
    progress: Progress,
    /// Why they cannot be written any more.
    broken: Option<CommandError>,
    ui: &'a mut Ui,
}

/// Why a row is not done.
struct Failure {
    exit: ExitCode,
    text: String,
    stop: Option<Stop>,
}

impl Run<'_> {
    /// Follows the outcomes to their end. After a stop the rows under way are waited for; a
    /// second Ctrl-C does not wait.
    async fn outcomes(&mut self) -> Result<(), CommandError> {
        let args = self.bulk.args;
        let batch = if args.no_batch { 1 } else { BulkOptions::default().batch };
        let options = BulkOptions { concurrency: usize::from(args.concurrency), batch };
        let feed = self.feed;
        let invocations = stream::iter(feed.invocations());
        let mut outcomes = pin!(self.bulk.connection.bulk(invocations, &options));
        let mut interrupted = pin!(tokio::signal::ctrl_c());
        let mut waiting = false;
        loop {
            let outcome = tokio::select! {
                outcome = outcomes.next() => outcome,
                _ = &mut interrupted => {
                    if waiting {
                        return self.give_up();
                    }
                    waiting = true;
                    self.interrupt();
                    interrupted.set(tokio::signal::ctrl_c());
                    continue;
                }
            };
            let Some(outcome) = outcome else { return Ok(()) };
            let row = feed.take().expect("every outcome is of a row under way");
            self.outcome(&row, outcome).await?;
            self.progress.advance(1);
        }
    }

    async fn outcome(&mut self, row: &Row, outcome: BulkOutcome) -> Result<(), CommandError> {
        let ended = match outcome.result {
            Ok(records) => self.records(row, records).await?,
            Err(error) => Err(self.refusal(error)),
        };
        match ended {
            Ok(()) => self.tally.done(),
            Err(failure) => {
                self.tally.failed(row.number, failure.exit, &failure.text);
                self.failed.add(row, self.columns, &failure.text)?;
                if let Some(why) = failure.stop.or_else(|| self.on_error()) {
                    self.stop(why);
                }
            }
        }
        Ok(())
    }

    /// Writes the rows of a result and says what the service says with them. The outer error is
    /// that nobody reads the output of a cmdlet that only reads.
    async fn records(
        &mut self,
        row: &Row,
        mut records: Records,
    ) -> Result<Result<(), Failure>, CommandError> {
        let mut failure = None;
        loop {
            let record = records.next().await;
            for notice in records.take_notices() {
                failure = failure.or(self.notice(row, notice));
            }
            match record {
                Some(Ok(record)) => {
                    let Some(rows) = &mut self.rows else { continue };
                    if let Err(error) = rows.record(&record, self.ui) {
                        self.output_failed(error)?;
                    }
                }
                Some(Err(error)) => return Ok(Err(self.refusal(error))),
                None => return Ok(failure.map_or(Ok(()), Err)),
            }
        }
    }

    fn notice(&mut self, row: &Row, notice: Notice) -> Option<Failure> {
        let common = self.bulk.common;
        match notice {
            Notice::Warning(text) => {
                let action = common.warning_action.unwrap_or(Action::Continue);
                let number = row.number;
                if !action.is_silent() {
                    self.progress.suspend(|| self.ui.warning(format_args!("row {number}: {text}")));
                }
                let stops = matches!(action, Action::Stop | Action::Inquire);
                let exit = ExitCode::Failed;
                let text = format!("-WarningAction stops at the warning: {}", on_one_line(&text));
                stops.then_some(Failure { exit, text, stop: Some(Stop::Told) })
            }
            Notice::Error(text) => {
                Some(Failure { exit: ExitCode::Failed, text: on_one_line(&text), stop: None })
            }
            Notice::WhatIf(text) => {
                self.progress.suspend(|| self.ui.say(format_args!("What if: {text}")));
                None
            }
            _ => None,
        }
    }

    fn refusal(&mut self, error: InvokeError) -> Failure {
        let stop = self.tally.is_hopeless(&error).then_some(Stop::Hopeless);
        let text = one_line(&error);
        Failure { exit: CommandError::from(error).exit(), text, stop }
    }

    fn on_error(&self) -> Option<Stop> {
        let stops = matches!(self.bulk.common.error_action, Some(Action::Stop | Action::Inquire));
        stops.then_some(Stop::Told)
    }

    /// A cmdlet that reads is for nothing without its output. One that changes something must
    /// still tell which rows are done.
    fn output_failed(&mut self, error: CommandError) -> Result<(), CommandError> {
        if self.bulk.invocation.cmdlet.is_read() {
            return Err(error);
        }
        self.rows = None;
        self.broken = Some(error);
        self.stop(Stop::Output);
        Ok(())
    }

    fn stop(&mut self, why: Stop) {
        self.tally.stop(why);
        self.feed.stop();
    }

    fn interrupt(&mut self) {
        self.stop(Stop::Interrupted);
        let text = "Waiting for the rows under way; Ctrl-C again does not wait";
        self.progress.suspend(|| self.ui.say(text));
    }

    /// Leaves the rows under way to themselves.
    fn give_up(&mut self) -> Result<(), CommandError> {
        while let Some(row) = self.feed.take() {
            self.tally.failed(row.number, ExitCode::Failed, INTERRUPTED);
            self.failed.add(&row, self.columns, INTERRUPTED)?;
        }
        Ok(())
    }

    /// Keeps the rows that were not attempted, lists the failures and sums up.
    fn end(mut self) -> Result<ExitCode, CommandError> {
        while let Some(row) = self.feed.left() {
            self.failed.add(&row, self.columns, NOT_ATTEMPTED)?;
        }
        drop(self.progress);
        let written = match self.rows.take() {
            Some(rows) if self.tally.stopped().is_none() => rows.finish(self.ui),
            Some(rows) => rows.cut_off(self.ui),
            None => Ok(()),
        };
        let changed = self.feed.broken().map(CommandError::from);
        if changed.is_some() {
            self.tally.stop(Stop::Input);
        }
        let earlier = self.failed.earlier();
        let failed = self.failed.finish()?;
        if !self.bulk.common.error_action.is_some_and(Action::is_silent) {
            self.tally.list(self.ui);
        }
        let earlier = earlier.filter(|_| failed.is_none());
        self.tally.sum_up(failed.as_deref(), earlier.as_deref(), self.ui);
        match self.broken.or(changed).or(written.err()) {
            // That nobody reads is no error; that rows are not done is one.
            Some(error) if !error.is_closed_pipe() => Err(error),
            _ => Ok(self.tally.exit()),
        }
    }
}
