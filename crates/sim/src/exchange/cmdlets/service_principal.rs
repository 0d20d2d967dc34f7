//! `ServicePrincipal`: Exchange's pointer to an application of the directory, so that role groups
//! can have it as a member.

use uuid::Uuid;

use crate::exchange::administration::access::ServicePrincipal;
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
    let access = &world.administration.access;
    Ok(match call.string("Identity") {
        Some(identity) => Output::row(row(&access.service_principals[find(world, identity)?])),
        None => Output::rows(access.service_principals.iter().map(row)),
    })
}

/// The ids are taken on trust, as the service takes them: a wrong object id makes a pointer to
/// nothing, and the application still has no role (documented).
fn new<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let app_id = guid(call, "AppId")?;
    let object_id = guid(call, "ObjectId")?;
    let access = &world.administration.access;
    let known = access
        .service_principals
        .iter()
        .find(|known| known.app_id == app_id || known.object_id == object_id);
    if let Some(known) = known {
        return Err(CmdletError::already_exists(&known.display_name));
    }
    let seed = world.organization.seed;
    let access = &mut world.change(call)?.administration.access;
    access.service_principals.push(ServicePrincipal {
        display_name: call.string("DisplayName").map_or_else(|| app_id.to_string(), str::to_owned),
        app_id,
        object_id,
        guid: guid_of(seed, "ServicePrincipal", &format!("{object_id}\n{}", call.now)),
        created: call.now,
    });
    let made = access.service_principals.last().expect("it was pushed just now");
    Ok(Output::row(row(made)))
}

fn set<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let index = find(&world, call.required("Identity"))?;
    let principal = &world.administration.access.service_principals[index];
    let name = call.string("DisplayName").unwrap_or(&principal.display_name).to_owned();
    if name == principal.display_name {
        call.warn_unmodified(&name);
    }
    let access = &mut world.change(call)?.administration.access;
    let principal = &mut access.service_principals[index];
    principal.display_name.clone_from(&name);
    let object_id = principal.object_id;
    for member in access.groups.iter_mut().flat_map(|group| &mut group.members) {
        if member.object_id == object_id {
            member.name.clone_from(&name);
        }
    }
    Ok(Output::nothing())
}

/// Takes its memberships and assignments along.
fn remove<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let index = find(&world, call.required("Identity"))?;
    let access = &mut world.change(call)?.administration.access;
    let object_id = access.service_principals.remove(index).object_id;
    for group in &mut access.groups {
        group.members.retain(|member| member.object_id != object_id);
    }
    let own = object_id.to_string();
    access.assignments.retain(|assignment| assignment.assignee != own);
    Ok(Output::nothing())
}

fn find(world: &World, identity: &str) -> Result<usize, CmdletError> {
    world
        .administration
        .access
        .service_principal(identity)
        .ok_or_else(|| CmdletError::not_found(identity))
}

fn guid(call: &Call, parameter: &str) -> Result<Uuid, CmdletError> {
    call.required(parameter).parse().map_err(|_| {
        CmdletError::invalid(format!(
            "The value \"{}\" of the parameter {parameter} isn't a GUID.",
            call.required(parameter)
        ))
    })
}

fn row(principal: &ServicePrincipal) -> Record<'_> {
    Record::new()
        .with("DisplayName", &principal.display_name)
        .with("AppId", principal.app_id.to_string())
        .with("ObjectId", principal.object_id.to_string())
        .with("Sid", Value::Null)
        .with("Name", principal.object_id.to_string())
        .with("Identity", principal.object_id.to_string())
        .with("Id", principal.object_id.to_string())
        .with("Guid", principal.guid)
        .with("WhenCreatedUTC", Value::Utc(principal.created))
        .with("IsValid", true)
        .with("ObjectState", "Unchanged")
}
