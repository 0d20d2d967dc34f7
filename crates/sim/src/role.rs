//! Entra's directory roles, as far as Exchange knows them.

use std::fmt;
use std::str::FromStr;

use uuid::{Uuid, uuid};

/// The `wids` entry of a principal without any directory role.
pub(crate) const NO_ROLE: Uuid = uuid!("0997a1d0-0d1d-4acb-b408-d5ca73121e90");

/// A built-in directory role.
///
/// The first eight are those that
/// [app-only sign-in](https://learn.microsoft.com/powershell/exchange/app-only-auth-powershell-v2)
/// supports; the others exist to see what a wrong choice looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DirectoryRole {
    /// Everything.
    GlobalAdministrator,
    /// Reads everything.
    GlobalReader,
    /// Everything in Exchange.
    ExchangeAdministrator,
    /// Recipients in Exchange.
    ExchangeRecipientAdministrator,
    /// Compliance, in Exchange and the compliance portal.
    ComplianceAdministrator,
    /// Security settings.
    SecurityAdministrator,
    /// Reads security settings.
    SecurityReader,
    /// Resets passwords; a few recipient settings in Exchange.
    HelpdeskAdministrator,
    /// Not supported by Exchange's app-only sign-in.
    ExchangeBackupAdministrator,
    /// Not supported by Exchange's app-only sign-in.
    ComplianceDataAdministrator,
    /// Not supported by Exchange's app-only sign-in.
    SecurityOperator,
    /// Not supported by Exchange's app-only sign-in.
    PrivilegedRoleAdministrator,
    /// Not supported by Exchange's app-only sign-in.
    ApplicationAdministrator,
    /// Not supported by Exchange's app-only sign-in.
    CloudApplicationAdministrator,
    /// Not supported by Exchange's app-only sign-in.
    ApplicationDeveloper,
}

/// Role, display name, template id; entra-docs permissions-reference, 2026-01-20.
const ROLES: [(DirectoryRole, &str, Uuid); 15] = {
    use DirectoryRole as R;
    [
        (
            R::GlobalAdministrator,
            "Global Administrator",
            uuid!("62e90394-69f5-4237-9190-012177145e10"),
        ),
        (R::GlobalReader, "Global Reader", uuid!("f2ef992c-3afb-46b9-b7cf-a126ee74c451")),
        (
            R::ExchangeAdministrator,
            "Exchange Administrator",
            uuid!("29232cdf-9323-42fd-ade2-1d097af3e4de"),
        ),
        (
            R::ExchangeRecipientAdministrator,
            "Exchange Recipient Administrator",
            uuid!("31392ffb-586c-42d1-9346-e59415a2cc4e"),
        ),
        (
            R::ComplianceAdministrator,
            "Compliance Administrator",
            uuid!("17315797-102d-40b4-93e0-432062caca18"),
        ),
        (
            R::SecurityAdministrator,
            "Security Administrator",
            uuid!("194ae4cb-b126-40b2-bd5b-6091b380977d"),
        ),
        (R::SecurityReader, "Security Reader", uuid!("5d6b6bb7-de71-4623-b4af-96380a352509")),
        (
            R::HelpdeskAdministrator,
            "Helpdesk Administrator",
            uuid!("729827e3-9c14-49f7-bb1b-9608f156bbb8"),
        ),
        (
            R::ExchangeBackupAdministrator,
            "Exchange Backup Administrator",
            uuid!("49eb8f75-97e9-4e37-9b2b-6c3ebfcffa31"),
        ),
        (
            R::ComplianceDataAdministrator,
            "Compliance Data Administrator",
            uuid!("e6d1a23a-da11-4be4-9570-befc86d067a7"),
        ),
        (R::SecurityOperator, "Security Operator", uuid!("5f2222b1-57c3-48ba-8ad5-d4759f1fde6f")),
        (
            R::PrivilegedRoleAdministrator,
            "Privileged Role Administrator",
            uuid!("e8611ab8-c189-46e8-94e1-60213ab1f814"),
        ),
        (
            R::ApplicationAdministrator,
            "Application Administrator",
            uuid!("9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"),
        ),
        (
            R::CloudApplicationAdministrator,
            "Cloud Application Administrator",
            uuid!("158c047a-c907-4556-b7ef-446551a6b5f7"),
        ),
        (
            R::ApplicationDeveloper,
            "Application Developer",
            uuid!("cf1c38e5-3621-4004-a7cb-879624dced7c"),
        ),
    ]
};

impl DirectoryRole {
    /// Every role that is known here.
    pub fn all() -> impl Iterator<Item = Self> {
        ROLES.iter().map(|(role, ..)| *role)
    }

    /// The name that the portal shows.
    pub fn display_name(self) -> &'static str {
        self.row().1
    }

    /// The template id, which `wids` of a token names.
    pub fn template_id(self) -> Uuid {
        self.row().2
    }

    /// The role with a template id.
    pub fn from_template_id(id: Uuid) -> Option<Self> {
        ROLES.iter().find(|row| row.2 == id).map(|row| row.0)
    }

    /// Whether Exchange Online's app-only sign-in takes it.
    pub fn is_supported_by_exchange(self) -> bool {
        ROLES.iter().position(|row| row.0 == self).is_some_and(|index| index < 8)
    }

    /// Whether Security & Compliance's app-only sign-in takes it.
    pub fn is_supported_by_compliance(self) -> bool {
        matches!(
            self,
            Self::GlobalAdministrator
                | Self::GlobalReader
                | Self::ComplianceAdministrator
                | Self::SecurityAdministrator
                | Self::SecurityReader
        )
    }

    fn row(self) -> &'static (Self, &'static str, Uuid) {
        ROLES.iter().find(|row| row.0 == self).expect("every role has its row")
    }
}

impl fmt::Display for DirectoryRole {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.display_name())
    }
}

/// A role name that nobody knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no directory role {name:?}; known are {}", known_names())]
pub struct UnknownRole {
    /// The name given.
    pub name: String,
}

fn known_names() -> String {
    ROLES.iter().map(|row| row.1).collect::<Vec<_>>().join(", ")
}

impl FromStr for DirectoryRole {
    type Err = UnknownRole;

    /// Takes a display name or a template id.
    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        let id = text.parse::<Uuid>().ok();
        ROLES
            .iter()
            .find(|row| row.1.eq_ignore_ascii_case(text.trim()) || Some(row.2) == id)
            .map(|row| row.0)
            .ok_or_else(|| UnknownRole { name: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_ids_are_read() {
        assert_eq!("exchange administrator".parse(), Ok(DirectoryRole::ExchangeAdministrator));
        assert_eq!("f2ef992c-3afb-46b9-b7cf-a126ee74c451".parse(), Ok(DirectoryRole::GlobalReader));
        assert!("Exchange Admin".parse::<DirectoryRole>().is_err());
    }

    #[test]
    fn eight_roles_are_supported_by_exchange_and_five_by_compliance() {
        assert_eq!(DirectoryRole::all().filter(|role| role.is_supported_by_exchange()).count(), 8);
        assert_eq!(
            DirectoryRole::all().filter(|role| role.is_supported_by_compliance()).count(),
            5
        );
        assert!(!DirectoryRole::SecurityOperator.is_supported_by_exchange());
    }
}
