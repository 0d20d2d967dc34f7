//! What an application has too little of, and what it has too much of. Pure: it looks at what was
//! read.

use std::fmt;

use exoctl_certificate::Thumbprint;
use exoctl_identity::{DirectoryRole, EXCHANGE_APP_ROLE};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::diff::day;
use crate::graph::Application;
use crate::observed::Observed;
use crate::well_known::{EXCHANGE_ONLINE, EXCHANGE_ONLINE_NAME, MICROSOFT_GRAPH, USER_READ};

/// Something about an application that should be otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// There is no service principal.
    NoServicePrincipal,
    /// The service principal is disabled.
    Disabled,
    /// No admin consent to `Exchange.ManageAsApp`.
    NoConsent,
    /// No directory role that Exchange takes; a role group may give rights nevertheless.
    NoDirectoryRole,
    /// Global Administrator, which no job needs.
    GlobalAdministrator {
        /// The id of the role assignment.
        assignment: String,
    },
    /// Several directory roles; their rights add up.
    SeveralRoles {
        /// Their names.
        names: Vec<String>,
    },
    /// A directory role that Exchange does not take from an application.
    ForeignRole {
        /// Its template's id.
        role: Uuid,
        /// The id of the role assignment.
        assignment: String,
    },
    /// Consent to something else than `Exchange.ManageAsApp`.
    MoreConsent {
        /// The resource's name.
        resource: String,
        /// The id of the role.
        role: Uuid,
        /// The id of the assignment.
        assignment: String,
    },
    /// It asks for `User.Read`, which an application without users does not need.
    AsksForUserRead,
    /// It does not ask for `Exchange.ManageAsApp`; the portal shows its consent as odd.
    DoesNotAsk,
    /// It takes accounts of other tenants.
    OtherTenants {
        /// `signInAudience`.
        audience: String,
    },
    /// No certificate that is valid now.
    NoValidCertificate,
    /// A certificate that ends soon.
    EndsSoon {
        /// Its name.
        key: String,
        /// When.
        at: Timestamp,
    },
    /// A certificate that has ended and lies about.
    Ended {
        /// Its name.
        key: String,
        /// Its id on the application.
        key_id: Option<Uuid>,
        /// When.
        at: Timestamp,
    },
    /// A certificate with more than two years.
    LongLived {
        /// Its name.
        key: String,
        /// Its id on the application.
        key_id: Option<Uuid>,
        /// When it ends.
        at: Timestamp,
    },
    /// A certificate whose key is not on this machine.
    Unknown {
        /// Its name.
        key: String,
        /// Its id on the application.
        key_id: Option<Uuid>,
    },
    /// A secret beside the certificates: whoever reads it can sign in with it.
    Secret {
        /// Its name, as far as there is one.
        name: String,
        /// Its id on the application.
        key_id: Option<Uuid>,
    },
}

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
        let resource = consent.resource_display_name.clone();
        let resource = resource.unwrap_or_else(|| consent.resource_id.to_string());
        let (role, assignment) = (consent.app_role_id, consent.id.clone());
        findings.push(Finding::MoreConsent { resource, role, assignment });
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
                findings.push(Finding::EndsSoon { key, at });
            } else if long {
                findings.push(Finding::LongLived { key, key_id, at });
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

impl Finding {
    /// A name for scripts, which stays.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoServicePrincipal => "no-service-principal",
            Self::Disabled => "disabled",
            Self::NoConsent => "no-consent",
            Self::NoDirectoryRole => "no-directory-role",
            Self::GlobalAdministrator { .. } => "global-administrator",
            Self::SeveralRoles { .. } => "several-roles",
            Self::ForeignRole { .. } => "foreign-role",
            Self::MoreConsent { .. } => "more-consent",
            Self::AsksForUserRead => "asks-for-user-read",
            Self::DoesNotAsk => "does-not-ask",
            Self::OtherTenants { .. } => "other-tenants",
            Self::NoValidCertificate => "no-valid-certificate",
            Self::EndsSoon { .. } => "certificate-ends-soon",
            Self::Ended { .. } => "certificate-ended",
            Self::LongLived { .. } => "certificate-long-lived",
            Self::Unknown { .. } => "certificate-unknown-here",
            Self::Secret { .. } => "secret",
        }
    }

    /// Whether something does not work because of it; else there is more than is needed.
    pub fn is_missing(&self) -> bool {
        matches!(
            self,
            Self::NoServicePrincipal
                | Self::Disabled
                | Self::NoConsent
                | Self::NoDirectoryRole
                | Self::DoesNotAsk
                | Self::NoValidCertificate
        )
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoServicePrincipal => f.write_str("it has no service principal"),
            Self::Disabled => f.write_str("its service principal is disabled"),
            Self::NoConsent => {
                write!(f, "nobody has consented to {EXCHANGE_ONLINE_NAME} / {EXCHANGE_APP_ROLE}")
            }
            Self::NoDirectoryRole => f.write_str(
                "it has no directory role that Exchange accepts; only a role group gives it rights",
            ),
            Self::GlobalAdministrator { .. } => {
                f.write_str("it is Global Administrator, which no job in Exchange needs")
            }
            Self::SeveralRoles { names } => {
                write!(f, "it has several directory roles, whose rights add up: {}", names.join(", "))
            }
            Self::ForeignRole { role, .. } => {
                write!(f, "it has the directory role {role}, which gives it nothing in Exchange")
            }
            Self::MoreConsent { resource, role, .. } => {
                write!(f, "it also has the permission {role} of {resource}")
            }
            Self::AsksForUserRead => f.write_str(
                "it asks for Microsoft Graph / User.Read, which an application without users does not need",
            ),
            Self::DoesNotAsk => {
                write!(f, "it does not ask for {EXCHANGE_ONLINE_NAME} / {EXCHANGE_APP_ROLE}")
            }
            Self::OtherTenants { audience } => {
                write!(f, "accounts of other tenants may sign in to it ({audience})")
            }
            Self::NoValidCertificate => f.write_str("it has no certificate that is valid now"),
            Self::EndsSoon { key, at } => write!(f, "its certificate {key} ends on {}", day(*at)),
            Self::Ended { key, at, .. } => write!(f, "its certificate {key} ended on {}", day(*at)),
            Self::LongLived { key, at, .. } => {
                write!(f, "its certificate {key} is valid for more than two years, until {}", day(*at))
            }
            Self::Unknown { key, .. } => {
                write!(f, "the key of its certificate {key} is not on this machine")
            }
            Self::Secret { name, .. } => {
                write!(f, "it has a secret ({name}): whoever reads that can sign in")
            }
        }
    }
}
