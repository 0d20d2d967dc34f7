//! The Office 365 Management Activity API: subscriptions, lists of content, and the blobs themselves.
//!
//! A blob has the records of one content type that became available in one half hour. Its
//! records are those of the audit log that `Search-UnifiedAuditLog` searches, byte for byte.

mod content;
pub mod profile;
mod refusal;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::{Extension, Path, Query, State as Shared};
use axum::response::Response;
use axum::routing::{get, post};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use self::content::{Blob, ContentType, DAY, Days};
use self::profile::ActivityProfile;
pub(crate) use self::refusal::{Refusal, unauthorized};
use crate::audit::AuditLog;
use crate::call::{Call, Service};
use crate::tenant::Tenant;

/// How long content can be had.
const KEPT: i64 = 7 * DAY;
const ROOT: &str = "/api/v1.0/{tenant}/activity/feed";

/// What the API knows.
#[derive(Debug, Default)]
pub(crate) struct State {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    profile: ActivityProfile,
    /// Since when, in Unix seconds.
    subscriptions: BTreeMap<ContentType, i64>,
    days: Days,
}

impl State {
    /// The state that a tenant starts with.
    pub(crate) fn new(profile: ActivityProfile) -> Self {
        let state = Self::default();
        state.set_profile(profile);
        state
    }

    /// Replaces the behaviour.
    pub(crate) fn set_profile(&self, profile: ActivityProfile) {
        let mut inner = self.lock();
        if profile.subscribed {
            let all = ContentType::ALL.iter().map(|(content_type, _)| (*content_type, i64::MIN));
            inner.subscriptions = all.collect();
        }
        inner.profile = profile;
    }

    /// Whether a record of the log is in no blob that can be had at `now`.
    pub(crate) fn lacks(&self, log: &AuditLog, index: u64, now: Timestamp) -> bool {
        let profile = &self.lock().profile;
        let (first, again) = content::appearances(log, index, profile);
        let to_be_had = |second: i64| content::made_at(second) <= now.as_second();
        content::is_withheld(log, index, profile)
            || !(to_be_had(first) || again.is_some_and(to_be_had))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The routes. Paths arrive in lower case.
pub(crate) fn router(tenant: Arc<Tenant>) -> Router {
    Router::new()
        .route(&format!("{ROOT}/subscriptions/start"), post(start))
        .route(&format!("{ROOT}/subscriptions/stop"), post(stop))
        .route(&format!("{ROOT}/subscriptions/list"), get(list))
        .route(&format!("{ROOT}/subscriptions/content"), get(list_content))
        .route(&format!("{ROOT}/audit/{{id}}"), get(blob))
        .with_state(tenant)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    content_type: Option<String>,
    start_time: Option<String>,
    end_time: Option<String>,
    next_page: Option<String>,
    #[serde(rename = "PublisherIdentifier")]
    publisher_identifier: Option<String>,
}

/// A call that was let in.
struct Admitted {
    tenant: Arc<Tenant>,
    call: Call,
    parameters: Parameters,
    roles: Vec<String>,
}

async fn start(
    Shared(tenant): Shared<Arc<Tenant>>,
    Path(name): Path<String>,
    Extension(call): Extension<Call>,
    headers: HeaderMap,
    Query(parameters): Query<Parameters>,
) -> Response {
    answer(admit(tenant, &name, call, &headers, parameters).and_then(|admitted| {
        let content_type = admitted.content_type()?;
        admitted.may_see(content_type)?;
        let now = admitted.tenant.now().as_second();
        admitted.tenant.activity.lock().subscriptions.entry(content_type).or_insert(now);
        Ok(subscription(content_type, true))
    }))
}

async fn stop(
    Shared(tenant): Shared<Arc<Tenant>>,
    Path(name): Path<String>,
    Extension(call): Extension<Call>,
    headers: HeaderMap,
    Query(parameters): Query<Parameters>,
) -> Response {
    answer(admit(tenant, &name, call, &headers, parameters).and_then(|admitted| {
        let content_type = admitted.content_type()?;
        let removed = admitted.tenant.activity.lock().subscriptions.remove(&content_type);
        removed
            .map(|_| Value::Null)
            .ok_or_else(|| Box::new(Refusal::no_subscription().into_response()))
    }))
}

async fn list(
    Shared(tenant): Shared<Arc<Tenant>>,
    Path(name): Path<String>,
    Extension(call): Extension<Call>,
    headers: HeaderMap,
    Query(parameters): Query<Parameters>,
) -> Response {
    answer(admit(tenant, &name, call, &headers, parameters).map(|admitted| {
        let inner = admitted.tenant.activity.lock();
        let one = |content_type: &ContentType| {
            subscription(*content_type, !inner.is_disabled(*content_type))
        };
        Value::Array(inner.subscriptions.keys().map(one).collect())
    }))
}

async fn list_content(
    Shared(tenant): Shared<Arc<Tenant>>,
    Path(name): Path<String>,
    Extension(call): Extension<Call>,
    headers: HeaderMap,
    Query(parameters): Query<Parameters>,
) -> Response {
    let listed = admit(tenant, &name, call, &headers, parameters).and_then(|admitted| {
        let (blobs, next) = admitted.listed()?;
        let mut response = answer(Ok(blobs));
        if let Some(next) = next {
            let name = HeaderName::from_static("nextpageuri");
            let value = HeaderValue::try_from(next).expect("a URL is plain ASCII");
            response.headers_mut().insert(name, value);
        }
        Ok(response)
    });
    listed.unwrap_or_else(|refused| *refused)
}

async fn blob(
    Shared(tenant): Shared<Arc<Tenant>>,
    Path((name, id)): Path<(String, String)>,
    Extension(call): Extension<Call>,
    headers: HeaderMap,
    Query(parameters): Query<Parameters>,
) -> Response {
    let found = admit(tenant, &name, call, &headers, parameters).and_then(|admitted| {
        let body = admitted.body_of(&id).map_err(|refusal| Box::new(refusal.into_response()))?;
        Ok(refusal::json_response(StatusCode::OK, body))
    });
    found.unwrap_or_else(|refused| *refused)
}

/// Lets a call in: the token, the permission, the tenant, auditing.
fn admit(
    tenant: Arc<Tenant>,
    name: &str,
    call: Call,
    headers: &HeaderMap,
    parameters: Parameters,
) -> Result<Admitted, Box<Response>> {
    let refuse = |refusal: Refusal| Box::new(refusal.into_response());
    let principal =
        tenant.authenticate(headers, &Service::Activity).map_err(|_| Box::new(unauthorized()))?;
    if !principal.roles.iter().any(|role| role == "ActivityFeed.Read") {
        return Err(refuse(Refusal::permission(&principal.roles, "ActivityFeed.Read")));
    }
    let asked: Uuid = name.parse().map_err(|_| refuse(Refusal::no_guid(name)))?;
    if asked != tenant.id() {
        return Err(refuse(Refusal::other_tenant(asked, tenant.id())));
    }
    if !tenant.exchange.records_audit() {
        return Err(refuse(Refusal::no_tenant(asked)));
    }
    if let Some(publisher) = &parameters.publisher_identifier
        && publisher.parse::<Uuid>().is_err()
    {
        return Err(refuse(Refusal::kind("PublisherIdentifier", "guid")));
    }
    Ok(Admitted { tenant, call, parameters, roles: principal.roles })
}

impl Admitted {
    fn content_type(&self) -> Result<ContentType, Box<Response>> {
        let refuse = |refusal: Refusal| Box::new(refusal.into_response());
        let name = self.parameters.content_type.as_deref();
        let name = name.ok_or_else(|| refuse(Refusal::missing("contentType")))?;
        ContentType::named(name).ok_or_else(|| refuse(Refusal::content_type()))
    }

    /// DLP takes a permission of its own.
    fn may_see(&self, content_type: ContentType) -> Result<(), Box<Response>> {
        let needed = "ActivityFeed.ReadDlp";
        if content_type == ContentType::Dlp && !self.roles.iter().any(|role| role == needed) {
            return Err(Box::new(Refusal::permission(&self.roles, needed).into_response()));
        }
        Ok(())
    }

    /// A page of the content of a window, and where the next one is.
    fn listed(&self) -> Result<(Value, Option<String>), Box<Response>> {
        let refuse = |refusal: Refusal| Box::new(refusal.into_response());
        let content_type = self.content_type()?;
        self.may_see(content_type)?;
        let (from, to) = self.window().map_err(refuse)?;
        let now = self.tenant.now().as_second();
        let mut inner = self.tenant.activity.lock();
        let since = inner.subscriptions.get(&content_type).copied();
        let since = since.ok_or_else(|| refuse(Refusal::no_subscription()))?;
        if inner.is_disabled(content_type) {
            return Err(refuse(Refusal::disabled()));
        }
        let wanted = |blob: &&Blob| {
            let kept = since.max(now - KEPT);
            let listed = from.max(kept)..to.min(now + 1);
            blob.content_type == content_type && listed.contains(&blob.created)
        };
        let mut found: Vec<Blob> = Vec::new();
        let profile = inner.profile.clone();
        self.tenant.exchange.audit(|search| {
            for day in from.div_euclid(DAY)..=(to - 1).div_euclid(DAY) {
                let blobs = inner.days.day(day, search.log(), &profile);
                found.extend(blobs.iter().filter(wanted).cloned());
            }
        });
        drop(inner);
        let begin = match &self.parameters.next_page {
            None => 0,
            Some(text) => usize::from_str_radix(text, 16)
                .ok()
                .filter(|begin| *begin < found.len())
                .ok_or_else(|| refuse(Refusal::next_page(text)))?,
        };
        let page = found.iter().skip(begin).take(profile.page);
        let rows = page.map(|blob| self.row(blob)).collect();
        let next = begin + profile.page;
        Ok((rows, (next < found.len()).then(|| self.next(content_type, (from, to), next))))
    }

    /// The asked window in Unix seconds, or the last day.
    fn window(&self) -> Result<(i64, i64), Refusal> {
        let now = self.tenant.now().as_second();
        let time =
            |name: &str, text: &str| second(text).ok_or_else(|| Refusal::kind(name, "datetime"));
        match (&self.parameters.start_time, &self.parameters.end_time) {
            (None, None) => Ok((now - DAY, now)),
            (Some(from), Some(to)) => {
                let (from, to) = (time("startTime", from)?, time("endTime", to)?);
                let fits = from < to && to - from <= DAY && from >= now - KEPT;
                if fits { Ok((from, to)) } else { Err(Refusal::window()) }
            }
            _ => Err(Refusal::window()),
        }
    }

    fn feed(&self) -> String {
        format!("{}/api/v1.0/{}/activity/feed", self.call.base, self.tenant.id())
    }

    fn next(&self, content_type: ContentType, (from, to): (i64, i64), next: usize) -> String {
        let (from, to) = (time(from), time(to));
        let (from, to) = (from.strftime("%Y-%m-%dT%H:%M:%S"), to.strftime("%Y-%m-%dT%H:%M:%S"));
        let name = content_type.name();
        let feed = self.feed();
        format!(
            "{feed}/subscriptions/content?contentType={name}&startTime={from}&endTime={to}&nextPage={next:x}"
        )
    }

    fn row(&self, blob: &Blob) -> Value {
        let written = |second| time(second).strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string();
        json!({
            "contentType": blob.content_type.name(),
            "contentId": blob.id,
            "contentUri": format!("{}/audit/{}", self.feed(), blob.id),
            "contentCreated": written(blob.created),
            "contentExpiration": written(blob.created + KEPT),
        })
    }

    /// The records of a blob, as one JSON array.
    fn body_of(&self, id: &str) -> Result<String, Refusal> {
        let day = content::day_of_id(id).ok_or_else(|| Refusal::content_id(id))?;
        let now = self.tenant.now().as_second();
        let mut inner = self.tenant.activity.lock();
        let profile = inner.profile.clone();
        let Inner { days, .. } = &mut *inner;
        self.tenant.exchange.audit(|search| {
            let log = search.log();
            let blobs = days.day(day, log, &profile);
            let found = blobs.iter().find(|blob| blob.id == id && blob.created <= now);
            let blob = found.ok_or_else(|| Refusal::no_content(id))?;
            let spoilt = crate::audit::draw::Draw::new(log.seed() ^ 0xe49, blob.records[0]);
            if blob.created + KEPT <= now || spoilt.happens(1, profile.expired) {
                return Err(Refusal::expired(id));
            }
            let mut body = "[".to_owned();
            for (nth, index) in blob.records.iter().enumerate() {
                let comma = if nth == 0 { "" } else { "," };
                let _ = write!(body, "{comma}{}", log.record(*index).audit_data);
            }
            body.push(']');
            Ok(body)
        })
    }
}

impl Inner {
    fn is_disabled(&self, content_type: ContentType) -> bool {
        self.profile.disabled && content_type == ContentType::Exchange
    }
}

fn answer(result: Result<Value, Box<Response>>) -> Response {
    match result {
        Ok(Value::Null) => refusal::json_response(StatusCode::OK, String::new()),
        Ok(value) => refusal::json_response(StatusCode::OK, value.to_string()),
        Err(refused) => *refused,
    }
}

fn subscription(content_type: ContentType, enabled: bool) -> Value {
    let status = if enabled { "enabled" } else { "disabled" };
    json!({"contentType": content_type.name(), "status": status, "webhook": null})
}

fn time(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("content is of this century")
}

/// `YYYY-MM-DD`, `YYYY-MM-DDTHH:MM` or `YYYY-MM-DDTHH:MM:SS`, UTC; a `Z` is taken too: assumed.
fn second(text: &str) -> Option<i64> {
    let text = text.trim_end_matches('Z');
    let civil = if text.len() == 10 {
        text.parse::<jiff::civil::Date>().ok()?.at(0, 0, 0, 0)
    } else {
        text.parse::<jiff::civil::DateTime>().ok()?
    };
    Some(TimeZone::UTC.to_timestamp(civil).ok()?.as_second())
}
