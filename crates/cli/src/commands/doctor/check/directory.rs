//! The tenant, and the application as an administrator sees it.

use exoctl_identity::discover;
use exoctl_model::TenantReference;
use exoctl_setup::WantedApplication;

use super::super::condition;
use super::super::finding::Finding;
use super::super::visit::Visit;
use super::{Check, Looking};
use crate::commands::setup::{Request, survey};
use crate::error::CommandError;

/// Whether the authority knows the tenant.
pub(super) struct Tenant;

impl Check for Tenant {
    fn name(&self) -> &'static str {
        "tenant"
    }

    fn needs(&self) -> &'static [&'static str] {
        &["connection", "TLS"]
    }

    fn run<'a>(&'a self, visit: &'a mut Visit<'_>) -> Looking<'a> {
        Box::pin(async move {
            let sign_in = visit.learned.sign_in.as_ref().expect("the connection was found");
            let clock = visit.context.clock();
            let meant = visit.settings().organization.value.clone();
            let meant = meant.unwrap_or_else(|| sign_in.tenant.clone());
            let found = discover(&*sign_in.transport, clock, &sign_in.cloud, &meant).await;
            let found = match found {
                Ok(found) => found,
                Err(error) => return Finding::failed(&CommandError::from(error)),
            };
            visit.learned.tenant = Some(found.tenant_id);
            let region = found.region.map(|region| format!(", region {region}"));
            let region = region.unwrap_or_default();
            Finding::ok(format!("{meant} is tenant {}{region}", found.tenant_id))
        })
    }
}

/// What the directory has of the application. Only an administrator can look.
pub(super) struct Registration;

/// What it takes to look and not to touch.
const SCOPES: [&str; 2] = ["Application.Read.All", "RoleManagement.Read.Directory"];

impl Check for Registration {
    fn name(&self) -> &'static str {
        "registration"
    }

    fn needs(&self) -> &'static [&'static str] {
        &["tenant"]
    }

    fn is_wanted(&self, visit: &Visit<'_>) -> bool {
        visit.administrator.is_given()
    }

    fn may_ask(&self) -> bool {
        true
    }

    fn run<'a>(&'a self, visit: &'a mut Visit<'_>) -> Looking<'a> {
        Box::pin(async move {
            let sign_in = visit.learned.sign_in.as_ref().expect("the connection was found");
            let Some(app_id) = sign_in.app_id else {
                return Finding::skipped("the settings do not name the application");
            };
            let tenant = visit.learned.tenant.expect("the tenant was found");
            let request = Request {
                organization: Some(TenantReference::Id(tenant)),
                application: &WantedApplication::Existing { app_id },
                scopes: SCOPES.to_vec(),
                exchange: false,
            };
            match survey(request, visit.administrator, visit.context, visit.ui).await {
                Ok(survey) => {
                    let finding = registered(&survey.observed);
                    visit.learned.observed = Some(survey.observed);
                    finding
                }
                // The application can be looked at without the administrator.
                Err(error) => Finding::failed(&error).in_nobodys_way(),
            }
        })
    }
}

fn registered(observed: &exoctl_setup::Observed) -> Finding {
    let Some(application) = &observed.application else {
        return Finding::skipped("there is no such application");
    };
    let name = format!("\"{}\" is registered", application.display_name);
    match &observed.principal {
        Some(principal) if principal.account_enabled => {
            Finding::ok(format!("{name} and enabled, service principal {}", principal.id))
        }
        Some(_) => Finding::fail(condition::DISABLED, format!("{name} and disabled")),
        // The token endpoint says so, and knows what to do.
        None => Finding::ok(format!("{name} and has no service principal in this tenant")),
    }
}
