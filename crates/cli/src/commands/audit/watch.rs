//! How far an export is, on the terminal.

use std::sync::Mutex;
use std::time::Instant;

use exoctl_export::{Progress, Watch};

use crate::ui;

/// Shows an export's progress as a bar over the seconds of its period.
pub(super) struct Bar {
    line: ui::Progress,
    shown: Mutex<u64>,
    begun: Instant,
}

impl Bar {
    pub(super) fn new(line: ui::Progress) -> Self {
        Self { line, shown: Mutex::new(0), begun: Instant::now() }
    }
}

impl Watch for Bar {
    fn progress(&self, progress: &Progress) {
        let mut shown = self.shown.lock().expect("no code panics while it holds the number");
        let (done, _) = progress.seconds;
        self.line.advance(done.saturating_sub(*shown));
        *shown = done;
        let records = progress.records - progress.records_before;
        let rate = records as f64 / self.begun.elapsed().as_secs_f64().max(0.001);
        let (windows, records) = (progress.windows, progress.records);
        self.line.describe(format!("{windows} windows, {records} records, {rate:.0}/s"));
    }
}
