//! Who may do what: the permissions of the client and, when it calls for a person, that person's
//! directory roles. Both are read from the token.

use super::Request;
use super::answer::Refusal;
use crate::directory::Policies;
use crate::role::DirectoryRole;

use DirectoryRole::{
    ApplicationAdministrator, ApplicationDeveloper, CloudApplicationAdministrator,
    GlobalAdministrator, GlobalReader, PrivilegedRoleAdministrator, SecurityAdministrator,
    SecurityReader,
};

/// Those who manage every application.
const APPLICATION_ADMINISTRATORS: &[DirectoryRole] =
    &[GlobalAdministrator, ApplicationAdministrator, CloudApplicationAdministrator];
/// Those who give out roles.
const ROLE_ADMINISTRATORS: &[DirectoryRole] = &[GlobalAdministrator, PrivilegedRoleAdministrator];
/// Service principals with one of these roles read the directory without any permission: assumed.
const READERS: &[DirectoryRole] = &[
    GlobalAdministrator,
    GlobalReader,
    ApplicationAdministrator,
    CloudApplicationAdministrator,
    PrivilegedRoleAdministrator,
];

const READ_APPLICATIONS: &[&str] = &[
    "Application.Read.All",
    "Application.ReadWrite.All",
    "Application.ReadWrite.OwnedBy",
    "Directory.Read.All",
    "Directory.AccessAsUser.All",
];
const WRITE_APPLICATIONS: &[&str] = &["Application.ReadWrite.All", "Directory.AccessAsUser.All"];
const READ_ORGANIZATION: &[&str] = &[
    "User.Read",
    "User.Read.All",
    "Organization.Read.All",
    "Directory.Read.All",
    "Directory.AccessAsUser.All",
];
const READ_ROLES: &[&str] = &[
    "RoleManagement.Read.Directory",
    "RoleManagement.ReadWrite.Directory",
    "Directory.Read.All",
    "Directory.AccessAsUser.All",
];
const WRITE_GRANTS: &str = "DelegatedPermissionGrant.ReadWrite.All";
const READ_GRANTS: &[&str] = &[WRITE_GRANTS, "Directory.Read.All", "Directory.AccessAsUser.All"];
const READ_POLICIES: &[&str] = &[
    "Policy.Read.All",
    "Policy.ReadWrite.ApplicationConfiguration",
    "Policy.ReadWrite.Authorization",
];
const READ_ME: &[&str] = &["User.Read", "User.Read.All", "Directory.AccessAsUser.All"];

/// Something that not everybody may do.
#[derive(Debug, Clone, Copy)]
pub(super) enum Action {
    /// Read applications, service principals and their assignments.
    ReadApplications,
    /// Register an application, or make the service principal of one.
    CreateApplication { is_owner: bool, users_may: bool },
    /// Change or delete an application or service principal.
    WriteApplication { is_owner: bool },
    /// Give or take an application role.
    Consent { of_graph: bool },
    /// Read what clients may do in people's names.
    ReadGrants,
    /// Give or take that.
    WriteGrants,
    /// Read directory roles and who has them.
    ReadRoles,
    /// Give or take a directory role.
    AssignRoles,
    /// Read the tenant's name and domains.
    ReadOrganization,
    /// Read who is signed in.
    ReadMe,
    /// Read policies.
    ReadPolicies,
    /// Change what applications may have.
    WriteAppManagement,
    /// Change what users may do.
    WriteAuthorization,
    /// Send mail in the name of a mailbox.
    SendMail,
}

impl Action {
    /// Registering an application as the policies have it.
    pub(super) const fn create(policies: &Policies) -> Self {
        Self::CreateApplication { is_owner: false, users_may: policies.users_may_register }
    }
}

impl Request<'_> {
    /// Refuses what the caller may not do.
    pub(super) fn allow(&self, action: Action) -> Result<(), Refusal> {
        let allowed = if self.caller.person.is_some() {
            self.person_may(action)
        } else {
            self.application_may(action)
        };
        if allowed { Ok(()) } else { Err(Refusal::denied()) }
    }

    /// The client's permission and the person's role.
    fn person_may(&self, action: Action) -> bool {
        match action {
            Action::ReadApplications => self.has_one(READ_APPLICATIONS),
            Action::CreateApplication { is_owner, users_may } => {
                self.has_one(WRITE_APPLICATIONS)
                    && (is_owner
                        || users_may
                        || self.holds_one(APPLICATION_ADMINISTRATORS)
                        || self.holds_one(&[ApplicationDeveloper]))
            }
            Action::WriteApplication { is_owner } => {
                self.has_one(WRITE_APPLICATIONS)
                    && (is_owner || self.holds_one(APPLICATION_ADMINISTRATORS))
            }
            Action::Consent { of_graph } => {
                self.may_consent(of_graph)
                    && (self.holds_one(ROLE_ADMINISTRATORS)
                        || (!of_graph && self.holds_one(APPLICATION_ADMINISTRATORS)))
            }
            Action::ReadGrants => self.has_one(READ_GRANTS),
            Action::WriteGrants => {
                self.has(WRITE_GRANTS)
                    && (self.holds_one(ROLE_ADMINISTRATORS)
                        || self.holds_one(APPLICATION_ADMINISTRATORS))
            }
            Action::ReadRoles => self.has_one(READ_ROLES),
            Action::AssignRoles => {
                self.has("RoleManagement.ReadWrite.Directory")
                    && self.holds_one(ROLE_ADMINISTRATORS)
            }
            Action::ReadOrganization => self.has_one(READ_ORGANIZATION),
            Action::SendMail => self.has("Mail.Send"),
            Action::ReadMe => self.has_one(READ_ME),
            Action::ReadPolicies => {
                self.has_one(READ_POLICIES)
                    && (self.holds_one(READERS)
                        || self.holds_one(&[
                            SecurityAdministrator,
                            SecurityReader,
                            ApplicationDeveloper,
                        ]))
            }
            Action::WriteAppManagement => {
                let both = [SecurityAdministrator, CloudApplicationAdministrator];
                self.has("Policy.ReadWrite.ApplicationConfiguration")
                    && (self.holds_one(&[GlobalAdministrator])
                        || both.iter().all(|role| self.holds_one(&[*role])))
            }
            Action::WriteAuthorization => {
                self.has("Policy.ReadWrite.Authorization") && self.holds_one(ROLE_ADMINISTRATORS)
            }
        }
    }

    /// Its permission alone, or a directory role of its own.
    fn application_may(&self, action: Action) -> bool {
        match action {
            Action::ReadApplications => self.has_one(READ_APPLICATIONS) || self.holds_one(READERS),
            Action::CreateApplication { .. } => {
                self.has("Application.ReadWrite.OwnedBy")
                    || self.has("Application.ReadWrite.All")
                    || self.holds_one(APPLICATION_ADMINISTRATORS)
            }
            Action::WriteApplication { is_owner } => {
                self.has("Application.ReadWrite.All")
                    || (is_owner && self.has("Application.ReadWrite.OwnedBy"))
                    || self.holds_one(APPLICATION_ADMINISTRATORS)
            }
            Action::Consent { of_graph } => self.may_consent(of_graph),
            Action::ReadGrants => self.has_one(READ_GRANTS) || self.holds_one(READERS),
            Action::WriteGrants => self.has(WRITE_GRANTS),
            Action::ReadRoles => self.has_one(READ_ROLES) || self.holds_one(READERS),
            Action::AssignRoles => self.has("RoleManagement.ReadWrite.Directory"),
            Action::ReadOrganization => self.has_one(READ_ORGANIZATION) || self.holds_one(READERS),
            Action::ReadPolicies => self.has_one(READ_POLICIES) || self.holds_one(READERS),
            Action::SendMail => self.has("Mail.Send"),
            Action::ReadMe => false,
            Action::WriteAppManagement => self.has("Policy.ReadWrite.ApplicationConfiguration"),
            Action::WriteAuthorization => self.has("Policy.ReadWrite.Authorization"),
        }
    }

    /// `Application.ReadWrite.All` is enough but for Graph's own roles;
    /// `AppRoleAssignment.ReadWrite.All` alone is not enough.
    fn may_consent(&self, of_graph: bool) -> bool {
        let may_assign = self.has("AppRoleAssignment.ReadWrite.All")
            && self.has_one(&[
                "Application.Read.All",
                "Application.ReadWrite.All",
                "Directory.Read.All",
            ]);
        may_assign || (!of_graph && self.has("Application.ReadWrite.All"))
    }

    fn has(&self, permission: &str) -> bool {
        let permissions = match &self.caller.person {
            Some(person) => &person.scopes,
            None => &self.caller.roles,
        };
        permissions.iter().any(|known| known == permission)
    }

    fn has_one(&self, permissions: &[&str]) -> bool {
        permissions.iter().any(|permission| self.has(permission))
    }

    fn holds_one(&self, roles: &[DirectoryRole]) -> bool {
        self.caller.directory_roles().any(|role| roles.contains(&role))
    }
}
