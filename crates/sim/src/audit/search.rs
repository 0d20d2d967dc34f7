//! Answers searches the way `Search-UnifiedAuditLog` does, limits and accidents included.

use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::draw::Draw;
use super::profile::{AuditProfile, ResultCount, Trap};
use super::record_type::{USER_TYPES, record_type_name};
use super::scene::Scene;
use super::session::{ResultSet, Session, Sessions};
use super::{AuditLog, second_of_ticks};

/// Rows when no `ResultSize` is given, on every page anew.
pub const DEFAULT_RESULT_SIZE: usize = 100;
/// The largest `ResultSize`.
pub const MAX_RESULT_SIZE: usize = 5_000;
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

/// The answer to one call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchPage {
    /// The rows.
    pub rows: Vec<SearchRow>,
    /// Warnings; an answer with one of [`PARTIAL_WARNINGS`] is not complete.
    pub warnings: Vec<String>,
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
    pages: u64,
}

impl AuditSearch {
    /// Searches over `log` that behave as `profile` says.
    pub fn new(log: AuditLog, profile: AuditProfile) -> Self {
        let state = State { profile, armed: Vec::new(), sessions: Sessions::default(), pages: 0 };
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
        let size = request.result_size.unwrap_or(DEFAULT_RESULT_SIZE);
        if !(1..=MAX_RESULT_SIZE).contains(&size) {
            return Err(SearchError::ResultSize);
        }
        let mut state = self.state();
        check_window(request, now, &state.profile)?;
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

/// One call with everything that it needs.
struct Query<'a> {
    log: &'a AuditLog,
    request: &'a SearchRequest,
    now: Timestamp,
    profile: &'a AuditProfile,
}

impl Query<'_> {
    /// The matching records, newest first or in no order, up to `cap` rows.
    fn results(&self, cap: usize, sorted: bool) -> ResultSet {
        let one_more = SignedDuration::from_nanos(i64::from(self.profile.end_inclusive));
        let end = self.request.end.saturating_add(one_more).unwrap_or(self.request.end);
        let mut window = self.log.range(self.request.start, end);
        if self.profile.rate(Trap::BoundaryDuplicates) > 0 {
            window = window.start.saturating_sub(3)..(window.end + 3).min(self.log.len());
        }
        let count_all = self.profile.result_count == ResultCount::Total;
        let duplicates = self.profile.rate(Trap::Duplicates);
        let mut results = ResultSet::default();
        for index in window.rev() {
            if !self.matches(index) {
                continue;
            }
            results.total += 1;
            if results.records.len() < cap {
                results.records.push(index);
                if Draw::new(self.log.seed() ^ 0xd0b1, index).happens(1, duplicates) {
                    results.records.push(index);
                }
            } else {
                results.beyond = true;
                if !count_all {
                    break;
                }
            }
        }
        results.beyond |= results.records.len() > cap;
        results.records.truncate(cap);
        if !sorted {
            results.records.sort_by_cached_key(|&index| Draw::new(0x0507, index).bits(1));
        }
        results
    }

    fn matches(&self, index: u64) -> bool {
        let scene = self.log.scene(index);
        let request = self.request;
        if self.profile.late {
            let visible = second_of_ticks(scene.ticks).as_second() + self.log.delay(index);
            if visible > self.now.as_second() {
                return false;
            }
        }
        request.record_type.is_none_or(|wanted| wanted == scene.kind.record_type)
            && (request.operations.is_empty()
                || request
                    .operations
                    .iter()
                    .any(|wanted| wanted.eq_ignore_ascii_case(scene.kind.operation)))
            && contains_text(&request.user_ids, || Some(scene.user_id()))
            && matches_address(&request.ip_addresses, &scene)
            && matches_object(&request.object_ids, &scene)
            && request.free_text.as_ref().is_none_or(|wanted| {
                scene.audit_data().to_lowercase().contains(&wanted.to_lowercase())
            })
    }

    /// The next page of a session.
    fn page(&self, session: &mut Session, size: usize, snapping: &[Trap]) -> SearchPage {
        let remaining = session.remaining();
        if remaining > 0 && snapping.contains(&Trap::BogusPage) {
            let first = session.results.records[session.delivered];
            let mut row = self.row(first, 0, 0);
            (row.result_index, row.result_count) = (-1, 0);
            return SearchPage { rows: vec![row], warnings: Vec::new() };
        }
        let mut take = remaining.min(size);
        if take > 1 && remaining > 1 && snapping.contains(&Trap::ShortPage) {
            take = take.div_ceil(3);
        }
        if remaining > 0 && snapping.contains(&Trap::EmptyPage) {
            take = 0;
        }
        let more_after = remaining > take || self.more_beyond(session);
        let mut page = SearchPage::default();
        let mut shown = take;
        if take > 1 && snapping.contains(&Trap::PartialWithWarning) {
            shown = take / 2;
            page.warnings.push(PARTIAL_WARNINGS[shown % 2].to_owned());
        }
        let from = session.delivered;
        for position in from..from + shown {
            let mut row = self.row(session.results.records[position], position, size);
            row.more_records_available = self.profile.metadata.then_some(more_after);
            if self.profile.result_count == ResultCount::Total {
                row.result_count = session.results.total as i64;
            }
            page.rows.push(row);
        }
        if snapping.contains(&Trap::HotDuplicate)
            && let Some(hot) = page.rows.first().cloned()
        {
            let room = size.saturating_sub(page.rows.len()).min(58);
            page.rows.extend(std::iter::repeat_n(hot, room));
        }
        session.delivered += take;
        page
    }

    /// Whether rows match that no page of a call without a session will show. A session that
    /// reaches its limit says that there is nothing more.
    fn more_beyond(&self, session: &Session) -> bool {
        self.request.session_id.is_none() && session.results.beyond
    }

    fn row(&self, index: u64, position: usize, size: usize) -> SearchRow {
        let record = self.log.record(index);
        let mut audit_data = self.damaged(index, position, record.audit_data);
        if self.request.formatted {
            audit_data = formatted(audit_data);
        }
        SearchRow {
            record_type: record_type_name(record.record_type),
            creation_date: second_of_ticks(record.ticks),
            user_ids: record.user_id,
            operations: record.operation.to_owned(),
            audit_data,
            result_index: position as i64 + 1,
            result_count: size as i64,
            identity: record.id,
            more_records_available: None,
        }
    }

    /// The record's text as the traps that look at single records leave it.
    fn damaged(&self, index: u64, position: usize, text: String) -> String {
        let draw = Draw::new(self.log.seed() ^ 0xbad, index);
        let snaps = |trap: Trap| draw.happens(trap as u64, self.profile.rate(trap));
        if snaps(Trap::Unterminated) {
            return text[..text.len() - 2].to_owned();
        }
        if snaps(Trap::NumbersAsStrings) {
            return text.replace("\"Version\":1,", "\"Version\":\"1\",");
        }
        if snaps(Trap::DuplicateKeys) {
            return text.replacen("\"Version\":1,", "\"Version\":1,\"Version\":1,", 1);
        }
        if snaps(Trap::ConflictingBytes) && position % 2 == 1 {
            return format!("{},\"ResponseId\":{position}}}", &text[..text.len() - 1]);
        }
        text
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

fn contains_text(wanted: &[String], text: impl FnOnce() -> Option<String>) -> bool {
    wanted.is_empty()
        || text().is_some_and(|text| {
            let text = text.to_lowercase();
            wanted.iter().any(|wanted| wanted.to_lowercase() == text)
        })
}

fn matches_address(wanted: &[String], scene: &Scene<'_>) -> bool {
    contains_text(wanted, || {
        scene.client_ip().map(|address| match address.strip_prefix('[') {
            Some(v6) => v6.split(']').next().unwrap_or_default().to_owned(),
            None if address.matches(':').count() == 1 => {
                address.split(':').next().unwrap_or_default().to_owned()
            }
            None => address,
        })
    })
}

fn matches_object(wanted: &[String], scene: &Scene<'_>) -> bool {
    if wanted.is_empty() {
        return true;
    }
    scene.object_id().is_some_and(|object| {
        let object = object.to_lowercase();
        wanted.iter().any(|wanted| {
            let wanted = wanted.to_lowercase();
            match wanted.strip_suffix('*') {
                Some(prefix) => object.starts_with(prefix),
                None => object == wanted,
            }
        })
    })
}

/// `-Formatted`: names for numbers, indented; what cannot be read stays as it is.
fn formatted(text: String) -> String {
    let Ok(serde_json::Value::Object(mut record)) = serde_json::from_str(&text) else {
        return text;
    };
    if let Some(number) = record.get("RecordType").and_then(serde_json::Value::as_u64) {
        record["RecordType"] = record_type_name(number as u16).into();
    }
    if let Some(number) = record.get("UserType").and_then(serde_json::Value::as_u64)
        && let Some(name) = USER_TYPES.get(number as usize)
    {
        record["UserType"] = (*name).into();
    }
    serde_json::to_string_pretty(&record).unwrap_or(text)
}

#[cfg(test)]
#[path = "search_tests.rs"]
mod tests;
