//! The Management Activity API as a transport: blobs over known records, and answers out of turn.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use exoctl_export::{
    ActivityError, ActivityFeed, ActivityOptions, Anomaly, Filter, Notes, Period, Query, ReadError,
    Reading, Source, Stage, Window,
};
use exoctl_http::{BoxFuture, Request, Response, Transport, TransportError};
use exoctl_model::{Cloud, ManualClock};
use jiff::Timestamp;
use tempfile::TempDir;

use crate::records::{self, FIRST};
use crate::service::Token;

const TENANT: &str = "9f7a1b2c-0000-4000-8000-0123456789ab";

/// Every record is a blob of its own, listed twice; each fifth comes once more at the hour's end.
#[derive(Debug, Default)]
pub(crate) struct Feed {
    held: Vec<(i64, String)>,
    /// Status, body and the next page's address, one after the other, instead of an answer.
    out_of_turn: Mutex<VecDeque<(u16, String, Option<&'static str>)>>,
    asked: Mutex<Vec<String>>,
    subscribed: Mutex<Vec<String>>,
}

impl Feed {
    pub(crate) fn new(held: Vec<(i64, String)>) -> Arc<Self> {
        let all = ["AzureActiveDirectory", "Exchange", "SharePoint", "General"];
        let subscribed = all.map(|name| format!("Audit.{name}")).to_vec();
        Arc::new(Self { held, subscribed: Mutex::new(subscribed), ..Self::default() })
    }

    pub(crate) fn source(self: &Arc<Self>) -> ActivityFeed {
        self.with(false, "2026-10-03T00:00:00Z", None)
    }

    fn with(
        self: &Arc<Self>,
        start_subscriptions: bool,
        now: &str,
        started: Option<std::path::PathBuf>,
    ) -> ActivityFeed {
        let transport: Arc<dyn Transport> = self.clone();
        ActivityFeed::new(ActivityOptions {
            cloud: Cloud::default(),
            tenant: TENANT.parse().unwrap(),
            credential: Arc::new(Token),
            transport,
            clock: Arc::new(ManualClock::new(now.parse().unwrap())),
            start_subscriptions,
            requests_per_minute: 1_000_000,
            concurrency: 4,
            first_wait: Duration::from_millis(1),
            started,
        })
    }

    fn answer(&self, uri: &http::Uri) -> (u16, String, Option<String>) {
        let query: Vec<(String, String)> =
            url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
                .into_owned()
                .collect();
        let given = |name: &str| {
            let pair = query.iter().find(|(known, _)| known == name);
            pair.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        assert_eq!(given("PublisherIdentifier"), TENANT, "on every call: {uri}");
        let path = uri.path().strip_prefix(&format!("/api/v1.0/{TENANT}/activity/feed/")).unwrap();
        let content_type = given("contentType");
        match path {
            "subscriptions/list" => {
                let known = self.subscribed.lock().unwrap();
                let rows: Vec<String> = known
                    .iter()
                    .map(|name| {
                        format!(r#"{{"contentType":"{name}","status":"enabled","webhook":null}}"#)
                    })
                    .collect();
                (200, format!("[{}]", rows.join(",")), None)
            }
            "subscriptions/start" => {
                self.subscribed.lock().unwrap().push(content_type);
                (200, "{}".to_owned(), None)
            }
            "subscriptions/content" if content_type == "Audit.Exchange" => {
                let second = |name: &str| {
                    format!("{}Z", given(name)).parse::<Timestamp>().unwrap().as_second()
                };
                let window = second("startTime")..second("endTime");
                assert!(window.end - window.start <= 86_400);
                let listed: Vec<usize> = (0..self.held.len())
                    .filter(|nth| {
                        let again = nth % 5 == 0 && window.contains(&(FIRST + 3599));
                        window.contains(&self.held[*nth].0) || again
                    })
                    .collect();
                let page = given("nextPage").parse::<usize>().unwrap_or(0);
                let rows: Vec<String> =
                    listed.iter().skip(page).take(3).map(|nth| row(*nth)).collect();
                // Pages overlap by one.
                let next = (page + 3 < listed.len()).then(|| {
                    let (from, to) = (given("startTime"), given("endTime"));
                    format!("https://manage.office.com{}?contentType=Audit.Exchange&startTime={from}&endTime={to}&nextPage={}", uri.path(), page + 2)
                });
                (200, format!("[{}]", rows.join(",")), next)
            }
            "subscriptions/content" => (200, "[]".to_owned(), None),
            blob => {
                let nth: usize = blob.strip_prefix("audit/").unwrap().parse().unwrap();
                (200, format!("[{}]", self.held[nth].1), None)
            }
        }
    }
}

fn row(nth: usize) -> String {
    let uri = format!("https://manage.office.com/api/v1.0/{TENANT}/activity/feed/audit/{nth}");
    format!(
        r#"{{"contentType":"Audit.Exchange","contentId":"{nth}","contentUri":"{uri}","contentCreated":"x","contentExpiration":"x"}}"#
    )
}

impl Transport for Feed {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        assert_eq!(request.uri().host(), Some("manage.office.com"));
        assert!(request.headers()["authorization"].to_str().unwrap().starts_with("Bearer "));
        self.asked.lock().unwrap().push(request.uri().path().to_owned());
        let (status, body, next) = match self.out_of_turn.lock().unwrap().pop_front() {
            Some((status, body, next)) => (status, body, next.map(str::to_owned)),
            None => self.answer(request.uri()),
        };
        let mut response = http::Response::builder().status(status);
        if let Some(next) = next {
            response = response.header("NextPageUri", next);
        }
        let date = "Sat, 03 Oct 2026 00:00:07 GMT";
        let response = response.header("date", date).body(Bytes::from(body)).unwrap();
        Box::pin(std::future::ready(Ok(response)))
    }
}

fn hour() -> Period {
    Period::of_seconds(FIRST, FIRST + 3600).unwrap()
}

fn held() -> Vec<(i64, String)> {
    (0..20)
        .map(|nth| (FIRST + nth * 60, records::audit_data(nth as u64, FIRST + nth * 60)))
        .collect()
}

async fn read(source: &ActivityFeed, period: Period) -> (Result<Reading, ReadError>, usize) {
    let spill = TempDir::new().unwrap();
    let mut stage = Stage::new(Some(hour()), spill.path());
    let mut notes = Notes::default();
    let window = Window { period, filter: Filter::default() };
    let reading = source.read(&window, &mut stage, &mut notes).await;
    (reading, stage.len())
}

fn refusal(code: &str) -> String {
    format!(r#"{{"error":{{"code":"{code}","message":"No."}}}}"#)
}

#[tokio::test(start_paused = true)]
async fn what_passes_is_waited_for() {
    let feed = Feed::new(held());
    for (status, code) in [(403, "AF429"), (500, "AF50000"), (429, ""), (503, "AF50000")] {
        feed.out_of_turn.lock().unwrap().push_back((status, refusal(code), None));
    }
    let source = feed.source();
    source.survey(&Query::all(hour())).await.unwrap();
    let (reading, records) = read(&source, hour()).await;
    assert_eq!((reading.unwrap(), records), (Reading::Whole, 20));
}

#[tokio::test(start_paused = true)]
async fn what_casts_doubt_is_an_anomaly() {
    let listed = |body: &str| (200, body.to_owned(), None);
    let good = || listed(&format!("[{}]", row(0)));
    let empty = || listed("[]");
    // The first content type is empty, the second has one blob.
    let table = [
        (vec![listed("[{\"contentType\":")], Anomaly::Unreadable),
        (vec![listed("{}")], Anomaly::Unreadable),
        (
            vec![empty(), good(), empty(), empty(), (400, refusal("AF20051"), None)],
            Anomaly::Expired,
        ),
        (
            vec![empty(), good(), empty(), empty(), (400, refusal("AF20050"), None)],
            Anomaly::Expired,
        ),
        (vec![empty(), good(), empty(), empty(), listed("[{\"Id\"")], Anomaly::Unreadable),
    ];
    for (answers, expected) in table {
        let feed = Feed::new(held());
        feed.out_of_turn.lock().unwrap().extend(answers);
        match read(&feed.source(), hour()).await {
            (Err(ReadError::Anomaly { anomaly, .. }), _) => assert_eq!(anomaly, expected),
            other => panic!("{expected:?}: {other:?}"),
        }
    }
    let feed = Feed::new(held());
    let unwell = std::iter::repeat_n((500, refusal("AF50000"), None), 6);
    feed.out_of_turn.lock().unwrap().extend(unwell);
    let (reading, _) = read(&feed.source(), hour()).await;
    assert!(matches!(reading, Err(ReadError::Anomaly { anomaly: Anomaly::Unanswered, .. })));
}

#[tokio::test(start_paused = true)]
async fn no_other_host_gets_the_token() {
    let elsewhere = "https://manage.office.com.evil.example/api/v1.0/x";
    let row = row(0).replace("https://manage.office.com/", "https://evil.example/");
    for answer in [
        (200, "[]".to_owned(), Some(elsewhere)),
        (200, "[]".to_owned(), Some("http://manage.office.com/api/v1.0/x")),
        (200, format!("[{row}]"), None),
    ] {
        let feed = Feed::new(held());
        feed.out_of_turn.lock().unwrap().push_back(answer);
        let (reading, _) = read(&feed.source(), hour()).await;
        let Err(ReadError::Stopped(error)) = reading else { panic!("{reading:?}") };
        let error = error.downcast_ref::<ActivityError>();
        assert!(matches!(error, Some(ActivityError::ForeignLink { .. })), "{error:?}");
    }
}

#[tokio::test]
async fn what_is_too_old_is_told_with_the_horizon() {
    let feed = Feed::new(held());
    let source = feed.with(false, "2026-10-08T00:30:00Z", None);
    match read(&source, hour()).await {
        (Err(ReadError::BeforeRetention { horizon }), 0) => {
            assert_eq!(horizon.to_string(), "2026-10-01T00:30:00Z");
        }
        other => panic!("{other:?}"),
    }
    assert!(feed.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn subscriptions_are_started_when_told_and_it_is_kept_since_when() {
    let directory = TempDir::new().unwrap();
    let kept = Some(directory.path().join("tenant").join("subscriptions.json"));
    let feed = Feed::new(held());
    feed.subscribed.lock().unwrap().retain(|name| name != "Audit.General");
    let query = Query::all(hour());
    let now = "2026-10-01T00:20:00Z";
    let Err(ReadError::Stopped(error)) = feed.with(false, now, kept.clone()).survey(&query).await
    else {
        panic!("nobody has subscribed");
    };
    assert_eq!(error.to_string(), "there is no subscription to Audit.General");

    let survey = feed.with(true, now, kept.clone()).survey(&query).await.unwrap();
    let since = |survey: &exoctl_export::Survey| {
        survey
            .subscribed_since
            .iter()
            .map(|(name, time)| format!("{name} {time}"))
            .collect::<Vec<_>>()
    };
    assert_eq!(since(&survey), ["Audit.General 2026-10-01T00:20:00Z"]);
    // Later exports know as well, and those of later periods are not concerned.
    let later = feed.with(false, "2026-10-02T00:00:00Z", kept);
    assert_eq!(since(&later.survey(&query).await.unwrap()), since(&survey));
    let next = Query::all(Period::of_seconds(FIRST + 3600, FIRST + 7200).unwrap());
    assert!(later.survey(&next).await.unwrap().subscribed_since.is_empty());

    let mut some = query;
    some.user_ids = vec!["adele".into()];
    assert!(matches!(later.survey(&some).await, Err(ReadError::Stopped(_))));
}
