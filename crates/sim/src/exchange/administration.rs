//! What administrators configure: policies, rules, permissions, contacts, and the audit log.

pub(super) mod configuration;
pub(super) mod object;
mod roster;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use super::cmdlets::KINDS;
use crate::audit::search::AuditSearch;
use crate::audit::{AuditLog, AuditSettings};
use crate::config::SimConfig;
use crate::data::Organization;
use configuration::Configuration;
use roster::TenantRoster;

/// How far back the audit log goes, in days: as far as the service keeps it.
const AUDIT_DAYS: u32 = 180;

/// State of the nouns that administrators configure.
#[derive(Debug)]
pub(crate) struct Administration {
    /// Connectors, rules, policies, contacts.
    pub(crate) configuration: Configuration,
    /// What is not part of a role assignment itself: name and scope of those that were made.
    pub(crate) assignments: Vec<AssignmentDetails>,
    /// The unified audit log.
    pub(crate) audit: AuditSearch,
    /// Numbers of the mailboxes whose owners leave no audit records.
    pub(crate) audit_bypass: BTreeSet<u64>,
    /// The tenant's allow and block list.
    pub(crate) allow_block_list: Vec<ListEntry>,
    /// What was done to quarantined messages, by number.
    pub(crate) quarantine: BTreeMap<u64, QuarantineAction>,
    /// When devices were wiped, by device id.
    pub(crate) wiped_devices: BTreeMap<String, Timestamp>,
}

/// Name and scope of a role assignment that a cmdlet made.
#[derive(Debug, Clone)]
pub(crate) struct AssignmentDetails {
    /// `Name`.
    pub(crate) name: String,
    /// The role.
    pub(crate) role: String,
    /// Name of the role group, or object id of the service principal.
    pub(crate) assignee: String,
    /// `CustomResourceScope`.
    pub(crate) scope: Option<String>,
}

/// An entry of the tenant's allow and block list.
#[derive(Debug, Clone)]
pub(crate) struct ListEntry {
    /// `Identity`.
    pub(crate) id: Uuid,
    /// `Sender`, `Url`, `FileHash` or `IP`.
    pub(crate) list: String,
    /// `Value`.
    pub(crate) value: String,
    /// `Allow` or `Block`.
    pub(crate) action: &'static str,
    /// `Notes`.
    pub(crate) notes: Option<String>,
    /// `ExpirationDate`; none for ever.
    pub(crate) expires: Option<Timestamp>,
    /// Who made it.
    pub(crate) modified_by: String,
    /// When it was made.
    pub(crate) created: Timestamp,
}

/// What was done to a quarantined message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum QuarantineAction {
    /// It was given to its recipients.
    Released,
    /// It is gone.
    Deleted,
}

impl Administration {
    /// The state that a tenant starts with.
    pub(crate) fn new(config: &SimConfig, home: &Organization, started: Timestamp) -> Self {
        let settings = AuditSettings {
            seed: config.seed,
            records: config.audit_records,
            days: AUDIT_DAYS,
            end: started,
            tenant_id: home.tenant_id,
            organization: home.initial_domain.clone(),
            surge: None,
        };
        let log = AuditLog::new(settings, Arc::new(TenantRoster::new(config.mailboxes, home)));
        Self {
            configuration: Configuration::new(KINDS, home, started),
            assignments: Vec::new(),
            audit: AuditSearch::new(log, config.audit.clone()),
            audit_bypass: BTreeSet::new(),
            allow_block_list: Vec::new(),
            quarantine: BTreeMap::new(),
            wiped_devices: BTreeMap::new(),
        }
    }
}
