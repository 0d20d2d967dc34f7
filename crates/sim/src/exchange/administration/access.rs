//! Who may do what: management roles, role groups, assignments and service principals.

use std::collections::BTreeSet;

use jiff::Timestamp;
use uuid::Uuid;

use super::object::guid_of;
use crate::role::DirectoryRole;

/// A role group: its roles are the assignments that name it.
#[derive(Debug, Clone)]
pub(crate) struct RoleGroup {
    /// `Name`.
    pub(crate) name: String,
    /// `Description`.
    pub(crate) description: String,
    /// `Guid`.
    pub(crate) guid: Uuid,
    /// Names of its members: display names of service principals, addresses of users.
    pub(crate) members: Vec<Member>,
    /// When it was made.
    pub(crate) created: Timestamp,
    /// Whether it is one of the built-in ones, which cannot be removed.
    pub(crate) built_in: bool,
}

/// A member of a role group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    /// What is shown.
    pub(crate) name: String,
    /// Its object id.
    pub(crate) object_id: Uuid,
    /// `RecipientType`.
    pub(crate) recipient_type: &'static str,
}

/// A role that was given to a role group or directly to a service principal.
#[derive(Debug, Clone)]
pub(crate) struct Assignment {
    /// `Name`.
    pub(crate) name: String,
    /// `Role`.
    pub(crate) role: String,
    /// Name of the role group, or object id of the service principal in text form.
    pub(crate) assignee: String,
    /// What is shown as `RoleAssigneeName`.
    pub(crate) assignee_name: String,
    /// `RoleGroup` or `ServicePrincipal`.
    pub(crate) assignee_type: &'static str,
    /// `CustomResourceScope`.
    pub(crate) scope: Option<String>,
    /// `Guid`.
    pub(crate) guid: Uuid,
    /// When it was made.
    pub(crate) created: Timestamp,
}

/// Exchange's pointer to a service principal of the directory.
#[derive(Debug, Clone)]
pub(crate) struct ServicePrincipal {
    /// `DisplayName`.
    pub(crate) display_name: String,
    /// `AppId`.
    pub(crate) app_id: Uuid,
    /// `ObjectId`: the object id in the directory.
    pub(crate) object_id: Uuid,
    /// `Guid`.
    pub(crate) guid: Uuid,
    /// When it was made.
    pub(crate) created: Timestamp,
}

/// Role groups, assignments and service principals of the tenant.
#[derive(Debug)]
pub(crate) struct Access {
    /// All role groups.
    pub(crate) groups: Vec<RoleGroup>,
    /// All role assignments.
    pub(crate) assignments: Vec<Assignment>,
    /// All service principals that Exchange knows.
    pub(crate) service_principals: Vec<ServicePrincipal>,
    seed: u64,
}

impl Access {
    /// What every tenant has.
    pub(crate) fn new(seed: u64, created: Timestamp) -> Self {
        let mut access = Self {
            groups: Vec::new(),
            assignments: Vec::new(),
            service_principals: Vec::new(),
            seed,
        };
        for (name, description, roles) in BUILT_IN_GROUPS {
            access.groups.push(RoleGroup {
                name: (*name).to_owned(),
                description: (*description).to_owned(),
                guid: guid_of(seed, "RoleGroup", name),
                members: Vec::new(),
                created,
                built_in: true,
            });
            for role in *roles {
                access.assign_to_group(role, name, None, created);
            }
        }
        access
    }

    /// The management roles that an application holds: by its directory roles, by the role groups
    /// it is a member of, and by assignments to itself.
    pub(crate) fn roles_of(
        &self,
        directory_roles: impl IntoIterator<Item = DirectoryRole>,
        object_id: Uuid,
    ) -> BTreeSet<String> {
        let mut groups: BTreeSet<&str> = directory_roles
            .into_iter()
            .flat_map(|role| groups_of_directory_role(role).iter().copied())
            .collect();
        let member_of = self
            .groups
            .iter()
            .filter(|group| group.members.iter().any(|member| member.object_id == object_id));
        groups.extend(member_of.map(|group| group.name.as_str()));
        let own = object_id.to_string();
        self.assignments
            .iter()
            .filter(|assignment| match assignment.assignee_type {
                "RoleGroup" => groups.contains(assignment.assignee.as_str()),
                _ => assignment.assignee == own,
            })
            .map(|assignment| assignment.role.clone())
            .collect()
    }

    /// The role group that `identity` names.
    pub(crate) fn group(&self, identity: &str) -> Option<usize> {
        let guid = identity.parse::<Uuid>().ok();
        self.groups
            .iter()
            .position(|group| group.name.eq_ignore_ascii_case(identity) || Some(group.guid) == guid)
    }

    /// The service principal that `identity` names: by display name, application id or object id.
    pub(crate) fn service_principal(&self, identity: &str) -> Option<usize> {
        let guid = identity.parse::<Uuid>().ok();
        self.service_principals.iter().position(|principal| {
            principal.display_name.eq_ignore_ascii_case(identity)
                || [principal.app_id, principal.object_id, principal.guid]
                    .iter()
                    .any(|id| Some(*id) == guid)
        })
    }

    /// Roles of a role group.
    pub(crate) fn roles_of_group<'a>(&'a self, group: &'a str) -> impl Iterator<Item = &'a str> {
        self.assignments
            .iter()
            .filter(move |a| a.assignee_type == "RoleGroup" && a.assignee == group)
            .map(|a| a.role.as_str())
    }

    /// Gives a role to a role group.
    pub(crate) fn assign_to_group(
        &mut self,
        role: &str,
        group: &str,
        name: Option<&str>,
        now: Timestamp,
    ) -> usize {
        self.assign(role, group.to_owned(), group, "RoleGroup", name, now)
    }

    /// Gives a role to a service principal.
    pub(crate) fn assign_to_principal(
        &mut self,
        role: &str,
        principal: usize,
        name: Option<&str>,
        now: Timestamp,
    ) -> usize {
        let principal = &self.service_principals[principal];
        let (assignee, shown) = (principal.object_id.to_string(), principal.display_name.clone());
        self.assign(role, assignee, &shown, "ServicePrincipal", name, now)
    }

    fn assign(
        &mut self,
        role: &str,
        assignee: String,
        shown: &str,
        assignee_type: &'static str,
        name: Option<&str>,
        now: Timestamp,
    ) -> usize {
        let name = name.map_or_else(|| self.free_name(role, shown), str::to_owned);
        self.assignments.push(Assignment {
            guid: guid_of(self.seed, "RoleAssignment", &name),
            name,
            role: role.to_owned(),
            assignee,
            assignee_name: shown.to_owned(),
            assignee_type,
            scope: None,
            created: now,
        });
        self.assignments.len() - 1
    }

    /// `Role-Assignee`, with a number if that is taken.
    fn free_name(&self, role: &str, assignee: &str) -> String {
        let base = format!("{role}-{assignee}");
        let taken = |name: &str| self.assignments.iter().any(|a| a.name.eq_ignore_ascii_case(name));
        if !taken(&base) {
            return base;
        }
        (1..).map(|n| format!("{base}-{n}")).find(|name| !taken(name)).expect("numbers do not end")
    }
}

/// Role groups whose roles a directory role brings along. Which of them a directory role is
/// equal to is documented only in part; read-only roles cannot change anything (recorded).
fn groups_of_directory_role(role: DirectoryRole) -> &'static [&'static str] {
    match role {
        DirectoryRole::GlobalAdministrator | DirectoryRole::ExchangeAdministrator => {
            &["Organization Management", "Recipient Management"]
        }
        DirectoryRole::GlobalReader => &["View-Only Organization Management", "Security Reader"],
        DirectoryRole::ExchangeRecipientAdministrator => &["Recipient Management"],
        DirectoryRole::ComplianceAdministrator => &["Compliance Management"],
        DirectoryRole::SecurityAdministrator => &["Security Administrator", "Hygiene Management"],
        DirectoryRole::SecurityReader => &["Security Reader"],
        DirectoryRole::HelpdeskAdministrator => &["Help Desk"],
        _ => &[],
    }
}

/// Built-in role groups with their roles.
const BUILT_IN_GROUPS: &[(&str, &str, &[&str])] = &[
    (
        "Organization Management",
        "Members of this management role group have permissions to manage Exchange objects and their properties in the Exchange organization.",
        MANAGEMENT_ROLES,
    ),
    (
        "Recipient Management",
        "Members of this management role group have rights to create, manage, and remove Exchange recipient objects in the Exchange organization.",
        &[
            "Mail Recipients",
            "Mail Recipient Creation",
            "Message Tracking",
            "Migration",
            "Move Mailboxes",
            "Recipient Policies",
            "Distribution Groups",
            "Reset Password",
            "Team Mailboxes",
            "View-Only Recipients",
        ],
    ),
    (
        "View-Only Organization Management",
        "Members of this management role group can view recipient and configuration objects and their properties in the Exchange organization.",
        &["View-Only Configuration", "View-Only Recipients"],
    ),
    (
        "Compliance Management",
        "This role group will allow a specified user, responsible for compliance, to properly configure and manage compliance settings within Exchange in accordance with their policy.",
        &[
            "Audit Logs",
            "View-Only Audit Logs",
            "Compliance Admin",
            "Data Loss Prevention",
            "Information Rights Management",
            "Journaling",
            "Message Tracking",
            "Retention Management",
            "Transport Rules",
            "View-Only Configuration",
            "View-Only Recipients",
        ],
    ),
    (
        "Hygiene Management",
        "Members of this management role group can manage Exchange anti-spam features and grant permissions for antivirus products to integrate with Exchange.",
        &["Transport Hygiene", "View-Only Configuration", "View-Only Recipients"],
    ),
    (
        "Security Administrator",
        "Membership in this role group is synchronized across services and managed centrally.",
        &["Security Admin", "Security Reader", "Quarantine", "View-Only Configuration"],
    ),
    (
        "Security Reader",
        "Membership in this role group is synchronized across services and managed centrally.",
        &["Security Reader"],
    ),
    (
        "Help Desk",
        "Members of this management role group can view and manage the configuration for individual recipients and view recipients in an Exchange organization.",
        &["Reset Password", "User Options", "View-Only Recipients"],
    ),
    (
        "Discovery Management",
        "Members of this management role group can perform searches of mailboxes in the Exchange organization for data that meets specific criteria.",
        &["Legal Hold", "Mailbox Search"],
    ),
    (
        "Records Management",
        "Members of this management role group can manage compliance features such as retention policy tags, message classifications and transport rules.",
        &[
            "Audit Logs",
            "Journaling",
            "Message Tracking",
            "Retention Management",
            "Transport Rules",
        ],
    ),
];

/// All management roles of the tenant.
pub(crate) const MANAGEMENT_ROLES: &[&str] = &[
    "Address Lists",
    "Audit Logs",
    "Compliance Admin",
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
    "Message Tracking",
    "Migration",
    "Move Mailboxes",
    "Org Custom Apps",
    "Org Marketplace Apps",
    "Organization Client Access",
    "Organization Configuration",
    "Organization Transport Settings",
    "Public Folders",
    "Quarantine",
    "Recipient Policies",
    "Remote and Accepted Domains",
    "Reset Password",
    "Retention Management",
    "Role Management",
    "Security Admin",
    "Security Group Creation and Membership",
    "Security Reader",
    "Team Mailboxes",
    "Transport Hygiene",
    "Transport Rules",
    "UM Mailboxes",
    "Unified Messaging",
    "User Options",
    "View-Only Audit Logs",
    "View-Only Configuration",
    "View-Only Recipients",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_role_brings_roles_and_a_membership_more() {
        let mut access = Access::new(1, Timestamp::UNIX_EPOCH);
        let me = Uuid::from_u128(5);
        assert!(access.roles_of([], me).is_empty());
        let reader = access.roles_of([DirectoryRole::GlobalReader], me);
        assert!(reader.contains("View-Only Recipients") && !reader.contains("Mail Recipients"));
        let group = access.group("compliance management").unwrap();
        access.groups[group].members.push(Member {
            name: "reporting".to_owned(),
            object_id: me,
            recipient_type: "ServicePrincipal",
        });
        assert!(access.roles_of([], me).contains("View-Only Audit Logs"));
    }

    #[test]
    fn every_assigned_role_exists() {
        let access = Access::new(1, Timestamp::UNIX_EPOCH);
        for assignment in &access.assignments {
            assert!(MANAGEMENT_ROLES.contains(&assignment.role.as_str()), "{}", assignment.role);
        }
    }
}
