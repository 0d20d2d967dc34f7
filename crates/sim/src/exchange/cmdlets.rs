//! The cmdlets, one file a noun.

mod admin_audit_log_config;
mod allow_block_list;
mod audit_bypass;
mod cas_mailbox;
mod compliance_policy;
mod configuration;
mod connector;
mod distribution_group;
mod inbox_rule;
mod mail_contact;
mod mail_policy;
mod mailbox;
mod mailbox_configuration;
mod mailbox_folder;
mod mailbox_permission;
mod mailbox_statistics;
mod management_role;
mod management_scope;
mod message_trace;
mod mobile_device;
mod organization_config;
mod property;
mod quarantine_message;
mod recipient;
mod recipient_permission;
mod recipient_type;
mod remote_domain;
mod role_group;
mod service_principal;
mod setting;
mod threat_policy;
mod transport_rule;
mod unified_audit_log;
mod unified_group;
mod user;

use std::collections::HashMap;
use std::sync::LazyLock;

use super::cmdlet::Cmdlet;
pub(super) use admin_audit_log_config::records_audit;
pub(super) use configuration::KINDS;
pub(super) use management_role::RETIRED as RETIRED_ROLE;

/// All cmdlets, by noun. A new file is named here and nowhere else.
const NOUNS: &[&[Cmdlet]] = &[
    admin_audit_log_config::CMDLETS,
    allow_block_list::CMDLETS,
    audit_bypass::CMDLETS,
    compliance_policy::CMDLETS,
    connector::CMDLETS,
    mail_contact::CMDLETS,
    mail_policy::CMDLETS,
    management_role::CMDLETS,
    management_scope::CMDLETS,
    message_trace::CMDLETS,
    mobile_device::CMDLETS,
    quarantine_message::CMDLETS,
    remote_domain::CMDLETS,
    role_group::CMDLETS,
    service_principal::CMDLETS,
    threat_policy::CMDLETS,
    transport_rule::CMDLETS,
    unified_audit_log::CMDLETS,
    mailbox::CMDLETS,
    user::CMDLETS,
    unified_group::CMDLETS,
    recipient_permission::CMDLETS,
    recipient::CMDLETS,
    organization_config::CMDLETS,
    mailbox_statistics::CMDLETS,
    mailbox_permission::CMDLETS,
    mailbox_folder::CMDLETS,
    mailbox_configuration::CMDLETS,
    inbox_rule::CMDLETS,
    distribution_group::CMDLETS,
    cas_mailbox::CMDLETS,
];

/// The cmdlet of that name, in any case.
pub(crate) fn find(name: &str) -> Option<&'static Cmdlet> {
    static BY_NAME: LazyLock<HashMap<String, &'static Cmdlet>> =
        LazyLock::new(|| all().map(|cmdlet| (cmdlet.name.to_lowercase(), cmdlet)).collect());
    BY_NAME.get(&name.to_lowercase()).copied()
}

/// All cmdlets.
pub(crate) fn all() -> impl Iterator<Item = &'static Cmdlet> {
    NOUNS.iter().copied().flatten()
}

#[cfg(test)]
mod tests;
