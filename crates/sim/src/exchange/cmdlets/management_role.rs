//! `ManagementRole` and `ManagementRoleAssignment`: the cmdlets of a role, and who has it.

use crate::exchange::administration::access::{Assignment, MANAGEMENT_ROLES};
use crate::exchange::administration::object::guid_of;
use crate::exchange::call::Call;
use crate::exchange::cmdlet::{Cmdlet, Impact, Pending};
use crate::exchange::cmdlet_error::CmdletError;
use crate::exchange::parameter::{ANY_IDENTITY, IDENTITY, Parameter, Type};
use crate::exchange::row::{Output, Record};
use crate::exchange::value::Value;
use crate::exchange::world::World;

const READERS: &[&str] = &["View-Only Configuration", "Role Management"];
const WRITERS: &[&str] = &["Role Management"];

pub(super) const CMDLETS: &[Cmdlet] = &[
    Cmdlet::read(
        "Get-ManagementRole",
        READERS,
        &[
            ANY_IDENTITY,
            Parameter::new("Cmdlet", Type::String),
            Parameter::new("CmdletParameters", Type::Strings),
        ],
        roles,
    ),
    Cmdlet::read(
        "Get-ManagementRoleAssignment",
        READERS,
        &[
            ANY_IDENTITY,
            Parameter::new("Role", Type::Identity),
            Parameter::new("RoleAssignee", Type::Identity),
            Parameter::new("GetEffectiveUsers", Type::Switch),
        ],
        assignments,
    ),
    Cmdlet::write(
        "New-ManagementRoleAssignment",
        WRITERS,
        Impact::Medium,
        &[
            Parameter::new("Role", Type::Identity).mandatory(),
            Parameter::new("Name", Type::String).at(0),
            Parameter::new("App", Type::Identity),
            Parameter::new("SecurityGroup", Type::Identity),
            Parameter::new("CustomResourceScope", Type::Identity),
            Parameter::new("Force", Type::Switch),
        ],
        assign,
    ),
    Cmdlet::write("Remove-ManagementRoleAssignment", WRITERS, Impact::High, &[IDENTITY], remove)
        .prompt("Removing management role assignment \"{Identity}\"."),
];

/// The role that `identity` names.
pub(super) fn find(identity: &str) -> Result<&'static str, CmdletError> {
    MANAGEMENT_ROLES
        .iter()
        .copied()
        .find(|role| role.eq_ignore_ascii_case(identity))
        .ok_or_else(|| CmdletError::not_found(identity))
}

/// All roles, or the one that is named; of those that hold a cmdlet when one is asked for.
fn roles<'a>(call: &'a Call, world: &'a World) -> Result<Output<'a>, CmdletError> {
    let named = call.string("Identity").map(find).transpose()?;
    let cmdlet = match call.string("Cmdlet") {
        Some(name) => Some(super::find(name).ok_or_else(|| CmdletError::not_found(name))?),
        None => None,
    };
    let seed = world.organization.seed;
    let parameters = call.strings("CmdletParameters");
    Ok(Output::rows(
        MANAGEMENT_ROLES
            .iter()
            .copied()
            .filter(move |role| named.is_none_or(|named| named == *role))
            .filter(move |role| {
                cmdlet.is_none_or(|cmdlet| {
                    cmdlet.roles.contains(role)
                        && parameters.iter().all(|name| cmdlet.parameter(name).is_some())
                })
            })
            .map(move |role| {
                let entries: Vec<String> = super::all()
                    .filter(|cmdlet| cmdlet.roles.contains(&role))
                    .map(|cmdlet| {
                        format!("(Microsoft.Exchange.Management.PowerShell.E2010) {}", cmdlet.name)
                    })
                    .collect();
                Record::new()
                    .with("RoleEntries", Value::from(entries))
                    .with("RoleType", role.replace([' ', '-'], ""))
                    .with("ImplicitRecipientReadScope", "Organization")
                    .with(
                        "ImplicitRecipientWriteScope",
                        if role.starts_with("View-Only") { "None" } else { "Organization" },
                    )
                    .with("ImplicitConfigReadScope", "OrganizationConfig")
                    .with(
                        "ImplicitConfigWriteScope",
                        if role.starts_with("View-Only") { "None" } else { "OrganizationConfig" },
                    )
                    .with("IsRootRole", true)
                    .with("IsEndUserRole", false)
                    .with("Description", "")
                    .with("Parent", Value::Null)
                    .with("Name", role)
                    .with("Identity", role)
                    .with("Guid", guid_of(seed, "ManagementRole", role))
                    .with("IsValid", true)
                    .with("ObjectState", "Unchanged")
            }),
    ))
}

fn assignments<'a>(call: &'a Call, world: &'a World) -> Result<Output<'a>, CmdletError> {
    let access = &world.administration.access;
    let identity = call.string("Identity");
    let assignee = call.string("RoleAssignee");
    let role = call.string("Role").map(find).transpose()?;
    if let Some(identity) = identity
        && !access.assignments.iter().any(|assignment| is_named(assignment, identity))
    {
        return Err(CmdletError::not_found(identity));
    }
    let principal = assignee
        .and_then(|assignee| access.service_principal(assignee))
        .map(|index| access.service_principals[index].object_id.to_string());
    Ok(Output::rows(
        access
            .assignments
            .iter()
            .filter(move |assignment| {
                identity.is_none_or(|identity| is_named(assignment, identity))
            })
            .filter(move |assignment| role.is_none_or(|role| assignment.role == role))
            .filter(move |assignment| {
                assignee.is_none_or(|assignee| {
                    assignment.assignee_name.eq_ignore_ascii_case(assignee)
                        || Some(&assignment.assignee) == principal.as_ref()
                })
            })
            .map(row),
    ))
}

/// Gives a role to an application (`App`) or a role group (`SecurityGroup`).
fn assign<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let role = find(call.required("Role"))?;
    let access = &world.administration.access;
    let name = call.string("Name");
    if let Some(name) = name
        && access.assignments.iter().any(|assignment| is_named(assignment, name))
    {
        return Err(CmdletError::already_exists(name));
    }
    let scope = match call.string("CustomResourceScope") {
        Some(scope) => {
            Some(world.administration.configuration.find("ManagementScope", scope)?.name.clone())
        }
        None => None,
    };
    let principal = call.string("App").map(|app| {
        access.service_principal(app).ok_or_else(|| CmdletError::no_such_recipient(app))
    });
    let group = call.string("SecurityGroup").map(|group| {
        let index = access.group(group).ok_or_else(|| CmdletError::no_such_recipient(group))?;
        Ok(access.groups[index].name.clone())
    });
    let (principal, group) = (principal.transpose()?, group.transpose()?);
    if principal.is_none() && group.is_none() {
        return Err(CmdletError::invalid(
            "You must specify one of the following parameters: App, SecurityGroup.",
        ));
    }
    let access = &mut world.change(call)?.administration.access;
    let index = match (principal, group) {
        (Some(principal), _) => access.assign_to_principal(role, principal, name, call.now),
        (None, group) => access.assign_to_group(role, &group.unwrap_or_default(), name, call.now),
    };
    access.assignments[index].scope = scope;
    let access = &*access;
    Ok(Output::row(row(&access.assignments[index])))
}

fn remove<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let identity = call.required("Identity");
    let known = world.administration.access.assignments.iter().any(|a| is_named(a, identity));
    if !known {
        return Err(CmdletError::not_found(identity));
    }
    let assignments = &mut world.change(call)?.administration.access.assignments;
    assignments.retain(|assignment| !is_named(assignment, identity));
    Ok(Output::nothing())
}

fn is_named(assignment: &Assignment, identity: &str) -> bool {
    assignment.name.eq_ignore_ascii_case(identity)
        || identity.parse::<uuid::Uuid>().is_ok_and(|guid| guid == assignment.guid)
}

fn row(assignment: &Assignment) -> Record<'_> {
    Record::new()
        .with("DataObject", &assignment.name)
        .with("User", &assignment.assignee_name)
        .with("AssignmentMethod", "Direct")
        .with("Role", &assignment.role)
        .with("RoleAssigneeName", &assignment.assignee_name)
        .with("RoleAssignee", &assignment.assignee_name)
        .with("RoleAssigneeType", assignment.assignee_type)
        .with("Enabled", true)
        .with("CustomRecipientWriteScope", Value::Null)
        .with("CustomResourceScope", assignment.scope.as_deref())
        .with("CustomConfigWriteScope", Value::Null)
        .with("RecipientReadScope", "Organization")
        .with(
            "RecipientWriteScope",
            if assignment.scope.is_some() { "CustomRecipientScope" } else { "Organization" },
        )
        .with("RoleAssignmentDelegationType", "Regular")
        .with("Name", &assignment.name)
        .with("Identity", &assignment.name)
        .with("Guid", assignment.guid)
        .with("WhenCreatedUTC", Value::Utc(assignment.created))
        .with("IsValid", true)
        .with("ObjectState", "Unchanged")
}
