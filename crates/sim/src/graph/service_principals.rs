//! `/servicePrincipals`: Microsoft's own and those of the tenant's applications.

use http::{Method, StatusCode};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::answer::{Refusal, Reply};
use super::application_row::second;
use super::path::Key;
use super::permission::Action;
use super::{Request, app_role_assignments, permission_grants};
use crate::directory::{Directory, ServicePrincipal};
use crate::entra::{Permission, RESOURCES, Resource};
use crate::tenant::Tenant;

/// The tenant that Microsoft's own applications are registered in.
const MICROSOFT: &str = "f8cdef31-a31e-4b4a-93e4-5f571e91255a";
/// Properties that may be written as they are.
const WRITABLE: [&str; 6] = [
    "alternativeNames",
    "appRoleAssignmentRequired",
    "description",
    "notes",
    "servicePrincipalLockConfiguration",
    "tags",
];

/// A service principal of either kind.
#[derive(Debug, Clone, Copy)]
pub(super) enum AnyPrincipal<'a> {
    /// Microsoft's own.
    Resource(&'static Resource),
    /// Of one of the tenant's applications.
    Own(&'a ServicePrincipal),
}

/// Answers for the collection, for one service principal and for what is below it.
pub(super) fn serve(request: &Request<'_>) -> Result<Reply, Refusal> {
    let below = request.path.below();
    let below: Vec<&str> = below.iter().map(String::as_str).collect();
    match (&request.method, request.path.key.is_some(), &below[..]) {
        (&Method::GET, false, []) => list(request),
        (&Method::POST, false, []) => create(request, request.body["appId"].as_str()),
        (&Method::GET, true, []) => get(request),
        (&Method::PATCH, true, []) => update_or_create(request),
        (&Method::DELETE, true, []) => delete(request),
        (_, true, ["approleassignments" | "approleassignedto", ..]) => {
            app_role_assignments::serve(request)
        }
        (&Method::GET, true, ["oauth2permissiongrants"]) => permission_grants::of_client(request),
        (_, true, [other, ..]) => Err(Refusal::no_segment(other)),
        _ => Err(Refusal::method()),
    }
}

impl AnyPrincipal<'_> {
    pub(super) fn id(&self, tenant: &Tenant) -> Uuid {
        match self {
            Self::Resource(resource) => tenant.principal_of(resource.app_id),
            Self::Own(principal) => principal.object_id,
        }
    }

    fn row(&self, tenant: &Tenant) -> Value {
        match self {
            Self::Resource(resource) => resource_row(tenant, resource),
            Self::Own(principal) => own_row(tenant, principal),
        }
    }
}

/// Every service principal, Microsoft's first.
fn all(directory: &Directory) -> impl Iterator<Item = AnyPrincipal<'_>> {
    let own = directory.service_principals.iter().map(AnyPrincipal::Own);
    directory.resources().map(AnyPrincipal::Resource).chain(own)
}

/// The service principal with an object id, whether or not replication has brought it.
pub(super) fn by_id<'a>(
    tenant: &Tenant,
    directory: &'a Directory,
    id: Uuid,
) -> Option<AnyPrincipal<'a>> {
    all(directory).find(|principal| principal.id(tenant) == id)
}

/// The service principal that the path names, whether or not replication has brought it.
fn named<'a>(request: &Request<'_>, directory: &'a Directory) -> Option<AnyPrincipal<'a>> {
    match request.path.key.as_ref()? {
        Key::Id(text) => by_id(request.tenant, directory, text.parse().ok()?),
        Key::Alternate { property, value } if property == "appid" => {
            let app_id: Uuid = value.parse().ok()?;
            let resource = directory.resources().find(|resource| resource.app_id == app_id);
            resource
                .map(AnyPrincipal::Resource)
                .or_else(|| directory.principal_of(app_id).map(AnyPrincipal::Own))
        }
        Key::Alternate { .. } => None,
    }
}

/// The service principal that the path names, if this read finds it.
pub(super) fn find<'a>(
    request: &Request<'_>,
    directory: &'a Directory,
) -> Result<AnyPrincipal<'a>, Refusal> {
    named(request, directory)
        .filter(|principal| request.sees(&principal.id(request.tenant)))
        .ok_or_else(|| Refusal::not_found(&request.path_key()))
}

fn list(request: &Request<'_>) -> Result<Reply, Refusal> {
    request.allow(Action::ReadApplications)?;
    let directory = request.tenant.directory();
    request.list(all(&directory).map(|one| shown(request, &directory, one)).collect())
}

fn get(request: &Request<'_>) -> Result<Reply, Refusal> {
    request.allow(Action::ReadApplications)?;
    let directory = request.tenant.directory();
    let found = named(request, &directory);
    let principal = found.ok_or_else(|| Refusal::not_found(&request.path_key()))?;
    request.one(shown(request, &directory, principal))
}

/// A service principal, with its consents when `$expand` asks for them.
fn shown(request: &Request<'_>, directory: &Directory, principal: AnyPrincipal<'_>) -> Value {
    let mut row = principal.row(request.tenant);
    for related in ["appRoleAssignments", "appRoleAssignedTo"] {
        if request.query.expands(related) {
            let of_resource = related == "appRoleAssignedTo";
            row[related] =
                app_role_assignments::rows(request.tenant, directory, principal, of_resource);
        }
    }
    row
}

fn create(request: &Request<'_>, app_id: Option<&str>) -> Result<Reply, Refusal> {
    let Some(app_id) = app_id else {
        return Err(Refusal::bad_request(
            "A value is required for property 'appId' of resource 'ServicePrincipal'.",
        ));
    };
    let mut directory = request.tenant.directory();
    let id: Option<Uuid> = app_id.parse().ok();
    let application = id.and_then(|id| directory.by_app_id(id));
    let is_owner = application.is_some_and(|known| request.owns(&known.owners));
    let users_may = directory.policies.users_may_register && is_owner;
    request.allow(Action::CreateApplication { is_owner, users_may })?;
    if id.is_some_and(|id| {
        directory.principal_of(id).is_some()
            || directory.resources().any(|known| known.app_id == id)
    }) {
        return Err(in_use(app_id));
    }
    if let Some(resource) = RESOURCES.iter().find(|known| Some(known.app_id) == id) {
        directory.absent_resources.retain(|known| *known != resource.app_id);
        request.keep(&directory)?;
        let created = resource_row(request.tenant, resource);
        return Ok(Reply::created(request.entity(created)));
    }
    let application = application
        .filter(|known| request.sees(&known.object_id))
        .ok_or_else(|| no_application(request, app_id))?;
    let mut principal = ServicePrincipal {
        object_id: application.principal_id,
        app_id: application.app_id,
        display_name: application.display_name.clone(),
        enabled: true,
        created: request.tenant.now(),
        owners: vec![request.caller.object_id],
        properties: Map::new(),
    };
    write(request, &mut principal)?;
    request.tenant.delay(&principal.object_id, request.call);
    let created = own_row(request.tenant, &principal);
    directory.service_principals.push(principal);
    request.keep(&directory)?;
    Ok(Reply::created(request.entity(created)))
}

/// The application is not there, or replication has not brought it: there are two ways to say so.
fn no_application(request: &Request<'_>, app_id: &str) -> Refusal {
    if request.caller.person.is_none() {
        return Refusal::new(
            StatusCode::FORBIDDEN,
            "Authorization_RequestDenied",
            "When using this permission, the backing application of the service principal being created must in the local tenant",
        );
    }
    Refusal::bad_request(format!(
        "The appId '{app_id}' of the service principal does not reference a valid application object."
    ))
}

fn in_use(app_id: &str) -> Refusal {
    let message = format!(
        "The service principal cannot be created, updated, or restored because the service principal name {app_id} is already in use."
    );
    let code = "Request_MultipleObjectsWithSameKeyValue";
    Refusal::new(StatusCode::CONFLICT, code, message).with_details(json!([{
        "code": "ConflictingObjects",
        "message": "The object with the same key values exists.",
        "target": "servicePrincipalNames",
    }]))
}

/// With `Prefer: create-if-missing` and a client id, what is not there is made.
fn update_or_create(request: &Request<'_>) -> Result<Reply, Refusal> {
    if let (true, Some(Key::Alternate { property, value })) =
        (request.create_if_missing, &request.path.key)
    {
        let is_there = named(request, &request.tenant.directory()).is_some();
        if property == "appid" && !is_there {
            return create(request, Some(value));
        }
    }
    let mut directory = request.tenant.directory();
    let found = match (request.create_if_missing, named(request, &directory)) {
        (true, Some(found)) => found,
        _ => find(request, &directory)?,
    };
    let AnyPrincipal::Own(principal) = found else { return Err(Refusal::denied()) };
    request.allow(Action::WriteApplication { is_owner: request.owns(&principal.owners) })?;
    let mut changed = principal.clone();
    write(request, &mut changed)?;
    request.was("serviceprincipals", own_row(request.tenant, principal), false);
    let mut known = directory.service_principals.iter_mut();
    if let Some(principal) = known.find(|known| known.object_id == changed.object_id) {
        *principal = changed;
    }
    request.keep(&directory)?;
    Ok(Reply::done())
}

fn write(request: &Request<'_>, principal: &mut ServicePrincipal) -> Result<(), Refusal> {
    for (name, value) in request.body.as_object().into_iter().flatten() {
        match (name.as_str(), value) {
            ("appId", Value::String(id)) if id.parse() == Ok(principal.app_id) => {}
            ("accountEnabled", Value::Bool(enabled)) => principal.enabled = *enabled,
            ("displayName", Value::String(name)) => name.clone_into(&mut principal.display_name),
            (name, _) if name.starts_with('@') => {}
            (name, _) if WRITABLE.contains(&name) => {
                principal.properties.insert(name.to_owned(), value.clone());
            }
            _ => {
                return Err(Refusal::bad_request(format!(
                    "Invalid value specified for property '{name}' of resource 'ServicePrincipal'."
                )));
            }
        }
    }
    Ok(())
}

fn delete(request: &Request<'_>) -> Result<Reply, Refusal> {
    let mut directory = request.tenant.directory();
    match find(request, &directory)? {
        AnyPrincipal::Resource(resource) => {
            request.allow(Action::WriteApplication { is_owner: false })?;
            directory.delete_resource(resource.app_id);
        }
        AnyPrincipal::Own(principal) => {
            let is_owner = request.owns(&principal.owners);
            request.allow(Action::WriteApplication { is_owner })?;
            request.was("serviceprincipals", own_row(request.tenant, principal), true);
            let id = principal.object_id;
            directory.delete_principal(id, request.tenant.now());
        }
    }
    request.keep(&directory)?;
    Ok(Reply::done())
}

pub(super) fn own_row(tenant: &Tenant, principal: &ServicePrincipal) -> Value {
    let written =
        |name: &str, default: Value| principal.properties.get(name).cloned().unwrap_or(default);
    json!({
        "id": principal.object_id,
        "deletedDateTime": null,
        "accountEnabled": principal.enabled,
        "alternativeNames": written("alternativeNames", json!([])),
        "appDescription": null,
        "appDisplayName": principal.display_name,
        "appId": principal.app_id,
        "appOwnerOrganizationId": tenant.id(),
        "appRoleAssignmentRequired": written("appRoleAssignmentRequired", json!(false)),
        "createdDateTime": second(principal.created),
        "description": written("description", Value::Null),
        "displayName": principal.display_name,
        "homepage": null,
        "notes": written("notes", Value::Null),
        "servicePrincipalNames": [principal.app_id],
        "servicePrincipalType": "Application",
        "signInAudience": "AzureADMyOrg",
        "tags": written("tags", json!([])),
        "appRoles": [],
        "keyCredentials": [],
        "oauth2PermissionScopes": [],
        "passwordCredentials": [],
    })
}

fn resource_row(tenant: &Tenant, resource: &Resource) -> Value {
    let names: Vec<String> = [resource.app_id.to_string()]
        .into_iter()
        .chain(resource.identifiers.iter().map(|name| (*name).to_owned()))
        .collect();
    let role = |permission: &Permission| {
        json!({
            "allowedMemberTypes": ["Application"],
            "description": permission.value,
            "displayName": permission.value,
            "id": permission.id,
            "isEnabled": true,
            "origin": "Application",
            "value": permission.value,
        })
    };
    let scope = |permission: &Permission| {
        json!({
            "adminConsentDescription": permission.value,
            "adminConsentDisplayName": permission.value,
            "id": permission.id,
            "isEnabled": true,
            "type": "Admin",
            "value": permission.value,
        })
    };
    json!({
        "id": tenant.principal_of(resource.app_id),
        "deletedDateTime": null,
        "accountEnabled": true,
        "alternativeNames": [],
        "appDisplayName": resource.display_name,
        "appId": resource.app_id,
        "appOwnerOrganizationId": MICROSOFT,
        "appRoleAssignmentRequired": false,
        "displayName": resource.display_name,
        "servicePrincipalNames": names,
        "servicePrincipalType": "Application",
        "signInAudience": "AzureADMultipleOrgs",
        "tags": [],
        "appRoles": resource.app_roles.iter().map(role).collect::<Vec<_>>(),
        "keyCredentials": [],
        "oauth2PermissionScopes": resource.scopes.iter().map(scope).collect::<Vec<_>>(),
        "passwordCredentials": [],
    })
}
