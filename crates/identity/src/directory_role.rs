//! The directory roles that Exchange accepts from an application, by their template ids.
//!
//! Ids: Microsoft Entra built-in roles; which are supported: Learn, "App-only authentication for
//! unattended scripts". For a built-in role the definition id is the template id, and `wids`
//! in a token holds template ids.

use uuid::{Uuid, uuid};

/// A directory role of Microsoft Entra.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DirectoryRole {
    /// Its display name.
    pub name: &'static str,
    /// Its template id.
    pub template_id: Uuid,
    /// Where an application gets rights from it.
    pub scope: RoleScope,
}

/// Where a directory role gives an application rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleScope {
    /// Exchange Online and Security & Compliance.
    Both,
    /// Exchange Online only.
    Exchange,
}

impl DirectoryRole {
    /// The supported role of that template id.
    pub fn by_template_id(id: Uuid) -> Option<&'static Self> {
        DIRECTORY_ROLES.iter().find(|role| role.template_id == id)
    }

    /// The supported role of that display name, in any case.
    pub fn by_name(name: &str) -> Option<&'static Self> {
        DIRECTORY_ROLES.iter().find(|role| role.name.eq_ignore_ascii_case(name.trim()))
    }
}

/// In `wids` when there is no role at all.
pub const NO_DIRECTORY_ROLE: Uuid = uuid!("0997a1d0-0d1d-4acb-b408-d5ca73121e90");

/// The roles that Exchange accepts from an application.
pub const DIRECTORY_ROLES: [DirectoryRole; 8] = {
    use RoleScope::{Both, Exchange};
    const fn role(name: &'static str, template_id: Uuid, scope: RoleScope) -> DirectoryRole {
        DirectoryRole { name, template_id, scope }
    }
    [
        role("Global Administrator", uuid!("62e90394-69f5-4237-9190-012177145e10"), Both),
        role("Global Reader", uuid!("f2ef992c-3afb-46b9-b7cf-a126ee74c451"), Both),
        role("Exchange Administrator", uuid!("29232cdf-9323-42fd-ade2-1d097af3e4de"), Exchange),
        role(
            "Exchange Recipient Administrator",
            uuid!("31392ffb-586c-42d1-9346-e59415a2cc4e"),
            Exchange,
        ),
        role("Compliance Administrator", uuid!("17315797-102d-40b4-93e0-432062caca18"), Both),
        role("Security Administrator", uuid!("194ae4cb-b126-40b2-bd5b-6091b380977d"), Both),
        role("Security Reader", uuid!("5d6b6bb7-de71-4623-b4af-96380a352509"), Both),
        role("Helpdesk Administrator", uuid!("729827e3-9c14-49f7-bb1b-9608f156bbb8"), Exchange),
    ]
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_found_by_id_and_by_name() {
        let id = uuid!("29232cdf-9323-42fd-ade2-1d097af3e4de");
        let role = DirectoryRole::by_template_id(id).unwrap();
        assert_eq!(role.name, "Exchange Administrator");
        assert_eq!(DirectoryRole::by_name(" exchange administrator "), Some(role));
        assert_eq!(DirectoryRole::by_template_id(NO_DIRECTORY_ROLE), None);
    }
}
