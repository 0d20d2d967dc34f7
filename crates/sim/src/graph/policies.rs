//! `/policies`: what applications may have, and what users may do.

use http::Method;
use serde_json::{Value, json};

use super::Request;
use super::answer::{Refusal, Reply};
use super::permission::Action;
use crate::directory::AppManagementPolicy;

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

/// `/policies/appManagementPolicies`: there are none beside the default one.
pub(super) fn custom(request: &Request<'_>) -> Result<Reply, Refusal> {
    request.allow(Action::ReadPolicies)?;
    if request.method == Method::GET { request.list(Vec::new()) } else { Err(Refusal::method()) }
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
