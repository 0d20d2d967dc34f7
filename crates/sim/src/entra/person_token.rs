//! Tokens of people: for a resource in their name, and about themselves.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use uuid::{Uuid, uuid};

use super::client::PublicClient;
use super::resource::{ADMIN_API_SCOPES, COMPLIANCE, EXCHANGE, GRAPH, RESOURCES};
use super::scope::Delegation;
use super::sign_in::Session;
use super::token::{lifetime, opaque};
use crate::administrator::{AdminResource, AdminTokenError, AdminTokenRequest, Person};
use crate::tenant::Tenant;

/// The `wids` entry that every user's token has.
const USER: Uuid = uuid!("b79fbf4d-3ef9-4689-8143-76b194e85509");
/// Microsoft Graph Command Line Tools.
const GRAPH_TOOLS: &str = "14d82eec-204b-4c2f-b7e8-296a70dab67e";
/// Microsoft Exchange REST API Based PowerShell.
const EXCHANGE_MODULE: &str = "fb78d390-0c51-40cd-8e17-fdbfab77341b";
/// What setting up an application needs, and reading what is there.
const SETUP_SCOPES: [&str; 5] = [
    "Application.ReadWrite.All",
    "Organization.Read.All",
    "Policy.Read.All",
    "RoleManagement.ReadWrite.Directory",
    "User.Read",
];

/// A token of an administrator, as if one had signed in with Microsoft's own client.
pub(crate) fn admin_token(
    tenant: &Tenant,
    request: &AdminTokenRequest,
) -> Result<String, AdminTokenError> {
    let person = request.person()?;
    let (client, resource, all) = match request.resource() {
        AdminResource::Graph => (GRAPH_TOOLS, GRAPH, &SETUP_SCOPES[..]),
        AdminResource::Exchange => (EXCHANGE_MODULE, EXCHANGE, ADMIN_API_SCOPES),
        AdminResource::Compliance => (EXCHANGE_MODULE, COMPLIANCE, ADMIN_API_SCOPES),
    };
    let client = PublicClient::find(tenant, client).expect("it is one of Microsoft's");
    let resource = RESOURCES.iter().find(|known| known.app_id == resource);
    let resource = resource.expect("it is in the table");
    let names: Vec<&str> = match request.scopes() {
        [] => all.to_vec(),
        scopes => scopes.iter().map(String::as_str).collect(),
    };
    let known = |name: &&str| {
        (resource.is_admin_api() && ADMIN_API_SCOPES.contains(name))
            || resource.scopes.iter().any(|known| known.value == *name)
    };
    if let Some(name) = names.iter().find(|name| !known(name)) {
        return Err(AdminTokenError::UnknownScope((*name).to_owned()));
    }
    let delegation = Delegation {
        resource,
        audience: resource.identifiers[0].to_owned(),
        scopes: names.into_iter().map(str::to_owned).collect(),
        openid: Vec::new(),
    };
    let issued = tenant.entra_now().as_second();
    let seconds = i64::try_from(lifetime(tenant).as_secs()).unwrap_or(3600);
    let claims = access_claims(tenant, &client, &person, &delegation, issued, issued + seconds);
    Ok(tenant.token_key().sign(&claims))
}

/// The answer to somebody who has signed in.
pub(super) fn document(
    tenant: &Tenant,
    client: &PublicClient,
    mut session: Session,
    base: &str,
    client_info: bool,
) -> Value {
    let delegation = &mut session.delegation;
    if delegation.scopes.is_empty() {
        delegation.scopes = client.default_scopes(delegation.resource);
    }
    let (person, delegation) = (&session.person, &session.delegation);
    let issued = tenant.entra_now().as_second();
    let seconds = lifetime(tenant).as_secs();
    let expires = issued + i64::try_from(seconds).unwrap_or(3600);
    let claims = access_claims(tenant, client, person, delegation, issued, expires);
    let mut document = json!({
        "token_type": "Bearer",
        "scope": granted_scope(delegation),
        "expires_in": seconds.saturating_sub(1),
        "ext_expires_in": seconds.saturating_sub(1),
        "access_token": tenant.token_key().sign(&claims),
    });
    if delegation.asks_for("openid") {
        let id_token = id_claims(tenant, client, &session, base, issued);
        document["id_token"] = json!(tenant.token_key().sign(&id_token));
    }
    if client_info {
        let info = json!({"uid": person.object_id, "utid": tenant.id()}).to_string();
        document["client_info"] = json!(URL_SAFE_NO_PAD.encode(info));
    }
    if delegation.asks_for("offline_access") {
        document["refresh_token"] = json!(tenant.sign_ins().lock().remember(session));
    }
    document
}

/// Permissions with the resource's identifier, OpenID's without.
fn granted_scope(delegation: &Delegation) -> String {
    let audience = delegation.audience.trim_end_matches('/');
    let mut scopes: Vec<String> =
        delegation.scopes.iter().map(|scope| format!("{audience}/{scope}")).collect();
    let openid = delegation.openid.iter().filter(|scope| *scope != "offline_access");
    scopes.extend(openid.cloned());
    scopes.join(" ")
}

fn access_claims(
    tenant: &Tenant,
    client: &PublicClient,
    person: &Person,
    delegation: &Delegation,
    issued: i64,
    expires: i64,
) -> Value {
    let name = user_principal_name(tenant, person);
    let mut wids = person.roles.clone();
    wids.push(USER);
    json!({
        "aud": delegation.audience,
        "iss": format!("https://sts.windows.net/{}/", tenant.id()),
        "iat": issued,
        "nbf": issued,
        "exp": expires,
        "acr": "1",
        "aio": format!("k2Rg{}{}=", opaque(), opaque()),
        "amr": ["pwd", "mfa"],
        "app_displayname": client.display_name,
        "appid": client.app_id,
        "appidacr": "0",
        "idtyp": "user",
        "ipaddr": "203.0.113.7",
        "name": person.display_name,
        "oid": person.object_id,
        "rh": format!("1.{}.", opaque()),
        "scp": delegation.scopes.join(" "),
        "sub": opaque(),
        "tenant_region_scope": "EU",
        "tid": tenant.id(),
        "unique_name": name,
        "upn": name,
        "uti": opaque(),
        "ver": "1.0",
        "wids": wids,
    })
}

/// The claims of a v2.0 id token; it is good for an hour.
fn id_claims(
    tenant: &Tenant,
    client: &PublicClient,
    session: &Session,
    base: &str,
    issued: i64,
) -> Value {
    let person = &session.person;
    let mut claims = json!({
        "aud": client.app_id,
        "iss": format!("{base}/{}/v2.0", tenant.id()),
        "iat": issued,
        "nbf": issued,
        "exp": issued + 3600,
        "name": person.display_name,
        "oid": person.object_id,
        "preferred_username": user_principal_name(tenant, person),
        "rh": format!("1.{}.", opaque()),
        "sub": opaque(),
        "tid": tenant.id(),
        "uti": opaque(),
        "ver": "2.0",
    });
    if let Some(nonce) = &session.nonce {
        claims["nonce"] = json!(nonce);
    }
    claims
}

fn user_principal_name(tenant: &Tenant, person: &Person) -> String {
    format!("{}@{}", person.alias, tenant.organization())
}
