//! What came of the rows: the count, the failures, the end.

use std::error::Error;
use std::fmt;
use std::path::Path;

use exoctl_exchange::{ErrorKind, InvokeError};

use crate::exit::ExitCode;
use crate::ui::Ui;

/// Failures that are listed one by one.
const LISTED: usize = 20;
/// Rows in a row for which the service must have been unavailable until the rest is not tried.
const UNAVAILABLE: u32 = 3;

/// Why no more rows are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// No other row would get through: throttled, no network, no token, no role.
    Hopeless,
    /// `-ErrorAction Stop`, or `-WarningAction Stop`.
    Told,
    /// Ctrl-C.
    Interrupted,
    /// Rows of output cannot be written.
    Output,
    /// The input was changed.
    Input,
}

/// Counts rows by what came of them.
#[derive(Debug, Default)]
pub(super) struct Tally {
    total: u64,
    done: u64,
    failed: u64,
    /// The first failures, to be listed.
    listed: Vec<(u64, String)>,
    /// The exit code of all failures, if they have the same.
    class: Option<ExitCode>,
    unavailable: u32,
    stop: Option<Stop>,
}

impl Tally {
    /// Of so many rows nothing is known yet.
    pub(super) fn of(total: u64) -> Self {
        Self { total, ..Self::default() }
    }

    /// A row is done.
    pub(super) fn done(&mut self) {
        self.done += 1;
        self.unavailable = 0;
    }

    /// A row failed.
    pub(super) fn failed(&mut self, row: u64, exit: ExitCode, text: &str) {
        self.class = match self.class {
            None => Some(exit),
            Some(class) if class == exit => Some(class),
            Some(_) => Some(ExitCode::Failed),
        };
        self.failed += 1;
        if self.listed.len() < LISTED {
            self.listed.push((row, text.to_owned()));
        }
    }

    /// Whether after this error no other row would get through. One row that the service cannot
    /// serve is that row's trouble; some in a row are everybody's.
    pub(super) fn is_hopeless(&mut self, error: &InvokeError) -> bool {
        let one_of_some = matches!(error, InvokeError::Unavailable { .. });
        self.unavailable = if one_of_some { self.unavailable + 1 } else { 0 };
        match error.kind() {
            ErrorKind::Unavailable if one_of_some => self.unavailable >= UNAVAILABLE,
            ErrorKind::Unavailable | ErrorKind::Authentication => true,
            _ => matches!(error, InvokeError::RoleNotSupported { .. }),
        }
    }

    /// No more rows are to be sent.
    pub(super) fn stop(&mut self, why: Stop) {
        self.stop.get_or_insert(why);
    }

    /// Why no more rows are sent.
    pub(super) fn stopped(&self) -> Option<Stop> {
        self.stop
    }

    /// Whether all rows are done.
    pub(super) fn is_clean(&self) -> bool {
        self.done == self.total
    }

    /// How the program ends.
    pub(super) fn exit(&self) -> ExitCode {
        match self.class {
            Some(class) => class,
            None if self.is_clean() => ExitCode::Ok,
            None => ExitCode::Failed,
        }
    }

    /// Lists the failures.
    pub(super) fn list(&self, ui: &mut Ui) {
        for line in self.lines() {
            ui.say(line);
        }
    }

    /// Sums up, and tells what to do with the failed rows.
    pub(super) fn sum_up(&self, failed: Option<&Path>, earlier: Option<&Path>, ui: &mut Ui) {
        if self.is_clean() {
            ui.note(self);
        } else {
            ui.say(self);
        }
        if let Some(path) = failed {
            ui.say(advice(path));
        }
        if let Some(path) = earlier {
            ui.note(format_args!("{} is of an earlier run", path.display()));
        }
    }

    /// The failures, a line each.
    pub(super) fn lines(&self) -> Vec<String> {
        let line = |(row, text): &(u64, String)| format!("row {row}: {text}");
        let mut lines: Vec<String> = self.listed.iter().map(line).collect();
        let more = self.failed - self.listed.len() as u64;
        if more > 0 {
            lines.push(format!("and {more} more"));
        }
        lines
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = if self.total == 1 { "row" } else { "rows" };
        write!(f, "{} of {} {rows} done", self.done, self.total)?;
        if self.failed > 0 {
            write!(f, ", {} failed", self.failed)?;
        }
        let left = self.total.saturating_sub(self.done + self.failed);
        if left == 0 {
            return Ok(());
        }
        write!(f, ", {left} not attempted")?;
        f.write_str(match self.stop {
            Some(Stop::Hopeless) => ": no other row would have got through",
            Some(Stop::Told) => ": stopped as -ErrorAction or -WarningAction says",
            Some(Stop::Interrupted) => ": interrupted",
            Some(Stop::Output) => ": the output could not be written",
            Some(Stop::Input) | None => ": the input was changed while it was read",
        })
    }
}

/// An error in one line, the cmdlet's name left out, which is the same for all rows.
pub(super) fn one_line(error: &InvokeError) -> String {
    let mut next: Option<&dyn Error> = match error {
        InvokeError::Cmdlet { source, .. } => Some(&**source),
        other => Some(other),
    };
    let mut text = String::new();
    while let Some(error) = next {
        let cause = error.to_string();
        if !text.contains(&cause) {
            text.push_str(if text.is_empty() { "" } else { ": " });
            text.push_str(&cause);
        }
        next = error.source();
    }
    on_one_line(&text)
}

/// A text without line breaks.
pub(super) fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn advice(path: &Path) -> String {
    let path = path.display();
    format!("The rows that are not done are in {path}; correct them and go on with --input {path}")
}
