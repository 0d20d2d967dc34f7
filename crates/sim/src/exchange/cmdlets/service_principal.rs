//! `ServicePrincipal`: Exchange's pointer to an application of the directory, so that role groups
//! can have it as a member.

use uuid::Uuid;

use crate::exchange::access::ServicePrincipal;
use crate::exchange::administration::object::guid_of;
use crate::exchange::call::Call;
use crate::exchange::cmdlet::{Cmdlet, Impact, Pending};
use crate::exchange::cmdlet_error::CmdletError;
use crate::exchange::parameter::{ANY_IDENTITY, IDENTITY, Parameter, Type};
use crate::exchange::row::{Output, Record};
use crate::exchange::value::Value;
use crate::exchange::world::World;

const WRITERS: &[&str] = &["Role Management", "Organization Configuration"];

pub(super) const CMDLETS: &[Cmdlet] = &[
    Cmdlet::read(
        "Get-ServicePrincipal",
        &["View-Only Configuration", "Role Management"],
        &[ANY_IDENTITY, Parameter::new("Organization", Type::Identity)],
        get,
    ),
    Cmdlet::write(
        "New-ServicePrincipal",
        WRITERS,
        Impact::Medium,
        &[
            Parameter::new("AppId", Type::String).mandatory(),
            Parameter::new("ObjectId", Type::String).mandatory(),
            Parameter::new("DisplayName", Type::String),
        ],
        new,
    ),
    Cmdlet::write(
        "Set-ServicePrincipal",
        WRITERS,
        Impact::Medium,
        &[IDENTITY, Parameter::new("DisplayName", Type::String)],
        set,
    ),
    Cmdlet::write("Remove-ServicePrincipal", WRITERS, Impact::High, &[IDENTITY], remove)
        .prompt("Removing service principal \"{Identity}\"."),
];

fn get<'a>(call: &'a Call, world: &'a World) -> Result<Output<'a>, CmdletError> {
    Ok(match call.string("Identity") {
        Some(identity) => Output::row(row(world, find(world, identity)?)),
        None => Output::rows(world.access.principals.iter().map(|known| row(world, known))),
    })
}

/// The ids are taken on trust, as the service takes them: a wrong object id makes a pointer to
/// nothing, and the application still has no role (documented).
fn new<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let app_id = guid(call, "AppId")?;
    let object_id = guid(call, "ObjectId")?;
    let mut known = world.access.principals.iter();
    if let Some(known) = known.find(|p| p.app_id == app_id || p.object_id == object_id) {
        return Err(CmdletError::already_exists(&known.display_name));
    }
    let world = world.change(call)?;
    world.access.principals.push(ServicePrincipal {
        display_name: call.string("DisplayName").map_or_else(|| app_id.to_string(), str::to_owned),
        app_id,
        object_id,
    });
    let world = &*world;
    Ok(Output::row(row(world, find(world, call.required("ObjectId"))?)))
}

fn set<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let principal = find(&world, call.required("Identity"))?;
    let name = call.string("DisplayName").unwrap_or(&principal.display_name).to_owned();
    let object_id = principal.object_id;
    if name == principal.display_name {
        call.warn_unmodified(&name);
    }
    let principals = &mut world.change(call)?.access.principals;
    if let Some(principal) = principals.iter_mut().find(|known| known.object_id == object_id) {
        principal.display_name = name;
    }
    Ok(Output::nothing())
}

/// Takes its memberships and assignments along.
fn remove<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let object_id = find(&world, call.required("Identity"))?.object_id;
    let access = &mut world.change(call)?.access;
    access.principals.retain(|principal| principal.object_id != object_id);
    let key = object_id.to_string();
    for group in &mut access.groups {
        group.members.retain(|member| *member != key);
    }
    access.assignments.retain(|assignment| assignment.assignee != key);
    Ok(Output::nothing())
}

/// The service principal that `identity` names: by display name, client id or object id.
pub(super) fn known<'a>(world: &'a World, identity: &str) -> Option<&'a ServicePrincipal> {
    let guid = identity.parse::<Uuid>().ok();
    world.access.principals.iter().find(|principal| {
        principal.display_name.eq_ignore_ascii_case(identity)
            || guid.is_some_and(|id| id == principal.app_id || id == principal.object_id)
    })
}

fn find<'a>(world: &'a World, identity: &str) -> Result<&'a ServicePrincipal, CmdletError> {
    known(world, identity).ok_or_else(|| CmdletError::not_found(identity))
}

fn guid(call: &Call, parameter: &str) -> Result<Uuid, CmdletError> {
    call.required(parameter).parse().map_err(|_| {
        CmdletError::invalid(format!(
            "The value \"{}\" of the parameter {parameter} isn't a GUID.",
            call.required(parameter)
        ))
    })
}

fn row<'a>(world: &World, principal: &'a ServicePrincipal) -> Record<'a> {
    let object_id = principal.object_id.to_string();
    Record::new()
        .with("DisplayName", &principal.display_name)
        .with("AppId", principal.app_id.to_string())
        .with("ObjectId", object_id.clone())
        .with("Sid", Value::Null)
        .with("Name", object_id.clone())
        .with("Identity", object_id.clone())
        .with("Id", object_id.clone())
        .with("Guid", guid_of(world.organization.seed, "ServicePrincipal", &object_id))
        .with("IsValid", true)
        .with("ObjectState", "Unchanged")
}
