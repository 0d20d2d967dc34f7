//! Microsoft Graph, as far as setting up an application for Exchange needs it, and the one read of
//! Azure Resource Manager that `az login` makes.

mod answer;
mod app_role_assignments;
mod application_row;
mod applications;
mod batch;
mod credentials;
mod deleted_items;
mod mail;
mod organization;
mod path;
mod permission;
mod permission_grants;
mod policies;
mod query;
mod role_management;
mod service_principals;

use std::sync::Arc;

use axum::extract::{Extension, State};
use axum::response::Response;
use axum::routing::{any, get};
use axum::{Json, Router};
use bytes::Bytes;
use http::{HeaderMap, Method, Uri};
use serde_json::{Value, json};

pub(crate) use answer::{error_response, throttled};
pub use mail::SentMail;

use crate::call::{Call, Service};
use crate::directory::{Before, Directory, Replica};
use crate::tenant::{Principal, Tenant};
use answer::{Refusal, Reply};
use path::{Key, ResourcePath};
use query::Query;

/// The routes of Graph. Paths arrive in lower case, so what matters is read from the path as sent.
pub(crate) fn router(tenant: Arc<Tenant>) -> Router {
    Router::new()
        .route("/v1.0/{*path}", any(serve))
        .route("/beta/{*path}", any(serve))
        .with_state(tenant)
        .route("/subscriptions", get(async || Json(json!({"value": []}))))
}

/// One call of Graph.
struct Request<'a> {
    tenant: &'a Tenant,
    call: &'a Call,
    caller: Principal,
    method: Method,
    path: ResourcePath,
    query: Query,
    /// `ConsistencyLevel: eventual`.
    is_eventual: bool,
    /// `Prefer: create-if-missing`.
    create_if_missing: bool,
    body: Value,
}

async fn serve(
    State(tenant): State<Arc<Tenant>>,
    Extension(call): Extension<Call>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let caller = tenant.authenticate(&headers, &Service::Graph).map_err(Refusal::unauthenticated);
    let answer = caller.and_then(|caller| {
        if method == Method::POST && call.path.ends_with("/$batch") {
            return batch::serve(&tenant, &call, &caller, &headers, &body);
        }
        let query = uri.query().unwrap_or_default();
        Request::read(&tenant, &call, caller, method, query, &headers, &body)?.answer()
    });
    match answer {
        Ok(reply) => reply.into_response(),
        Err(refusal) => refusal.into_response(&tenant, &call, &headers),
    }
}

impl<'a> Request<'a> {
    fn read(
        tenant: &'a Tenant,
        call: &'a Call,
        caller: Principal,
        method: Method,
        query: &str,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Self, Refusal> {
        let is_text = headers
            .get(http::header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"text/plain"));
        let body = if body.is_empty() {
            Value::Null
        } else if is_text {
            Value::String(String::from_utf8_lossy(body).into_owned())
        } else {
            serde_json::from_slice(body).map_err(|_| {
                Refusal::bad_request("Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.")
            })?
        };
        let prefers = |wish: &str| {
            headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok()).any(|value| {
                value.split([',', ';']).any(|part| part.trim().eq_ignore_ascii_case(wish))
            })
        };
        Ok(Self {
            tenant,
            call,
            caller,
            method,
            path: ResourcePath::read(&call.path)?,
            query: Query::parse(query),
            is_eventual: headers
                .get("consistencylevel")
                .is_some_and(|level| level.as_bytes().eq_ignore_ascii_case(b"eventual")),
            create_if_missing: prefers("create-if-missing"),
            body,
        })
    }

    fn answer(mut self) -> Result<Reply, Refusal> {
        let counts = matches!(&self.path.key, Some(Key::Id(key)) if key == "$count");
        if counts && self.method == Method::GET {
            if !self.is_eventual {
                return Err(Refusal::bad_request("$count is not currently supported."));
            }
            self.path.key = None;
            self.query = self.query.counting();
            return self.route().map(Reply::counted);
        }
        let answer = self.route();
        if self.method == Method::GET && self.path.rest.is_empty() {
            return answer.or_else(|refusal| {
                let shown = if refusal.is_not_found() { self.one_deleted() } else { None };
                shown.ok_or(refusal)
            });
        }
        answer
    }

    fn route(&self) -> Result<Reply, Refusal> {
        match self.path.collection.as_str() {
            "organization" => organization::serve(self),
            "me" => organization::me(self),
            "users" => mail::serve(self),
            "applications" => applications::serve(self),
            "serviceprincipals" => service_principals::serve(self),
            "oauth2permissiongrants" => permission_grants::serve(self),
            "rolemanagement/directory/roledefinitions" => role_management::definitions(self),
            "rolemanagement/directory/roleassignments" => role_management::assignments(self),
            "policies/defaultappmanagementpolicy" => policies::app_management(self),
            "policies/appmanagementpolicies" => policies::custom(self),
            "policies/authorizationpolicy" => policies::authorization(self),
            "directory/deleteditems" => deleted_items::serve(self),
            other => Err(Refusal::no_segment(other)),
        }
    }

    /// Whether this read of Graph's replica sees what has this id.
    fn sees(&self, id: &(impl ToString + ?Sized)) -> bool {
        self.tenant.sees(Replica::Graph, id)
    }

    /// Lets reads show an object of a collection as it was before this call.
    fn was(&self, collection: &'static str, row: Value, is_deleted: bool) {
        self.tenant.delay_change(Before { collection, row, is_deleted }, self.call);
    }

    /// Keeps what was changed.
    fn keep(&self, directory: &Directory) -> Result<(), Refusal> {
        self.tenant.keep(directory).map_err(|error| {
            tracing::warn!(%error, "the directory could not be kept");
            Refusal::internal()
        })
    }
}
