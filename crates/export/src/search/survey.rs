//! The first calls: how this tenant's service behaves.

use std::sync::atomic::Ordering;

use exoctl_exchange::{Invocation, InvokeError};

use super::answer::Answered;
use super::session::PageSeen;
use super::{AuditSearch, End, horizon, note};
use crate::period::Period;
use crate::query::{Filter, Query, Window};
use crate::source::{Anomaly, HORIZON_MARGIN, ReadError, Survey};

/// Rows of the first call: enough to tell a number of rows from the size of a page.
const ROWS: i64 = 10;

/// Looks at the service.
pub(super) async fn survey(search: &AuditSearch, query: &Query) -> Result<Survey, ReadError> {
    let mut survey = Survey { auditing: auditing(search).await?, ..Survey::default() };
    let mut window = Window { period: query.period, filter: Filter::default() };
    let seen = loop {
        let call = search.invocation(&window, End::Shared, ROWS);
        match ask(search, call, &mut survey).await {
            Ok(seen) if seen.rows > 0 && seen.lowest < 1 => return Err(Anomaly::Bogus.into()),
            Ok(seen) => break seen,
            Err(error) => match adapt(search, &window, &error) {
                Adapt::Again => {}
                Adapt::From(period) => window.period = period,
                Adapt::NothingKept => break PageSeen::default(),
                Adapt::Fails => return Err(super::read_error(error)),
            },
        }
    };
    let high = search.high_completeness.load(Ordering::Relaxed);
    let yes_no = |yes| if yes { "yes" } else { "no" };
    let mut tell = |what: &str, how: &str| {
        survey.behaviour.insert(what.to_owned(), how.to_owned());
    };
    tell("highCompleteness", yes_no(high));
    if seen.rows > 0 {
        tell("moreRecordsAvailable", yes_no(seen.more.is_some()));
    }
    let (lowest, count) = seen.count;
    if seen.rows as i64 == ROWS {
        let total = count != ROWS;
        search.counts.store(total, Ordering::Relaxed);
        tell("resultCount", if total { "total" } else { "page-size" });
        if total && lowest == count {
            survey.estimate = u64::try_from(count).ok();
        }
    }
    Ok(survey)
}

/// Calls once and looks at the rows.
async fn ask(
    search: &AuditSearch,
    call: Invocation,
    survey: &mut Survey,
) -> Result<PageSeen, InvokeError> {
    let mut records = search.connection.invoke(call);
    let mut seen = PageSeen::default();
    while let Some(page) = records.next_page().await {
        let page = page?;
        if let Some(date) = page.trace.as_ref().and_then(|trace| trace.date.as_deref()) {
            survey.service_date = jiff::fmt::rfc2822::parse(date).ok().map(|date| date.timestamp());
        }
        for record in page {
            if let Ok(answered) = Answered::read(record.as_json()) {
                note(&mut seen, &answered);
            }
        }
    }
    Ok(seen)
}

enum Adapt {
    /// Without the switch.
    Again,
    /// Later.
    From(Period),
    NothingKept,
    Fails,
}

/// What to change after a refusal.
fn adapt(search: &AuditSearch, window: &Window, error: &InvokeError) -> Adapt {
    let Some(said) = error.cmdlet_error() else { return Adapt::Fails };
    if let Some(horizon) = horizon(&said.message) {
        let start = horizon.as_second() + HORIZON_MARGIN;
        let (now, end) = (window.period.start().as_second(), window.period.end().as_second());
        if start <= now {
            return Adapt::Fails;
        }
        return Period::of_seconds(start, end).map_or(Adapt::NothingKept, Adapt::From);
    }
    // A parameter that the service does not know, or that no role of ours allows.
    let about_it =
        said.message.contains("HighCompleteness") || matches!(error, InvokeError::Forbidden { .. });
    if about_it && search.high_completeness.swap(false, Ordering::Relaxed) {
        return Adapt::Again;
    }
    Adapt::Fails
}

/// Whether the tenant records anything. Who may search need not be allowed to ask that.
async fn auditing(search: &AuditSearch) -> Result<Option<bool>, ReadError> {
    let cmdlet = "Get-AdminAuditLogConfig".parse().expect("a verb and a noun");
    let mut records = search.connection.invoke(Invocation::new(cmdlet));
    match records.next().await {
        Some(Ok(record)) => {
            let value = record.find("UnifiedAuditLogIngestionEnabled");
            Ok(value.and_then(|value| value.as_bool()))
        }
        None | Some(Err(InvokeError::Forbidden { .. } | InvokeError::Cmdlet { .. })) => Ok(None),
        Some(Err(error)) => Err(super::read_error(error)),
    }
}
