//! What can be found: its name, its kind, and how it is put into words.

use std::fmt;

use exoctl_identity::EXCHANGE_APP_ROLE;
use jiff::Timestamp;
use uuid::Uuid;

use crate::diff::day;
use crate::well_known::EXCHANGE_ONLINE_NAME;

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
        /// Resource and permission.
        name: String,
        /// The id of the assignment.
        assignment: String,
    },
    /// Consent to act as the owner of every mailbox.
    FullAccess {
        /// The id of the assignment.
        assignment: String,
    },
    /// The retired role of the same effect, which never had to do with cmdlets.
    Impersonation {
        /// The assignment's name.
        assignment: String,
    },
    /// A management role that it has directly and not by a role group.
    ManagementRole {
        /// The role.
        role: String,
        /// The assignment's name.
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
        /// Whether there is no other one that is valid and whose key is here.
        is_only: bool,
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
            Self::FullAccess { .. } => "full-access",
            Self::Impersonation { .. } => "impersonation",
            Self::ManagementRole { .. } => "management-role",
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
                write!(f, "it has several directory roles, whose rights add up ({}): keep the one that the job needs", names.join(", "))
            }
            Self::ForeignRole { role, .. } => {
                write!(f, "it has the directory role {role}, which gives it nothing in Exchange")
            }
            Self::MoreConsent { name, .. } => write!(f, "it also has the permission {name}"),
            Self::FullAccess { .. } => f.write_str(
                "it has full_access_as_app: it may read and send as the owner of every mailbox through Exchange Web Services, which no cmdlet needs",
            ),
            Self::Impersonation { .. } => f.write_str(
                "it has the management role ApplicationImpersonation, which gives no right to any cmdlet: it let applications act as the owners of mailboxes through Exchange Web Services and was retired in February 2025; a directory role or a role group gives cmdlets",
            ),
            Self::ManagementRole { role, .. } => {
                write!(f, "it has the management role {role} directly, not by a role group")
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
                write!(
                    f,
                    "the key of its certificate {key} is not on this machine: keep it if somebody else signs in with it"
                )
            }
            Self::Secret { name, .. } => {
                write!(f, "it has a secret ({name}): whoever reads that can sign in")
            }
        }
    }
}
