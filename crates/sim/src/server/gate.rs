//! What happens to every request before and after a service answers it: the request is named, faults
//! of the transport are done, headers are completed, the log is written.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use hyper::body::Incoming;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::address::locate;
use super::{Broken, Fuse, Handler};
use crate::activity;
use crate::call::{Call, Service, client_request_id};
use crate::fault::{CallContext, Fault, ThrottleBody, When};
use crate::graph;
use crate::refusal;
use crate::request_log::LoggedRequest;
use crate::tenant::{AuthFailure, Tenant};

/// The largest request body that is read. The service's own limit is not known.
const LARGEST_BODY: usize = 32 * 1024 * 1024;
/// The body of a throttling answer that is plain text; only its beginning is recorded.
const TOO_MANY_REQUESTS: &str = "You have reached the maximum number of concurrent requests per tenant. Please wait and try again";

/// All services of a tenant behind one door.
#[derive(Debug)]
pub(crate) struct Gate {
    tenant: Arc<Tenant>,
    router: Router,
}

/// The only part of a request's body that the gate looks at.
#[derive(Deserialize)]
struct InvokeCommand {
    #[serde(rename = "CmdletInput")]
    input: CmdletInput,
}

#[derive(Deserialize)]
struct CmdletInput {
    #[serde(rename = "CmdletName")]
    name: String,
}

impl Gate {
    /// The services of `tenant`, as `router` has them.
    pub(crate) fn new(tenant: Arc<Tenant>, router: Router) -> Self {
        Self { tenant, router }
    }

    async fn answer(
        &self,
        arrival: &Arrival,
        fault: Option<&Fault>,
        fuse: &Fuse,
    ) -> Result<Response<Body>, Broken> {
        match fault {
            None => Ok(self.route(arrival).await),
            Some(Fault::Slow(delay)) => {
                tokio::time::sleep(*delay).await;
                Ok(self.route(arrival).await)
            }
            Some(Fault::Truncate(keep)) => {
                Ok(truncated(self.route(arrival).await, *keep, fuse).await)
            }
            Some(Fault::Reset(when)) => {
                if *when == When::After {
                    self.route(arrival).await;
                }
                Err(fuse.blow())
            }
            Some(Fault::Status { status, when, retry_after }) => {
                if *when == When::After {
                    self.route(arrival).await;
                }
                let answer = unavailable(*status, &arrival.call.service);
                Ok(asking_to_wait(answer, *retry_after))
            }
            Some(Fault::Throttle { retry_after, body }) => {
                Ok(self.throttled(arrival, *retry_after, *body))
            }
            Some(Fault::NulForbidden) => Ok(refusal::forbidden_with_nul_body(None)),
            Some(_) if arrival.call.service == Service::Graph => Ok(graph::error_response(
                StatusCode::UNAUTHORIZED,
                "InvalidAuthenticationToken",
                "Lifetime validation failed, the token is expired.",
                None,
                (&arrival.call, &arrival.headers, self.tenant.now()),
            )),
            Some(_) if arrival.call.service == Service::Activity => Ok(activity::unauthorized()),
            Some(_) => Ok(refusal::unauthorized(&arrival.call.service, &AuthFailure::Lifetime)),
        }
    }

    fn throttled(
        &self,
        arrival: &Arrival,
        retry_after: Option<f64>,
        body: ThrottleBody,
    ) -> Response<Body> {
        let response = match (&arrival.call.service, body) {
            (Service::Graph, ThrottleBody::Json) => {
                graph::throttled(&arrival.call, &arrival.headers, self.tenant.now())
            }
            (Service::Activity, ThrottleBody::Json) => {
                let publisher = self.tenant.id().to_string();
                activity::Refusal::throttled(arrival.method.as_str(), &publisher).into_response()
            }
            _ => throttled(body),
        };
        asking_to_wait(response, retry_after)
    }

    async fn route(&self, arrival: &Arrival) -> Response<Body> {
        let mut request = Request::new(Body::from(arrival.body.clone()));
        *request.method_mut() = arrival.method.clone();
        *request.uri_mut() = arrival.uri.clone();
        *request.headers_mut() = arrival.headers.clone();
        request.extensions_mut().insert(arrival.call.clone());
        let service = TowerToHyperService::new(self.router.clone());
        let Ok(response) = service.call(request).await;
        response
    }

    /// The headers that every answer has: the ids and the date by the tenant's clock.
    fn complete(&self, call: &Call, response: &mut Response<Body>) {
        let now = if call.service == Service::Entra {
            self.tenant.entra_now()
        } else {
            self.tenant.now()
        };
        let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let headers = response.headers_mut();
        let value =
            |text: String| HeaderValue::try_from(text).expect("ids and dates are plain ASCII");
        headers.insert(header::DATE, value(date));
        if call.service != Service::Entra {
            headers.entry("request-id").or_insert_with(|| value(call.request_id.to_string()));
        }
    }

    fn log(&self, arrival: &Arrival, status: Option<StatusCode>, fault: Option<&Fault>) {
        let entry = LoggedRequest {
            number: 0,
            time: self.tenant.now(),
            service: arrival.call.service.name().to_owned(),
            method: arrival.method.to_string(),
            path: arrival.call.path.clone(),
            cmdlet: arrival.call.cmdlet.clone(),
            status: status.map(|status| status.as_u16()),
            request_id: arrival.call.request_id,
            client_request_id: client_request_id(&arrival.headers),
            fault: fault.map(|fault| fault.name().to_owned()),
        };
        tracing::debug!(
            service = entry.service, method = entry.method, path = entry.path, cmdlet = entry.cmdlet,
            status = entry.status, request_id = %entry.request_id, fault = entry.fault,
            "the simulated tenant answered"
        );
        self.tenant.log().write(entry);
    }
}

impl Handler for Gate {
    async fn handle(
        self: Arc<Self>,
        request: Request<Incoming>,
        fuse: Fuse,
    ) -> Result<Response<Body>, Broken> {
        let Some(arrival) = Arrival::read(request).await else {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
            return Ok(response);
        };
        let context = CallContext {
            service: &arrival.call.service,
            cmdlet: arrival.call.cmdlet.as_deref(),
            path: &arrival.call.path,
            batch_member: false,
        };
        let fault = self.tenant.faults().next_transport(&context, self.tenant.now());
        let mut answer = self.answer(&arrival, fault.as_ref(), &fuse).await;
        if let Ok(response) = &mut answer {
            self.complete(&arrival.call, response);
        }
        self.log(&arrival, answer.as_ref().ok().map(Response::status), fault.as_ref());
        answer
    }
}

/// A request, read whole.
struct Arrival {
    method: Method,
    /// The URI for routing.
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
    call: Call,
}

impl Arrival {
    async fn read(request: Request<Incoming>) -> Option<Self> {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(Body::new(body), LARGEST_BODY).await.ok()?;
        let host = parts
            .uri
            .authority()
            .map(http::uri::Authority::as_str)
            .or_else(|| parts.headers.get(header::HOST)?.to_str().ok())
            .unwrap_or("localhost")
            .to_owned();
        let address = locate(&host, parts.uri.path());
        let target = match parts.uri.query() {
            Some(query) => format!("{}?{query}", address.path),
            None => address.path,
        };
        let uri = Uri::from(target.parse::<PathAndQuery>().ok()?);
        let cmdlet =
            address.service.is_admin_api().then(|| cmdlet(&parts.headers, &body)).flatten();
        let call = Call {
            base: format!("https://{host}{}", address.prefix),
            service: address.service,
            path: parts.uri.path().to_owned(),
            request_id: Uuid::new_v4(),
            cmdlet,
        };
        Some(Self { method: parts.method, uri, headers: parts.headers, body, call })
    }
}

fn cmdlet(headers: &HeaderMap, body: &Bytes) -> Option<String> {
    let in_body = serde_json::from_slice::<InvokeCommand>(body).ok().map(|body| body.input.name);
    in_body.or_else(|| headers.get("x-cmdletname")?.to_str().ok().map(str::to_owned))
}

/// The answer with the seconds to wait, if a rule has some.
fn asking_to_wait(mut response: Response<Body>, retry_after: Option<f64>) -> Response<Body> {
    if let Some(seconds) = retry_after {
        let text = format!("{}", (seconds * 1000.0).ceil() / 1000.0);
        let value = HeaderValue::try_from(text).expect("a number is plain ASCII");
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    response
}

fn throttled(body: ThrottleBody) -> Response<Body> {
    let (content_type, text) = match body {
        ThrottleBody::Json => (
            "application/json; charset=utf-8",
            json!({"error": {"code": "TooManyRequests", "message": "Too many requests. Please retry later."}}).to_string(),
        ),
        ThrottleBody::Text => ("text/plain; charset=utf-8", TOO_MANY_REQUESTS.to_owned()),
        ThrottleBody::Empty => ("text/plain", String::new()),
    };
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

fn unavailable(status: u16, service: &Service) -> Response<Body> {
    let status = StatusCode::from_u16(status).expect("fault rules allow known statuses only");
    if *service == Service::Activity {
        return activity::Refusal::internal(status).into_response();
    }
    let reason = status.canonical_reason().unwrap_or_default();
    let code: String = reason.split(' ').collect();
    let body =
        json!({"error": {"code": code, "message": format!("The service answered {reason}.")}});
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let content_type = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response
}

/// The answer with its full length announced, of which only the beginning arrives.
async fn truncated(response: Response<Body>, keep: f64, fuse: &Fuse) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    let whole = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let kept = ((whole.len() as f64 * keep) as usize).min(whole.len().saturating_sub(1));
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len()));
    let fuse = fuse.clone();
    let pieces = futures_util::stream::unfold(Some(whole.slice(..kept)), move |piece| {
        let fuse = fuse.clone();
        async move {
            match piece {
                Some(bytes) if !bytes.is_empty() => Some((Ok(bytes), Some(Bytes::new()))),
                Some(_) => {
                    // What was given must be on the wire before the connection breaks.
                    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                    Some((Err(fuse.blow()), None))
                }
                None => None,
            }
        }
    });
    Response::from_parts(parts, Body::from_stream(pieces))
}
