//! Entra's refusals: code, `error`, status and text of each, and the body they come in.
//!
//! Texts and statuses follow entra-docs' list of error codes and the bodies recorded by client
//! projects; `docs/simulated-tenant.md` says which is which.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::key_credential::KeyCredential;
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

/// How often a date is written in an assertion's error, .NET's round-trip form.
const ROUND_TRIP: &str = "%Y-%m-%dT%H:%M:%S.%7fZ";
/// Where Entra sends people who have trouble with keys.
const KEY_ADVICE: &str = "Please visit the Azure Portal, Graph Explorer or directly use MS Graph to see configured keys for app Id";

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

    pub(super) fn confidential_client() -> Self {
        Self::client(
            7_000_218,
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
        )
    }

    pub(super) fn preauthorization(client: Uuid, resource: Uuid) -> Self {
        Self::request(
            65_002,
            format!(
                "Consent between first party application '{client}' and first party resource '{resource}' must be configured via preauthorization - applications owned and operated by Microsoft must get approval from the API owner before requesting tokens for that API."
            ),
        )
    }

    pub(super) fn unknown_scope(scope: &str, resource: &str) -> Self {
        Self::new(
            650_053,
            "invalid_scope",
            400,
            format!(
                "The application asked for scope '{scope}' that doesn't exist on the resource '{resource}'. Contact the app vendor."
            ),
        )
    }

    pub(super) fn device_code_tenant() -> Self {
        Self::request(
            90_133,
            "Device Code flow is not supported under /common or /consumers endpoint.",
        )
    }

    pub(super) fn authorization_pending() -> Self {
        Self::new(
            70_016,
            "authorization_pending",
            400,
            "OAuth 2.0 device flow error. Authorization is pending. Continue polling.",
        )
    }

    pub(super) fn slow_down() -> Self {
        Self::new(
            70_016,
            "slow_down",
            400,
            "OAuth 2.0 device flow error. The client polls too often. Wait longer between polls.",
        )
    }

    pub(super) fn authorization_declined() -> Self {
        Self::new(
            70_000,
            "authorization_declined",
            400,
            "The end user has denied the authorization request.",
        )
    }

    pub(super) fn bad_verification_code() -> Self {
        Self::new(
            70_018,
            "bad_verification_code",
            400,
            "The verification code expected in the 'device_code' parameter was not recognized.",
        )
    }

    pub(super) fn device_code_expired() -> Self {
        Self::new(
            70_020,
            "expired_token",
            400,
            "The provided value for the input parameter 'device_code' is not valid. This device code has expired.",
        )
    }

    pub(super) fn invalid_grant(parameter: &str) -> Self {
        Self::new(
            70_000,
            "invalid_grant",
            400,
            format!("The provided value for the '{parameter}' parameter is not valid."),
        )
    }

    pub(super) fn grant_expired() -> Self {
        Self::new(
            70_008,
            "invalid_grant",
            400,
            "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.",
        )
    }

    pub(super) fn code_redeemed() -> Self {
        Self::new(
            54_005,
            "invalid_grant",
            400,
            "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.",
        )
    }

    pub(super) fn verifier() -> Self {
        Self::new(
            501_481,
            "invalid_grant",
            400,
            "The Code_Verifier does not match the code_challenge supplied in the authorization request.",
        )
    }

    pub(super) fn redirect(address: &str, client: Uuid) -> Self {
        Self::request(
            50_011,
            format!(
                "The redirect URI '{address}' specified in the request does not match the redirect URIs configured for the application '{client}'. Make sure the redirect URI sent in the request matches one added to your application in the Azure portal. Navigate to https://aka.ms/redirectUriMismatchError to learn more about how to troubleshoot this error."
            ),
        )
    }

    pub(super) fn redirect_differs(address: &str, first: &str) -> Self {
        Self::new(
            500_112,
            "invalid_client",
            400,
            format!(
                "The reply address '{address}' does not match the reply address '{first}' provided when requesting Authorization code."
            ),
        )
    }

    pub(super) fn response_type(kind: &str) -> Self {
        Self::new(
            700_054,
            "unsupported_response_type",
            400,
            format!("response_type '{kind}' is not enabled for the application."),
        )
    }

    pub(super) fn consent_declined() -> Self {
        Self::new(65_004, "access_denied", 400, "User declined to consent to access the app.")
    }

    pub(super) fn not_a_jwt() -> Self {
        Self::request(50_027, "JWT token is invalid or malformed.")
    }

    pub(super) fn header_type() -> Self {
        Self::request(
            5_002_727,
            "Invalid JWT header type specified, must be 'JWT' or 'http://openid.net/specs/jwt/1.0'.",
        )
    }

    pub(super) fn algorithm(name: &str) -> Self {
        Self::client(
            5_002_738,
            format!(
                "Invalid JWT token. '{name}' is not a supported signature algorithm. Supported signing algorithms are: 'RS256,RS384,RS512'"
            ),
        )
    }

    pub(super) fn key_identifier_missing() -> Self {
        Self::client(
            5_002_723,
            "Invalid JWT token. No certificate SHA-1 thumbprint, certificate SHA-256 thumbprint, nor keyId specified in token header.",
        )
    }

    pub(super) fn claim_missing(name: &str) -> Self {
        Self::request(
            90_014,
            format!(
                "The required field '{name}' is missing from the credential. Ensure that you have all the necessary parameters for the login request."
            ),
        )
    }

    pub(super) fn issuer_is_not_client() -> Self {
        Self::client(
            700_021,
            "Client assertion application identifier doesn't match 'client_id' parameter. Review the documentation at https://docs.microsoft.com/azure/active-directory/develop/active-directory-certificate-credentials .",
        )
    }

    pub(super) fn subject_is_not_issuer() -> Self {
        Self::client(50_048, "Subject mismatches Issuer claim in the client assertion.")
    }

    pub(super) fn audience() -> Self {
        Self::client(
            700_023,
            "Client assertion audience claim does not match Realm issuer. Review the documentation at https://docs.microsoft.com/azure/active-directory/develop/active-directory-certificate-credentials .",
        )
    }

    pub(super) fn time_range(now: Timestamp, from: Timestamp, to: Timestamp) -> Self {
        let write = |time: Timestamp| time.strftime(ROUND_TRIP).to_string();
        Self::client(
            700_024,
            format!(
                "Client assertion is not within its valid time range. Current time: {}, assertion valid from {}, expiry time of assertion {}. Review the documentation at https://docs.microsoft.com/azure/active-directory/develop/active-directory-certificate-credentials .",
                write(now),
                write(from),
                write(to)
            ),
        )
    }

    pub(super) fn key_not_found(app_id: Uuid, thumbprint: Option<&str>) -> Self {
        let thumbprint = thumbprint
            .map(|text| format!("Thumbprint of key used by client: '{text}', "))
            .unwrap_or_default();
        Self::client(
            700_027,
            format!(
                "The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found., {thumbprint}{KEY_ADVICE} '{app_id}'. Review the documentation at https://docs.microsoft.com/en-us/graph/deployments to determine the corresponding service endpoint and https://docs.microsoft.com/en-us/graph/api/application-get?view=graph-rest-1.0&tabs=http to build a query request URL, such as 'https://graph.microsoft.com/beta/applications/{app_id}']."
            ),
        )
    }

    pub(super) fn key_expired(app_id: Uuid, key: &KeyCredential) -> Self {
        Self::client(
            700_027,
            format!(
                "The certificate used to sign the client assertion is expired on application. [Reason - The key used is expired., {}, {KEY_ADVICE} '{app_id}'.]",
                found_key(key)
            ),
        )
    }

    pub(super) fn signature(app_id: Uuid, key: &KeyCredential) -> Self {
        Self::client(
            700_027,
            format!(
                "Client assertion failed signature validation. [Reason - Key was found, but use of the key to verify the signature failed., {}, {KEY_ADVICE} '{app_id}'.]",
                found_key(key)
            ),
        )
    }

    pub(super) fn weak_key() -> Self {
        Self::client(
            50_032,
            "The RSA key used to sign the client assertion is weak; a key of at least 2048 bits is required.",
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

fn found_key(key: &KeyCredential) -> String {
    let write = |time: Timestamp| time.strftime("%m/%d/%Y %H:%M:%S").to_string();
    format!(
        "Thumbprint of key used by client: '{}', Found key 'Start={}, End={}'",
        key.thumbprint,
        write(key.start),
        write(key.end)
    )
}
