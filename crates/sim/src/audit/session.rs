//! What the service remembers between the pages of one search.

use std::collections::HashMap;

use super::search::SessionCommand;

/// How many sessions are remembered; the oldest is forgotten first.
const SESSIONS: usize = 64;
/// Most rows of a session that used both commands.
const MIXED_CAP: usize = 10_000;

/// The rows of one search in the order in which they are delivered.
#[derive(Debug, Clone, Default)]
pub(crate) struct ResultSet {
    /// Record numbers; the same number twice is a duplicate.
    pub(crate) records: Vec<u64>,
    /// How many rows match; counted beyond the limit only when somebody wants to know.
    pub(crate) total: u64,
    /// Whether rows match that the limit kept out.
    pub(crate) beyond: bool,
}

/// One session.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) results: ResultSet,
    pub(crate) delivered: usize,
    command: SessionCommand,
    mixed: bool,
    touched: u64,
}

impl Session {
    pub(crate) fn new(command: SessionCommand, results: ResultSet) -> Self {
        Self { results, delivered: 0, command, mixed: false, touched: 0 }
    }

    /// Notes the command of this page; using both in one session lowers the limit for good.
    pub(crate) fn use_command(&mut self, command: SessionCommand) {
        self.mixed |= command != self.command;
        if self.mixed {
            self.results.records.truncate(MIXED_CAP.max(self.delivered));
        }
    }

    /// Rows that are still to come.
    pub(crate) fn remaining(&self) -> usize {
        self.results.records.len() - self.delivered
    }
}

/// The sessions of all callers.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    open: HashMap<(String, String), Session>,
    clock: u64,
}

impl Sessions {
    /// The session of this caller with this name, made by `begin` when there is none.
    pub(crate) fn find(
        &mut self,
        caller: &str,
        name: &str,
        begin: impl FnOnce() -> Session,
    ) -> &mut Session {
        self.clock += 1;
        let key = (caller.to_owned(), name.to_owned());
        if !self.open.contains_key(&key) && self.open.len() >= SESSIONS {
            let oldest = self.open.iter().min_by_key(|(_, session)| session.touched);
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                self.open.remove(&oldest);
            }
        }
        let session = self.open.entry(key).or_insert_with(begin);
        session.touched = self.clock;
        session
    }

    /// Forgets one session.
    pub(crate) fn forget(&mut self, caller: &str, name: &str) {
        self.open.remove(&(caller.to_owned(), name.to_owned()));
    }
}
