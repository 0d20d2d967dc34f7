//! One call of the search: which records match, which come on this page, and what they look like.

use jiff::{SignedDuration, Timestamp};

use super::draw::Draw;
use super::profile::{AuditProfile, ResultCount, Trap};
use super::record_type::{USER_TYPES, record_type_name};
use super::scene::Scene;
use super::search::{PARTIAL_WARNINGS, PageRow, SearchPage, SearchRequest, SearchRow};
use super::session::{ResultSet, Session};
use super::{AuditLog, second_of_ticks};

/// One call with everything that it needs.
pub(crate) struct Query<'a> {
    pub(crate) log: &'a AuditLog,
    pub(crate) request: &'a SearchRequest,
    pub(crate) now: Timestamp,
    pub(crate) profile: &'a AuditProfile,
}

impl Query<'_> {
    /// The matching records, newest first or in no order, up to `cap` rows.
    pub(crate) fn results(&self, cap: usize, sorted: bool) -> ResultSet {
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
        if self.log.is_withheld(index, self.profile.withhold) {
            return false;
        }
        let scene = self.log.scene(index);
        let request = self.request;
        if self.profile.late && self.log.visible_from(index) > self.now.as_second() {
            return false;
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
    pub(crate) fn page(&self, session: &mut Session, size: usize, snapping: &[Trap]) -> SearchPage {
        let remaining = session.remaining();
        let mut page = SearchPage { formatted: self.request.formatted, ..SearchPage::default() };
        if remaining > 0 && snapping.contains(&Trap::BogusPage) {
            let bogus = PageRow { result_index: -1, ..Self::row(session, session.delivered, 0) };
            return SearchPage { rows: vec![bogus], ..page };
        }
        let mut take = remaining.min(size);
        if take > 1 && remaining > 1 && snapping.contains(&Trap::ShortPage) {
            take = take.div_ceil(3);
        }
        if remaining > 0 && snapping.contains(&Trap::EmptyPage) {
            take = 0;
        }
        let more_after = remaining > take || self.more_beyond(session);
        let mut shown = take;
        if take > 1 && snapping.contains(&Trap::PartialWithWarning) {
            shown = take / 2;
            page.warnings.push(PARTIAL_WARNINGS[shown % 2].to_owned());
        }
        let from = session.delivered;
        for position in from..from + shown {
            let mut row = Self::row(session, position, size);
            row.more_records_available = self.profile.metadata.then_some(more_after);
            if self.profile.result_count == ResultCount::Total {
                row.result_count = session.results.total as i64;
            }
            page.rows.push(row);
        }
        if snapping.contains(&Trap::HotDuplicate)
            && let Some(hot) = page.rows.first().copied()
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

    fn row(session: &Session, position: usize, size: usize) -> PageRow {
        PageRow {
            record: session.results.records[position],
            position,
            result_index: position as i64 + 1,
            result_count: size as i64,
            more_records_available: None,
        }
    }
}

/// One row of an answer, written out.
pub(crate) fn written_row(
    log: &AuditLog,
    profile: &AuditProfile,
    names: bool,
    row: &PageRow,
) -> SearchRow {
    let record = log.record(row.record);
    let mut audit_data = damaged(log, profile, row, record.audit_data);
    if names {
        audit_data = formatted(audit_data);
    }
    SearchRow {
        record_type: record_type_name(record.record_type),
        creation_date: second_of_ticks(record.ticks),
        user_ids: record.user_id,
        operations: record.operation.to_owned(),
        audit_data,
        result_index: row.result_index,
        result_count: row.result_count,
        identity: record.id,
        more_records_available: row.more_records_available,
    }
}

/// The record's text as the traps that look at single records leave it.
fn damaged(log: &AuditLog, profile: &AuditProfile, row: &PageRow, text: String) -> String {
    let draw = Draw::new(log.seed() ^ 0xbad, row.record);
    let snaps = |trap: Trap| draw.happens(trap as u64, profile.rate(trap));
    if snaps(Trap::Unterminated) {
        return text[..text.len() - 2].to_owned();
    }
    if snaps(Trap::NumbersAsStrings) {
        return text.replace("\"Version\":1,", "\"Version\":\"1\",");
    }
    if snaps(Trap::DuplicateKeys) {
        return text.replacen("\"Version\":1,", "\"Version\":1,\"Version\":1,", 1);
    }
    if snaps(Trap::ConflictingBytes) && row.position % 2 == 1 {
        return format!("{},\"ResponseId\":1}}", &text[..text.len() - 1]);
    }
    text
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
