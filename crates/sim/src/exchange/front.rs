//! The routes of the admin API.

mod batch;
mod entity;
mod prefer;
mod query;

use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, Method, Request as HttpRequest, StatusCode, header};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use super::answer::{COOKIE, Frame, Reply, add_headers, error};
use super::bind_error::BindError;
use super::caller::Caller;
use super::door::admit;
use super::invoke::{Refusal, Request, invoke};
use super::{continuation, module_file};
use crate::call::{Call, Service};
use crate::config::mix;
use crate::tenant::Tenant;
use query::Query;

/// What `@odata.context` ends with for a cmdlet.
const GENERIC: &str = "Collection(Exchange.GenericHashTable)";

/// The body of `InvokeCommand`. Its names are case-sensitive.
#[derive(Debug, Deserialize)]
struct Invocation {
    #[serde(rename = "CmdletInput")]
    input: CmdletInput,
}

#[derive(Debug, Deserialize)]
struct CmdletInput {
    #[serde(rename = "CmdletName")]
    name: String,
    #[serde(rename = "Parameters", default)]
    parameters: Option<Map<String, Json>>,
}

/// One arrival at the admin API.
#[derive(Debug)]
struct Arrival {
    tenant: Arc<Tenant>,
    call: Call,
    headers: HeaderMap,
    query: Query,
    /// `beta` or `v1.0`.
    version: String,
    /// The tenant as the path names it.
    tenant_name: String,
    /// The cookie that binds the client to its back end, old or new.
    cookie: String,
}

/// Answers any request below `/adminapi`.
pub(super) async fn serve(tenant: Arc<Tenant>, request: HttpRequest<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let Some(call) = parts.extensions.get::<Call>().cloned() else {
        return error(StatusCode::NOT_FOUND, "Resource not found.").into_response();
    };
    let path = parts.uri.path().to_owned();
    let mut segments = path.trim_start_matches('/').splitn(4, '/').skip(1);
    let version = segments.next().unwrap_or_default().to_owned();
    let tenant_name = segments.next().unwrap_or_default().to_owned();
    let resource = segments.next().unwrap_or_default().to_owned();
    let sent = prefer::cookie(&parts.headers, COOKIE);
    let arrival = Arc::new(Arrival {
        cookie: sent.clone().unwrap_or_else(|| new_cookie(&parts.headers)),
        query: Query::parse(parts.uri.query().unwrap_or_default()),
        headers: parts.headers,
        tenant,
        call,
        version,
        tenant_name,
    });
    let (reply, caller) =
        match admit(&arrival.tenant, &arrival.headers, &arrival.call, &arrival.tenant_name) {
            Err(refusal) => (*refusal, None),
            Ok(caller) => {
                let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
                let reply = route(&arrival, caller.clone(), &parts.method, &resource, &body).await;
                (reply, Some(caller))
            }
        };
    let mut response = reply.into_response();
    if let Some(caller) = caller {
        let reset = continuation::expiry(arrival.tenant.now(), std::time::Duration::from_mins(5));
        let cookie = if sent.is_none() { Some(arrival.cookie.as_str()) } else { None };
        add_headers(&mut response, caller.app_id, cookie, &reset.to_string());
    }
    response
}

async fn route(
    arrival: &Arc<Arrival>,
    caller: Caller,
    method: &Method,
    resource: &str,
    body: &[u8],
) -> Reply {
    if arrival.call.service == (Service::Compliance { region: None }) {
        return redirect(arrival);
    }
    if !matches!(arrival.version.as_str(), "beta" | "v1.0") {
        return error(StatusCode::NOT_FOUND, "Resource not found.");
    }
    match (method, resource) {
        (&Method::POST, "invokecommand") if arrival.version == "beta" => {
            invoke_body(arrival, caller, body).await
        }
        (_, "invokecommand") => error(
            StatusCode::METHOD_NOT_ALLOWED,
            "The requested resource does not support this HTTP method.",
        ),
        (&Method::POST, "$batch") => batch::serve(arrival, body).await,
        (&Method::GET, "exomodulefile") => module(arrival, &caller),
        (&Method::GET, resource) if resource.starts_with("exobanner") => Reply::json(
            StatusCode::OK,
            &json!({"@odata.context": context(arrival, "Edm.String"), "value": ""}),
        ),
        (&Method::GET, "$metadata") => metadata(),
        (&Method::GET, "") => service_document(arrival),
        (&Method::GET, resource) => entity::serve(arrival, caller, resource).await,
        _ => error(StatusCode::NOT_FOUND, "Resource not found."),
    }
}

/// Runs the cmdlet that a body names.
async fn invoke_body(arrival: &Arc<Arrival>, caller: Caller, body: &[u8]) -> Reply {
    let next =
        format!("{}/adminapi/beta/{}/InvokeCommand?", arrival.call.base, arrival.tenant_name);
    match serde_json::from_slice::<Invocation>(body) {
        Ok(invocation) => {
            let CmdletInput { name, parameters } = invocation.input;
            let request = arrival.request(name, parameters.unwrap_or_default());
            execute(arrival, caller, request, next, GENERIC).await
        }
        Err(problem) => Reply::of(
            Err(Refusal::Bind(BindError::body(format!(
                "The parameter value for 'CmdletInput' could not be read: {problem}"
            )))),
            &arrival.frame("", next, GENERIC),
        ),
    }
}

/// Runs a cmdlet away from the threads that serve connections: a page of a large tenant is work.
async fn execute(
    arrival: &Arc<Arrival>,
    caller: Caller,
    request: Request,
    next: String,
    context: &'static str,
) -> Reply {
    let arrival = Arc::clone(arrival);
    let work = move || {
        let result = invoke(&arrival.tenant, caller, &request);
        Reply::of(result, &arrival.frame(&request.cmdlet, next, context))
    };
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| {
        error(StatusCode::INTERNAL_SERVER_ERROR, "An internal server error occurred.")
    })
}

impl Arrival {
    /// A request to run a cmdlet, with what headers and query say about it.
    fn request(&self, cmdlet: String, parameters: Map<String, Json>) -> Request {
        let most = u64::from(self.tenant.config().page_size);
        Request {
            service: self.call.service.clone(),
            path: self.call.path.clone(),
            cmdlet,
            parameters,
            select: self.query.list("$select"),
            page_size: prefer::page_size(&self.headers).unwrap_or(1000).clamp(1, 1000).min(most),
            continuation: self.query.get("$skiptoken").map(str::to_owned),
            anchor: header_text(&self.headers, "x-anchormailbox"),
            sent_cookie: prefer::cookie(&self.headers, COOKIE),
            cookie: self.cookie.clone(),
            batch_member: false,
        }
    }

    fn frame<'r>(&'r self, cmdlet: &'r str, next: String, context: &'r str) -> Frame<'r> {
        Frame { call: &self.call, tenant_id: self.tenant.id(), cmdlet, next, context }
    }
}

fn header_text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// A back end: that of the anchor mailbox, or any.
fn new_cookie(headers: &HeaderMap) -> String {
    let any = || uuid::Uuid::new_v4().to_string();
    let anchor = header_text(headers, "x-anchormailbox").unwrap_or_else(any).to_lowercase();
    let hash = anchor.bytes().fold(0, |hash, byte| mix(hash ^ u64::from(byte)));
    format!("AM0PR01MB0001{hash:016x}")
}

/// The front door of Security & Compliance knows only where the tenant's region is.
fn redirect(arrival: &Arrival) -> Reply {
    let path = &arrival.call.path;
    let front = path.get(..11).filter(|front| front.eq_ignore_ascii_case("/compliance"));
    let path = front.map_or(path.as_str(), |front| &path[front.len()..]);
    let query = arrival.query.text();
    let mark = if query.is_empty() { "" } else { "?" };
    let target = format!("https://eur02b.admin.protection.outlook.com:446{path}{mark}{query}");
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::FOUND;
    if let Ok(value) = HeaderValue::try_from(target) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    Reply::other(response)
}

fn context(arrival: &Arrival, of: &str) -> String {
    format!(
        "https://outlook.office365.com/adminapi/{}/{}/$metadata#{of}",
        arrival.version,
        arrival.tenant.id()
    )
}

fn module(arrival: &Arrival, caller: &Caller) -> Reply {
    let names = header_text(&arrival.headers, "commandname");
    let key = arrival.tenant.exchange.key.public_xml();
    let context = context(arrival, "Collection(Exchange.EXOModuleFile)");
    let body = module_file::body(caller, &arrival.call.service, key, names.as_deref(), &context);
    Reply::json(StatusCode::OK, &body)
}

fn service_document(arrival: &Arrival) -> Reply {
    let sets: Vec<Json> = ["CasMailbox", "Mailbox", "Recipient", "UnifiedGroup", "User"]
        .iter()
        .map(|name| json!({"name": name, "kind": "EntitySet", "url": name}))
        .collect();
    let context = context(arrival, "");
    let context = context.trim_end_matches('#');
    Reply::json(StatusCode::OK, &json!({"@odata.context": context, "value": sets}))
}

/// The part of the schema that clients of `InvokeCommand` need.
fn metadata() -> Reply {
    const SCHEMA: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices><Schema Namespace="Exchange" xmlns="http://docs.oasis-open.org/odata/ns/edm">
<ComplexType Name="GenericHashTable" OpenType="true" />
<ComplexType Name="ByteArrayType"><Property Name="Data" Type="Collection(Edm.Byte)" Nullable="false" /></ComplexType>
<ComplexType Name="StringFieldDeltaUpdateData"><Property Name="Add" Type="Collection(Edm.String)" /><Property Name="Remove" Type="Collection(Edm.String)" /></ComplexType>
<ComplexType Name="CmdletInvokeInputType"><Property Name="CmdletName" Type="Edm.String" Nullable="false" /><Property Name="Parameters" Type="Exchange.GenericHashTable" /></ComplexType>
<Action Name="InvokeCommand"><Parameter Name="CmdletInput" Type="Exchange.CmdletInvokeInputType" /><ReturnType Type="Collection(Exchange.GenericHashTable)" /></Action>
</Schema></edmx:DataServices></edmx:Edmx>"#;
    let mut response = Response::new(Body::from(SCHEMA));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/xml;charset=utf-8"));
    Reply::other(response)
}
