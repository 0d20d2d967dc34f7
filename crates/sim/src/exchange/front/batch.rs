//! `$batch`: up to ten cmdlets in one request.

use std::sync::Arc;

use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use super::super::answer::{Reply, error};
use super::super::door::admit;
use super::query::Query;
use super::{Arrival, CmdletInput, GENERIC, Invocation, execute};

/// The most members that a batch may have.
const MOST: usize = 10;

#[derive(Debug, Deserialize)]
struct Batch {
    requests: Vec<Member>,
}

#[derive(Debug, Deserialize)]
struct Member {
    id: String,
    method: String,
    url: String,
    #[serde(default)]
    headers: Map<String, Json>,
    #[serde(default)]
    body: Json,
}

/// Runs the members one after the other and answers them in the same order.
pub(super) async fn serve(arrival: &Arc<Arrival>, body: &[u8]) -> Reply {
    let batch = match serde_json::from_slice::<Batch>(body) {
        Ok(batch) if batch.requests.len() <= MOST => batch,
        Ok(_) => {
            let text =
                format!("The batch request exceeds the maximum number of {MOST} operations.");
            return error(StatusCode::BAD_REQUEST, &text);
        }
        Err(_) => return error(StatusCode::BAD_REQUEST, "The batch request could not be read."),
    };
    let mut responses = Vec::with_capacity(batch.requests.len());
    for member in batch.requests {
        let id = member.id.clone();
        responses.push(response(&id, &run(arrival, member).await));
    }
    let mut body = b"{\"responses\":[".to_vec();
    body.extend_from_slice(&responses.join(&b","[..]));
    body.extend_from_slice(b"]}");
    Reply { status: StatusCode::OK, body: body.into(), headers: Vec::new(), other: None }
}

async fn run(outer: &Arc<Arrival>, member: Member) -> Reply {
    let mut headers = outer.headers.clone();
    for (name, value) in &member.headers {
        let (Ok(name), Some(Ok(value))) =
            (name.parse::<HeaderName>(), value.as_str().map(HeaderValue::try_from))
        else {
            continue;
        };
        headers.insert(name, value);
    }
    let (path, query) = member.url.split_once('?').unwrap_or((&member.url, ""));
    let path = path.trim_end_matches('/').to_ascii_lowercase();
    if !member.method.eq_ignore_ascii_case("POST") || !path.ends_with("/invokecommand") {
        return error(StatusCode::NOT_FOUND, "Resource not found.");
    }
    let caller = match admit(&outer.tenant, &headers, &outer.call, &outer.tenant_name) {
        Ok(caller) => caller,
        Err(refusal) => return *refusal,
    };
    let inner = inner(outer, headers, query);
    let Ok(invocation) = serde_json::from_value::<Invocation>(member.body) else {
        return error(StatusCode::BAD_REQUEST, "Invalid Operation");
    };
    let CmdletInput { name, parameters } = invocation.input;
    let mut request = inner.request(name, parameters.unwrap_or_default());
    request.batch_member = true;
    let next = format!("{}/adminapi/beta/{}/InvokeCommand?", inner.call.base, inner.tenant_name);
    execute(&inner, caller, request, next, GENERIC).await
}

/// The member as if it had arrived by itself.
fn inner(outer: &Arc<Arrival>, headers: HeaderMap, query: &str) -> Arc<Arrival> {
    Arc::new(Arrival {
        tenant: Arc::clone(&outer.tenant),
        call: outer.call.clone(),
        headers,
        query: Query::parse(query),
        version: outer.version.clone(),
        tenant_name: outer.tenant_name.clone(),
        cookie: outer.cookie.clone(),
    })
}

/// One entry of `responses`. A body that is not JSON arrives as `null`.
fn response(id: &str, reply: &Reply) -> Bytes {
    let mut headers: Map<String, Json> =
        reply.headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    for (name, value) in reply.other.iter().flat_map(Response::headers) {
        headers.insert(name.to_string(), json!(value.to_str().unwrap_or_default()));
    }
    let head = json!({"id": id, "status": reply.status.as_u16(), "headers": headers}).to_string();
    let mut out = head.into_bytes();
    out.pop();
    out.extend_from_slice(b",\"body\":");
    out.extend_from_slice(if reply.body.is_empty() { b"null" } else { &reply.body });
    out.push(b'}');
    out.into()
}
