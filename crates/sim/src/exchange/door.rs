//! The way in: whose token, which tenant, any role at all.

use http::HeaderMap;

use super::answer::{Reply, unsupported_role};
use super::caller::Caller;
use crate::call::Call;
use crate::call::Service;
use crate::refusal;
use crate::role::NO_ROLE;
use crate::tenant::{AuthFailure, Tenant};

/// Lets a caller in: 401 without a good token or without `Exchange.ManageAsApp`, 403 without any
/// management role.
pub(crate) fn admit(
    tenant: &Tenant,
    headers: &HeaderMap,
    call: &Call,
    tenant_name: &str,
) -> Result<Caller, Box<Reply>> {
    let service = &call.service;
    let refuse = |failure| Box::new(Reply::other(refusal::unauthorized(service, &failure)));
    let principal = tenant.authenticate(headers, service).map_err(refuse)?;
    if !principal.may_manage() {
        return Err(Box::new(without_permission(service)));
    }
    if !tenant.is_named(tenant_name) {
        // Assumed: nothing is recorded for another tenant's path.
        return Err(Box::new(Reply::other(refusal::forbidden_with_nul_body(Some(
            "2000014;reason=\"The tenant of the token is not the tenant of the request.\";error_category=\"invalid_tenant\"",
        )))));
    }
    let has_directory_role = principal.wids.iter().any(|id| *id != NO_ROLE);
    let caller = {
        let world = tenant.exchange.read();
        let access = match service {
            Service::Compliance { .. } => &world.compliance_access,
            _ => &world.access,
        };
        access.caller(principal)
    };
    if !caller.roles.is_empty() {
        return Ok(caller);
    }
    Err(Box::new(if has_directory_role {
        unsupported_role(caller.app_id)
    } else {
        Reply::other(refusal::forbidden_with_nul_body(None))
    }))
}

/// 401 for a good token that carries no permission.
fn without_permission(service: &Service) -> Reply {
    let mut reply = Reply::other(refusal::unauthorized(service, &AuthFailure::Audience));
    reply.headers.push((
        "x-ms-diagnostics",
        "2000005;reason=\"The token contains no permissions, or permissions can not be understood.\";error_category=\"invalid_grant\"".to_owned(),
    ));
    reply
}
