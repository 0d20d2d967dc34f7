//! Applications that ask for a token for themselves: client credentials with an assertion or a secret.

use std::collections::HashMap;

use serde_json::{Value, json};
use uuid::Uuid;

use super::assertion::{self, Expected};
use super::discovery::LOGIN_HOSTS;
use super::error::EntraError;
use super::key_credential::hex;
use super::resource::{self, Resource};
use super::token::{Version, display_name, lifetime, opaque};
use crate::call::Call;
use crate::directory::{Application, Replica, ServicePrincipal};
use crate::fault::CallContext;
use crate::role::NO_ROLE;
use crate::tenant::Tenant;

/// The one value of `client_assertion_type`, RFC 7523.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// From this lifetime on an answer says when to renew, entra-docs on token lifetimes.
const REFRESH_IN_FROM: u64 = 7200;

/// Gives a token to the application that a form names.
pub(super) fn issue(
    version: Version,
    tenant: &Tenant,
    call: &Call,
    form: &HashMap<String, String>,
    client_id: &str,
    asked: &str,
) -> Result<Value, EntraError> {
    // Where the environment file says that Graph is.
    let asked = match asked.trim_end_matches('/') {
        own if own == call.base.trim_end_matches('/') => "https://graph.microsoft.com",
        _ => asked,
    };
    let mut client = client(tenant, client_id, call)?;
    let context =
        CallContext { service: &call.service, cmdlet: None, path: &call.path, batch_member: false };
    if let Some(code) = tenant.faults().next_refusal(&context, tenant.now()) {
        return Err(EntraError::on_demand(code, &client.application, asked, tenant));
    }
    client.by_secret = authenticate(tenant, &client.application, call, form)?;
    let resource = resource::find(asked)
        .filter(|resource| !tenant.directory().absent_resources.contains(&resource.app_id))
        .ok_or_else(|| EntraError::resource_not_found(asked, &display_name(tenant)))?;
    if client.application.blocked {
        return Err(EntraError::blocked_by_policy());
    }
    Ok(document(version, tenant, &client, resource, asked))
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
