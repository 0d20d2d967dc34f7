//! `RoleGroup` and `RoleGroupMember`: who holds which management roles.

use uuid::Uuid;

use super::audit_bypass;
use crate::data::IdentifierKind;
use crate::exchange::access::{Access, RoleGroup};
use crate::exchange::administration::AssignmentDetails;
use crate::exchange::administration::object::guid_of;
use crate::exchange::call::Call;
use crate::exchange::cmdlet::{Cmdlet, Impact, Offered, Pending};
use crate::exchange::cmdlet_error::CmdletError;
use crate::exchange::parameter::{ANY_IDENTITY, IDENTITY, Parameter, RESULT_SIZE, Type};
use crate::exchange::row::{Output, Record};
use crate::exchange::value::Value;
use crate::exchange::world::World;

const READERS: &[&str] = &["View-Only Configuration", "Role Management", "Security Reader"];
const WRITERS: &[&str] = &["Role Management"];
const MEMBER: Parameter = Parameter::new("Member", Type::Identity).mandatory();
const BYPASS: Parameter = Parameter::new("BypassSecurityGroupManagerCheck", Type::Switch);

pub(super) const CMDLETS: &[Cmdlet] = &[
    Cmdlet::read("Get-RoleGroup", READERS, &[ANY_IDENTITY, RESULT_SIZE], get)
        .offered(Offered::Both),
    Cmdlet::write(
        "New-RoleGroup",
        WRITERS,
        Impact::Medium,
        &[
            Parameter::new("Name", Type::String).mandatory().at(0),
            Parameter::new("Description", Type::String),
            Parameter::new("Members", Type::Identities),
            Parameter::new("Roles", Type::Identities),
            Parameter::new("CustomRecipientWriteScope", Type::Identity),
        ],
        new,
    ),
    Cmdlet::write("Remove-RoleGroup", WRITERS, Impact::High, &[IDENTITY, BYPASS], remove)
        .prompt("Removing role group \"{Identity}\"."),
    Cmdlet::read("Get-RoleGroupMember", READERS, &[IDENTITY, RESULT_SIZE], members)
        .offered(Offered::Both),
    Cmdlet::write(
        "Add-RoleGroupMember",
        WRITERS,
        Impact::Medium,
        &[IDENTITY, MEMBER, BYPASS],
        add_member,
    ),
    Cmdlet::write(
        "Remove-RoleGroupMember",
        WRITERS,
        Impact::High,
        &[IDENTITY, MEMBER, BYPASS],
        remove_member,
    )
    .prompt("Removing \"{Member}\" from role group \"{Identity}\"."),
];

fn get<'a>(call: &'a Call, world: &'a World) -> Result<Output<'a>, CmdletError> {
    Ok(match call.string("Identity") {
        Some(identity) => Output::row(row(world, find(&world.access, world, identity)?)),
        None => Output::rows(world.access.groups.iter().map(|group| row(world, group))),
    })
}

fn new<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let name = call.required("Name");
    if find(&world.access, &world, name).is_ok() {
        return Err(CmdletError::already_exists(name));
    }
    let roles = call
        .strings("Roles")
        .iter()
        .map(|role| super::management_role::find(role).map(str::to_owned))
        .collect::<Result<Vec<_>, _>>()?;
    let members = call
        .strings("Members")
        .iter()
        .map(|member| resolve(&world, member).map(|(key, _)| key))
        .collect::<Result<Vec<_>, _>>()?;
    let scope = match call.string("CustomRecipientWriteScope") {
        Some(scope) => {
            Some(world.administration.configuration.find("ManagementScope", scope)?.name.clone())
        }
        None => None,
    };
    let world = world.change(call)?;
    if scope.is_some() {
        let scoped = roles.iter().map(|role| AssignmentDetails {
            name: format!("{role}-{name}"),
            role: role.clone(),
            assignee: name.to_owned(),
            scope: scope.clone(),
        });
        world.administration.assignments.extend(scoped);
    }
    world.access.groups.push(RoleGroup {
        name: name.to_owned(),
        description: call.string("Description").unwrap_or_default().to_owned(),
        roles,
        members,
        built_in: false,
    });
    let world = &*world;
    Ok(Output::row(row(world, find(&world.access, world, name)?)))
}

fn remove<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let group = find(&world.access, &world, call.required("Identity"))?;
    if group.built_in {
        return Err(CmdletError::invalid(format!(
            "The role group \"{}\" is built-in and can't be removed.",
            group.name
        )));
    }
    let name = group.name.clone();
    let world = world.change(call)?;
    world.access.groups.retain(|group| group.name != name);
    world.administration.assignments.retain(|made| made.assignee != name);
    Ok(Output::nothing())
}

fn members<'a>(call: &'a Call, world: &'a World) -> Result<Output<'a>, CmdletError> {
    let group = find(&world.access, world, call.required("Identity"))?;
    Ok(Output::rows(group.members.iter().map(|key| {
        let (name, kind, id) = shown(world, key);
        Record::new()
            .with("Name", name.clone())
            .with("DisplayName", name.clone())
            .with("RecipientType", kind)
            .with("RecipientTypeDetails", kind)
            .with("Identity", name)
            .with("ExternalDirectoryObjectId", id.to_string())
            .with("Guid", id)
            .with("IsValid", true)
            .with("ObjectState", "Unchanged")
    })))
}

fn add_member<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let (key, member) = resolve(&world, call.required("Member"))?;
    let group = find(&world.access, &world, call.required("Identity"))?;
    if group.members.contains(&key) {
        return Err(CmdletError::failed(
            "Microsoft.Exchange.Management.Tasks.MemberAlreadyExistsException",
            format!(
                "The recipient \"{member}\" is already a member of the group \"{}\".",
                group.name
            ),
        ));
    }
    let name = group.name.clone();
    edit(call, world, &name, |members| members.push(key))
}

fn remove_member<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let (key, member) = resolve(&world, call.required("Member"))?;
    let group = find(&world.access, &world, call.required("Identity"))?;
    if !group.members.contains(&key) {
        return Err(CmdletError::failed(
            "Microsoft.Exchange.Management.Tasks.MemberNotFoundException",
            format!("The recipient \"{member}\" isn't a member of the group \"{}\".", group.name),
        ));
    }
    let name = group.name.clone();
    edit(call, world, &name, |members| members.retain(|known| *known != key))
}

fn edit<'a>(
    call: &'a Call,
    world: Pending<'a>,
    group: &str,
    edit: impl FnOnce(&mut Vec<String>),
) -> Result<Output<'a>, CmdletError> {
    let groups = &mut world.change(call)?.access.groups;
    if let Some(group) = groups.iter_mut().find(|known| known.name == group) {
        edit(&mut group.members);
    }
    Ok(Output::nothing())
}

/// A service principal or a mailbox: what a role group keeps of it, and its name.
fn resolve(world: &World, identity: &str) -> Result<(String, String), CmdletError> {
    if let Some(principal) = super::service_principal::known(world, identity) {
        return Ok((principal.object_id.to_string(), principal.display_name.clone()));
    }
    let mailbox = audit_bypass::find(world, identity).map_err(|error| match error {
        CmdletError::Failed(failure) if failure.status == http::StatusCode::NOT_FOUND => {
            CmdletError::no_such_recipient(identity)
        }
        other => other,
    })?;
    Ok((mailbox.names().alias.clone(), mailbox.name().to_owned()))
}

/// Name, type and object id of a member.
fn shown(world: &World, key: &str) -> (String, &'static str, Uuid) {
    if let Some(principal) = super::service_principal::known(world, key) {
        return (principal.display_name.clone(), "ServicePrincipal", principal.object_id);
    }
    world.mailboxes.find(key).map_or_else(
        |_| (key.to_owned(), "User", Uuid::nil()),
        |mailbox| (mailbox.name().to_owned(), "UserMailbox", mailbox.id(IdentifierKind::Directory)),
    )
}

/// The role group that `identity` names.
pub(super) fn find<'a>(
    access: &'a Access,
    world: &World,
    identity: &str,
) -> Result<&'a RoleGroup, CmdletError> {
    let guid = identity.parse::<Uuid>().ok();
    access
        .groups
        .iter()
        .find(|group| {
            group.name.eq_ignore_ascii_case(identity) || guid == Some(guid_of_group(world, group))
        })
        .ok_or_else(|| CmdletError::not_found(identity))
}

fn guid_of_group(world: &World, group: &RoleGroup) -> Uuid {
    guid_of(world.organization.seed, "RoleGroup", &group.name)
}

fn row<'a>(world: &'a World, group: &'a RoleGroup) -> Record<'a> {
    let assignments: Vec<String> =
        group.roles.iter().map(|role| format!("{role}-{}", group.name)).collect();
    let members: Vec<String> = group.members.iter().map(|key| shown(world, key).0).collect();
    Record::new()
        .with("ManagedBy", Value::from(vec!["Organization Management".to_owned()]))
        .with("RoleAssignments", Value::from(assignments))
        .with("Roles", Value::from(&group.roles))
        .with("DisplayName", "")
        .with("ExternalDirectoryObjectId", "")
        .with("Members", Value::from(members))
        .with("SamAccountName", group.name.replace(' ', ""))
        .with("Description", &group.description)
        .with("RoleGroupType", "Standard")
        .with("LinkedGroup", "")
        .with("Capabilities", Value::from(Vec::<String>::new()))
        .with("IsReadOnly", false)
        .with("Name", &group.name)
        .with("Identity", &group.name)
        .with("Id", &group.name)
        .with("Guid", guid_of_group(world, group))
        .with("IsValid", true)
        .with("ObjectState", "Unchanged")
}
