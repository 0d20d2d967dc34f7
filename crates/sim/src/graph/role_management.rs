//! `/roleManagement/directory`: directory roles and who has them.

use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Request;
use super::answer::{Refusal, Reply};
use super::path::Key;
use super::permission::Action;
use crate::directory::RoleAssignment;
use crate::role::DirectoryRole;

/// `/roleManagement/directory/roleDefinitions`
pub(super) fn definitions(request: &Request<'_>) -> Result<Reply, Refusal> {
    request.allow(Action::ReadRoles)?;
    match (&request.method, &request.path.key) {
        (&Method::GET, None) => request.list(DirectoryRole::all().map(definition).collect()),
        (&Method::GET, Some(Key::Id(id))) => {
            let role = id.parse().ok().and_then(DirectoryRole::from_template_id);
            request.one(definition(role.ok_or_else(|| Refusal::not_found(id))?))
        }
        _ => Err(Refusal::method()),
    }
}

/// `/roleManagement/directory/roleAssignments`
pub(super) fn assignments(request: &Request<'_>) -> Result<Reply, Refusal> {
    match (&request.method, &request.path.key) {
        (&Method::GET, None) => {
            request.allow(Action::ReadRoles)?;
            let directory = request.tenant.directory();
            request.list(directory.role_assignments.iter().map(|one| shown(request, one)).collect())
        }
        (&Method::GET, Some(Key::Id(id))) => {
            request.allow(Action::ReadRoles)?;
            let directory = request.tenant.directory();
            let found = directory.role_assignments.iter().find(|known| known.id == *id);
            request.one(shown(request, found.ok_or_else(|| Refusal::not_found(id))?))
        }
        (&Method::POST, None) => assign(request),
        (&Method::DELETE, Some(Key::Id(id))) => delete(request, id),
        _ => Err(Refusal::method()),
    }
}

fn assign(request: &Request<'_>) -> Result<Reply, Refusal> {
    request.allow(Action::AssignRoles)?;
    let text = |name: &str| {
        request.body[name].as_str().filter(|text| !text.is_empty()).ok_or_else(|| {
            Refusal::bad_request(format!(
                "A value is required for property '{name}' of resource 'unifiedRoleAssignment'."
            ))
        })
    };
    let (principal, role, scope) =
        (text("principalId")?, text("roleDefinitionId")?, text("directoryScopeId")?);
    let role = role
        .parse()
        .ok()
        .and_then(DirectoryRole::from_template_id)
        .ok_or_else(|| Refusal::not_found(role))?;
    let mut directory = request.tenant.directory();
    let principal = principal
        .parse::<Uuid>()
        .ok()
        .filter(|id| directory.principal(*id).is_some() && request.sees(id))
        .ok_or_else(|| Refusal::not_found(principal))?;
    let assignment = RoleAssignment::new(principal, role.template_id(), scope);
    let same = |known: &RoleAssignment| {
        (known.principal_id, known.role_definition_id, &known.directory_scope_id)
            == (principal, role.template_id(), &assignment.directory_scope_id)
    };
    if directory.role_assignments.iter().any(same) {
        return Err(Refusal::bad_request(
            "A conflicting object with one or more of the specified property values is present in the directory.",
        ));
    }
    request.tenant.delay(&assignment.id, request.call);
    let created = row(&assignment);
    directory.role_assignments.push(assignment);
    request.keep(&directory)?;
    Ok(Reply::created(request.entity(created)))
}

fn delete(request: &Request<'_>, id: &str) -> Result<Reply, Refusal> {
    request.allow(Action::AssignRoles)?;
    let mut directory = request.tenant.directory();
    let found = directory.role_assignments.iter().find(|known| known.id == id);
    let found = found.filter(|_| request.sees(id)).ok_or_else(|| Refusal::not_found(id))?;
    request.was("rolemanagement/directory/roleassignments", row(found), true);
    directory.role_assignments.retain(|known| known.id != id);
    request.keep(&directory)?;
    Ok(Reply::done())
}

fn definition(role: DirectoryRole) -> Value {
    json!({
        "id": role.template_id(),
        "description": role.display_name(),
        "displayName": role.display_name(),
        "isBuiltIn": true,
        "isEnabled": true,
        "resourceScopes": ["/"],
        "templateId": role.template_id(),
        "version": "1",
        "rolePermissions": [],
    })
}

/// An assignment, with the role itself when `$expand=roleDefinition` asks for it.
fn shown(request: &Request<'_>, assignment: &RoleAssignment) -> Value {
    let mut row = row(assignment);
    let role = DirectoryRole::from_template_id(assignment.role_definition_id);
    if let (true, Some(role)) = (request.query.expands("roleDefinition"), role) {
        row["roleDefinition"] = definition(role);
    }
    row
}

fn row(assignment: &RoleAssignment) -> Value {
    json!({
        "id": assignment.id,
        "principalId": assignment.principal_id,
        "directoryScopeId": assignment.directory_scope_id,
        "roleDefinitionId": assignment.role_definition_id,
    })
}
