//! Progress on stderr: a bar when the end is known, a counter when it is not, nothing in a pipe.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Ui;

/// Shows how far something has got until it is dropped.
#[derive(Debug)]
pub(crate) struct Progress(ProgressBar);

impl Ui {
    /// Begins to show progress: a bar up to `length`, or a counter without one. Shows nothing
    /// with `--quiet`, without a terminal, or if rows are going to the same terminal.
    pub(crate) fn progress(&self, length: Option<u64>, what: impl Into<String>) -> Progress {
        match length {
            Some(length) => {
                let bar = ProgressBar::new(length);
                self.shown(bar, "{msg} [{bar:30}] {pos}/{len} {eta}", what)
            }
            None => self.shown(ProgressBar::new_spinner(), "{spinner} {msg} {pos}", what),
        }
    }

    /// Begins to show how much of a `length` is done whose number says nothing to anybody.
    pub(crate) fn share(&self, length: u64, what: impl Into<String>) -> Progress {
        self.shown(ProgressBar::new(length), "{msg} [{bar:30}] {percent}% {eta}", what)
    }

    /// Begins to show that something is being done that has no steps.
    pub(crate) fn waiting(&self, what: impl Into<String>) -> Progress {
        self.shown(ProgressBar::new_spinner(), "{spinner} {msg}", what)
    }

    fn shown(&self, bar: ProgressBar, template: &str, what: impl Into<String>) -> Progress {
        if self.quiet || !self.terminal.stderr || self.terminal.dumb {
            return Progress(ProgressBar::hidden());
        }
        bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(8));
        bar.set_style(ProgressStyle::with_template(template).expect("the templates are valid"));
        bar.set_message(what.into());
        bar.enable_steady_tick(Duration::from_millis(125));
        Progress(bar)
    }
}

impl Progress {
    /// So many more are done.
    pub(crate) fn advance(&self, count: u64) {
        self.0.inc(count);
    }

    /// Says something else about it.
    pub(crate) fn describe(&self, text: String) {
        self.0.set_message(text);
    }

    /// Runs `write` while the bar is off the screen.
    pub(crate) fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        self.0.suspend(write)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
