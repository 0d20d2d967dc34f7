//! `ManagementRole` and `ManagementRoleAssignment`: the cmdlets of a role, and who has it.

use super::{role_group, service_principal};
use crate::exchange::access::{EXCHANGE_ROLES, RoleAssignment};
use crate::exchange::administration::AssignmentDetails;
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

/// The role with which applications once acted as the owners of mailboxes. It gives nothing since
/// February 2025, and cannot be given since May 2024; who had it before still shows it.
pub(crate) const RETIRED: &str = "ApplicationImpersonation";

fn every_role() -> impl Iterator<Item = &'static str> {
    EXCHANGE_ROLES.iter().copied().chain([RETIRED])
}

/// The role that `identity` names.
pub(super) fn find(identity: &str) -> Result<&'static str, CmdletError> {
    every_role()
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
        every_role()
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

/// A role and who has it, by a role group or directly.
#[derive(Debug, Clone)]
struct Assignment {
    name: String,
    role: String,
    /// Name of the role group, or object id of the service principal.
    assignee: String,
    shown: String,
    kind: &'static str,
    scope: Option<String>,
}

/// All assignments: those of the role groups, then the direct ones.
fn every(world: &World) -> impl Iterator<Item = Assignment> + '_ {
    let access = &world.access;
    let of_groups = access.groups.iter().flat_map(|group| {
        group
            .roles
            .iter()
            .map(|role| assignment(world, role, &group.name, &group.name, "RoleGroup"))
    });
    let direct = access.assignments.iter().map(|direct| {
        let shown = service_principal::known(world, &direct.assignee)
            .map_or(direct.assignee.as_str(), |principal| principal.display_name.as_str());
        let mut found =
            assignment(world, &direct.role, &direct.assignee, shown, "ServicePrincipal");
        found.name.clone_from(&direct.name);
        found
    });
    of_groups.chain(direct)
}

fn assignment(
    world: &World,
    role: &str,
    assignee: &str,
    shown: &str,
    kind: &'static str,
) -> Assignment {
    let made = &world.administration.assignments;
    let details = made.iter().find(|made| made.role == role && made.assignee == assignee);
    Assignment {
        name: details.map_or_else(|| format!("{role}-{shown}"), |details| details.name.clone()),
        role: role.to_owned(),
        assignee: assignee.to_owned(),
        shown: shown.to_owned(),
        kind,
        scope: details.and_then(|details| details.scope.clone()),
    }
}

fn assignments<'a>(call: &'a Call, world: &'a World) -> Result<Output<'a>, CmdletError> {
    let identity = call.string("Identity");
    let assignee = call.string("RoleAssignee");
    let role = call.string("Role").map(find).transpose()?;
    if let Some(identity) = identity {
        named(world, identity)?;
    }
    let principal = assignee
        .and_then(|assignee| service_principal::known(world, assignee))
        .map(|principal| principal.object_id.to_string());
    let seed = world.organization.seed;
    Ok(Output::rows(
        every(world)
            .filter(move |found| identity.is_none_or(|identity| found.is_named(identity, seed)))
            .filter(move |found| role.is_none_or(|role| found.role == role))
            .filter(move |found| {
                assignee.is_none_or(|assignee| {
                    found.shown.eq_ignore_ascii_case(assignee)
                        || principal.as_deref() == Some(found.assignee.as_str())
                })
            })
            .map(move |found| found.row(seed)),
    ))
}

/// Gives a role to an application (`App`) or a role group (`SecurityGroup`).
fn assign<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let role = find(call.required("Role"))?;
    if role == RETIRED {
        return Err(CmdletError::invalid(format!(
            "The role \"{RETIRED}\" is retired. New role assignments to it can't be created."
        )));
    }
    let scope = match call.string("CustomResourceScope") {
        Some(scope) => {
            Some(world.administration.configuration.find("ManagementScope", scope)?.name.clone())
        }
        None => None,
    };
    let (assignee, shown, kind) = match (call.string("App"), call.string("SecurityGroup")) {
        (Some(app), _) => {
            let principal = service_principal::known(&world, app)
                .ok_or_else(|| CmdletError::no_such_recipient(app))?;
            let shown = principal.display_name.clone();
            (principal.object_id.to_string(), shown, "ServicePrincipal")
        }
        (None, Some(group)) => {
            let group = role_group::find(&world.access, &world, group)?.name.clone();
            (group.clone(), group, "RoleGroup")
        }
        (None, None) => {
            return Err(CmdletError::invalid(
                "You must specify one of the following parameters: App, SecurityGroup.",
            ));
        }
    };
    let name = call.string("Name").map_or_else(|| format!("{role}-{shown}"), str::to_owned);
    let exists = every(&world).any(|known| {
        known.name.eq_ignore_ascii_case(&name) || (known.role == role && known.assignee == assignee)
    });
    if exists {
        return Err(CmdletError::already_exists(&name));
    }
    let world = world.change(call)?;
    if kind == "RoleGroup" {
        let groups = &mut world.access.groups;
        if let Some(group) = groups.iter_mut().find(|group| group.name == assignee) {
            group.roles.push(role.to_owned());
        }
    } else {
        world.access.assignments.push(RoleAssignment {
            name: name.clone(),
            role: role.to_owned(),
            assignee: assignee.clone(),
        });
    }
    let made = AssignmentDetails { name: name.clone(), role: role.to_owned(), assignee, scope };
    world.administration.assignments.push(made);
    Ok(Output::row(named(world, &name)?.row(world.organization.seed)))
}

fn remove<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let found = named(&world, call.required("Identity"))?;
    let world = world.change(call)?;
    let access = &mut world.access;
    if found.kind == "RoleGroup" {
        for group in access.groups.iter_mut().filter(|group| group.name == found.assignee) {
            group.roles.retain(|role| *role != found.role);
        }
    } else {
        access.assignments.retain(|direct| direct.name != found.name);
    }
    world.administration.assignments.retain(|made| made.name != found.name);
    Ok(Output::nothing())
}

/// The assignment that `identity` names.
fn named(world: &World, identity: &str) -> Result<Assignment, CmdletError> {
    every(world)
        .find(|found| found.is_named(identity, world.organization.seed))
        .ok_or_else(|| CmdletError::not_found(identity))
}

impl Assignment {
    fn is_named(&self, identity: &str, seed: u64) -> bool {
        self.name.eq_ignore_ascii_case(identity)
            || identity.parse().is_ok_and(|guid: uuid::Uuid| guid == self.guid(seed))
    }

    fn guid(&self, seed: u64) -> uuid::Uuid {
        guid_of(seed, "RoleAssignment", &self.name)
    }

    fn row(&self, seed: u64) -> Record<'static> {
        let is_of_group = self.kind == "RoleGroup";
        let scoped = if self.scope.is_some() { "CustomRecipientScope" } else { "Organization" };
        Record::new()
            .with("DataObject", self.name.clone())
            .with("User", self.shown.clone())
            .with("AssignmentMethod", "Direct")
            .with("Role", self.role.clone())
            .with("RoleAssigneeName", self.shown.clone())
            .with("RoleAssignee", self.shown.clone())
            .with("RoleAssigneeType", self.kind)
            .with("Enabled", true)
            .with("CustomRecipientWriteScope", self.scope.clone().filter(|_| is_of_group))
            .with("CustomResourceScope", self.scope.clone().filter(|_| !is_of_group))
            .with("CustomConfigWriteScope", Value::Null)
            .with("RecipientReadScope", "Organization")
            .with("RecipientWriteScope", scoped)
            .with("RoleAssignmentDelegationType", "Regular")
            .with("Name", self.name.clone())
            .with("Identity", self.name.clone())
            .with("Guid", self.guid(seed))
            .with("IsValid", true)
            .with("ObjectState", "Unchanged")
    }
}
