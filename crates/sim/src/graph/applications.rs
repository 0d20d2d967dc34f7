//! `/applications`.

use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::answer::{Refusal, Reply};
use super::application_row::{is_writable, row};
use super::path::Key;
use super::permission::Action;
use super::{Request, credentials, policies};
use crate::directory::{Application, Directory};

/// Answers for the collection, for one application and for what is below it.
pub(super) fn serve(request: &Request<'_>) -> Result<Reply, Refusal> {
    let below = request.path.below();
    let below: Vec<&str> = below.iter().map(String::as_str).collect();
    match (&request.method, request.path.key.is_some(), &below[..]) {
        (&Method::GET, false, []) => list(request),
        (&Method::POST, false, []) => create(request, None),
        (&Method::GET, true, []) => get(request),
        (&Method::PATCH, true, []) => update_or_create(request),
        (&Method::DELETE, true, []) => delete(request),
        (&Method::POST, true, ["addkey"]) => credentials::add_key(request),
        (&Method::POST, true, ["removekey"]) => credentials::remove_key(request),
        (&Method::POST, true, ["addpassword"]) => credentials::add_password(request),
        (&Method::POST, true, ["removepassword"]) => credentials::remove_password(request),
        (&Method::GET, true, ["owners"]) => owners(request),
        (_, true, ["appmanagementpolicies", ..]) => policies::of_application(request),
        (_, true, [other, ..]) => Err(Refusal::no_segment(other)),
        _ => Err(Refusal::method()),
    }
}

/// The object id of the application that the path names, if replication has brought it.
pub(super) fn find(request: &Request<'_>, directory: &Directory) -> Result<Uuid, Refusal> {
    let id = |text: &str| text.parse::<Uuid>().ok();
    let found = match &request.path.key {
        Some(Key::Id(text)) => id(text).and_then(|id| directory.application(id)),
        Some(Key::Alternate { property, value }) => match property.as_str() {
            "appid" => id(value).and_then(|id| directory.by_app_id(id)),
            "uniquename" => by_unique_name(directory, value),
            "id" => id(value).and_then(|id| directory.application(id)),
            other => return Err(Refusal::no_segment(other)),
        },
        None => None,
    };
    found
        .map(|application| application.object_id)
        .filter(|id| request.sees(id))
        .ok_or_else(|| Refusal::not_found(&request.path_key()))
}

impl Request<'_> {
    /// The object that the path names, as it names it.
    pub(super) fn path_key(&self) -> String {
        match &self.path.key {
            Some(Key::Id(text) | Key::Alternate { value: text, .. }) => text.clone(),
            None => String::new(),
        }
    }

    /// Whether the caller is an owner of an application.
    pub(super) fn owns(&self, owners: &[Uuid]) -> bool {
        owners.contains(&self.caller.object_id)
    }

    /// Lets somebody change an application.
    pub(super) fn allow_change(&self, application: &Application) -> Result<(), Refusal> {
        self.allow(Action::WriteApplication { is_owner: self.owns(&application.owners) })
    }
}

fn by_unique_name<'a>(directory: &'a Directory, name: &str) -> Option<&'a Application> {
    directory.applications.iter().find(|known| known.unique_name.as_deref() == Some(name))
}

fn list(request: &Request<'_>) -> Result<Reply, Refusal> {
    request.allow(Action::ReadApplications)?;
    let directory = request.tenant.directory();
    let all = directory.applications.iter();
    request.list(all.map(|application| row(request.tenant, application, false)).collect())
}

fn get(request: &Request<'_>) -> Result<Reply, Refusal> {
    request.allow(Action::ReadApplications)?;
    let directory = request.tenant.directory();
    let found = match &request.path.key {
        Some(Key::Id(text)) => text.parse().ok().and_then(|id| directory.application(id)),
        // `one` is the read that counts.
        _ => directory.applications.iter().find(|known| is_named(known, request.path.key.as_ref())),
    };
    let application = found.ok_or_else(|| Refusal::not_found(&request.path_key()))?;
    request.one(row(request.tenant, application, request.query.selects("keyCredentials")))
}

fn is_named(application: &Application, key: Option<&Key>) -> bool {
    let Some(Key::Alternate { property, value }) = key else { return false };
    match property.as_str() {
        "appid" => value.parse() == Ok(application.app_id),
        "uniquename" => application.unique_name.as_deref() == Some(value),
        _ => false,
    }
}

fn create(request: &Request<'_>, unique_name: Option<&str>) -> Result<Reply, Refusal> {
    let mut directory = request.tenant.directory();
    request.allow(Action::create(&directory.policies))?;
    let name = request.body["displayName"].as_str().filter(|name| !name.trim().is_empty());
    let Some(name) = name else {
        return Err(Refusal::bad_request(
            "A value is required for property 'displayName' of resource 'Application'.",
        ));
    };
    let mut application = Application::new(Uuid::new_v4(), name, request.tenant.now());
    application.unique_name = unique_name.map(str::to_owned);
    application.owners.push(request.caller.object_id);
    write(request, &directory, &mut application)?;
    request.tenant.delay(&application.object_id, request.call);
    let created = row(request.tenant, &application, false);
    directory.applications.push(application);
    request.keep(&directory)?;
    Ok(Reply::created(request.entity(created)))
}

/// With `Prefer: create-if-missing` and a unique name, what is not there is made.
fn update_or_create(request: &Request<'_>) -> Result<Reply, Refusal> {
    if let (true, Some(Key::Alternate { property, value })) =
        (request.create_if_missing, &request.path.key)
    {
        // The write goes where the directory is whole: nobody is made twice.
        let is_there = by_unique_name(&request.tenant.directory(), value).is_some();
        if property == "uniquename" && !is_there {
            return create(request, Some(value));
        }
    }
    update(request)
}

fn update(request: &Request<'_>) -> Result<Reply, Refusal> {
    let mut directory = request.tenant.directory();
    let id = if request.create_if_missing {
        let key = request.path_key();
        by_unique_name(&directory, &key).map(|known| known.object_id)
    } else {
        None
    };
    let id = id.map_or_else(|| find(request, &directory), Ok)?;
    let found = directory.application(id).cloned();
    let mut application = found.ok_or_else(|| Refusal::not_found(&request.path_key()))?;
    request.allow_change(&application)?;
    let before: Vec<Uuid> = application.key_credentials.iter().map(|key| key.key_id).collect();
    let shown = row(request.tenant, &application, false);
    write(request, &directory, &mut application)?;
    for key in &application.key_credentials {
        if !before.contains(&key.key_id) {
            request.tenant.delay(&key.key_id, request.call);
        }
    }
    if let Some(known) = directory.application_mut(id) {
        *known = application;
    }
    request.was("applications", shown, false);
    request.keep(&directory)?;
    Ok(Reply::done())
}

/// Writes the body's properties into an application.
fn write(
    request: &Request<'_>,
    directory: &Directory,
    application: &mut Application,
) -> Result<(), Refusal> {
    let Some(body) = request.body.as_object() else {
        return Err(Refusal::bad_request("A value must be provided."));
    };
    for (name, value) in body {
        match name.as_str() {
            "displayName" => match value.as_str().filter(|name| !name.trim().is_empty()) {
                Some(name) => name.clone_into(&mut application.display_name),
                None => {
                    return Err(Refusal::bad_request(
                        "Invalid value specified for property 'displayName' of resource 'Application'.",
                    ));
                }
            },
            "keyCredentials" => {
                application.key_credentials =
                    credentials::replaced(request, directory, application, value)?;
            }
            "passwordCredentials" => {
                application.password_credentials =
                    credentials::remaining_passwords(application, value)?;
            }
            "uniqueName" if application.unique_name.as_deref() == value.as_str() => {}
            "id" | "appId" | "uniqueName" | "createdDateTime" | "publisherDomain"
            | "deletedDateTime" => {
                return Err(Refusal::bad_request(format!(
                    "Property '{name}' is read-only and cannot be set."
                )));
            }
            "requiredResourceAccess" => {
                check_access(value)?;
                application.properties.insert(name.clone(), value.clone());
            }
            name if name.starts_with('@') => {}
            name if is_writable(name) => {
                application.properties.insert(name.to_owned(), value.clone());
            }
            name => {
                let message = format!("Invalid property '{name}'.");
                return Err(Refusal::new(http::StatusCode::BAD_REQUEST, "BadRequest", message));
            }
        }
    }
    Ok(())
}

/// Every entry names a resource and its permissions by id.
fn check_access(value: &Value) -> Result<(), Refusal> {
    let is_id = |value: &Value| value.as_str().is_some_and(|text| text.parse::<Uuid>().is_ok());
    let entries = value.as_array();
    let right = entries.is_some_and(|entries| {
        entries.iter().all(|entry| {
            let permissions = entry["resourceAccess"].as_array();
            is_id(&entry["resourceAppId"])
                && permissions.is_some_and(|permissions| {
                    permissions.iter().all(|permission| {
                        is_id(&permission["id"])
                            && ["Role", "Scope"]
                                .contains(&permission["type"].as_str().unwrap_or_default())
                    })
                })
        })
    });
    right.then_some(()).ok_or_else(|| {
        Refusal::bad_request(
            "Invalid value specified for property 'requiredResourceAccess' of resource 'Application'.",
        )
    })
}

fn delete(request: &Request<'_>) -> Result<Reply, Refusal> {
    let mut directory = request.tenant.directory();
    let id = find(request, &directory)?;
    let application =
        directory.application(id).ok_or_else(|| Refusal::not_found(&request.path_key()))?;
    request.allow_change(application)?;
    request.was("applications", row(request.tenant, application, false), true);
    directory.delete_application(id, request.tenant.now());
    request.keep(&directory)?;
    Ok(Reply::done())
}

fn owners(request: &Request<'_>) -> Result<Reply, Refusal> {
    request.allow(Action::ReadApplications)?;
    let directory = request.tenant.directory();
    let id = find(request, &directory)?;
    let application =
        directory.application(id).ok_or_else(|| Refusal::not_found(&request.path_key()))?;
    let owner = |id: &Uuid| {
        let kind = if directory.principal(*id).is_some() { "servicePrincipal" } else { "user" };
        json!({"@odata.type": format!("#microsoft.graph.{kind}"), "id": id})
    };
    request.list(application.owners.iter().map(owner).collect())
}
