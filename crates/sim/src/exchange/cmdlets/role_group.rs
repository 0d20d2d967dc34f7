//! `RoleGroup` and `RoleGroupMember`: who holds which management roles.

use crate::data::FindError;
use crate::exchange::administration::access::{Access, Member, RoleGroup};
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
    let access = &world.administration.access;
    Ok(match call.string("Identity") {
        Some(identity) => Output::row(row(access, find(access, identity)?)),
        None => Output::rows(access.groups.iter().map(|group| row(access, group))),
    })
}

fn new<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let name = call.required("Name");
    let access = &world.administration.access;
    if access.group(name).is_some() {
        return Err(CmdletError::already_exists(name));
    }
    let roles = call
        .strings("Roles")
        .iter()
        .map(|role| super::management_role::find(role))
        .collect::<Result<Vec<_>, _>>()?;
    let members = call
        .strings("Members")
        .iter()
        .map(|member| resolve(&world, member))
        .collect::<Result<Vec<_>, _>>()?;
    let seed = world.organization.seed;
    let access = &mut world.change(call)?.administration.access;
    access.groups.push(RoleGroup {
        name: name.to_owned(),
        description: call.string("Description").unwrap_or_default().to_owned(),
        guid: guid_of(seed, "RoleGroup", &format!("{name}\n{}", call.now)),
        members,
        created: call.now,
        built_in: false,
    });
    for role in roles {
        access.assign_to_group(role, name, None, call.now);
    }
    let access = &*access;
    Ok(Output::row(row(access, find(access, name)?)))
}

fn remove<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let group = find(&world.administration.access, call.required("Identity"))?;
    if group.built_in {
        return Err(CmdletError::invalid(format!(
            "The role group \"{}\" is built-in and can't be removed.",
            group.name
        )));
    }
    let name = group.name.clone();
    let access = &mut world.change(call)?.administration.access;
    access.groups.retain(|group| group.name != name);
    access.assignments.retain(|a| !(a.assignee_type == "RoleGroup" && a.assignee == name));
    Ok(Output::nothing())
}

fn members<'a>(call: &'a Call, world: &'a World) -> Result<Output<'a>, CmdletError> {
    let group = find(&world.administration.access, call.required("Identity"))?;
    Ok(Output::rows(group.members.iter().map(|member| {
        Record::new()
            .with("Name", &member.name)
            .with("DisplayName", &member.name)
            .with("RecipientType", member.recipient_type)
            .with("RecipientTypeDetails", member.recipient_type)
            .with("Identity", &member.name)
            .with("ExternalDirectoryObjectId", member.object_id.to_string())
            .with("Guid", member.object_id)
            .with("IsValid", true)
            .with("ObjectState", "Unchanged")
    })))
}

fn add_member<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let member = resolve(&world, call.required("Member"))?;
    let group = find(&world.administration.access, call.required("Identity"))?;
    if group.members.iter().any(|known| known.object_id == member.object_id) {
        return Err(CmdletError::failed(
            "Microsoft.Exchange.Management.Tasks.MemberAlreadyExistsException",
            format!(
                "The recipient \"{}\" is already a member of the group \"{}\".",
                member.name, group.name
            ),
        ));
    }
    let name = group.name.clone();
    change_members(call, world, &name, |members| members.push(member))
}

fn remove_member<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let member = resolve(&world, call.required("Member"))?;
    let group = find(&world.administration.access, call.required("Identity"))?;
    if !group.members.iter().any(|known| known.object_id == member.object_id) {
        return Err(CmdletError::failed(
            "Microsoft.Exchange.Management.Tasks.MemberNotFoundException",
            format!(
                "The recipient \"{}\" isn't a member of the group \"{}\".",
                member.name, group.name
            ),
        ));
    }
    let name = group.name.clone();
    change_members(call, world, &name, |members| {
        members.retain(|known| known.object_id != member.object_id);
    })
}

fn change_members<'a>(
    call: &'a Call,
    world: Pending<'a>,
    group: &str,
    edit: impl FnOnce(&mut Vec<Member>),
) -> Result<Output<'a>, CmdletError> {
    let access = &mut world.change(call)?.administration.access;
    if let Some(index) = access.group(group) {
        edit(&mut access.groups[index].members);
    }
    Ok(Output::nothing())
}

/// A service principal or a mailbox.
fn resolve(world: &World, identity: &str) -> Result<Member, CmdletError> {
    let access = &world.administration.access;
    if let Some(index) = access.service_principal(identity) {
        let principal = &access.service_principals[index];
        return Ok(Member {
            name: principal.display_name.clone(),
            object_id: principal.object_id,
            recipient_type: "ServicePrincipal",
        });
    }
    let mailbox = world.mailboxes.find(identity).map_err(|error| match error {
        FindError::NotFound => CmdletError::no_such_recipient(identity),
        FindError::Ambiguous => CmdletError::ambiguous(identity),
    })?;
    Ok(Member {
        name: mailbox.name().to_owned(),
        object_id: mailbox.id(crate::data::IdentifierKind::Directory),
        recipient_type: "UserMailbox",
    })
}

fn find<'a>(access: &'a Access, identity: &str) -> Result<&'a RoleGroup, CmdletError> {
    let index = access.group(identity).ok_or_else(|| CmdletError::not_found(identity))?;
    Ok(&access.groups[index])
}

fn row<'a>(access: &'a Access, group: &'a RoleGroup) -> Record<'a> {
    let roles: Vec<String> = access.roles_of_group(&group.name).map(str::to_owned).collect();
    let assignments: Vec<String> = access
        .assignments
        .iter()
        .filter(|a| a.assignee_type == "RoleGroup" && a.assignee == group.name)
        .map(|a| a.name.clone())
        .collect();
    let members: Vec<String> = group.members.iter().map(|member| member.name.clone()).collect();
    Record::new()
        .with("ManagedBy", Value::from(vec!["Organization Management".to_owned()]))
        .with("RoleAssignments", Value::from(assignments))
        .with("Roles", Value::from(roles))
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
        .with("Guid", group.guid)
        .with("WhenCreatedUTC", Value::Utc(group.created))
        .with("IsValid", true)
        .with("ObjectState", "Unchanged")
}
