//! Answers as they go over the wire: the envelope, error bodies, headers.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::bind_error::BindError;
use super::buffer::Buffer;
use super::cmdlet_error::Failure;
use super::invoke::{Answer, Refusal};
use super::value::write_string;
use crate::call::{Call, Service};
use crate::data::FOREST;
use crate::fault::{Fault, ThrottleBody};
use crate::refusal;
use crate::tenant::AuthFailure;

/// The `Content-Type` of every JSON answer.
pub(crate) const CONTENT_TYPE: &str = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";
/// The back-end cookie's name.
pub(crate) const COOKIE: &str = "X-BackEndCookie";

/// What a part of the answer needs to know.
#[derive(Debug)]
pub(crate) struct Frame<'r> {
    /// The request as it arrived.
    pub(crate) call: &'r Call,
    /// The tenant's id.
    pub(crate) tenant_id: Uuid,
    /// The cmdlet's name, for texts.
    pub(crate) cmdlet: &'r str,
    /// The address that a token is appended to for the next page.
    pub(crate) next: String,
    /// What `@odata.context` ends with.
    pub(crate) context: &'r str,
}

/// A status and a body, as a whole answer or as a member of a batch.
#[derive(Debug)]
pub(crate) struct Reply {
    /// The status.
    pub(crate) status: StatusCode,
    /// JSON; empty for none.
    pub(crate) body: Buffer,
    /// Further headers.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// Anything that is no JSON at all.
    pub(crate) other: Option<Response>,
}

impl Reply {
    /// A reply with a JSON body.
    pub(crate) fn json(status: StatusCode, body: &Json) -> Self {
        Self {
            status,
            body: body.to_string().into_bytes().into(),
            headers: Vec::new(),
            other: None,
        }
    }

    /// A reply that is not JSON.
    pub(crate) fn other(response: Response) -> Self {
        let status = response.status();
        Self { status, body: Buffer::default(), headers: Vec::new(), other: Some(response) }
    }

    /// What a cmdlet's result is on the wire.
    pub(crate) fn of(result: Result<Answer, Refusal>, frame: &Frame<'_>) -> Self {
        match result {
            Ok(answer) => Self {
                status: StatusCode::OK,
                body: envelope(&answer, frame),
                headers: Vec::new(),
                other: None,
            },
            Err(Refusal::Bind(error)) => bind_reply(&error),
            Err(Refusal::Failed(failure, warnings)) => failure_reply(&failure, &warnings),
            Err(Refusal::NotGranted) => not_granted(frame),
            Err(Refusal::UnsupportedRole(app_id)) => unsupported_role(app_id),
            Err(Refusal::Fault(fault)) => fault_reply(&fault, &frame.call.service),
        }
    }

    /// The reply as an HTTP response.
    pub(crate) fn into_response(self) -> Response {
        let mut response = self.other.unwrap_or_else(|| {
            let mut response = Response::new(Body::from(Bytes::from(self.body)));
            *response.status_mut() = self.status;
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
            headers.insert("odata-version", HeaderValue::from_static("4.0"));
            response
        });
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::try_from(value) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

/// The envelope, its keys in the recorded order.
fn envelope(answer: &Answer, frame: &Frame<'_>) -> Buffer {
    let mut out = Buffer::spare();
    out.reserve(answer.page.json.len() + 1024);
    out.extend_from_slice(b"{\"@odata.context\":");
    write_string(
        &format!(
            "https://outlook.office365.com/adminapi/beta/{}/$metadata#{}",
            frame.tenant_id, frame.context
        ),
        &mut out,
    );
    if let Some(token) = &answer.continuation {
        out.extend_from_slice(b",\"@odata.nextLink\":");
        write_string(&format!("{}%24skiptoken={token}", frame.next), &mut out);
    }
    if let Some(text) = &answer.confirmation {
        out.extend_from_slice(b",\"@adminapi.confirmationmessage\":");
        write_string(text, &mut out);
    }
    out.extend_from_slice(
        b",\"adminapi.warnings@odata.type\":\"#Collection(String)\",\"@adminapi.warnings\":",
    );
    serde_json::to_writer(&mut *out, &answer.warnings).expect("texts write to memory");
    out.extend_from_slice(b",\"value\":[");
    out.extend_from_slice(&answer.page.json);
    out.extend_from_slice(b"]}");
    out
}

/// The name of a status without spaces: `NotFound`.
fn status_code(status: StatusCode) -> String {
    status.canonical_reason().unwrap_or_default().split(' ').collect()
}

/// The body of a cmdlet that ran and failed.
fn failure_reply(failure: &Failure, warnings: &[String]) -> Reply {
    const DIRECT: &str =
        "Microsoft.Exchange.Management.PSDirectInvoke.DirectInvokeCmdletExecutionException";
    let body = json!({"error": {
        "code": status_code(failure.status),
        "message": "Error executing cmdlet",
        "details": [{
            "code": failure.code,
            "target": failure.target,
            "message": format!("{}|{}|{}", failure.id, failure.exception, failure.message),
        }],
        "innererror": {
            "message": "Error executing cmdlet",
            "type": "Microsoft.Exchange.Admin.OData.Core.ODataServiceException",
            "stacktrace": "   at Microsoft.Exchange.Admin.OData.Core.ODataServiceException",
            "internalexception": {
                "message": format!("Exception of type '{DIRECT}' was thrown."),
                "type": DIRECT,
                "stacktrace": "",
            },
        },
        "adminapi.warnings@odata.type": "#Collection(String)",
        "@adminapi.warnings": warnings,
    }});
    let mut reply = Reply::json(failure.status, &body);
    let short = failure.exception.rsplit('.').next().unwrap_or_default();
    reply.headers.push(("x-exceptiontype", short.to_owned()));
    reply
}

/// The body of a call whose parameters could not be bound.
fn bind_reply(error: &BindError) -> Reply {
    let mut fields = json!({"code": "BadRequest", "message": "Invalid Operation"});
    if error.has_details {
        fields["details"] = json!([{
            "code": "Client",
            "target": "",
            "message": format!("|{}|{}", error.exception, error.message),
        }]);
    }
    fields["innererror"] = json!({
        "message": "Invalid Operation",
        "type": "Microsoft.Exchange.Admin.OData.Core.ODataServiceException",
        "stacktrace": "   at Microsoft.Exchange.Admin.OData.Core.ODataServiceException",
        "internalexception": {
            "message": error.message,
            "type": error.exception,
            "stacktrace": "",
        },
    });
    fields["adminapi.warnings@odata.type"] = json!("#Collection(String)");
    fields["@adminapi.warnings"] = json!([]);
    let mut reply = Reply::json(StatusCode::BAD_REQUEST, &json!({"error": fields}));
    let short = error.exception.rsplit('.').next().unwrap_or_default();
    reply.headers.push(("x-exceptiontype", short.to_owned()));
    reply
}

/// 403: NUL bytes from Exchange, JSON from Security & Compliance.
fn not_granted(frame: &Frame<'_>) -> Reply {
    if matches!(frame.call.service, Service::Compliance { .. }) {
        return forbidden(&format!("User is not allowed to call {}", frame.cmdlet));
    }
    Reply::other(refusal::forbidden_with_nul_body(None))
}

/// 403 for an application without any management role, in the words that users report.
pub(crate) fn unsupported_role(app_id: Uuid) -> Reply {
    forbidden(&format!(
        "The role assigned to application {app_id} isn't supported in this scenario. Please check \
         online documentation for assigning correct Directory Roles to Azure AD Application for EXO \
         App-Only Authentication."
    ))
}

/// 403 with a JSON body.
fn forbidden(message: &str) -> Reply {
    let body = json!({"error": {
        "code": "Forbidden",
        "message": message,
        "innererror": {
            "message": message,
            "type": "Microsoft.Exchange.Admin.OData.Core.ODataServiceException",
            "stacktrace": "   at Microsoft.Exchange.Admin.OData.Core.ODataServiceException",
        },
    }});
    Reply::json(StatusCode::FORBIDDEN, &body)
}

/// A plain OData error.
pub(crate) fn error(status: StatusCode, message: &str) -> Reply {
    let body = json!({"error": {"code": status_code(status), "message": message}});
    Reply::json(status, &body)
}

fn fault_reply(fault: &Fault, service: &Service) -> Reply {
    match fault {
        Fault::Throttle { retry_after, body } => {
            let mut reply = match body {
                ThrottleBody::Empty => Reply {
                    status: StatusCode::TOO_MANY_REQUESTS,
                    body: Buffer::default(),
                    headers: Vec::new(),
                    other: None,
                },
                _ => error(StatusCode::TOO_MANY_REQUESTS, "Too many requests. Please retry later."),
            };
            reply.headers.extend(retry_after.map(|seconds| ("retry-after", seconds.to_string())));
            reply
        }
        Fault::Status { status, .. } => {
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
            error(status, "The service is unavailable.")
        }
        Fault::NulForbidden => Reply::other(refusal::forbidden_with_nul_body(None)),
        _ => Reply::other(refusal::unauthorized(service, &AuthFailure::Lifetime)),
    }
}

/// The headers that a request's way through front end and back end leaves on the answer.
pub(crate) fn add_headers(
    response: &mut Response,
    app_id: Uuid,
    cookie: Option<&str>,
    reset: &str,
) {
    let backend = format!("AM0PR01MB0001.{FOREST}");
    let headers = response.headers_mut();
    for (name, value) in [
        ("preference-applied", "odata.include-annotations=\"*\""),
        ("x-calculatedbetarget", &backend),
        ("x-calculatedfetarget", "AM0P190CU001.internal.outlook.com"),
        ("rate-limit-limit", "30000"),
        ("rate-limit-remaining", "29999"),
        ("rate-limit-reset", reset),
        ("restrict-access-confirm", "1"),
        ("x-concurrencycount", "1"),
        ("x-combinedapponlyconcurrencycount", "1"),
        ("x-ms-appid", &app_id.to_string()),
        ("organizationstatus", "Active"),
    ] {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    }
    let cookie = cookie.map(|value| format!("{COOKIE}={value}; path=/; secure; HttpOnly"));
    if let Some(value) = cookie.and_then(|cookie| HeaderValue::try_from(cookie).ok()) {
        headers.append(header::SET_COOKIE, value);
    }
}
