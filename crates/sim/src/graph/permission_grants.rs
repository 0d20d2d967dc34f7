//! `/oauth2PermissionGrants`: what clients may do in people's names, the portal's `User.Read` say.

use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Request;
use super::answer::{Refusal, Reply};
use super::path::Key;
use super::permission::Action;
use super::service_principals::{AnyPrincipal, by_id, find};
use crate::directory::PermissionGrant;

/// Answers for the collection and for one grant.
pub(super) fn serve(request: &Request<'_>) -> Result<Reply, Refusal> {
    match (&request.method, &request.path.key) {
        (&Method::GET, key) => {
            request.allow(Action::ReadGrants)?;
            let directory = request.tenant.directory();
            let rows = directory.permission_grants.iter().map(|grant| row(request, grant));
            let Some(Key::Id(id)) = key else { return request.list(rows.collect()) };
            let mut rows = rows;
            let found = rows.find(|row| row["id"] == **id);
            request.one(found.ok_or_else(|| Refusal::not_found(id))?)
        }
        (&Method::POST, None) => grant(request),
        (&Method::PATCH, Some(Key::Id(id))) => change(request, id),
        (&Method::DELETE, Some(Key::Id(id))) => delete(request, id),
        _ => Err(Refusal::method()),
    }
}

/// `/servicePrincipals/{id}/oauth2PermissionGrants`
pub(super) fn of_client(request: &Request<'_>) -> Result<Reply, Refusal> {
    request.allow(Action::ReadGrants)?;
    let directory = request.tenant.directory();
    let client = find(request, &directory)?.id(request.tenant);
    let own = directory.permission_grants.iter().filter(|grant| grant.client_id == client);
    request.list(own.map(|grant| row(request, grant)).collect())
}

fn grant(request: &Request<'_>) -> Result<Reply, Refusal> {
    request.allow(Action::WriteGrants)?;
    let id = |name: &str| request.body[name].as_str().and_then(|id| id.parse::<Uuid>().ok());
    let mut directory = request.tenant.directory();
    let principal = |name: &str| {
        let found = id(name).and_then(|id| by_id(request.tenant, &directory, id));
        let sent = request.body[name].as_str().unwrap_or_default();
        found
            .filter(|known| request.sees(&known.id(request.tenant)))
            .ok_or_else(|| Refusal::not_found(sent))
    };
    let (AnyPrincipal::Own(client), AnyPrincipal::Resource(resource)) =
        (principal("clientId")?, principal("resourceId")?)
    else {
        return Err(Refusal::bad_request("The client or the resource of the grant cannot be one."));
    };
    let person = match request.body["consentType"].as_str() {
        Some("AllPrincipals") => None,
        Some("Principal") if id("principalId").is_some() => id("principalId"),
        _ => {
            return Err(Refusal::bad_request(
                "Invalid value specified for property 'consentType' of resource 'OAuth2PermissionGrant'.",
            ));
        }
    };
    let scope = request.body["scope"].as_str().unwrap_or_default().trim();
    let same = |known: &PermissionGrant| {
        (known.client_id, known.resource_app_id, known.principal_id)
            == (client.object_id, resource.app_id, person)
    };
    if directory.permission_grants.iter().any(same) {
        return Err(Refusal::new(
            http::StatusCode::CONFLICT,
            "Request_MultipleObjectsWithSameKeyValue",
            "Permission entry already exists.",
        ));
    }
    let grant = PermissionGrant::new(client.object_id, person, resource.app_id, scope);
    request.tenant.delay(&grant.id, request.call);
    let created = row(request, &grant);
    directory.permission_grants.push(grant);
    request.keep(&directory)?;
    Ok(Reply::created(request.entity(created)))
}

fn change(request: &Request<'_>, id: &str) -> Result<Reply, Refusal> {
    request.allow(Action::WriteGrants)?;
    let mut directory = request.tenant.directory();
    let mut grants = directory.permission_grants.iter_mut();
    let found = grants.find(|grant| grant.id == id && request.sees(id));
    let grant = found.ok_or_else(|| Refusal::not_found(id))?;
    if let Some(scope) = request.body["scope"].as_str() {
        scope.trim().clone_into(&mut grant.scope);
    }
    request.keep(&directory)?;
    Ok(Reply::done())
}

fn delete(request: &Request<'_>, id: &str) -> Result<Reply, Refusal> {
    request.allow(Action::WriteGrants)?;
    let mut directory = request.tenant.directory();
    if !directory.permission_grants.iter().any(|grant| grant.id == id) || !request.sees(id) {
        return Err(Refusal::not_found(id));
    }
    directory.permission_grants.retain(|grant| grant.id != id);
    request.keep(&directory)?;
    Ok(Reply::done())
}

fn row(request: &Request<'_>, grant: &PermissionGrant) -> Value {
    json!({
        "clientId": grant.client_id,
        "consentType": if grant.principal_id.is_some() { "Principal" } else { "AllPrincipals" },
        "id": grant.id,
        "principalId": grant.principal_id,
        "resourceId": request.tenant.principal_of(grant.resource_app_id),
        "scope": grant.scope,
    })
}
