//! `/policies`: what applications may have, and what users may do.

use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::answer::{Refusal, Reply};
use super::path::Key;
use super::permission::Action;
use super::{Request, applications};
use crate::directory::{AppManagementPolicy, CustomPolicy};

/// `/policies/defaultAppManagementPolicy`
pub(super) fn app_management(request: &Request<'_>) -> Result<Reply, Refusal> {
    let mut directory = request.tenant.directory();
    match request.method {
        Method::GET => {
            request.allow(Action::ReadPolicies)?;
            let policy = &directory.policies.app_management;
            request.one(json!({
                "id": "00000000-0000-0000-0000-000000000000",
                "deletedDateTime": null,
                "displayName": "Default app management tenant policy",
                "description": "Default tenant policy that enforces app management restrictions on applications and service principals. To apply policy to targeted resources, create a new policy under appManagementPolicies collection.",
                "isEnabled": policy.is_enabled,
                "applicationRestrictions": policy.application_restrictions,
                "servicePrincipalRestrictions": policy.service_principal_restrictions,
            }))
        }
        Method::PATCH => {
            request.allow(Action::WriteAppManagement)?;
            write(&mut directory.policies.app_management, &request.body)?;
            request.keep(&directory)?;
            Ok(Reply::done())
        }
        _ => Err(Refusal::method()),
    }
}

/// `/policies/appManagementPolicies`: those for chosen applications.
pub(super) fn custom(request: &Request<'_>) -> Result<Reply, Refusal> {
    let mut directory = request.tenant.directory();
    match (&request.method, &request.path.key) {
        (&Method::GET, None) => {
            request.allow(Action::ReadPolicies)?;
            request.list(directory.policies.custom.iter().map(row).collect())
        }
        (&Method::POST, None) => {
            request.allow(Action::WriteAppManagement)?;
            let policy = CustomPolicy {
                id: Uuid::new_v4(),
                display_name: request.body["displayName"].as_str().unwrap_or_default().to_owned(),
                is_enabled: request.body["isEnabled"].as_bool().unwrap_or(false),
                restrictions: request.body["restrictions"].clone(),
                applies_to: Vec::new(),
            };
            let made = row(&policy);
            directory.policies.custom.push(policy);
            request.keep(&directory)?;
            Ok(Reply::created(request.entity(made)))
        }
        (&Method::DELETE, Some(Key::Id(id))) => {
            request.allow(Action::WriteAppManagement)?;
            directory.policies.custom.retain(|policy| policy.id.to_string() != *id);
            request.keep(&directory)?;
            Ok(Reply::done())
        }
        _ => Err(Refusal::method()),
    }
}

/// `/applications/{id}/appManagementPolicies`: the one that is put on an application.
pub(super) fn of_application(request: &Request<'_>) -> Result<Reply, Refusal> {
    let mut directory = request.tenant.directory();
    let application = applications::find(request, &directory)?;
    let below = request.path.below();
    let below: Vec<&str> = below.iter().skip(1).map(String::as_str).collect();
    match (&request.method, &below[..]) {
        (&Method::GET, []) => {
            request.allow(Action::ReadPolicies)?;
            let all = directory.policies.custom.iter();
            let own = all.filter(|policy| policy.applies_to.contains(&application));
            request.list(own.map(row).collect())
        }
        (&Method::POST, ["$ref"]) => {
            request.allow(Action::WriteAppManagement)?;
            let address = request.body["@odata.id"].as_str().unwrap_or_default();
            let id = address.rsplit('/').next().unwrap_or_default();
            let mut all = directory.policies.custom.iter_mut();
            let policy = all.find(|policy| policy.id.to_string() == id);
            policy.ok_or_else(|| Refusal::not_found(id))?.applies_to = vec![application];
            request.keep(&directory)?;
            Ok(Reply::done())
        }
        _ => Err(Refusal::method()),
    }
}

fn row(policy: &CustomPolicy) -> Value {
    json!({
        "id": policy.id,
        "displayName": policy.display_name,
        "description": null,
        "isEnabled": policy.is_enabled,
        "restrictions": policy.restrictions,
    })
}

/// `/policies/authorizationPolicy`
pub(super) fn authorization(request: &Request<'_>) -> Result<Reply, Refusal> {
    let mut directory = request.tenant.directory();
    match request.method {
        Method::GET => {
            request.allow(Action::ReadPolicies)?;
            request.one(json!({
                "id": "authorizationPolicy",
                "displayName": "Authorization Policy",
                "description": "Used to manage authorization related settings across the company.",
                "allowInvitesFrom": "everyone",
                "blockMsolPowerShell": false,
                "defaultUserRolePermissions": {
                    "allowedToCreateApps": directory.policies.users_may_register,
                    "allowedToCreateSecurityGroups": true,
                    "allowedToReadOtherUsers": true,
                },
            }))
        }
        Method::PATCH => {
            request.allow(Action::WriteAuthorization)?;
            let wanted = &request.body["defaultUserRolePermissions"]["allowedToCreateApps"];
            if let Some(allowed) = wanted.as_bool() {
                directory.policies.users_may_register = allowed;
            }
            request.keep(&directory)?;
            Ok(Reply::done())
        }
        _ => Err(Refusal::method()),
    }
}

fn write(policy: &mut AppManagementPolicy, body: &Value) -> Result<(), Refusal> {
    for (name, value) in body.as_object().into_iter().flatten() {
        match (name.as_str(), value) {
            ("isEnabled", Value::Bool(enabled)) => policy.is_enabled = *enabled,
            ("applicationRestrictions", Value::Object(_)) => {
                policy.application_restrictions = value.clone();
            }
            ("servicePrincipalRestrictions", Value::Object(_)) => {
                policy.service_principal_restrictions = value.clone();
            }
            ("displayName" | "description", _) => {}
            _ => {
                return Err(Refusal::bad_request(format!(
                    "Invalid value specified for property '{name}' of resource 'TenantAppManagementPolicy'."
                )));
            }
        }
    }
    Ok(())
}
