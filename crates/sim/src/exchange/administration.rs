//! What administrators configure: policies, rules, permissions, contacts, and the audit log.

pub(super) mod configuration;
pub(super) mod object;
mod roster;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use uuid::Uuid;

use super::cmdlets::KINDS;
use crate::audit::search::AuditSearch;
use crate::audit::{AuditLog, AuditSettings};
use crate::config::SimConfig;
use crate::data::Organization;
use configuration::Configuration;
use roster::TenantRoster;

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
        let (days, end) = audit_period(config, started);
        let settings = AuditSettings {
            seed: config.seed,
            records: config.audit_records,
            days,
            end,
            tenant_id: home.tenant_id,
            organization: home.initial_domain.clone(),
            surge: config.audit.surge,
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

/// How many whole days the audit log has, and where it ends.
fn audit_period(config: &SimConfig, started: Timestamp) -> (u32, Timestamp) {
    let to = config.audit_to.unwrap_or(started);
    let month = TimeZone::UTC.to_datetime(started).date().first_of_month();
    let before = month.saturating_sub(1.month()).at(0, 0, 0, 0);
    let from = config.audit_from.or_else(|| TimeZone::UTC.to_timestamp(before).ok());
    let seconds = to.as_second() - from.unwrap_or(to).as_second();
    (u32::try_from(seconds.div_euclid(86_400) + i64::from(seconds % 86_400 > 0)).unwrap_or(1), to)
}
