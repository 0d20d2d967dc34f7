//! The control port: faults, clock, request log, registration and stopping, as JSON over HTTPS on a
//! listener of its own that never leaves the loopback.
//!
//! | request | body | answer |
//! |---|---|---|
//! | `GET /health` | | `{"status":"ok","time":…}` |
//! | `GET /faults` | | `[{"fault":…,"hits":…}]` |
//! | `POST /faults` | `{"fault":"throttle:rate=0.1"}` | the list |
//! | `DELETE /faults` | | the list |
//! | `GET /clock` | | `{"time":…}` |
//! | `POST /clock` | `{"advance":seconds}` or `{"to":time}` | `{"time":…}` |
//! | `GET /requests?since=N` | | the request log after number N |
//! | `POST /register` | a registration | `{"appId":…,"objectId":…}` |
//! | `POST /admin-token` | an [`AdminTokenRequest`] | `{"accessToken":…}` |
//! | `POST /administrator` | an [`Administrator`] | the same |
//! | `GET /audit/oracle?from=TIME&to=TIME` | | `[{"hour":…,"records":…,"xor":…,"sum":…,"bytesXor":…,"bytesSum":…,"ambiguous":[…]}]`: count and fingerprints of ids and bytes of every hour of the audit log as far as it can be found by now, for tests |
//! | `POST /stop` | | `{"status":"stopping"}` |

mod client;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Query, State};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::watch;

pub use client::ControlClient;

use crate::administrator::{AdminTokenRequest, Administrator};
use crate::entra;
use crate::fault::FaultSpec;
use crate::registration::Registration;
use crate::request_log::LoggedRequest;
use crate::server::{Broken, Fuse, Handler};
use crate::tenant::Tenant;

/// The control port of a tenant.
#[derive(Debug)]
pub(crate) struct Control {
    router: Router,
}

#[derive(Debug, Clone)]
struct Controlled {
    tenant: Arc<Tenant>,
    stop: watch::Sender<bool>,
}

/// A fault rule in its text form.
#[derive(Debug, Serialize, Deserialize)]
struct Fault {
    fault: String,
}

/// How to move the clock.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Move {
    /// By so many seconds, negative for backwards.
    Advance(f64),
    /// To this time.
    To(Timestamp),
}

#[derive(Debug, Deserialize)]
struct Since {
    #[serde(default)]
    since: u64,
}

#[derive(Debug, Deserialize)]
struct Span {
    from: Timestamp,
    to: Timestamp,
}

impl Control {
    /// A control port that stops the tenant through `stop`.
    pub(crate) fn new(tenant: Arc<Tenant>, stop: watch::Sender<bool>) -> Self {
        let router = Router::new()
            .route("/health", get(health))
            .route("/faults", get(list).post(inject).delete(clear))
            .route("/clock", get(health).post(move_clock))
            .route("/requests", get(requests))
            .route("/register", post(register))
            .route("/admin-token", post(admin_token))
            .route("/administrator", post(administrator))
            .route("/audit/oracle", get(audit_oracle))
            .route("/stop", post(stop_tenant))
            .with_state(Controlled { tenant, stop });
        Self { router }
    }
}

impl Handler for Control {
    async fn handle(
        self: Arc<Self>,
        request: Request<Incoming>,
        _: Fuse,
    ) -> Result<Response<Body>, Broken> {
        let Ok(response) =
            TowerToHyperService::new(self.router.clone()).call(request.map(Body::new)).await;
        Ok(response)
    }
}

async fn health(State(controlled): State<Controlled>) -> Json<Value> {
    Json(json!({"status": "ok", "time": controlled.tenant.now()}))
}

async fn list(State(controlled): State<Controlled>) -> Json<Value> {
    let rules = controlled.tenant.faults().list();
    Json(rules.into_iter().map(|(fault, hits)| json!({"fault": fault, "hits": hits})).collect())
}

async fn inject(
    State(controlled): State<Controlled>,
    Json(body): Json<Fault>,
) -> Result<Json<Value>, Refused> {
    let spec: FaultSpec = body.fault.parse().map_err(Refused::new)?;
    controlled.tenant.faults().inject(spec);
    Ok(list(State(controlled)).await)
}

async fn clear(State(controlled): State<Controlled>) -> Json<Value> {
    controlled.tenant.clear_faults();
    list(State(controlled)).await
}

async fn move_clock(
    State(controlled): State<Controlled>,
    Json(body): Json<Move>,
) -> Result<Json<Value>, Refused> {
    let tenant = &controlled.tenant;
    let by = match body {
        Move::Advance(seconds) => {
            SignedDuration::try_from_secs_f64(seconds).map_err(Refused::new)?
        }
        Move::To(time) => tenant.now().duration_until(time),
    };
    tenant.move_clock(by).map_err(Refused::new)?;
    Ok(health(State(controlled)).await)
}

async fn requests(
    State(controlled): State<Controlled>,
    Query(query): Query<Since>,
) -> Json<Vec<LoggedRequest>> {
    Json(controlled.tenant.log().since(query.since))
}

async fn register(
    State(controlled): State<Controlled>,
    Json(registration): Json<Registration>,
) -> Result<Response<Body>, Refused> {
    let registered = controlled.tenant.register(&registration).map_err(Refused::new)?;
    Ok(Json(registered).into_response())
}

async fn admin_token(
    State(controlled): State<Controlled>,
    Json(request): Json<AdminTokenRequest>,
) -> Result<Json<Value>, Refused> {
    let token = entra::admin_token(&controlled.tenant, &request).map_err(Refused::new)?;
    Ok(Json(json!({"accessToken": token})))
}

async fn administrator(
    State(controlled): State<Controlled>,
    Json(administrator): Json<Administrator>,
) -> Json<Administrator> {
    controlled.tenant.sign_ins().set_administrator(administrator.clone());
    Json(administrator)
}

/// What an export of the log must hold: computed from the log, not from what was searched.
async fn audit_oracle(
    State(controlled): State<Controlled>,
    Query(span): Query<Span>,
) -> Json<Vec<Value>> {
    let tenant = controlled.tenant;
    let now = tenant.now();
    let hours = tokio::task::spawn_blocking(move || {
        tenant.exchange.audit(|search| {
            let mut hours = Vec::new();
            let mut hour = span.from;
            while hour < span.to {
                let next = hour.saturating_add(SignedDuration::from_hours(1));
                let next = next.unwrap_or(span.to).min(span.to);
                let digest = search.digest(search.log().range(hour, next), now);
                let half = |number: u128| format!("{number:032x}");
                let ambiguous = digest.ambiguous.iter();
                let ambiguous =
                    ambiguous.map(|one| json!({"id": one.id, "contents": one.contents.map(half)}));
                hours.push(json!({
                    "hour": hour,
                    "records": digest.records,
                    "xor": half(digest.xor),
                    "sum": half(digest.sum),
                    "bytesXor": half(digest.bytes_xor),
                    "bytesSum": half(digest.bytes_sum),
                    "ambiguous": ambiguous.collect::<Vec<_>>(),
                }));
                hour = next;
            }
            hours
        })
    });
    Json(hours.await.unwrap_or_default())
}

async fn stop_tenant(State(controlled): State<Controlled>) -> Json<Value> {
    controlled.stop.send_replace(true);
    Json(json!({"status": "stopping"}))
}

/// A request that could not be done, with the whole chain of reasons.
struct Refused(String);

impl Refused {
    fn new(error: impl std::error::Error) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        Self(text)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> axum::response::Response {
        (StatusCode::BAD_REQUEST, Json(json!({"error": self.0}))).into_response()
    }
}
