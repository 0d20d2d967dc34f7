//! Answers searches the way `Search-UnifiedAuditLog` does, limits and accidents included.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::AuditLog;
use super::draw::Draw;
use super::profile::{AuditProfile, Trap};
use super::query::{Query, written_row};
use super::session::{Session, Sessions};

/// Rows when no `ResultSize` is given, on every page anew.
pub const DEFAULT_RESULT_SIZE: usize = 100;
/// The largest `ResultSize`.
pub const MAX_RESULT_SIZE: usize = 5_000;
/// How many answers are kept for the responses that still fetch rows of them.
const ANSWERS: usize = 128;
/// Most rows of a session with `ReturnLargeSet`.
pub const LARGE_SET_CAP: usize = 50_000;
/// Most rows of a session with `ReturnNextPreviewPage`.
pub const PREVIEW_CAP: usize = 5_000;

/// The warnings of an answer that is not complete (two that exporters watch for).
pub const PARTIAL_WARNINGS: [&str; 2] = ["A task was canceled.", "Failed to process request."];

/// How a session delivers its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionCommand {
    /// Up to 50,000 rows, unsorted.
    ReturnLargeSet,
    /// Up to 5,000 rows, newest first.
    ReturnNextPreviewPage,
}

/// One call of the cmdlet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchRequest {
    /// First second of the window.
    pub start: Timestamp,
    /// End of the window.
    pub end: Timestamp,
    /// Rows wanted, at most [`MAX_RESULT_SIZE`].
    pub result_size: Option<usize>,
    /// Name of the session, if any.
    pub session_id: Option<String>,
    /// How the session delivers.
    pub session_command: Option<SessionCommand>,
    /// Only this record type.
    pub record_type: Option<u16>,
    /// Only these operations; empty for all. Letter case does not matter in any of these lists.
    pub operations: Vec<String>,
    /// Only these users.
    pub user_ids: Vec<String>,
    /// Only these client addresses, without port.
    pub ip_addresses: Vec<String>,
    /// Only these objects; a `*` at the end stands for anything.
    pub object_ids: Vec<String>,
    /// Only records that contain this text.
    pub free_text: Option<String>,
    /// Rewrite `AuditData` with names for numbers, over many lines.
    pub formatted: bool,
}

impl SearchRequest {
    /// Everything from `start` to `end`, without a session.
    pub fn new(start: Timestamp, end: Timestamp) -> Self {
        Self {
            start,
            end,
            result_size: None,
            session_id: None,
            session_command: None,
            record_type: None,
            operations: Vec::new(),
            user_ids: Vec::new(),
            ip_addresses: Vec::new(),
            object_ids: Vec::new(),
            free_text: None,
            formatted: false,
        }
    }
}

/// One row of the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchRow {
    /// `RecordType`, the name.
    pub record_type: String,
    /// `CreationDate`.
    pub creation_date: Timestamp,
    /// `UserIds`.
    pub user_ids: String,
    /// `Operations`.
    pub operations: String,
    /// `AuditData`.
    pub audit_data: String,
    /// `ResultIndex`: one-based over the pages of the session, or -1.
    pub result_index: i64,
    /// `ResultCount`.
    pub result_count: i64,
    /// `Identity`.
    pub identity: Uuid,
    /// `AuditSearchRequestMetadata.moreRecordsAvailable`.
    pub more_records_available: Option<bool>,
}

/// The answer to one call: which records, not yet written out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchPage {
    /// The rows.
    pub rows: Vec<PageRow>,
    /// Warnings; an answer with one of [`PARTIAL_WARNINGS`] is not complete.
    pub warnings: Vec<String>,
    /// Whether `AuditData` is rewritten with names for numbers, over many lines.
    pub formatted: bool,
}

/// One row of an answer before it is written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRow {
    /// Number of the record.
    pub record: u64,
    /// Place in the session, from 0.
    pub position: usize,
    /// `ResultIndex`.
    pub result_index: i64,
    /// `ResultCount`.
    pub result_count: i64,
    /// `AuditSearchRequestMetadata.moreRecordsAvailable`.
    pub more_records_available: Option<bool>,
}

impl PageRow {
    /// A record at a place of a session, and nothing else.
    pub(crate) fn at(record: u64, position: usize) -> Self {
        Self {
            record,
            position,
            result_index: position as i64 + 1,
            result_count: 1,
            more_records_available: None,
        }
    }
}

/// Why a search is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SearchError {
    /// The window begins before what is kept.
    #[error("Audit log search argument startDate should be after {horizon}.")]
    BeforeRetention {
        /// The first time that may be asked for, as the service writes it.
        horizon: String,
    },
    /// The window ends before it begins.
    #[error("Audit log search argument startDate should be before endDate.")]
    Backwards,
    /// `ResultSize` is out of range.
    #[error("Audit log search argument ResultSize should be between 1 and {MAX_RESULT_SIZE}.")]
    ResultSize,
}

/// Searches of one log: its behaviour and its open sessions.
#[derive(Debug)]
pub struct AuditSearch {
    log: AuditLog,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    profile: AuditProfile,
    armed: Vec<Trap>,
    sessions: Sessions,
    answers: VecDeque<(String, Arc<SearchPage>)>,
    pages: u64,
}

impl AuditSearch {
    /// Searches over `log` that behave as `profile` says.
    pub fn new(log: AuditLog, profile: AuditProfile) -> Self {
        let state = State {
            profile,
            armed: Vec::new(),
            sessions: Sessions::default(),
            answers: VecDeque::new(),
            pages: 0,
        };
        Self { log, state: Mutex::new(state) }
    }

    /// The log that is searched.
    pub fn log(&self) -> &AuditLog {
        &self.log
    }

    /// Replaces the behaviour.
    pub fn set_profile(&self, profile: AuditProfile) {
        self.state().profile = profile;
    }

    /// The behaviour at the moment.
    pub fn profile(&self) -> AuditProfile {
        self.state().profile.clone()
    }

    /// Lets `trap` snap on the next page that it can spoil.
    pub fn arm(&self, trap: Trap) {
        self.state().armed.push(trap);
    }

    /// Answers one call by `caller` at the time `now`.
    pub fn search(
        &self,
        caller: &str,
        now: Timestamp,
        request: &SearchRequest,
    ) -> Result<SearchPage, SearchError> {
        self.check(now, request)?;
        let size = request.result_size.unwrap_or(DEFAULT_RESULT_SIZE);
        let mut state = self.state();
        state.pages += 1;
        let snapping = state.snapping(self.log.seed());
        let State { profile, sessions, .. } = &mut *state;
        let query = Query { log: &self.log, request, now, profile };
        let (Some(name), Some(command)) = (&request.session_id, request.session_command) else {
            let mut session =
                Session::new(SessionCommand::ReturnNextPreviewPage, query.results(size, true));
            return Ok(query.page(&mut session, size, &snapping));
        };
        if snapping.contains(&Trap::SessionForgotten) {
            sessions.forget(caller, name);
        }
        let session = sessions.find(caller, name, || {
            let sorted = command == SessionCommand::ReturnNextPreviewPage;
            let cap = if sorted { PREVIEW_CAP } else { LARGE_SET_CAP };
            Session::new(command, query.results(cap, sorted))
        });
        session.use_command(command);
        Ok(query.page(session, size, &snapping))
    }

    /// Writes one row of an answer out.
    pub fn row(&self, page: &SearchPage, row: &PageRow) -> SearchRow {
        let state = self.state();
        written_row(&self.log, &state.profile, page.formatted, row)
    }

    pub(super) fn written(&self, profile: &AuditProfile, row: &PageRow) -> SearchRow {
        written_row(&self.log, profile, false, row)
    }

    /// The answer to one call whose rows fetched in several responses must agree: `begin` asks
    /// anew, otherwise the last answer to the same question is given again. `None` when it was
    /// forgotten.
    pub fn answer(
        &self,
        caller: &str,
        now: Timestamp,
        request: &SearchRequest,
        begin: bool,
    ) -> Result<Option<Arc<SearchPage>>, SearchError> {
        let key = format!("{caller} {request:?}");
        if begin {
            let page = Arc::new(self.search(caller, now, request)?);
            let mut state = self.state();
            state.answers.retain(|(known, _)| *known != key);
            if state.answers.len() >= ANSWERS {
                state.answers.pop_front();
            }
            state.answers.push_back((key, Arc::clone(&page)));
            return Ok(Some(page));
        }
        let state = self.state();
        Ok(state.answers.iter().find(|(known, _)| *known == key).map(|(_, page)| Arc::clone(page)))
    }

    /// Whether the question would be refused.
    pub fn check(&self, now: Timestamp, request: &SearchRequest) -> Result<(), SearchError> {
        let size = request.result_size.unwrap_or(DEFAULT_RESULT_SIZE);
        if !(1..=MAX_RESULT_SIZE).contains(&size) {
            return Err(SearchError::ResultSize);
        }
        check_window(request, now, &self.state().profile)
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The traps that snap on this page: the armed ones and those whose turn it is.
    fn snapping(&mut self, seed: u64) -> Vec<Trap> {
        let draw = Draw::new(seed ^ 0x7a9, self.pages);
        let mut snapping = std::mem::take(&mut self.armed);
        for (trap, rate) in &self.profile.traps {
            if draw.happens(*trap as u64, *rate) {
                snapping.push(*trap);
            }
        }
        snapping
    }
}

fn check_window(
    request: &SearchRequest,
    now: Timestamp,
    profile: &AuditProfile,
) -> Result<(), SearchError> {
    let kept = SignedDuration::from_hours(24 * i64::from(profile.retention_days));
    let horizon = now.saturating_sub(kept).unwrap_or(Timestamp::MIN);
    if request.start < horizon {
        let horizon = horizon.strftime("%-m/%-d/%Y %-I:%M:%S %p UTC").to_string();
        return Err(SearchError::BeforeRetention { horizon });
    }
    if request.end < request.start {
        return Err(SearchError::Backwards);
    }
    Ok(())
}

#[cfg(test)]
#[path = "search_tests.rs"]
mod tests;
