//! Entra's refusals: code, `error`, status and text of each, and the body they come in.
//!
//! Texts and statuses follow entra-docs' list of error codes and the bodies recorded by client
//! projects; `docs/simulated-tenant.md` says which is which.

mod assertion;
mod on_demand;
mod people;

pub(crate) use on_demand::has_words_for;

use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use crate::call::client_request_id;

/// A refusal by Entra.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EntraError {
    /// The number behind `AADSTS`.
    pub code: u32,
    /// The OAuth error.
    pub error: &'static str,
    pub status: StatusCode,
    /// The sentence, without the code and the trailer of ids.
    pub text: String,
}

impl EntraError {
    pub(super) fn new(
        code: u32,
        error: &'static str,
        status: u16,
        text: impl Into<String>,
    ) -> Self {
        let status = StatusCode::from_u16(status).expect("a status written in this file");
        Self { code, error, status, text: text.into() }
    }

    fn request(code: u32, text: impl Into<String>) -> Self {
        Self::new(code, "invalid_request", 400, text)
    }

    fn client(code: u32, text: impl Into<String>) -> Self {
        Self::new(code, "invalid_client", 401, text)
    }

    pub(super) fn tenant_not_found(error: &'static str, tenant: &str) -> Self {
        Self::new(
            90_002,
            error,
            400,
            format!(
                "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant."
            ),
        )
    }

    pub(super) fn malformed_tenant(tenant: &str) -> Self {
        Self::request(
            900_023,
            format!(
                "Specified tenant identifier '{tenant}' is neither a valid DNS name, nor a valid external domain."
            ),
        )
    }

    pub(super) fn tenant_missing() -> Self {
        Self::request(
            50_059,
            "No tenant-identifying information found in either the request or implied by any provided credentials.",
        )
    }

    pub(super) fn common_endpoint() -> Self {
        Self::request(
            9_001_023,
            "The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or tenant-specific endpoint.",
        )
    }

    pub(super) fn instance(url: &str) -> Self {
        Self::new(50_049, "invalid_instance", 400, format!("Unknown or invalid instance: {url}"))
    }

    pub(super) fn malformed_request() -> Self {
        Self::request(9_002_313, "Invalid request. Request is malformed or invalid.")
    }

    pub(super) fn missing_parameter(name: &str) -> Self {
        Self::request(
            900_144,
            format!("The request body must contain the following parameter: '{name}'."),
        )
    }

    pub(super) fn grant_type(grant: &str) -> Self {
        Self::new(
            70_003,
            "unsupported_grant_type",
            400,
            format!("The app requested an unsupported grant type '{grant}'."),
        )
    }

    pub(super) fn resource_parameter() -> Self {
        Self::request(901_002, "The 'resource' request parameter is not supported.")
    }

    pub(super) fn invalid_scope(scope: &str) -> Self {
        Self::new(
            70_011,
            "invalid_scope",
            400,
            format!(
                "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope {scope} is not valid."
            ),
        )
    }

    pub(super) fn scope_without_default(scope: &str) -> Self {
        Self::new(
            1_002_012,
            "invalid_scope",
            400,
            format!(
                "The provided value for scope {scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI)."
            ),
        )
    }

    pub(super) fn several_resources(scope: &str) -> Self {
        Self::new(
            28_003,
            "invalid_scope",
            400,
            format!(
                "Provided value for the input parameter scope cannot be empty when requesting an access token using the provided authorization code. Please specify a valid scope. The scope {scope} names more than one resource."
            ),
        )
    }

    pub(super) fn application_not_found(app_id: &str, tenant: &str) -> Self {
        Self::new(
            700_016,
            "unauthorized_client",
            400,
            format!(
                "Application with identifier '{app_id}' was not found in the directory '{tenant}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant."
            ),
        )
    }

    pub(super) fn service_principal_missing(app_id: Uuid, tenant: Uuid) -> Self {
        Self::client(
            7_000_229,
            format!(
                "The client application {app_id} is missing service principal in the tenant {tenant}. See instructions here: https://go.microsoft.com/fwlink/?linkid=2225119"
            ),
        )
    }

    pub(super) fn disabled(app_id: Uuid, name: &str) -> Self {
        Self::new(
            7_000_112,
            "unauthorized_client",
            400,
            format!("Application '{app_id}'({name}) is disabled."),
        )
    }

    pub(super) fn public_client() -> Self {
        Self::client(
            700_025,
            "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
        )
    }

    pub(super) fn wrong_secret(app_id: Uuid) -> Self {
        Self::client(
            7_000_215,
            format!(
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{app_id}'."
            ),
        )
    }

    pub(super) fn secret_expired(app_id: Uuid) -> Self {
        Self::client(
            7_000_222,
            format!(
                "The provided client secret keys for app '{app_id}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds."
            ),
        )
    }

    pub(super) fn credential_missing() -> Self {
        Self::client(
            7_000_216,
            "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
        )
    }

    pub(super) fn resource_not_found(resource: &str, tenant: &str) -> Self {
        Self::new(
            500_011,
            "invalid_resource",
            400,
            format!(
                "The resource principal named {resource} was not found in the tenant named {tenant}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant."
            ),
        )
    }

    pub(super) fn blocked_by_policy() -> Self {
        Self::new(
            53_003,
            "invalid_grant",
            400,
            "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
        )
    }

    /// The text with code and ids, as bodies and redirects carry it.
    pub(super) fn description(
        &self,
        trace_id: Uuid,
        correlation_id: Uuid,
        now: Timestamp,
    ) -> String {
        let timestamp = now.strftime("%Y-%m-%d %H:%M:%SZ");
        format!(
            "AADSTS{}: {} Trace ID: {trace_id} Correlation ID: {correlation_id} Timestamp: {timestamp}",
            self.code, self.text
        )
    }

    /// The answer with this refusal in it, its ids and headers.
    pub(super) fn into_response(
        self,
        request: &HeaderMap,
        trace_id: Uuid,
        now: Timestamp,
    ) -> Response {
        let correlation_id = client_request_id(request).unwrap_or_else(Uuid::new_v4);
        let timestamp = now.strftime("%Y-%m-%d %H:%M:%SZ").to_string();
        let body = json!({
            "error": self.error,
            "error_description": self.description(trace_id, correlation_id, now),
            "error_codes": [self.code],
            "timestamp": timestamp,
            "trace_id": trace_id,
            "correlation_id": correlation_id,
            "error_uri": format!("https://login.microsoftonline.com/error?code={}", self.code),
        });
        answer(self.status, &body, trace_id, Some(correlation_id))
    }
}

/// An answer of Entra with the headers that all of them have.
pub(super) fn answer(
    status: StatusCode,
    body: &serde_json::Value,
    request_id: Uuid,
    client_request_id: Option<Uuid>,
) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let text = |text: String| HeaderValue::try_from(text).expect("ids are plain ASCII");
    headers
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-cache"));
    headers.insert("x-ms-request-id", text(request_id.to_string()));
    headers.insert("x-ms-ests-server", HeaderValue::from_static("2.1.0 - SIM ProdSlices"));
    headers.insert("x-ms-srs", HeaderValue::from_static("1.P"));
    if let Some(id) = client_request_id {
        headers.insert("client-request-id", text(id.to_string()));
    }
    response
}
