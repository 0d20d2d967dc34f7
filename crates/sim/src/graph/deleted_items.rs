//! `/directory/deletedItems`: what was deleted, for thirty days.

use http::Method;
use serde_json::{Value, json};

use super::Request;
use super::answer::{Refusal, Reply};
use super::application_row::{row, second};
use super::path::Key;
use super::permission::Action;
use super::service_principals::own_row;
use crate::directory::{Deleted, DeletedObject, Directory};

/// Answers for what was deleted.
pub(super) fn serve(request: &Request<'_>) -> Result<Reply, Refusal> {
    let below = request.path.below();
    let below: Vec<&str> = below.iter().map(String::as_str).collect();
    let Some(Key::Id(key)) = &request.path.key else { return Err(Refusal::method()) };
    request.tenant.directory().forget_deleted(request.tenant.now());
    // Clients that are made from the schema write its alias, `graph`.
    let kind = key.to_lowercase().replace("microsoft.graph.", "graph.");
    match (&request.method, kind.as_str(), &below[..]) {
        (&Method::GET, "graph.application" | "graph.serviceprincipal", []) => list(request, &kind),
        (&Method::GET, _, []) => get(request, key),
        (&Method::DELETE, _, []) => forget(request, key),
        (&Method::POST, _, ["restore"]) => restore(request, key),
        _ => Err(Refusal::method()),
    }
}

fn list(request: &Request<'_>, kind: &str) -> Result<Reply, Refusal> {
    request.allow(Action::ReadApplications)?;
    let directory = request.tenant.directory();
    let wanted = |deleted: &&Deleted| match deleted.object {
        DeletedObject::Application(_) => kind.ends_with(".application"),
        DeletedObject::ServicePrincipal(_) => kind.ends_with(".serviceprincipal"),
    };
    let found = directory.deleted.iter().filter(wanted);
    request.list(found.map(|deleted| deleted_row(request, deleted)).collect())
}

fn get(request: &Request<'_>, key: &str) -> Result<Reply, Refusal> {
    request.allow(Action::ReadApplications)?;
    let directory = request.tenant.directory();
    let index = find(&directory, key)?;
    request.one(deleted_row(request, &directory.deleted[index]))
}

fn forget(request: &Request<'_>, key: &str) -> Result<Reply, Refusal> {
    let mut directory = request.tenant.directory();
    let index = find(&directory, key)?;
    allow(request, &directory.deleted[index])?;
    directory.deleted.remove(index);
    request.keep(&directory)?;
    Ok(Reply::done())
}

/// An application comes back without what its service principal was given.
fn restore(request: &Request<'_>, key: &str) -> Result<Reply, Refusal> {
    let mut directory = request.tenant.directory();
    let index = find(&directory, key)?;
    allow(request, &directory.deleted[index])?;
    let restored = deleted_row(request, &directory.deleted[index]);
    request.tenant.delay(&directory.deleted[index].id(), request.call);
    match directory.deleted.remove(index).object {
        DeletedObject::Application(application) => directory.applications.push(*application),
        DeletedObject::ServicePrincipal(principal) => {
            directory.service_principals.push(principal);
        }
    }
    request.keep(&directory)?;
    let mut restored = restored;
    restored["deletedDateTime"] = Value::Null;
    Ok(Reply::ok(request.entity(restored)))
}

fn find(directory: &Directory, key: &str) -> Result<usize, Refusal> {
    let mut all = directory.deleted.iter();
    all.position(|deleted| key.parse() == Ok(deleted.id())).ok_or_else(|| Refusal::not_found(key))
}

fn allow(request: &Request<'_>, deleted: &Deleted) -> Result<(), Refusal> {
    let owners = match &deleted.object {
        DeletedObject::Application(application) => &application.owners,
        DeletedObject::ServicePrincipal(principal) => &principal.owners,
    };
    request.allow(Action::WriteApplication { is_owner: request.owns(owners) })
}

fn deleted_row(request: &Request<'_>, deleted: &Deleted) -> Value {
    let (kind, mut shown) = match &deleted.object {
        DeletedObject::Application(application) => {
            ("application", row(request.tenant, application, false))
        }
        DeletedObject::ServicePrincipal(principal) => {
            ("servicePrincipal", own_row(request.tenant, principal))
        }
    };
    shown["deletedDateTime"] = json!(second(deleted.at));
    shown["@odata.type"] = json!(format!("#microsoft.graph.{kind}"));
    shown
}
