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
use serde_json::{Value, json};
use uuid::Uuid;

use super::assertion::{self, Expected};
use super::discovery::LOGIN_HOSTS;
use super::error::{EntraError, answer};
use super::grant;
use super::key_credential::hex;
use super::resource::{self, Resource};
use super::scope::resource_of;
use crate::call::{Call, client_request_id};
use crate::config::mix;
use crate::directory::{Application, Replica, ServicePrincipal};
use crate::role::NO_ROLE;
use crate::tenant::Tenant;

/// The one value of `client_assertion_type`, RFC 7523.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// From this lifetime on an answer says when to renew, entra-docs on token lifetimes.
const REFRESH_IN_FROM: u64 = 7200;

/// The generation of the endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
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
    let mut client = client(tenant, client_id, call)?;
    client.by_secret = authenticate(tenant, &client.application, call, &form)?;
    let resource = resource::find(asked)
        .ok_or_else(|| EntraError::resource_not_found(asked, &display_name(tenant)))?;
    if client.application.blocked {
        return Err(EntraError::blocked_by_policy());
    }
    Ok(document(version, tenant, &client, resource, asked))
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

/// An application that asks for a token for itself.
struct Client {
    application: Application,
    principal: ServicePrincipal,
    by_secret: bool,
}

/// The application and its service principal, as far as they have come to Entra.
fn client(tenant: &Tenant, client_id: &str, call: &Call) -> Result<Client, EntraError> {
    let not_found = || EntraError::application_not_found(client_id, &display_name(tenant));
    let app_id: Uuid = client_id.parse().map_err(|_| not_found())?;
    let directory = tenant.directory();
    let mut application = directory.by_app_id(app_id).cloned().ok_or_else(not_found)?;
    if tenant.is_hidden_by_replication(&application, call) {
        return Err(not_found());
    }
    let principal = directory
        .principal_of(app_id)
        .filter(|principal| tenant.sees(Replica::Entra, &principal.object_id))
        .cloned()
        .ok_or_else(|| EntraError::service_principal_missing(app_id, tenant.id()))?;
    if !principal.enabled || application.is_disabled() {
        return Err(EntraError::disabled(app_id, &application.display_name));
    }
    application.key_credentials.retain(|key| tenant.sees(Replica::Entra, &key.key_id));
    Ok(Client { application, principal, by_secret: false })
}

/// Whether it was a secret that proved who asks.
fn authenticate(
    tenant: &Tenant,
    application: &Application,
    call: &Call,
    form: &HashMap<String, String>,
) -> Result<bool, EntraError> {
    let assertion = form.get("client_assertion").filter(|value| !value.is_empty());
    let secret = form.get("client_secret").filter(|value| !value.is_empty());
    if application.is_public_client() && (assertion.is_some() || secret.is_some()) {
        return Err(EntraError::public_client());
    }
    let Some(assertion) = assertion else {
        return match secret {
            Some(secret) => check_secret(tenant, application, secret).map(|()| true),
            None => Err(EntraError::credential_missing()),
        };
    };
    match form.get("client_assertion_type").map(String::as_str) {
        Some(JWT_BEARER) => {}
        None | Some("") => return Err(EntraError::missing_parameter("client_assertion_type")),
        Some(_) => return Err(EntraError::malformed_request()),
    }
    assertion::verify(
        assertion,
        &Expected {
            app_id: application.app_id,
            keys: &application.key_credentials,
            now: tenant.entra_now(),
            is_audience: &|audience| is_audience(audience, tenant, call),
        },
    )
    .map(|()| false)
}

fn check_secret(
    tenant: &Tenant,
    application: &Application,
    secret: &str,
) -> Result<(), EntraError> {
    let hash =
        hex(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, secret.as_bytes()).as_ref());
    match application.password_credentials.iter().find(|known| known.sha256 == hash) {
        Some(known) if known.end > tenant.entra_now() => Ok(()),
        Some(_) => Err(EntraError::secret_expired(application.app_id)),
        None => Err(EntraError::wrong_secret(application.app_id)),
    }
}

/// The token endpoint or the issuer, at the host that was called or a real login host, with the
/// tenant's id or one of its domains.
fn is_audience(audience: &str, tenant: &Tenant, call: &Call) -> bool {
    let Ok(url) = audience.parse::<url::Url>() else { return false };
    let own = call.base.parse::<url::Url>().ok();
    let same_port =
        own.is_some_and(|own| own.port_or_known_default() == url.port_or_known_default());
    let known_host = url.host_str().is_some_and(|host| {
        LOGIN_HOSTS.contains(&host)
            || (["127.0.0.1", "localhost", "[::1]"].contains(&host) && same_port)
    });
    let path = url.path().trim_end_matches('/').to_ascii_lowercase();
    let Some((name, endpoint)) = path
        .trim_start_matches('/')
        .split_once('/')
        .or_else(|| path.strip_prefix('/').map(|name| (name, "")))
    else {
        return false;
    };
    url.scheme() == "https"
        && known_host
        && tenant.is_named(name)
        && ["oauth2/v2.0/token", "oauth2/token", "v2.0", ""].contains(&endpoint)
}

fn document(
    version: Version,
    tenant: &Tenant,
    client: &Client,
    resource: &'static Resource,
    asked: &str,
) -> Value {
    let issued = tenant.entra_now().as_second();
    let lifetime = lifetime(tenant).as_secs();
    let expires = issued + i64::try_from(lifetime).unwrap_or(i64::MAX - issued);
    let token = tenant.token_key().sign(&claims(tenant, client, resource, asked, issued, expires));
    let expires_in = lifetime.saturating_sub(1);
    if version == Version::One {
        return json!({
            "token_type": "Bearer",
            "expires_in": expires_in.to_string(),
            "ext_expires_in": expires_in.to_string(),
            "expires_on": expires.to_string(),
            "not_before": issued.to_string(),
            "resource": asked,
            "access_token": token,
        });
    }
    let mut document = json!({
        "token_type": "Bearer", "expires_in": expires_in, "ext_expires_in": expires_in,
    });
    if lifetime >= REFRESH_IN_FROM {
        document["refresh_in"] = json!(lifetime / 2);
    }
    document["access_token"] = json!(token);
    document
}

/// 60 to 90 minutes by the seed, or as configured.
pub(super) fn lifetime(tenant: &Tenant) -> Duration {
    tenant.config().token_lifetime.unwrap_or_else(|| {
        let draw = mix(tenant.config().seed ^ mix(tenant.count_token()));
        Duration::from_secs(3600 + draw % 1801)
    })
}

/// The claims of a v1.0 access token as Exchange gets it.
fn claims(
    tenant: &Tenant,
    client: &Client,
    resource: &'static Resource,
    asked: &str,
    issued: i64,
    expires: i64,
) -> Value {
    let issuer = format!("https://sts.windows.net/{}/", tenant.id());
    let principal = client.principal.object_id;
    let (roles, mut wids) = granted(tenant, principal, resource);
    wids.push(NO_ROLE);
    let mut claims = json!({
        "aud": asked,
        "iss": issuer,
        "iat": issued,
        "nbf": issued,
        "exp": expires,
        "aio": format!("k2Rg{}{}=", opaque(), opaque()),
        "app_displayname": client.application.display_name,
        "appid": client.application.app_id,
        "appidacr": if client.by_secret { "1" } else { "2" },
        "idp": issuer,
        "idtyp": "app",
        "oid": principal,
        "rh": format!("1.{}.", opaque()),
    });
    if !roles.is_empty() {
        claims["roles"] = json!(roles);
    }
    claims["sub"] = json!(principal);
    claims["tenant_region_scope"] = json!("EU");
    claims["tid"] = json!(tenant.id());
    claims["uti"] = json!(opaque());
    claims["ver"] = json!("1.0");
    claims["wids"] = json!(wids);
    claims
}

/// Application and directory roles at this moment, as far as they have come to Entra.
fn granted(
    tenant: &Tenant,
    principal: Uuid,
    resource: &'static Resource,
) -> (Vec<&'static str>, Vec<Uuid>) {
    let directory = tenant.directory();
    let mut roles: Vec<&str> = directory
        .app_roles(principal, resource)
        .filter(|(assignment, _)| tenant.sees(Replica::Entra, &&assignment.id))
        .map(|(_, value)| value)
        .collect();
    roles.dedup();
    let wids = directory
        .roles(principal)
        .filter(|assignment| tenant.sees(Replica::Entra, &&assignment.id))
        .map(|assignment| assignment.role_definition_id)
        .collect();
    (roles, wids)
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
