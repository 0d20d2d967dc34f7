//! The few reads of Microsoft Graph that clients of Exchange make, and the one of Azure Resource
//! Manager that `az login` makes.

use std::sync::Arc;

use axum::extract::{Extension, Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::call::{Call, Service, client_request_id};
use crate::entra::{MANAGE_AS_APP, RESOURCES};
use crate::registration::Application;
use crate::tenant::{AuthFailure, Tenant};

/// The routes of Graph. Paths arrive in lower case.
pub(crate) fn router(tenant: Arc<Tenant>) -> Router {
    let reads = Router::new()
        .route("/organization", get(organization))
        .route("/applications", get(applications))
        .route("/applications/{id}", get(application))
        .route("/serviceprincipals", get(service_principals));
    let version = Router::new().merge(reads.clone()).nest("/myorganization", reads);
    Router::new()
        .nest("/v1.0", version.clone())
        .nest("/beta", version)
        .with_state(tenant)
        .route("/subscriptions", get(async || Json(json!({"value": []}))))
}

/// The only query option that is understood.
#[derive(Debug, Deserialize)]
struct Options {
    #[serde(rename = "$filter")]
    filter: Option<String>,
}

/// A refusal in Graph's form.
struct Refusal(StatusCode, &'static str, String);

async fn organization(
    State(tenant): State<Arc<Tenant>>,
    Extension(call): Extension<Call>,
    headers: HeaderMap,
) -> Response {
    respond(&tenant, &call, &headers, || {
        let domains: Vec<Value> = tenant
            .domains()
            .iter()
            .enumerate()
            .map(|(index, name)| json!({"name": name, "isInitial": index == 0, "isDefault": index == 0, "type": "Managed"}))
            .collect();
        Ok(
            json!({"value": [{"id": tenant.id(), "displayName": "Contoso", "verifiedDomains": domains}]}),
        )
    })
}

async fn applications(
    State(tenant): State<Arc<Tenant>>,
    Extension(call): Extension<Call>,
    Query(options): Query<Options>,
    headers: HeaderMap,
) -> Response {
    respond(&tenant, &call, &headers, || {
        let rows = tenant.directory().applications().iter().map(application_row).collect();
        filtered(rows, options.filter.as_deref())
    })
}

async fn application(
    State(tenant): State<Arc<Tenant>>,
    Path(id): Path<String>,
    Extension(call): Extension<Call>,
    headers: HeaderMap,
) -> Response {
    respond(&tenant, &call, &headers, || {
        let directory = tenant.directory();
        let found = directory
            .applications()
            .iter()
            .find(|application| id.parse::<Uuid>() == Ok(application.object_id));
        found.map(application_row).ok_or_else(|| {
            Refusal(
                StatusCode::NOT_FOUND,
                "Request_ResourceNotFound",
                format!("Resource '{id}' does not exist or one of its queried reference-property objects are not present."),
            )
        })
    })
}

async fn service_principals(
    State(tenant): State<Arc<Tenant>>,
    Extension(call): Extension<Call>,
    Query(options): Query<Options>,
    headers: HeaderMap,
) -> Response {
    respond(&tenant, &call, &headers, || {
        let mut rows: Vec<Value> = RESOURCES
            .iter()
            .map(|resource| {
                let roles: Vec<Value> = resource
                    .permissions
                    .iter()
                    .map(|value| json!({"id": MANAGE_AS_APP, "value": value, "isEnabled": true, "allowedMemberTypes": ["Application"]}))
                    .collect();
                json!({
                    "id": tenant.principal_of(resource.app_id),
                    "appId": resource.app_id,
                    "displayName": resource.display_name,
                    "servicePrincipalType": "Application",
                    "servicePrincipalNames": resource.identifiers,
                    "appRoles": roles,
                })
            })
            .collect();
        let directory = tenant.directory();
        let own = directory.applications().iter().filter(|known| known.has_service_principal);
        rows.extend(own.map(|known| {
            json!({
                "id": known.principal_id,
                "appId": known.app_id,
                "displayName": known.display_name,
                "accountEnabled": known.enabled,
                "servicePrincipalType": "Application",
                "servicePrincipalNames": [known.app_id],
                "appRoles": [],
            })
        }));
        filtered(rows, options.filter.as_deref())
    })
}

/// `key` is null in every read but that of a single object with `$select`.
fn application_row(application: &Application) -> Value {
    let keys: Vec<Value> = application
        .key_credentials
        .iter()
        .map(|key| {
            json!({
                "keyId": key.key_id,
                "customKeyIdentifier": key.thumbprint,
                "displayName": key.display_name,
                "startDateTime": key.start,
                "endDateTime": key.end,
                "type": "AsymmetricX509Cert",
                "usage": "Verify",
                "key": null,
            })
        })
        .collect();
    json!({
        "id": application.object_id,
        "appId": application.app_id,
        "displayName": application.display_name,
        "signInAudience": "AzureADMyOrg",
        "keyCredentials": keys,
        "passwordCredentials": [],
    })
}

/// Rows for which `property eq 'value'` holds.
fn filtered(rows: Vec<Value>, filter: Option<&str>) -> Result<Value, Refusal> {
    let Some(filter) = filter else { return Ok(json!({"value": rows})) };
    let read = || {
        let (property, value) = filter.split_once(" eq ")?;
        let value = value.trim().strip_prefix('\'')?.strip_suffix('\'')?;
        Some((property.trim(), value.replace("''", "'")))
    };
    let Some((property, value)) = read() else {
        let message = format!("Invalid filter clause: {filter}");
        return Err(Refusal(StatusCode::BAD_REQUEST, "BadRequest", message));
    };
    let matches =
        |row: &Value| row[property].as_str().is_some_and(|text| text.eq_ignore_ascii_case(&value));
    Ok(json!({"value": rows.into_iter().filter(matches).collect::<Vec<_>>()}))
}

/// Any token for Graph reads; permissions are not modelled.
fn respond(
    tenant: &Tenant,
    call: &Call,
    headers: &HeaderMap,
    read: impl FnOnce() -> Result<Value, Refusal>,
) -> Response {
    let answer = match tenant.authenticate(headers, &Service::Graph) {
        Ok(_) => read(),
        Err(failure) => Err(unauthenticated(failure)),
    };
    match answer {
        Ok(document) => Json(document).into_response(),
        Err(Refusal(status, code, message)) => {
            let inner = json!({
                "date": tenant.now().strftime("%Y-%m-%dT%H:%M:%S").to_string(),
                "request-id": call.request_id,
                "client-request-id": client_request_id(headers).unwrap_or(call.request_id),
            });
            let body = json!({"error": {"code": code, "message": message, "innerError": inner}});
            (status, Json(body)).into_response()
        }
    }
}

fn unauthenticated(failure: AuthFailure) -> Refusal {
    let message = match failure {
        AuthFailure::Missing => "Access token is empty.",
        AuthFailure::Lifetime => "Lifetime validation failed, the token is expired.",
        AuthFailure::Audience => "Access token validation failure. Invalid audience.",
        _ => "Access token validation failure.",
    };
    Refusal(StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", message.to_owned())
}
