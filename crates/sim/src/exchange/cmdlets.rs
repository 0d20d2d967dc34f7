//! The cmdlets, one file a noun.

mod admin_audit_log_config;
mod allow_block_list;
mod audit_bypass;
mod compliance_policy;
mod configuration;
mod connector;
mod mail_contact;
mod mail_policy;
mod management_role;
mod management_scope;
mod message_trace;
mod mobile_device;
mod quarantine_message;
mod remote_domain;
mod role_group;
mod service_principal;
mod threat_policy;
mod transport_rule;
mod unified_audit_log;
mod mailbox;

use std::collections::HashMap;
use std::sync::LazyLock;

use super::cmdlet::Cmdlet;
pub(super) use configuration::KINDS;

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
