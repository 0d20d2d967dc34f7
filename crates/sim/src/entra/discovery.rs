//! OpenID Connect and instance discovery, and the public keys.

use std::sync::Arc;

use axum::extract::{Extension, Path, Query, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::{EntraError, answer};
use crate::call::Call;
use crate::tenant::Tenant;

/// Login hosts of the worldwide cloud; instance discovery knows them all.
pub(super) const LOGIN_HOSTS: [&str; 4] =
    ["login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"];

/// `GET /{tenant}/v2.0/.well-known/openid-configuration`
pub(super) async fn version_2(
    State(tenant): State<Arc<Tenant>>,
    Path(name): Path<String>,
    Extension(call): Extension<Call>,
    headers: HeaderMap,
) -> Response {
    let document = known(&tenant, &name).map(|id| {
        let base = format!("{}/{id}", call.base);
        merge(
            json!({
                "token_endpoint": format!("{base}/oauth2/v2.0/token"),
                "jwks_uri": format!("{base}/discovery/v2.0/keys"),
                "issuer": format!("{base}/v2.0"),
                "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
                "device_authorization_endpoint": format!("{base}/oauth2/v2.0/devicecode"),
                "end_session_endpoint": format!("{base}/oauth2/v2.0/logout"),
                "kerberos_endpoint": format!("{base}/kerberos"),
                "userinfo_endpoint": "https://graph.microsoft.com/oidc/userinfo",
                "scopes_supported": ["openid", "profile", "email", "offline_access"],
            }),
            common(),
        )
    });
    respond(document, &tenant, &call, &headers)
}

/// `GET /{tenant}/.well-known/openid-configuration`
pub(super) async fn version_1(
    State(tenant): State<Arc<Tenant>>,
    Path(name): Path<String>,
    Extension(call): Extension<Call>,
    headers: HeaderMap,
) -> Response {
    let document = known(&tenant, &name).map(|id| {
        let base = format!("{}/{id}", call.base);
        merge(
            json!({
                "token_endpoint": format!("{base}/oauth2/token"),
                "jwks_uri": format!("{}/common/discovery/keys", call.base),
                "issuer": format!("https://sts.windows.net/{id}/"),
                "authorization_endpoint": format!("{base}/oauth2/authorize"),
                "device_authorization_endpoint": format!("{base}/oauth2/devicecode"),
                "end_session_endpoint": format!("{base}/oauth2/logout"),
                "userinfo_endpoint": format!("{base}/openid/userinfo"),
                "scopes_supported": ["openid"],
            }),
            common(),
        )
    });
    respond(document, &tenant, &call, &headers)
}

/// The `authorization_endpoint` that instance discovery is asked about.
#[derive(Debug, Deserialize)]
pub(super) struct InstanceQuery {
    authorization_endpoint: Option<String>,
}

/// `GET /common/discovery/instance`
pub(super) async fn instance(
    State(tenant): State<Arc<Tenant>>,
    Extension(call): Extension<Call>,
    Query(query): Query<InstanceQuery>,
    headers: HeaderMap,
) -> Response {
    let document = match query.authorization_endpoint {
        None => Err(EntraError::missing_parameter("authorization_endpoint")),
        Some(endpoint) => instance_of(&endpoint, &call),
    };
    respond(document, &tenant, &call, &headers)
}

/// `GET /{tenant}/discovery/v2.0/keys`
pub(super) async fn keys(
    State(tenant): State<Arc<Tenant>>,
    Extension(call): Extension<Call>,
    headers: HeaderMap,
) -> Response {
    respond(Ok(tenant.token_key().jwks()), &tenant, &call, &headers)
}

fn instance_of(endpoint: &str, call: &Call) -> Result<Value, EntraError> {
    let url: url::Url = endpoint.parse().map_err(|_| EntraError::instance(endpoint))?;
    let authority = url.authority();
    let own = call.base.strip_prefix("https://").unwrap_or_default();
    let segment = url.path_segments().and_then(|mut path| path.next()).unwrap_or("common");
    let metadata = if LOGIN_HOSTS.contains(&authority) {
        json!({
            "preferred_network": "login.microsoftonline.com",
            "preferred_cache": "login.windows.net",
            "aliases": LOGIN_HOSTS,
        })
    } else if authority == own {
        json!({"preferred_network": own, "preferred_cache": own, "aliases": [own]})
    } else {
        return Err(EntraError::instance(endpoint));
    };
    Ok(json!({
        "tenant_discovery_endpoint": format!("https://{authority}/{segment}/v2.0/.well-known/openid-configuration"),
        "api-version": "1.1",
        "metadata": [metadata],
    }))
}

/// The tenant's id for a name in a path; `common` and its like stand for themselves.
fn known(tenant: &Tenant, name: &str) -> Result<String, EntraError> {
    if tenant.is_named(name) {
        return Ok(tenant.id().to_string());
    }
    match name {
        "common" => Ok("common".to_owned()),
        "organizations" => Ok("organizations".to_owned()),
        _ if super::token::is_well_formed(name) => {
            Err(EntraError::tenant_not_found("invalid_tenant", name))
        }
        _ => Err(EntraError::malformed_tenant(name)),
    }
}

fn common() -> Value {
    json!({
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "tenant_region_scope": "EU",
        "cloud_instance_name": "microsoftonline.com",
        "cloud_graph_host_name": "graph.windows.net",
        "msgraph_host": "graph.microsoft.com",
        "rbac_url": "https://pas.windows.net",
    })
}

fn merge(mut document: Value, more: Value) -> Value {
    if let (Some(document), Value::Object(more)) = (document.as_object_mut(), more) {
        document.extend(more);
    }
    document
}

fn respond(
    document: Result<Value, EntraError>,
    tenant: &Tenant,
    call: &Call,
    headers: &HeaderMap,
) -> Response {
    match document {
        Ok(document) => answer(StatusCode::OK, &document, call.request_id, None),
        Err(error) => error.into_response(headers, call.request_id, tenant.entra_now()),
    }
}
