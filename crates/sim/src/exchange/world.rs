//! Everything that cmdlets read and change.

use jiff::Timestamp;

use super::access::Access;
use super::administration::Administration;
use super::grant::Grants;
use crate::config::SimConfig;
use crate::data::{Groups, Mailboxes, Organization};

/// The tenant's Exchange organization. A noun that cmdlets are about is a field here.
#[derive(Debug)]
pub(crate) struct World {
    /// Names and domains.
    pub(crate) organization: Organization,
    /// Every mailbox.
    pub(crate) mailboxes: Mailboxes,
    /// Distribution groups and Microsoft 365 groups.
    pub(crate) groups: Groups,
    /// Rights on mailboxes and folders, and inbox rules.
    pub(crate) grants: Grants,
    /// What administrators configure.
    pub(crate) administration: Administration,
    /// Role groups and assignments of Exchange Online.
    pub(crate) access: Access,
    /// Those of Security & Compliance.
    pub(crate) compliance_access: Access,
    /// When the tenant was started; ages are counted from here.
    pub(crate) started: Timestamp,
}

impl World {
    /// The organization that a tenant starts with.
    pub(crate) fn new(config: &SimConfig) -> Self {
        let organization = Organization::new(config);
        Self {
            administration: Administration::new(config, &organization, config.clock.now()),
            mailboxes: Mailboxes::new(config.mailboxes, &organization),
            groups: Groups::new(config.mailboxes, &organization),
            grants: Grants::default(),
            organization,
            access: Access::exchange(),
            compliance_access: Access::compliance(),
            started: config.clock.now(),
        }
    }
}
