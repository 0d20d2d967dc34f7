//! The admin API's front door refusing a call before any cmdlet runs.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};

use crate::call::Service;
use crate::tenant::AuthFailure;

/// How many NUL bytes the body of a 403 has. Recorded is "a long run"; the number is assumed.
const NUL_BYTES: usize = 512;

/// 401 with an empty body. The Bearer challenge appears only when a Bearer token was sent.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "both arguments are looked at, not taken")]
pub(crate) fn unauthorized(service: &Service, failure: &AuthFailure) -> Response {
    let mut response = Response::new(Body::empty());
    if matches!((service, failure), (Service::Compliance { .. }, AuthFailure::Malformed)) {
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        return response;
    }
    *response.status_mut() = StatusCode::UNAUTHORIZED;
    let headers = response.headers_mut();
    if *failure != AuthFailure::Missing {
        let client_id = match service {
            Service::Compliance { .. } => "00000007-0000-0ff1-ce00-000000000000",
            _ => "00000002-0000-0ff1-ce00-000000000000",
        };
        let challenge = format!(
            "Bearer client_id=\"{client_id}\", \
             trusted_issuers=\"00000001-0000-0000-c000-000000000000@*\", \
             token_types=\"app_asserted_user_v1 service_asserted_app_v1\", \
             authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\", \
             error=\"invalid_token\""
        );
        let value = HeaderValue::try_from(challenge).expect("the challenge is plain ASCII");
        headers.append(header::WWW_AUTHENTICATE, value);
        let diagnostics = failure.diagnostics();
        headers.insert("x-ms-diagnostics", HeaderValue::from_static(diagnostics));
    }
    headers.append(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic Realm=\"\""));
    response
}

/// 403 with NUL bytes that claim to be gzip, and the reason, if any, in `x-ms-diagnostics`.
pub(crate) fn forbidden_with_nul_body(diagnostics: Option<&str>) -> Response {
    let mut response = Response::new(Body::from(Bytes::from_static(&[0; NUL_BYTES])));
    *response.status_mut() = StatusCode::FORBIDDEN;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    if let Some(value) = diagnostics.and_then(|text| HeaderValue::try_from(text).ok()) {
        headers.insert("x-ms-diagnostics", value);
    }
    response
}
