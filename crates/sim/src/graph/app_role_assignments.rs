//! Consent: `appRoleAssignments` of the one who has a role, `appRoleAssignedTo` of the resource.

use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Request;
use super::answer::{Refusal, Reply};
use super::application_row::second;
use super::permission::Action;
use super::service_principals::{AnyPrincipal, by_id, find};
use crate::directory::{AppRoleAssignment, Directory, Replica};
use crate::entra::{GRAPH, RESOURCES};
use crate::tenant::Tenant;

/// Answers for the assignments below a service principal.
pub(super) fn serve(request: &Request<'_>) -> Result<Reply, Refusal> {
    match (&request.method, &request.path.rest[1..]) {
        (&Method::GET, []) => list(request),
        (&Method::POST, []) => assign(request),
        (&Method::GET, [id]) => get(request, id),
        (&Method::DELETE, [id]) => delete(request, id),
        _ => Err(Refusal::method()),
    }
}

/// Whether the path is about who has roles of a resource, rather than what a client has.
fn is_of_resource(request: &Request<'_>) -> bool {
    request.path.rest[0].eq_ignore_ascii_case("appRoleAssignedTo")
}

/// The assignments that the path names, by the service principal that it names.
fn below<'a>(
    request: &Request<'_>,
    directory: &'a Directory,
) -> Result<Vec<&'a AppRoleAssignment>, Refusal> {
    Ok(of(directory, find(request, directory)?, is_of_resource(request)))
}

/// Who has roles of a resource, or which ones a client has.
fn of<'a>(
    directory: &'a Directory,
    principal: AnyPrincipal<'_>,
    of_resource: bool,
) -> Vec<&'a AppRoleAssignment> {
    let all = directory.app_role_assignments.iter();
    match (of_resource, principal) {
        (true, AnyPrincipal::Resource(resource)) => {
            all.filter(|known| known.resource_app_id == resource.app_id).collect()
        }
        (false, AnyPrincipal::Own(own)) => {
            all.filter(|known| known.principal_id == own.object_id).collect()
        }
        _ => Vec::new(),
    }
}

/// The same as `$expand` shows it.
pub(super) fn rows(
    tenant: &Tenant,
    directory: &Directory,
    principal: AnyPrincipal<'_>,
    of_resource: bool,
) -> Value {
    let found = of(directory, principal, of_resource).into_iter();
    found
        .filter(|one| tenant.sees(Replica::Graph, &one.id))
        .map(|one| row(tenant, directory, one))
        .collect()
}

fn list(request: &Request<'_>) -> Result<Reply, Refusal> {
    request.allow(Action::ReadApplications)?;
    let directory = request.tenant.directory();
    let found = below(request, &directory)?;
    request.list(found.into_iter().map(|one| row(request.tenant, &directory, one)).collect())
}

fn get(request: &Request<'_>, id: &str) -> Result<Reply, Refusal> {
    request.allow(Action::ReadApplications)?;
    let directory = request.tenant.directory();
    let found = below(request, &directory)?.into_iter().find(|known| known.id == id);
    let found = found.ok_or_else(|| Refusal::not_found(id))?;
    request.one(row(request.tenant, &directory, found))
}

fn assign(request: &Request<'_>) -> Result<Reply, Refusal> {
    let mut directory = request.tenant.directory();
    let named = find(request, &directory)?.id(request.tenant);
    let [principal, resource, role] =
        [id(request, "principalId")?, id(request, "resourceId")?, id(request, "appRoleId")?];
    let expected = if is_of_resource(request) { resource } else { principal };
    if expected != named {
        return Err(Refusal::bad_request(
            "The resource or principal of the assignment is not the one that the request names.",
        ));
    }
    let Some(AnyPrincipal::Resource(resource)) = by_id(request.tenant, &directory, resource) else {
        return Err(Refusal::not_found(&resource.to_string()));
    };
    request.allow(Action::Consent { of_graph: resource.app_id == GRAPH })?;
    let client = match by_id(request.tenant, &directory, principal) {
        // The one that the path names was read already.
        Some(AnyPrincipal::Own(own)) if named == principal || request.sees(&principal) => {
            own.object_id
        }
        _ if is_of_resource(request) => return Err(Refusal::not_found(&principal.to_string())),
        _ => return Err(Refusal::bad_request("Not a valid reference update.")),
    };
    if resource.app_roles.iter().all(|known| known.id != role) {
        return Err(Refusal::bad_request(format!(
            "Permission being assigned was not found on application '{}'",
            resource.app_id
        )));
    }
    let has = |known: &AppRoleAssignment| {
        (known.principal_id, known.resource_app_id, known.app_role_id)
            == (client, resource.app_id, role)
    };
    if directory.app_role_assignments.iter().any(has) {
        return Err(Refusal::bad_request("Permission being assigned already exists on the object"));
    }
    let now = request.tenant.now();
    let assignment = AppRoleAssignment::new(client, resource.app_id, role, now);
    request.tenant.delay(&assignment.id, request.call);
    let created = row(request.tenant, &directory, &assignment);
    directory.app_role_assignments.push(assignment);
    request.keep(&directory)?;
    Ok(Reply::created(request.entity(created)))
}

fn delete(request: &Request<'_>, id: &str) -> Result<Reply, Refusal> {
    let mut directory = request.tenant.directory();
    let found = below(request, &directory)?.into_iter().find(|known| known.id == id);
    let found = found.filter(|known| request.sees(&known.id));
    let of_graph = found.ok_or_else(|| Refusal::not_found(id))?.resource_app_id == GRAPH;
    request.allow(Action::Consent { of_graph })?;
    directory.app_role_assignments.retain(|known| known.id != id);
    request.keep(&directory)?;
    Ok(Reply::done())
}

fn row(tenant: &Tenant, directory: &Directory, assignment: &AppRoleAssignment) -> Value {
    let principal = directory.principal(assignment.principal_id);
    let resource = RESOURCES.iter().find(|known| known.app_id == assignment.resource_app_id);
    json!({
        "id": assignment.id,
        "deletedDateTime": null,
        "appRoleId": assignment.app_role_id,
        "createdDateTime": second(assignment.created),
        "principalDisplayName": principal.map(|known| &known.display_name),
        "principalId": assignment.principal_id,
        "principalType": "ServicePrincipal",
        "resourceDisplayName": resource.map(|known| known.display_name),
        "resourceId": tenant.principal_of(assignment.resource_app_id),
    })
}

fn id(request: &Request<'_>, name: &str) -> Result<Uuid, Refusal> {
    let text = request.body[name].as_str();
    text.and_then(|text| text.parse().ok()).ok_or_else(|| {
        Refusal::bad_request(format!(
            "Invalid value specified for property '{name}' of resource 'AppRoleAssignment'."
        ))
    })
}
