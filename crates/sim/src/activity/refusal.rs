//! The errors of the Management Activity API, with the texts of its reference.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use serde_json::json;
use uuid::Uuid;

/// A refusal: status, code and message. The statuses but that of `AF429` are assumed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    fn bad(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    pub(super) fn permission(has: &[String], expected: &str) -> Self {
        let has = has.join(",");
        let message = format!(
            "The permission set ({has}) sent in the request did not include the expected permission {expected}."
        );
        Self::new(StatusCode::UNAUTHORIZED, "AF10001", message)
    }

    pub(super) fn missing(parameter: &str) -> Self {
        Self::bad("AF20001", format!("Missing parameter: {parameter}."))
    }

    pub(super) fn kind(parameter: &str, expected: &str) -> Self {
        let message = format!("Invalid parameter type: {parameter}. Expected type: {expected}");
        Self::bad("AF20002", message)
    }

    pub(super) fn other_tenant(asked: Uuid, of_token: Uuid) -> Self {
        let message = format!(
            "The tenant ID passed in the URL ({asked}) does not match the tenant ID passed in the access token ({of_token})."
        );
        Self::bad("AF20010", message)
    }

    pub(super) fn no_guid(tenant: &str) -> Self {
        let message = format!("The tenant ID passed in the URL ({tenant}) is not a valid GUID.");
        Self::bad("AF20013", message)
    }

    /// What a tenant without auditing gets.
    pub(super) fn no_tenant(tenant: Uuid) -> Self {
        Self::bad("AF20011", format!("Tenant {tenant} does not exist."))
    }

    pub(super) fn content_type() -> Self {
        Self::bad("AF20020", "The specified content type is not valid.")
    }

    pub(super) fn no_subscription() -> Self {
        Self::bad("AF20022", "No subscription found for the specified content type.")
    }

    pub(super) fn disabled() -> Self {
        Self::bad("AF20023", "The subscription was disabled by a tenant admin.")
    }

    pub(super) fn window() -> Self {
        Self::bad(
            "AF20030",
            "Start time and end time must both be specified (or both omitted) and must be less than or equal to 24 hours apart, with the start time no more than 7 days in the past.",
        )
    }

    pub(super) fn next_page(given: &str) -> Self {
        Self::bad("AF20031", format!("Invalid nextPage Input: {given}."))
    }

    pub(super) fn no_content(id: &str) -> Self {
        Self::bad("AF20050", format!("The specified content ({id}) does not exist."))
    }

    pub(super) fn expired(id: &str) -> Self {
        let message = format!(
            "Content requested with the key {id} has already expired. Content older than 7 days cannot be retrieved."
        );
        Self::bad("AF20051", message)
    }

    pub(super) fn content_id(id: &str) -> Self {
        Self::bad("AF20052", format!("Content ID {id} in the URL is invalid."))
    }

    /// Throttling comes as 403 (recorded).
    pub(crate) fn throttled(method: &str, publisher: &str) -> Self {
        let message = format!("Too many requests. Method={method}, PublisherId={publisher}");
        Self::new(StatusCode::FORBIDDEN, "AF429", message)
    }

    pub(crate) fn internal(status: StatusCode) -> Self {
        Self::new(status, "AF50000", "An internal error occurred. Retry the request.")
    }

    pub(crate) fn into_response(self) -> Response {
        let body = json!({"error": {"code": self.code, "message": self.message}});
        json_response(self.status, body.to_string())
    }
}

/// A bad token, as ASP.NET answers it: assumed.
pub(crate) fn unauthorized() -> Response {
    let body = json!({"Message": "Authorization has been denied for this request."});
    json_response(StatusCode::UNAUTHORIZED, body.to_string())
}

pub(super) fn json_response(status: StatusCode, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
