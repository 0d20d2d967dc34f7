//! The users of the audit log are the users of the mailboxes.

use std::sync::Arc;

use uuid::Uuid;

use crate::audit::Roster;
use crate::data::{IdentifierKind, Mailbox, Mailboxes, Organization};

/// The tenant's users as they were generated; later changes do not rewrite history.
#[derive(Debug)]
pub(super) struct TenantRoster {
    mailboxes: Arc<Mailboxes>,
    users: u64,
}

impl TenantRoster {
    /// The users among the first `size` mailboxes.
    pub(super) fn new(size: u64, home: &Organization) -> Self {
        let size = size.max(1);
        let users = size / 50 * 45 + (size % 50).min(45);
        Self { mailboxes: Arc::new(Mailboxes::new(size, home)), users }
    }

    /// Of fifty mailboxes the first 45 are those of users.
    fn mailbox(&self, nth: u64) -> Mailbox {
        let number = nth / 45 * 50 + nth % 45;
        self.mailboxes.get(number).expect("the roster counts its users")
    }
}

impl Roster for TenantRoster {
    fn size(&self) -> u64 {
        self.users
    }

    fn user_principal_name(&self, nth: u64) -> String {
        self.mailbox(nth).user_principal_name().into_owned()
    }

    fn display_name(&self, nth: u64) -> String {
        self.mailbox(nth).names().display.clone()
    }

    fn object_id(&self, nth: u64) -> Uuid {
        self.mailbox(nth).id(IdentifierKind::Directory)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SimConfig;
    use crate::data::MailboxKind;

    #[test]
    fn the_roster_is_made_of_people() {
        for size in [0, 1, 44, 45, 49, 50, 51, 137] {
            let roster = TenantRoster::new(size, &Organization::new(&SimConfig::new("unused")));
            assert!(roster.size() >= 1);
            for nth in 0..roster.size() {
                assert_eq!(roster.mailbox(nth).kind(), MailboxKind::User, "user {nth} of {size}");
            }
        }
    }
}
