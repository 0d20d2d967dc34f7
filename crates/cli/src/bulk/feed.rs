//! Rows on their way into calls, remembered until it is known what came of them.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};

use exoctl_exchange::Invocation;

use super::column::Row;
use super::error::InputError;
use super::input::{Input, Rows};
use super::plan::Plan;

/// Reads rows as calls are wanted. Only rows under way are in memory.
#[derive(Debug)]
pub(super) struct Feed<'a>(Mutex<State<'a>>);

#[derive(Debug)]
struct State<'a> {
    input: &'a Input,
    rows: Rows<'a>,
    plan: &'a Plan<'a>,
    under_way: VecDeque<Row>,
    stopped: bool,
    broken: Option<InputError>,
}

impl<'a> Feed<'a> {
    pub(super) fn new(input: &'a Input, plan: &'a Plan<'a>) -> Result<Self, InputError> {
        let state = State {
            input,
            rows: input.read()?,
            plan,
            under_way: VecDeque::new(),
            stopped: false,
            broken: None,
        };
        Ok(Self(Mutex::new(state)))
    }

    /// The calls of all rows, until [`Feed::stop`].
    pub(super) fn invocations(&self) -> impl Iterator<Item = Invocation> + Send + use<'_, 'a> {
        std::iter::from_fn(|| self.state().next())
    }

    /// The first of the rows that are under way: outcomes come in their order.
    pub(super) fn take(&self) -> Option<Row> {
        self.state().under_way.pop_front()
    }

    /// Gives out no more calls.
    pub(super) fn stop(&self) {
        self.state().stopped = true;
    }

    /// A row that no call was made of, after the end.
    pub(super) fn left(&self) -> Option<Row> {
        self.state().row()
    }

    /// What was found wrong with the input although it had been checked.
    pub(super) fn broken(&self) -> Option<InputError> {
        self.state().broken.take()
    }

    fn state(&self) -> MutexGuard<'_, State<'a>> {
        self.0.lock().expect("nobody panics while holding the rows")
    }
}

impl State<'_> {
    fn next(&mut self) -> Option<Invocation> {
        if self.stopped {
            return None;
        }
        let row = self.row()?;
        match self.plan.invocation(&row) {
            Ok(invocation) => {
                self.under_way.push_back(row);
                Some(invocation)
            }
            Err(_) => self.changed(),
        }
    }

    fn row(&mut self) -> Option<Row> {
        if self.broken.is_some() {
            return None;
        }
        match self.rows.next() {
            Ok(row) => row,
            Err(_) => self.changed(),
        }
    }

    /// What has been checked is wrong now, so the file is not what it was.
    fn changed<T>(&mut self) -> Option<T> {
        let name = self.input.name().to_owned();
        self.broken = Some(InputError::Changed { name });
        None
    }
}
