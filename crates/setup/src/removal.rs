//! The plan that takes away what setup has made.

use jiff::Timestamp;

use crate::diff::day;
use crate::error::SetupError;
use crate::goal::{Goal, Unwanted};
use crate::observed::Observed;
use crate::parts::removal_of_parts;
use crate::plan::{Action, Change, Plan, Step};

/// The plan that removes an application that setup has made, with all that hangs on it, or parts
/// of one that stays.
pub fn removal(unwanted: &Unwanted, observed: &Observed) -> Result<Plan, SetupError> {
    if observed.tenant != unwanted.tenant {
        let (expected, found) = (unwanted.tenant, observed.tenant);
        return Err(SetupError::OtherTenant { expected, found });
    }
    if let Some(parts) = &unwanted.parts {
        return Ok(removal_of_parts(unwanted, parts, observed));
    }
    let mut steps = Vec::new();
    if let (Some(name), Some(there)) = (&unwanted.role_group, &observed.role_group) {
        if there.roles.is_some() && there.is_own {
            let action = Action::RoleGroup { name: name.clone() };
            steps.push(Step::new(Change::Remove, action));
        }
        if there.knows_principal {
            steps.push(Step::new(Change::Remove, Action::ExchangePrincipal));
        }
    }
    if observed.principal.is_some() {
        let mut step = Step::new(Change::Remove, Action::ServicePrincipal);
        if observed.consent().is_some() {
            step = step.detail("with its admin consent");
        }
        match observed.directory_roles.len() {
            0 => {}
            1 => step = step.detail("with its directory role"),
            roles => step = step.detail(format!("with its {roles} directory roles")),
        }
        steps.push(step);
    }
    if let Some(application) = &observed.application {
        let action = Action::Application {
            display_name: application.display_name.clone(),
            app_id: Some(application.app_id),
        };
        let mut step = Step::new(Change::Remove, action);
        for key in &application.key_credentials {
            let name = key.thumbprint().map_or_else(|| "unknown".to_owned(), |t| t.to_string());
            let until: Option<Timestamp> = key.end();
            let until = until.map(|at| format!(", valid until {}", day(at))).unwrap_or_default();
            step = step.detail(format!("with its key credential {name}{until}"));
        }
        steps.push(step);
    }
    let gone = observed.application.as_ref().or(observed.deleted.as_ref());
    if let Some(application) = gone.filter(|_| unwanted.purge) {
        let action = Action::DeletedApplication {
            display_name: application.display_name.clone(),
            app_id: application.app_id,
        };
        steps.push(Step::new(Change::Remove, action));
    }
    Ok(Plan::new(Goal::Teardown(unwanted.clone()), steps))
}
