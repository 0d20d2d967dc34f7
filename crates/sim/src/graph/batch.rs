//! `$batch`: up to twenty requests in one. Learn, "Combine multiple HTTP requests using JSON batching".

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::Request;
use super::answer::{Refusal, Reply};
use crate::call::Call;
use crate::tenant::{Principal, Tenant};

/// The most requests that a batch may have.
const MOST: usize = 20;

#[derive(Debug, Deserialize)]
struct Batch {
    requests: Vec<Member>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Member {
    id: String,
    method: String,
    url: String,
    #[serde(default)]
    headers: Map<String, Value>,
    #[serde(default)]
    body: Value,
    #[serde(default)]
    depends_on: Vec<String>,
}

/// Answers the members one after the other, as the one who sent the batch.
pub(super) fn serve(
    tenant: &Tenant,
    call: &Call,
    caller: &Principal,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Reply, Refusal> {
    let batch: Batch = serde_json::from_slice(body)
        .map_err(|_| Refusal::bad_request("Invalid batch payload format."))?;
    if batch.requests.len() > MOST {
        let message = format!("Number of batch request steps exceeds the maximum value of {MOST}.");
        return Err(Refusal::bad_request(message));
    }
    let mut responses: Vec<Value> = Vec::new();
    for member in &batch.requests {
        let failed = |id: &String| {
            let of = responses.iter().find(|response| response["id"] == **id);
            of.is_none_or(|response| response["status"].as_u64().is_none_or(|status| status >= 400))
        };
        let call = member.call(call);
        let answer = if member.depends_on.iter().any(failed) {
            let message = "One of the requests that this one depends on failed.";
            Err(Refusal::new(StatusCode::FAILED_DEPENDENCY, "FailedDependency", message))
        } else {
            member.run(tenant, &call, caller, headers)
        };
        let (status, body) = match answer {
            Ok(reply) => reply.into_parts(),
            Err(refusal) => refusal.into_parts((&call, headers, tenant.now())),
        };
        responses.push(response(&member.id, status, body));
    }
    Ok(Reply::ok(json!({ "responses": responses })))
}

impl Member {
    /// Its own call, with the batch's version in front of its address.
    fn call(&self, batch: &Call) -> Call {
        let version = batch.path.strip_suffix("/$batch").unwrap_or("/v1.0");
        let path = self.url.split('?').next().unwrap_or_default().trim_start_matches('/');
        Call { path: format!("{version}/{path}"), request_id: Uuid::new_v4(), ..batch.clone() }
    }

    fn run(
        &self,
        tenant: &Tenant,
        call: &Call,
        caller: &Principal,
        outer: &HeaderMap,
    ) -> Result<Reply, Refusal> {
        let mut headers = outer.clone();
        for (name, value) in &self.headers {
            if let (Ok(name), Some(Ok(value))) =
                (name.parse::<HeaderName>(), value.as_str().map(HeaderValue::try_from))
            {
                headers.insert(name, value);
            }
        }
        let method = self.method.to_ascii_uppercase().parse();
        let method: Method = method.map_err(|_| Refusal::method())?;
        let query = self.url.split_once('?').map_or("", |(_, query)| query);
        let body = if self.body.is_null() { Bytes::new() } else { self.body.to_string().into() };
        Request::read(tenant, call, caller.clone(), method, query, &headers, &body)?.answer()
    }
}

fn response(id: &str, status: StatusCode, body: Option<Value>) -> Value {
    let mut response = json!({ "id": id, "status": status.as_u16(), "headers": {} });
    if let Some(body) = body {
        response["headers"]["Content-Type"] = json!("application/json");
        response["body"] = body;
    }
    response
}
