//! What an application has too little of, and what it has too much of. Pure: it looks at what was
//! read.

mod finding;

pub use finding::Finding;

use exoctl_certificate::Thumbprint;
use exoctl_identity::DirectoryRole;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::graph::Application;
use crate::observed::Observed;
use crate::parts::consent_name;
use crate::well_known::{
    APPLICATION_IMPERSONATION, EXCHANGE_ONLINE, FULL_ACCESS_AS_APP, MICROSOFT_GRAPH, USER_READ,
};

/// A certificate that ends within this time ends soon.
const SOON: SignedDuration = SignedDuration::from_hours(30 * 24);
/// A certificate that is valid longer than this is long-lived: two years and a day.
const LONG: SignedDuration = SignedDuration::from_hours(731 * 24);

/// Looks at an application; `keys` are the certificates whose keys are on this machine.
pub fn audit(
    observed: &Observed,
    application: &Application,
    keys: &[Thumbprint],
    now: Timestamp,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    match &observed.principal {
        None => findings.push(Finding::NoServicePrincipal),
        Some(principal) => {
            if !principal.account_enabled {
                findings.push(Finding::Disabled);
            }
            consents(observed, &mut findings);
            directory_roles(observed, &mut findings);
            management_roles(observed, &mut findings);
        }
    }
    registration(application, observed, &mut findings);
    credentials(application, keys, now, &mut findings);
    findings
}

fn consents(observed: &Observed, findings: &mut Vec<Finding>) {
    if observed.consent().is_none() {
        findings.push(Finding::NoConsent);
    }
    let wanted = observed.consent().map(|consent| consent.id.as_str());
    for consent in observed.consents.iter().filter(|one| Some(one.id.as_str()) != wanted) {
        let assignment = consent.id.clone();
        findings.push(if consent.app_role_id == FULL_ACCESS_AS_APP {
            Finding::FullAccess { assignment }
        } else {
            Finding::MoreConsent { name: consent_name(consent), assignment }
        });
    }
}

fn management_roles(observed: &Observed, findings: &mut Vec<Finding>) {
    for there in &observed.management_roles {
        let assignment = there.assignment.clone();
        findings.push(if there.role.eq_ignore_ascii_case(APPLICATION_IMPERSONATION) {
            Finding::Impersonation { assignment }
        } else {
            Finding::ManagementRole { role: there.role.clone(), assignment }
        });
    }
}

fn directory_roles(observed: &Observed, findings: &mut Vec<Finding>) {
    let mut names = Vec::new();
    for assignment in &observed.directory_roles {
        let role = assignment.role_definition_id;
        let assignment = assignment.id.clone();
        match DirectoryRole::by_template_id(role) {
            Some(known) if known.name == "Global Administrator" => {
                findings.push(Finding::GlobalAdministrator { assignment });
                names.push(known.name.to_owned());
            }
            Some(known) => names.push(known.name.to_owned()),
            None => findings.push(Finding::ForeignRole { role, assignment }),
        }
    }
    match names.len() {
        0 if !observed.knows_directory_roles => {}
        0 if observed.role_group.as_ref().is_some_and(|group| group.is_member) => {}
        0 => findings.push(Finding::NoDirectoryRole),
        1 => {}
        _ => findings.push(Finding::SeveralRoles { names }),
    }
}

fn registration(application: &Application, observed: &Observed, findings: &mut Vec<Finding>) {
    let asks = |resource, permission| {
        application
            .required_resource_access
            .iter()
            .filter(|access| access.resource_app_id == resource)
            .flat_map(|access| &access.resource_access)
            .any(|known| known.id == permission)
    };
    if !asks(EXCHANGE_ONLINE, observed.exchange.manage_as_app) {
        findings.push(Finding::DoesNotAsk);
    }
    if asks(MICROSOFT_GRAPH, USER_READ) {
        findings.push(Finding::AsksForUserRead);
    }
    let audience = application.sign_in_audience.as_deref().unwrap_or("AzureADMyOrg");
    if audience != "AzureADMyOrg" {
        findings.push(Finding::OtherTenants { audience: audience.to_owned() });
    }
}

fn credentials(
    application: &Application,
    keys: &[Thumbprint],
    now: Timestamp,
    findings: &mut Vec<Finding>,
) {
    let has_other = |key_id: Option<Uuid>| {
        application.key_credentials.iter().any(|other| {
            other.key_id() != key_id
                && other.thumbprint().is_some_and(|thumbprint| keys.contains(&thumbprint))
                && other.start().is_none_or(|start| start <= now)
                && other.end().is_some_and(|end| end.duration_since(now) >= SOON)
        })
    };
    let mut valid = false;
    for credential in &application.key_credentials {
        let thumbprint = credential.thumbprint();
        let key = match (thumbprint, credential.display_name()) {
            (Some(thumbprint), _) => thumbprint.to_string(),
            (None, name) => name.unwrap_or("without a name").to_owned(),
        };
        let key_id = credential.key_id();
        let started = credential.start().is_none_or(|start| start <= now);
        if let Some(at) = credential.end() {
            let key = key.clone();
            valid |= started && at > now;
            let long = credential.start().is_some_and(|start| at.duration_since(start) > LONG);
            if at <= now {
                findings.push(Finding::Ended { key, key_id, at });
            } else if at.duration_since(now) < SOON {
                // Once there is another one it may end.
                if !has_other(key_id) {
                    findings.push(Finding::EndsSoon { key, at });
                }
            } else if long {
                let is_only = !has_other(key_id);
                findings.push(Finding::LongLived { key, key_id, at, is_only });
            }
        }
        if !thumbprint.is_some_and(|thumbprint| keys.contains(&thumbprint)) {
            findings.push(Finding::Unknown { key, key_id });
        }
    }
    if !valid {
        findings.push(Finding::NoValidCertificate);
    }
    for secret in &application.password_credentials {
        let name = secret.display_name.clone().unwrap_or_else(|| "without a name".to_owned());
        findings.push(Finding::Secret { name, key_id: secret.key_id });
    }
}
