//! Role based access: which management roles an application holds, and through what.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::caller::Caller;
use crate::registration::Registered;
use crate::role::DirectoryRole;
use crate::tenant::Principal;

/// Everything that an Exchange organization's management roles are.
pub(crate) const EXCHANGE_ROLES: &[&str] = &[
    "Address Lists",
    "Audit Logs",
    "Data Loss Prevention",
    "Distribution Groups",
    "E-Mail Address Policies",
    "Federated Sharing",
    "Information Rights Management",
    "Journaling",
    "Legal Hold",
    "Mail Enabled Public Folders",
    "Mail Recipient Creation",
    "Mail Recipients",
    "Mail Tips",
    "Mailbox Import Export",
    "Mailbox Search",
    "Message Tracking",
    "Migration",
    "Move Mailboxes",
    "Org Custom Apps",
    "Org Marketplace Apps",
    "Organization Client Access",
    "Organization Configuration",
    "Organization Transport Settings",
    "Public Folders",
    "Recipient Policies",
    "Remote and Accepted Domains",
    "Reset Password",
    "Retention Management",
    "Role Management",
    "Security Admin",
    "Security Group Creation and Membership",
    "Security Reader",
    "Team Mailboxes",
    "Tenant AllowBlockList Manager",
    "Transport Hygiene",
    "Transport Rules",
    "User Options",
    "View-Only Audit Logs",
    "View-Only Configuration",
    "View-Only Recipients",
];

/// The management roles of Security & Compliance.
pub(crate) const COMPLIANCE_ROLES: &[&str] = &[
    "Audit Logs",
    "Case Management",
    "Compliance Search",
    "DLP Compliance Management",
    "Hold",
    "Manage Alerts",
    "Organization Configuration",
    "Quarantine",
    "Retention Management",
    "Role Management",
    "Sensitivity Label Administrator",
    "Sensitivity Label Reader",
    "View-Only Audit Logs",
    "View-Only Case",
    "View-Only DLP Compliance Management",
    "View-Only Manage Alerts",
    "View-Only Recipients",
    "View-Only Retention Management",
];

/// A role group and who is in it.
#[derive(Debug, Clone)]
pub(crate) struct RoleGroup {
    /// Its name.
    pub(crate) name: String,
    /// What it is for.
    pub(crate) description: String,
    /// Its management roles.
    pub(crate) roles: Vec<String>,
    /// Its members: object ids of service principals, aliases of mailboxes.
    pub(crate) members: Vec<String>,
    /// Whether the service brought it.
    pub(crate) built_in: bool,
}

/// A pointer of Exchange to a service principal of Entra, made by `New-ServicePrincipal`.
#[derive(Debug, Clone)]
pub(crate) struct ServicePrincipal {
    /// Client id of the application.
    pub(crate) app_id: Uuid,
    /// Object id of the service principal in Entra.
    pub(crate) object_id: Uuid,
    /// Its display name.
    pub(crate) display_name: String,
}

/// A management role given to somebody directly.
#[derive(Debug, Clone)]
pub(crate) struct RoleAssignment {
    /// Its name.
    pub(crate) name: String,
    /// The management role.
    pub(crate) role: String,
    /// Object id of a service principal, or the name of a role group or mailbox.
    pub(crate) assignee: String,
}

/// Role groups, service principals and direct assignments of one of the two services.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    /// The role groups.
    pub(crate) groups: Vec<RoleGroup>,
    /// The applications that Exchange knows.
    pub(crate) principals: Vec<ServicePrincipal>,
    /// Assignments that did not come with a role group.
    pub(crate) assignments: Vec<RoleAssignment>,
    compliance: bool,
}

impl Access {
    /// Exchange Online as it comes.
    pub(crate) fn exchange() -> Self {
        Self::with(EXCHANGE_GROUPS, false)
    }

    /// Security & Compliance as it comes.
    pub(crate) fn compliance() -> Self {
        Self::with(COMPLIANCE_GROUPS, true)
    }

    fn with(groups: &[(&str, &str, &[&str])], compliance: bool) -> Self {
        let groups = groups
            .iter()
            .map(|(name, description, roles)| RoleGroup {
                name: (*name).to_owned(),
                description: (*description).to_owned(),
                roles: roles.iter().map(|role| (*role).to_owned()).collect(),
                members: Vec::new(),
                built_in: true,
            })
            .collect();
        Self { groups, principals: Vec::new(), assignments: Vec::new(), compliance }
    }

    /// The management roles that an application holds: the union of what its directory roles and
    /// its role groups and assignments give.
    pub(crate) fn roles_of(&self, principal: &Principal) -> BTreeSet<String> {
        let mut roles = BTreeSet::new();
        for role in principal.directory_roles() {
            let wanted = if self.compliance {
                role.is_supported_by_compliance()
            } else {
                role.is_supported_by_exchange()
            };
            if wanted {
                let group = role_group_of(role, self.compliance);
                let group = self.groups.iter().find(|known| known.name == group);
                roles.extend(group.into_iter().flat_map(|group| group.roles.iter().cloned()));
            }
        }
        let id = principal.object_id.to_string();
        for group in &self.groups {
            if group.members.contains(&id) {
                roles.extend(group.roles.iter().cloned());
            }
        }
        for assignment in &self.assignments {
            if assignment.assignee == id {
                roles.insert(assignment.role.clone());
            }
        }
        roles
    }

    /// Gives an application a role directly.
    pub(crate) fn give(&mut self, application: &Registered, name: &str, role: &str) {
        let Registered { app_id, object_id } = *application;
        if self.principals.iter().all(|known| known.object_id != object_id) {
            let display_name = name.to_owned();
            self.principals.push(ServicePrincipal { app_id, object_id, display_name });
        }
        self.assignments.push(RoleAssignment {
            name: format!("{role}-{name}"),
            role: role.to_owned(),
            assignee: object_id.to_string(),
        });
    }

    /// The caller that a principal is.
    pub(crate) fn caller(&self, principal: Principal) -> Caller {
        let roles = self.roles_of(&principal);
        Caller { app_id: principal.app_id, display_name: principal.display_name, roles }
    }
}

/// Which role group a directory role is as good as. The pairs follow the documentation's
/// description of the directory roles; the exact roles behind them are assumed.
fn role_group_of(role: DirectoryRole, compliance: bool) -> &'static str {
    match (role, compliance) {
        (DirectoryRole::GlobalAdministrator | DirectoryRole::ExchangeAdministrator, _) => {
            "Organization Management"
        }
        (DirectoryRole::GlobalReader, false) => "View-Only Organization Management",
        (DirectoryRole::GlobalReader, true) => "Global Reader",
        (DirectoryRole::ExchangeRecipientAdministrator, _) => "Recipient Management",
        (DirectoryRole::ComplianceAdministrator, false) => "Compliance Management",
        (DirectoryRole::ComplianceAdministrator, true) => "Compliance Administrator",
        (DirectoryRole::SecurityAdministrator, _) => "Security Administrator",
        (DirectoryRole::SecurityReader, _) => "Security Reader",
        (DirectoryRole::HelpdeskAdministrator, _) => "Help Desk",
        _ => "",
    }
}

type Group = (&'static str, &'static str, &'static [&'static str]);

const EXCHANGE_GROUPS: &[Group] = &[
    (
        "Organization Management",
        "Members of this management role group have permissions to manage Exchange objects and their properties in the Exchange organization.",
        EXCHANGE_ROLES,
    ),
    (
        "Recipient Management",
        "Members of this management role group have rights to create, manage, and remove Exchange recipient objects in the Exchange organization.",
        &[
            "Distribution Groups",
            "Mail Recipient Creation",
            "Mail Recipients",
            "Message Tracking",
            "Migration",
            "Move Mailboxes",
            "Recipient Policies",
            "Reset Password",
            "Team Mailboxes",
        ],
    ),
    (
        "View-Only Organization Management",
        "Members of this management role group can view recipient and configuration objects and their properties in the Exchange organization.",
        &["View-Only Configuration", "View-Only Recipients", "Security Reader"],
    ),
    (
        "Help Desk",
        "Members of this management role group can view and manage the configuration for individual recipients and view recipients in an Exchange organization.",
        &["Reset Password", "User Options", "View-Only Recipients"],
    ),
    (
        "Hygiene Management",
        "Members of this management role group can manage Exchange anti-spam features and grant permissions for antivirus products to integrate with Exchange.",
        &["Transport Hygiene", "View-Only Configuration", "View-Only Recipients"],
    ),
    (
        "Compliance Management",
        "This role group will allow a specified user, responsible for compliance, to properly configure and manage compliance settings within Exchange in accordance with their policy.",
        &[
            "Audit Logs",
            "Data Loss Prevention",
            "Information Rights Management",
            "Journaling",
            "Message Tracking",
            "Retention Management",
            "Transport Rules",
            "View-Only Audit Logs",
            "View-Only Configuration",
            "View-Only Recipients",
        ],
    ),
    (
        "Discovery Management",
        "Members of this management role group can perform searches of mailboxes in the Exchange organization for data that meets specific criteria.",
        &["Legal Hold", "Mailbox Search"],
    ),
    (
        "Records Management",
        "Members of this management role group can configure compliance features such as retention policy tags, message classifications, transport rules, and more.",
        &[
            "Audit Logs",
            "Journaling",
            "Message Tracking",
            "Retention Management",
            "Transport Rules",
        ],
    ),
    (
        "Security Administrator",
        "Membership in this role group is synchronized across services and managed centrally.",
        &[
            "Security Admin",
            "Security Reader",
            "Tenant AllowBlockList Manager",
            "Transport Hygiene",
            "View-Only Audit Logs",
        ],
    ),
    (
        "Security Reader",
        "Membership in this role group is synchronized across services and managed centrally.",
        &["Security Reader"],
    ),
];

const COMPLIANCE_GROUPS: &[Group] = &[
    (
        "Organization Management",
        "Members of this management role group have permissions to manage Exchange objects and their properties in the Exchange organization.",
        COMPLIANCE_ROLES,
    ),
    (
        "Compliance Administrator",
        "Members of this management role group can manage device management, data protection, and compliance settings.",
        &[
            "Audit Logs",
            "Case Management",
            "Compliance Search",
            "DLP Compliance Management",
            "Hold",
            "Manage Alerts",
            "Organization Configuration",
            "Retention Management",
            "View-Only Audit Logs",
            "View-Only Recipients",
        ],
    ),
    (
        "Security Administrator",
        "Membership in this role group is synchronized across services and managed centrally.",
        &[
            "Audit Logs",
            "DLP Compliance Management",
            "Manage Alerts",
            "Quarantine",
            "View-Only Audit Logs",
            "View-Only Recipients",
        ],
    ),
    (
        "Security Reader",
        "Membership in this role group is synchronized across services and managed centrally.",
        &[
            "View-Only DLP Compliance Management",
            "View-Only Manage Alerts",
            "Sensitivity Label Reader",
        ],
    ),
    (
        "Global Reader",
        "Members of this role group can view what administrators can manage.",
        &[
            "Sensitivity Label Reader",
            "View-Only Audit Logs",
            "View-Only Case",
            "View-Only DLP Compliance Management",
            "View-Only Manage Alerts",
            "View-Only Recipients",
            "View-Only Retention Management",
        ],
    ),
    (
        "eDiscovery Manager",
        "Perform searches and place holds on mailboxes, SharePoint Online sites, and OneDrive for Business locations.",
        &["Case Management", "Compliance Search", "Hold"],
    ),
];
