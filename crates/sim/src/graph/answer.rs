//! The form of Graph's answers and refusals.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Request;
use super::path::Key;
use crate::call::{Call, client_request_id};
use crate::tenant::{AuthFailure, Tenant};

/// What a call is answered.
#[derive(Debug)]
pub(super) struct Reply {
    status: StatusCode,
    body: Option<Value>,
}

/// A refusal in Graph's form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
    details: Option<Value>,
}

impl Reply {
    /// 200 with what was asked.
    pub(super) const fn ok(body: Value) -> Self {
        Self { status: StatusCode::OK, body: Some(body) }
    }

    /// 201 with what was made.
    pub(super) const fn created(body: Value) -> Self {
        Self { status: StatusCode::CREATED, body: Some(body) }
    }

    /// 202: it will be done.
    pub(super) const fn accepted() -> Self {
        Self { status: StatusCode::ACCEPTED, body: None }
    }

    /// 204.
    pub(super) const fn done() -> Self {
        Self { status: StatusCode::NO_CONTENT, body: None }
    }

    /// Status and body, as a batch has them.
    pub(super) fn into_parts(self) -> (StatusCode, Option<Value>) {
        (self.status, self.body)
    }

    /// How many rows there are, as `$count` wants it: a bare number.
    pub(super) fn counted(self) -> Self {
        let count = self.body.map(|body| body["@odata.count"].clone());
        Self { status: self.status, body: count }
    }

    pub(super) fn into_response(self) -> Response {
        let mut response = match self.body {
            Some(Value::Number(count)) => {
                let mut response = Response::new(Body::from(count.to_string()));
                let plain = HeaderValue::from_static("text/plain");
                response.headers_mut().insert(header::CONTENT_TYPE, plain);
                response
            }
            Some(body) => json_response(self.status, &body),
            None => Response::new(Body::empty()),
        };
        *response.status_mut() = self.status;
        response.headers_mut().insert("x-ms-resource-unit", HeaderValue::from_static("1"));
        response
    }
}

impl Request<'_> {
    /// A page of those rows that the query asks for and that replication has brought.
    pub(super) fn list(&self, rows: Vec<Value>) -> Result<Reply, Refusal> {
        let mut rows = rows;
        if self.path.rest.is_empty() {
            rows.extend(self.tenant.deleted_rows(&self.path.collection));
        }
        let mut rows = self.query.filtered(rows)?;
        rows.retain_mut(|row| self.brings(row));
        let count = rows.len();
        let (from, to) = self.query.page(count);
        let page: Vec<Value> = rows.drain(from..to).map(|row| self.query.selected(row)).collect();
        let mut body = json!({"@odata.context": self.context("")});
        if self.query.wants_count() {
            body["@odata.count"] = json!(count);
        }
        if to < count {
            let query = self.query.next_page(to);
            body["@odata.nextLink"] =
                json!(format!("{}{}?{query}", self.call.base, self.call.path));
        }
        body["value"] = json!(page);
        Ok(Reply::ok(body))
    }

    /// One object, if replication has brought it.
    pub(super) fn one(&self, mut row: Value) -> Result<Reply, Refusal> {
        if !self.brings(&mut row) {
            return Err(Refusal::not_found(row["id"].as_str().unwrap_or_default()));
        }
        Ok(Reply::ok(self.entity(self.query.selected(row))))
    }

    /// An object that is gone, if this read still shows it.
    pub(super) fn one_deleted(&self) -> Option<Reply> {
        let wanted = |row: &Value| match self.path.key.as_ref() {
            Some(Key::Id(id)) => row["id"] == **id,
            Some(Key::Alternate { property, value }) => {
                let name = if property == "appid" { "appId" } else { "uniqueName" };
                row[name] == **value
            }
            None => false,
        };
        let row = self.tenant.deleted_rows(&self.path.collection).into_iter().find(wanted)?;
        self.one(row).ok()
    }

    /// An object with its context in front.
    pub(super) fn entity(&self, row: Value) -> Value {
        let mut body = json!({"@odata.context": self.context("/$entity")});
        if let (Some(body), Value::Object(row)) = (body.as_object_mut(), row) {
            body.extend(row);
        }
        body
    }

    /// Makes a row what replication has brought of it so far; false if that is nothing.
    fn brings(&self, row: &mut Value) -> bool {
        let id = row["id"].as_str().unwrap_or_default().to_owned();
        match self.tenant.shown_before(&id) {
            Some(before) => {
                *row = before.row;
                return true;
            }
            None if self.is_deleted(&id) => return false,
            None => {}
        }
        if let Some(keys) = row.get_mut("keyCredentials").and_then(Value::as_array_mut) {
            keys.retain(|key| self.sees(key["keyId"].as_str().unwrap_or_default()));
        }
        self.sees(&id)
    }

    fn is_deleted(&self, id: &str) -> bool {
        self.tenant.deleted_rows(&self.path.collection).iter().any(|row| row["id"] == *id)
    }

    fn context(&self, end: &str) -> String {
        let version =
            if self.call.path.to_lowercase().starts_with("/beta") { "beta" } else { "v1.0" };
        let of = match self.path.collection.as_str() {
            "serviceprincipals" => match self.path.rest.first() {
                Some(below) => format!("servicePrincipals('{}')/{below}", self.path_key()),
                None => "servicePrincipals".to_owned(),
            },
            "rolemanagement/directory/roleassignments" => {
                "roleManagement/directory/roleAssignments".to_owned()
            }
            "rolemanagement/directory/roledefinitions" => {
                "roleManagement/directory/roleDefinitions".to_owned()
            }
            "directory/deleteditems" => "directoryObjects".to_owned(),
            "oauth2permissiongrants" => "oauth2PermissionGrants".to_owned(),
            other => other.to_owned(),
        };
        let select = self.query.select_text().map(|names| format!("({names})")).unwrap_or_default();
        format!("https://graph.microsoft.com/{version}/$metadata#{of}{select}{end}")
    }
}

impl Refusal {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), details: None }
    }

    pub(super) fn with_details(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }

    /// Whether it says that something is not there.
    pub(super) fn is_not_found(&self) -> bool {
        self.status == StatusCode::NOT_FOUND
    }

    /// What the directory says about a body that it does not take.
    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Request_BadRequest", message)
    }

    pub(super) fn not_found(id: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "Request_ResourceNotFound",
            format!(
                "Resource '{id}' does not exist or one of its queried reference-property objects are not present."
            ),
        )
    }

    pub(super) fn denied() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "Authorization_RequestDenied",
            "Insufficient privileges to complete the operation.",
        )
    }

    /// A path that leads nowhere.
    pub(super) fn no_segment(segment: &str) -> Self {
        let segment = segment.rsplit('/').next().unwrap_or_default();
        Self::new(
            StatusCode::BAD_REQUEST,
            "BadRequest",
            format!("Resource not found for the segment '{segment}'."),
        )
    }

    pub(super) fn method() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "Request_BadRequest",
            "Specified HTTP method is not allowed for the request target.",
        )
    }

    pub(super) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Service_InternalServerError",
            "Encountered an internal server error.",
        )
    }

    pub(super) fn unauthenticated(failure: AuthFailure) -> Self {
        let message = match failure {
            AuthFailure::Missing => "Access token is empty.",
            AuthFailure::Lifetime => "Lifetime validation failed, the token is expired.",
            AuthFailure::Audience => "Access token validation failure. Invalid audience.",
            _ => "Access token validation failure.",
        };
        Self::new(StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", message)
    }

    /// Status and body, as a batch has them.
    pub(super) fn into_parts(
        self,
        place: (&Call, &HeaderMap, Timestamp),
    ) -> (StatusCode, Option<Value>) {
        (self.status, Some(error_body(self.code, &self.message, self.details, place)))
    }

    pub(super) fn into_response(
        self,
        tenant: &Tenant,
        call: &Call,
        headers: &HeaderMap,
    ) -> Response {
        let now = tenant.now();
        error_response(self.status, self.code, &self.message, self.details, (call, headers, now))
    }
}

/// A refusal with the ids that every one of Graph's carries.
pub(crate) fn error_response(
    status: StatusCode,
    code: &str,
    message: &str,
    details: Option<Value>,
    place: (&Call, &HeaderMap, Timestamp),
) -> Response {
    json_response(status, &error_body(code, message, details, place))
}

fn error_body(
    code: &str,
    message: &str,
    details: Option<Value>,
    (call, headers, now): (&Call, &HeaderMap, Timestamp),
) -> Value {
    let mut error = json!({"code": code, "message": message});
    if let Some(details) = details {
        error["details"] = details;
    }
    error["innerError"] = json!({
        "date": now.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
        "request-id": call.request_id,
        "client-request-id": client_request_id(headers).unwrap_or(call.request_id),
    });
    json!({ "error": error })
}

/// 429 as Graph says it, with the headers of its throttling article.
pub(crate) fn throttled(call: &Call, headers: &HeaderMap, now: Timestamp) -> Response {
    let message = "Too many requests";
    let status = StatusCode::TOO_MANY_REQUESTS;
    let mut response =
        error_response(status, "TooManyRequests", message, None, (call, headers, now));
    for (name, value) in [
        ("x-ms-throttle-limit-percentage", "1.2"),
        ("x-ms-throttle-scope", "Tenant_Application/ReadWrite"),
        ("x-ms-throttle-information", "ResourceUnitLimitExceeded"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn json_response(status: StatusCode, body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let content_type = HeaderValue::from_static(
        "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8",
    );
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response
}
