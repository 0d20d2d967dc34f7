//! `Search-UnifiedAuditLog` over the admin API: windows as search sessions.

mod answer;
mod session;
mod survey;

use std::sync::atomic::{AtomicBool, Ordering};

use exoctl_exchange::{Connection, ErrorKind, Invocation, InvokeError, ParameterValue, ResultSize};
use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use self::answer::Answered;
use self::session::{PAGE, PageSeen, Session, Step};
use crate::query::{Query, Window};
use crate::source::{Anomaly, Notes, ReadError, Reading, Source, Survey};
use crate::stage::{Stage, Taken};

/// By so many rows it is seen that a session begins anew: one or two may be duplicates.
const FIRST_ROWS: u32 = 3;

/// The cmdlet as a source. One window is one session of `ReturnLargeSet`.
#[derive(Debug)]
pub struct AuditSearch {
    connection: Connection,
    /// Whether `-HighCompleteness` is given; the survey finds out whether it may be.
    high_completeness: AtomicBool,
    /// Whether `ResultCount` is the number of all rows; the survey finds out.
    counts: AtomicBool,
    /// Whether it was seen that the end of what is asked for is part of the result.
    end_belongs: AtomicBool,
}

/// What is asked for as a window's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The second at which the next window begins. Whether that is part of the result is documented
    /// nowhere; it is left out if it comes.
    Shared,
    /// A millisecond before. The service's times are whole seconds, so that it is none of them.
    Before,
}

impl AuditSearch {
    /// Searches on a connection to Exchange Online.
    pub fn new(connection: Connection) -> Self {
        Self {
            connection,
            high_completeness: AtomicBool::new(true),
            counts: AtomicBool::new(false),
            end_belongs: AtomicBool::new(false),
        }
    }

    /// The call by which a session of a window is read, the same for each of its pages: what is left
    /// out on a later page takes its default there, and that is a hundred rows.
    fn invocation(&self, window: &Window, end: End, rows: i64) -> Invocation {
        let cmdlet = "Search-UnifiedAuditLog".parse().expect("a verb and a noun");
        let filter = &window.filter;
        let end = match end {
            End::Shared => ParameterValue::DateTime(window.period.end()),
            End::Before => {
                let last = window.period.end() - SignedDuration::from_millis(1);
                last.strftime("%Y-%m-%dT%H:%M:%S.%3f").to_string().into()
            }
        };
        let mut call = Invocation::new(cmdlet)
            .with("StartDate", ParameterValue::DateTime(window.period.start()))
            .with("EndDate", end)
            .with("SessionId", Uuid::new_v4().to_string())
            .with("SessionCommand", "ReturnLargeSet")
            .with("ResultSize", rows);
        if self.high_completeness.load(Ordering::Relaxed) {
            call = call.with("HighCompleteness", true);
        }
        if let Some(record_type) = &filter.record_type {
            call = call.with("RecordType", record_type.as_str());
        }
        for (name, values) in [("Operations", &filter.operations), ("UserIds", &filter.user_ids)] {
            if !values.is_empty() {
                let values = values.iter().map(|value| value.as_str().into()).collect();
                call = call.with(name, ParameterValue::Array(values));
            }
        }
        call.wanting(ResultSize::Unlimited).moving_on()
    }

    /// Reads one session from its first page to its last.
    async fn session(
        &self,
        (window, end): (&Window, End),
        stage: &mut Stage,
        notes: &mut Notes,
    ) -> Result<(Reading, Session), ReadError> {
        let call = self.invocation(window, end, PAGE);
        let mut session = Session::default();
        loop {
            let page = self.page(&call, stage, notes).await?;
            if let Step::End(reading) = session.receive(page)? {
                notes.told = session.told(self.counts.load(Ordering::Relaxed));
                return Ok((reading, session));
            }
        }
    }

    /// Reads again without the second at the end, if so much came of that that the window's own
    /// records had no room: the service's limit is for both together.
    async fn without_the_end(
        &self,
        window: &Window,
        stage: &mut Stage,
        notes: &mut Notes,
    ) -> Result<Reading, ReadError> {
        let foreign = stage.outside_at(window.period.end().as_second());
        if foreign == 0 || (window.period.seconds() > 1 && foreign * 100 < stage.counts().rows) {
            return Ok(Reading::TooMany);
        }
        let mut own = stage.anew();
        let reading = self.twice_if_empty((window, End::Before), &mut own, notes).await?;
        if reading == Reading::TooMany {
            own.absorb(stage)?;
        } else if !own.has_all_of(stage) {
            return Err(Anomaly::Disagreement.into());
        }
        *stage = own;
        self.end_belongs.store(true, Ordering::Relaxed);
        Ok(reading)
    }

    /// Reads one session, and another one if the first has nothing: that is what a search that failed
    /// quietly looks like too, so that only a second session that says the same is believed.
    async fn twice_if_empty(
        &self,
        span: (&Window, End),
        stage: &mut Stage,
        notes: &mut Notes,
    ) -> Result<Reading, ReadError> {
        let (reading, session) = self.session(span, stage, notes).await?;
        if session.has_rows() {
            return Ok(reading);
        }
        let (reading, session) = self.session(span, stage, notes).await?;
        if session.has_rows() { Err(Anomaly::Disagreement.into()) } else { Ok(reading) }
    }

    /// Calls the cmdlet once; the admin API gives its rows in several answers.
    async fn page(
        &self,
        call: &Invocation,
        stage: &mut Stage,
        notes: &mut Notes,
    ) -> Result<PageSeen, ReadError> {
        let mut seen = PageSeen::default();
        // How many of the first rows there are, and how many of these were there before.
        let (mut first, mut again) = (0, 0);
        let mut records = self.connection.invoke(call.clone());
        notes.calls += 1;
        while let Some(page) = records.next_page().await {
            let page = page.map_err(read_error)?;
            if let Some(id) = page.trace.as_ref().and_then(|trace| trace.request_id.clone()) {
                notes.request_ids.push(id);
            }
            for record in page {
                let answered = Answered::read(record.as_json()).map_err(|source| {
                    ReadError::Anomaly { anomaly: Anomaly::Unreadable, source: Some(source.into()) }
                })?;
                note(&mut seen, &answered);
                if answered.row.result_index < 1 {
                    continue;
                }
                let taken = stage.take(answered.row)?;
                if first < FIRST_ROWS && taken != Taken::Outside {
                    first += 1;
                    again += u32::from(taken == Taken::Again);
                }
            }
        }
        seen.begins_again = first > 0 && first == again;
        Ok(seen)
    }
}

impl Source for AuditSearch {
    fn name(&self) -> &'static str {
        "Search-UnifiedAuditLog"
    }

    fn survey<'a>(&'a self, query: &'a Query) -> BoxFuture<'a, Result<Survey, ReadError>> {
        Box::pin(survey::survey(self, query))
    }

    fn read<'a>(
        &'a self,
        window: &'a Window,
        stage: &'a mut Stage,
        notes: &'a mut Notes,
    ) -> BoxFuture<'a, Result<Reading, ReadError>> {
        Box::pin(async move {
            // What is a part of one second only must not be counted with parts of the next one.
            let alone = window.period.seconds() == 1 && self.end_belongs.load(Ordering::Relaxed);
            let span = (window, if alone { End::Before } else { End::Shared });
            match self.twice_if_empty(span, stage, notes).await {
                Ok(Reading::TooMany) => self.without_the_end(window, stage, notes).await,
                Err(error) if says_no_such_type(&error, window) => {
                    (notes.told, notes.no_such_type) = (Some(0), true);
                    Ok(Reading::Whole)
                }
                ended => ended,
            }
        })
    }
}

fn note(seen: &mut PageSeen, answered: &Answered<'_>) {
    let (index, count) = (answered.row.result_index, answered.row.result_count);
    if seen.rows == 0 {
        (seen.lowest, seen.highest, seen.count) = (index, index, (count, count));
    }
    seen.rows += 1;
    seen.lowest = seen.lowest.min(index);
    seen.highest = seen.highest.max(index);
    seen.count = (seen.count.0.min(count), seen.count.1.max(count));
    seen.more = answered.more.or(seen.more);
}

/// What an error of a call means for its window.
fn read_error(error: InvokeError) -> ReadError {
    if let Some(horizon) = error.cmdlet_error().and_then(|said| horizon(&said.message)) {
        return ReadError::BeforeRetention { horizon };
    }
    let anomaly = match &error {
        InvokeError::Incomplete { .. } => Anomaly::Partial,
        InvokeError::OutcomeUnknown { .. } => Anomaly::Unanswered,
        InvokeError::Malformed { .. } => Anomaly::Unreadable,
        InvokeError::Cmdlet { source, .. } if !is_about_the_call(source) => Anomaly::Refused,
        _ => return ReadError::Stopped(Box::new(error)),
    };
    if matches!(error.kind(), ErrorKind::Permission | ErrorKind::Authentication) {
        return ReadError::Stopped(Box::new(error));
    }
    let source = match error {
        // That it may have been done says nothing of a search; what came instead of an answer does.
        InvokeError::OutcomeUnknown { source, .. } => source,
        error => Box::new(error),
    };
    ReadError::Anomaly { anomaly, source: Some(source) }
}

/// Whether a parameter or its value was refused, which no repetition changes.
fn is_about_the_call(error: &exoctl_exchange::CmdletError) -> bool {
    error.exception_name().is_some_and(|name| {
        name.starts_with("Parameter") || name == "ArgumentException" || name == "FormatException"
    })
}

/// The service's enumeration of record types has gaps; nothing is recorded with a number in one.
fn says_no_such_type(error: &ReadError, window: &Window) -> bool {
    let ReadError::Stopped(source) = error else { return false };
    let said = source.downcast_ref::<InvokeError>().and_then(InvokeError::cmdlet_error);
    let number = window.filter.record_type.as_ref().is_some_and(|t| t.parse::<u32>().is_ok());
    number && said.is_some_and(|said| said.message.contains("RecordType"))
}

/// From when on the service keeps records, if that is what it says: `Audit log search argument
/// startDate should be after 5/30/2019 8:58:55 PM UTC.`
fn horizon(message: &str) -> Option<Timestamp> {
    let (_, rest) = message.split_once("startDate should be after ")?;
    let text = rest.trim().trim_end_matches('.').trim_end_matches("UTC").trim();
    let time = jiff::civil::DateTime::strptime("%m/%d/%Y %I:%M:%S %p", text).ok()?;
    jiff::tz::TimeZone::UTC.to_timestamp(time).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_horizon_is_read_from_the_recorded_refusal() {
        let said = "Audit log search argument startDate should be after 5/30/2019 8:58:55 PM UTC.";
        assert_eq!(horizon(said).unwrap().to_string(), "2019-05-30T20:58:55Z");
        assert_eq!(horizon("startDate should be after something"), None);
        assert_eq!(horizon("One or more errors occurred."), None);
    }
}
