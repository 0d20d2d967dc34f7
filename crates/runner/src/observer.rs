//! Who looks on: figures, logs, somebody at a terminal.

use std::fmt::Debug;

use crate::{Attempt, Ended, StepReport, Tick};

/// Who looks on. Nothing depends on it.
pub trait Observer: Debug + Send + Sync {
    /// The scheduler has looked.
    fn ticked(&self, _tick: &Tick) {}

    /// An attempt has begun.
    fn began(&self, _attempt: &Attempt) {}

    /// A step has begun, the first is 0.
    fn step_began(&self, _attempt: &Attempt, _index: usize) {}

    /// A step has ended, or was not done again.
    fn step_ended(&self, _attempt: &Attempt, _report: &StepReport) {}

    /// An attempt has ended.
    fn ended(&self, _attempt: &Attempt, _ended: &Ended) {}
}

/// Nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nobody;

impl Observer for Nobody {}
