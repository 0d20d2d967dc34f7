//! The token endpoint: client credentials, and the way in for people, which `grant` knows.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Extension, Path, State};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use uuid::Uuid;

use super::error::{EntraError, answer};
use super::scope::resource_of;
use super::{client_credentials, grant};
use crate::call::{Call, client_request_id};
use crate::config::mix;
use crate::tenant::Tenant;

/// The generation of the endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    One,
    Two,
}

/// `POST /{tenant}/oauth2/v2.0/token`
pub(super) async fn version_2(
    State(tenant): State<Arc<Tenant>>,
    Path(name): Path<String>,
    Extension(call): Extension<Call>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    respond(Version::Two, &tenant, &name, &call, &headers, &body)
}

/// `POST /{tenant}/oauth2/token`
pub(super) async fn version_1(
    State(tenant): State<Arc<Tenant>>,
    Path(name): Path<String>,
    Extension(call): Extension<Call>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    respond(Version::One, &tenant, &name, &call, &headers, &body)
}

/// Whether a text can name a tenant at all: a GUID, a word, or a DNS name.
pub(super) fn is_well_formed(name: &str) -> bool {
    name.parse::<Uuid>().is_ok()
        || (name.contains('.')
            && name.split('.').all(|label| {
                !label.is_empty()
                    && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            }))
}

fn respond(
    version: Version,
    tenant: &Tenant,
    name: &str,
    call: &Call,
    headers: &HeaderMap,
    body: &Bytes,
) -> Response {
    match issue(version, tenant, name, call, body) {
        Ok(document) => {
            answer(StatusCode::OK, &document, call.request_id, client_request_id(headers))
        }
        Err(error) => error.into_response(headers, call.request_id, tenant.entra_now()),
    }
}

fn issue(
    version: Version,
    tenant: &Tenant,
    name: &str,
    call: &Call,
    body: &Bytes,
) -> Result<Value, EntraError> {
    let form: HashMap<String, String> = url::form_urlencoded::parse(body).into_owned().collect();
    let grant = form.get("grant_type").map_or("", String::as_str);
    if version == Version::Two && grant::is_for_people(grant) {
        check_tenant_of_people(tenant, name)?;
        return grant::redeem(tenant, grant, &form, call);
    }
    check_tenant(version, tenant, name)?;
    let grant = required(&form, "grant_type")?;
    if grant != "client_credentials" {
        return Err(EntraError::grant_type(grant));
    }
    let client_id = required(&form, "client_id")?;
    let asked = match version {
        Version::One => required(&form, "resource")?,
        Version::Two if form.contains_key("resource") => {
            return Err(EntraError::resource_parameter());
        }
        Version::Two => resource_of(required(&form, "scope")?)?,
    };
    client_credentials::issue(version, tenant, call, &form, client_id, asked)
}

/// A field of the form that must be there.
pub(super) fn required<'a>(
    form: &'a HashMap<String, String>,
    name: &str,
) -> Result<&'a str, EntraError> {
    form.get(name)
        .filter(|value| !value.is_empty())
        .map(String::as_str)
        .ok_or_else(|| EntraError::missing_parameter(name))
}

fn check_tenant(version: Version, tenant: &Tenant, name: &str) -> Result<(), EntraError> {
    if tenant.is_named(name) {
        return Ok(());
    }
    Err(match name {
        "common" | "consumers" => EntraError::common_endpoint(),
        "organizations" => EntraError::tenant_missing(),
        _ if is_well_formed(name) => EntraError::tenant_not_found(
            if version == Version::One { "invalid_tenant" } else { "invalid_request" },
            name,
        ),
        _ => EntraError::malformed_tenant(name),
    })
}

/// People may leave it to Entra which tenant is theirs; here there is one.
pub(super) fn check_tenant_of_people(tenant: &Tenant, name: &str) -> Result<(), EntraError> {
    if name == "organizations" { Ok(()) } else { check_tenant(Version::Two, tenant, name) }
}

/// 60 to 90 minutes by the seed, or as configured.
pub(super) fn lifetime(tenant: &Tenant) -> Duration {
    tenant.config().token_lifetime.unwrap_or_else(|| {
        let draw = mix(tenant.config().seed ^ mix(tenant.count_token()));
        Duration::from_secs(3600 + draw % 1801)
    })
}

/// What tokens are full of.
pub(super) fn opaque() -> String {
    URL_SAFE_NO_PAD.encode(Uuid::new_v4().as_bytes())
}

/// What error texts call the tenant: its company name where Entra knows one, assumed to be the first
/// label of the domain.
pub(super) fn display_name(tenant: &Tenant) -> String {
    let label = tenant.organization().split('.').next().unwrap_or_default();
    let mut letters = label.chars();
    letters
        .next()
        .map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
        .unwrap_or_default()
}
