//! Waiting for what has been done to be seen. The directory is many servers; what one was told the
//! others learn within seconds, sometimes minutes, and until then a read may see it, then not, then
//! see it again.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::error::SetupError;
use crate::plan::Step;

/// Is told what goes on.
pub trait Reporter {
    /// A step begins.
    fn begins(&mut self, step: &Step);
    /// A step is done and seen.
    fn ends(&mut self, step: &Step);
    /// It is being waited, for `what`, so long by now.
    fn waits(&mut self, what: &str, so_far: Duration);
}

/// How long and how often to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patience {
    /// The first wait; it doubles from then on.
    pub first: Duration,
    /// The longest wait between two looks.
    pub longest: Duration,
    /// When to give up.
    pub limit: Duration,
    /// How many looks in a row must see it.
    pub in_a_row: u32,
    /// The wait between two looks that have both seen it.
    pub between: Duration,
}

impl Default for Patience {
    /// As Terraform's provider does it, with fewer looks: three in a row, at most five minutes.
    fn default() -> Self {
        Self {
            first: Duration::from_millis(500),
            longest: Duration::from_secs(15),
            limit: Duration::from_mins(5),
            in_a_row: 3,
            between: Duration::from_millis(200),
        }
    }
}

/// A wait that is under way.
#[derive(Debug)]
pub(crate) struct Wait<'a> {
    patience: &'a Patience,
    started: Instant,
    next: Duration,
}

impl<'a> Wait<'a> {
    pub(crate) fn new(patience: &'a Patience) -> Self {
        Self { patience, started: Instant::now(), next: patience.first }
    }

    /// Waits once more, or gives up.
    pub(crate) async fn again(
        &mut self,
        what: &str,
        reporter: &mut dyn Reporter,
    ) -> Result<(), SetupError> {
        let waited = self.started.elapsed();
        if waited + self.next > self.patience.limit {
            return Err(SetupError::NotThereYet { what: what.to_owned(), waited });
        }
        reporter.waits(what, waited);
        sleep(self.next).await;
        self.next = (self.next * 2).min(self.patience.longest);
        Ok(())
    }

    /// Waits between two looks that have both seen it.
    pub(crate) async fn between(&self) {
        sleep(self.patience.between).await;
    }
}
