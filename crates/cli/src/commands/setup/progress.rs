//! What goes on while a plan is carried out, on stderr.

use std::time::Duration;

use exoctl_setup::{Reporter, Step};

use crate::ui::Ui;

/// Tells the steps as they are done, and what is waited for.
#[derive(Debug)]
pub(crate) struct Progress<'a> {
    ui: &'a mut Ui,
    step: Option<Step>,
    waiting: Option<(String, Duration)>,
}

impl<'a> Progress<'a> {
    /// Nothing has begun.
    pub(crate) fn new(ui: &'a mut Ui) -> Self {
        Self { ui, step: None, waiting: None }
    }

    /// The step that has begun and not ended.
    pub(crate) fn step(&self) -> Option<&Step> {
        self.step.as_ref()
    }
}

impl Reporter for Progress<'_> {
    fn begins(&mut self, step: &Step) {
        self.step = Some(step.clone());
        self.waiting = None;
    }

    fn ends(&mut self, step: &Step) {
        self.ui.note(format_args!("  {step}: done"));
        self.step = None;
        self.waiting = None;
    }

    /// The first wait for a thing is told, then one a quarter of a minute.
    fn waits(&mut self, what: &str, so_far: Duration) {
        let told = match &self.waiting {
            Some((known, at)) if known == what => so_far < *at + Duration::from_secs(15),
            _ => false,
        };
        if told {
            return;
        }
        self.waiting = Some((what.to_owned(), so_far));
        match so_far.as_secs() {
            0 => self.ui.note(format_args!("    waiting for {what}")),
            seconds => self.ui.note(format_args!("    waiting for {what} ({seconds} s so far)")),
        }
    }
}
