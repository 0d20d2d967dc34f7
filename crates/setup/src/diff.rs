//! From what there is and what is wanted to the plan. Pure: nothing is read or sent.

use exoctl_certificate::{Certificate, Thumbprint};
use exoctl_identity::{DirectoryRole, EXCHANGE_APP_ROLE};
use jiff::{Timestamp, tz::TimeZone};

use crate::desired::{Desired, WantedApplication, WantedCertificate};
use crate::error::SetupError;
use crate::goal::Goal;
use crate::graph::{Application, RequiredResourceAccess};
use crate::observed::{Observed, Resource};
use crate::plan::{Action, Change, Plan, Step};
use crate::well_known::{EXCHANGE_ONLINE, EXCHANGE_ONLINE_NAME, MICROSOFT_GRAPH, USER_READ};

/// The plan that brings about what is wanted, or the reason why the tenant would refuse it.
pub fn plan(desired: &Desired, observed: &Observed, now: Timestamp) -> Result<Plan, SetupError> {
    if observed.tenant != desired.tenant {
        let (expected, found) = (desired.tenant, observed.tenant);
        return Err(SetupError::OtherTenant { expected, found });
    }
    if let Some(deleted) = observed.deleted.as_ref().filter(|_| observed.application.is_none()) {
        let (name, app_id) = (deleted.display_name.clone(), deleted.app_id);
        return Err(SetupError::NameHeld { name, app_id });
    }
    check_certificate(desired, observed, now)?;
    let mut steps = vec![certificate(&desired.certificate)];
    steps.extend(application(desired, observed));
    steps.push(key_credential(desired, observed));
    steps.push(service_principal(observed));
    steps.push(Step::new(
        if observed.consent().is_some() { Change::Keep } else { Change::Create },
        Action::Consent,
    ));
    steps.extend(directory_roles(desired, observed));
    steps.extend(role_group(desired, observed)?);
    Ok(Plan::new(Goal::Setup(desired.clone()), steps))
}

/// Refuses what the one who is signed in may not do, before anything is written. A plan can be made
/// nevertheless: somebody else may carry it out.
pub fn check_registrar(plan: &Plan, observed: &Observed) -> Result<(), SetupError> {
    let registers = plan.pending().any(|step| {
        step.change == Change::Create && matches!(step.action, Action::Application { .. })
    });
    if registers && !observed.may_register { Err(SetupError::MayNotRegister) } else { Ok(()) }
}

/// What the tenant would refuse, before anything is written.
fn check_certificate(
    desired: &Desired,
    observed: &Observed,
    now: Timestamp,
) -> Result<(), SetupError> {
    let (end, self_signed, thumbprint) = match &desired.certificate {
        WantedCertificate::Existing { certificate } => {
            let certificate = &certificate.0;
            (certificate.not_after(), certificate.is_self_issued(), Some(certificate.thumbprint()))
        }
        WantedCertificate::New { valid_for, .. } => {
            // A span that cannot be read or added is the certificate maker's to refuse.
            let end = valid_for.parse().ok().and_then(|span| later(now, span)).unwrap_or(now);
            (end.max(now), true, None)
        }
    };
    if end < now || (end == now && thumbprint.is_some()) {
        return Err(SetupError::CertificateExpired { at: end });
    }
    let there = observed.application.as_ref();
    let registered = thumbprint.is_some_and(|thumbprint| {
        there.is_some_and(|app| app.key_credential(&thumbprint).is_some())
    });
    let Some(policy) = observed.policy.as_ref().filter(|_| !registered) else { return Ok(()) };
    let made = there.and_then(|app| app.created_date_time).unwrap_or(now);
    if self_signed && policy.forbids_self_signed(made) {
        return Err(SetupError::SelfSignedForbidden);
    }
    match policy.longest_validity(made) {
        Some(longest) if later(now, longest).is_some_and(|limit| end > limit) => {
            Err(SetupError::CertificateTooLong { longest: longest.to_string(), until: end })
        }
        _ => Ok(()),
    }
}

fn later(now: Timestamp, span: jiff::Span) -> Option<Timestamp> {
    Some(now.to_zoned(TimeZone::UTC).checked_add(span).ok()?.timestamp())
}

fn certificate(wanted: &WantedCertificate) -> Step {
    match wanted {
        WantedCertificate::New { subject, valid_for } => {
            let action = Action::Certificate { thumbprint: None, subject: subject.clone() };
            Step::new(Change::Create, action)
                .detail(format!("RSA, valid for {valid_for}; the private key stays here"))
        }
        WantedCertificate::Existing { certificate } => {
            let certificate = &certificate.0;
            let action = Action::Certificate {
                thumbprint: Some(certificate.thumbprint()),
                subject: certificate.subject().to_owned(),
            };
            Step::new(Change::Keep, action)
                .detail(format!("valid until {}", day(certificate.not_after())))
        }
    }
}

fn application(desired: &Desired, observed: &Observed) -> Vec<Step> {
    let asks = format!("asks for {EXCHANGE_ONLINE_NAME} / {EXCHANGE_APP_ROLE} and nothing else");
    let Some(application) = &observed.application else {
        let display_name = match &desired.application {
            WantedApplication::Own { display_name, .. } => display_name.clone(),
            WantedApplication::Existing { app_id } => app_id.to_string(),
        };
        let action = Action::Application { display_name, app_id: None };
        let step = Step::new(Change::Create, action).detail("for accounts of this tenant only");
        let step = step.detail(asks);
        if observed.may_register {
            return vec![step];
        }
        return vec![step.detail(
            "the tenant does not let users register applications: an Application Developer may",
        )];
    };
    let action = Action::Application {
        display_name: application.display_name.clone(),
        app_id: Some(application.app_id),
    };
    let there = Step::new(Change::Keep, action);
    let wanted = requested_permissions(&desired.application, application, &observed.exchange);
    let permissions = if same(&wanted, &application.required_resource_access) {
        Step::new(Change::Keep, Action::RequestedPermissions)
    } else {
        let mut step = Step::new(Change::Update, Action::RequestedPermissions);
        for line in differences(&application.required_resource_access, &wanted) {
            step = step.detail(line);
        }
        step
    };
    vec![there, permissions]
}

/// What the application is to ask for: of one that setup made, Exchange alone; of one that was there,
/// Exchange and what it asked for before, without `User.Read`, which an application without users
/// does not need.
pub(crate) fn requested_permissions(
    wanted: &WantedApplication,
    there: &Application,
    exchange: &Resource,
) -> Vec<RequiredResourceAccess> {
    let ours = RequiredResourceAccess::role(EXCHANGE_ONLINE, exchange.manage_as_app);
    if matches!(wanted, WantedApplication::Own { .. }) {
        return vec![ours];
    }
    let mut all = there.required_resource_access.clone();
    for access in &mut all {
        if access.resource_app_id == MICROSOFT_GRAPH {
            access.resource_access.retain(|permission| permission.id != USER_READ);
        }
    }
    all.retain(|access| !access.resource_access.is_empty());
    match all.iter_mut().find(|access| access.resource_app_id == EXCHANGE_ONLINE) {
        Some(access) => {
            let [role] = ours.resource_access.as_slice() else { return all };
            if !access.resource_access.contains(role) {
                access.resource_access.push(role.clone());
            }
        }
        None => all.push(ours),
    }
    all
}

/// Every permission by resource, in an order of its own: Graph keeps none.
fn flat(all: &[RequiredResourceAccess]) -> Vec<(String, String, String)> {
    let mut flat: Vec<_> = all
        .iter()
        .flat_map(|access| {
            access.resource_access.iter().map(|permission| {
                let resource = access.resource_app_id.to_string();
                (resource, permission.id.to_string(), permission.kind.clone())
            })
        })
        .collect();
    flat.sort();
    flat.dedup();
    flat
}

pub(crate) fn same(a: &[RequiredResourceAccess], b: &[RequiredResourceAccess]) -> bool {
    flat(a) == flat(b)
}

pub(crate) fn differences(
    before: &[RequiredResourceAccess],
    after: &[RequiredResourceAccess],
) -> Vec<String> {
    let (before, after) = (flat(before), flat(after));
    let name = |(resource, id, kind): &(String, String, String)| {
        let kind = if kind == "Role" { "application" } else { "delegated" };
        if *id == USER_READ.to_string() {
            return "Microsoft Graph / User.Read (delegated): an application without users does not need it".to_owned();
        }
        if *resource == EXCHANGE_ONLINE.to_string() {
            return format!("{EXCHANGE_ONLINE_NAME} / {EXCHANGE_APP_ROLE}");
        }
        format!("{resource} / {id} ({kind})")
    };
    let added =
        after.iter().filter(|one| !before.contains(one)).map(|one| format!("+ {}", name(one)));
    let removed =
        before.iter().filter(|one| !after.contains(one)).map(|one| format!("- {}", name(one)));
    added.chain(removed).collect()
}

fn key_credential(desired: &Desired, observed: &Observed) -> Step {
    let certificate = match &desired.certificate {
        WantedCertificate::Existing { certificate } => Some(&certificate.0),
        WantedCertificate::New { .. } => None,
    };
    let thumbprint: Option<Thumbprint> = certificate.map(Certificate::thumbprint);
    let application = observed.application.as_ref();
    let registered = thumbprint.is_some_and(|thumbprint| {
        application.is_some_and(|app| app.key_credential(&thumbprint).is_some())
    });
    let action = Action::KeyCredential { thumbprint };
    if registered {
        return Step::new(Change::Keep, action);
    }
    let step = Step::new(Change::Create, action);
    match application.map_or(0, |app| app.key_credentials.len()) {
        0 => step,
        1 => step.detail("the other key credential is left as it is"),
        others => step.detail(format!("the other {others} key credentials are left as they are")),
    }
}

fn service_principal(observed: &Observed) -> Step {
    let step = |change| Step::new(change, Action::ServicePrincipal);
    match &observed.principal {
        None => step(Change::Create),
        Some(principal) if !principal.account_enabled => {
            step(Change::Update).detail("it is disabled and will be enabled")
        }
        Some(_) => step(Change::Keep),
    }
}

fn directory_roles(desired: &Desired, observed: &Observed) -> Vec<Step> {
    let wanted: Vec<&DirectoryRole> = desired.access.known_roles().collect();
    let mut steps: Vec<Step> = wanted
        .iter()
        .map(|role| {
            let there = observed.has_directory_role(role.template_id);
            let change = if there { Change::Keep } else { Change::Create };
            Step::new(change, Action::DirectoryRole { name: role.name.to_owned() })
        })
        .collect();
    let more: Vec<&str> = observed
        .directory_roles
        .iter()
        .filter_map(|assignment| DirectoryRole::by_template_id(assignment.role_definition_id))
        .filter(|role| !wanted.contains(role))
        .map(|role| role.name)
        .collect();
    if let Some(step) = steps.last_mut().filter(|_| !more.is_empty()) {
        step.details.push(format!("it also has {} and keeps that", more.join(", ")));
    }
    steps
}

/// Exchange's part. Without having asked Exchange it is all still to be made.
fn role_group(desired: &Desired, observed: &Observed) -> Result<Vec<Step>, SetupError> {
    let Some(wanted) = &desired.access.role_group else { return Ok(Vec::new()) };
    let there = observed.role_group.clone().unwrap_or_default();
    let change = |is_right: bool| if is_right { Change::Keep } else { Change::Create };
    let action = Action::RoleGroup { name: wanted.name.clone() };
    let group = match &there.roles {
        None if !wanted.is_own() && observed.role_group.is_some() => {
            return Err(SetupError::NoRoleGroup { name: wanted.name.clone() });
        }
        // One that is there is taken as it is.
        _ if !wanted.is_own() => Step::new(Change::Keep, action),
        None => {
            let lines = wanted.roles.iter().map(|role| format!("+ {role}"));
            let step = lines.fold(Step::new(Change::Create, action), Step::detail);
            match &wanted.write_scope {
                Some(scope) => step.detail(format!("may change only what is in the scope {scope}")),
                None => step,
            }
        }
        Some(_) if !there.is_own => {
            return Err(SetupError::RoleGroupTaken { name: wanted.name.clone() });
        }
        Some(roles) => {
            let more = wanted.roles.iter().filter(|role| !roles.contains(role));
            let less = roles.iter().filter(|role| !wanted.roles.contains(role));
            let more = more.map(|role| format!("+ {role}"));
            let lines: Vec<String> = more.chain(less.map(|role| format!("- {role}"))).collect();
            let change = if lines.is_empty() { Change::Keep } else { Change::Update };
            lines.into_iter().fold(Step::new(change, action), Step::detail)
        }
    };
    Ok(vec![
        Step::new(change(there.knows_principal), Action::ExchangePrincipal),
        group,
        Step::new(change(there.is_member), Action::RoleGroupMember { group: wanted.name.clone() }),
    ])
}

/// The day of an instant, in UTC.
pub(crate) fn day(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).date().to_string()
}
