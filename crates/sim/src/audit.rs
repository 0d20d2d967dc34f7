//! The unified audit log: up to a hundred million records that are computed, not stored.
//!
//! Record `i` of a log is a pure function of the seed and `i`; its time grows with `i`, so that a
//! time window is a range of numbers found by bisection, and a test can recompute exactly what a
//! client should have received. [`search`] answers queries the way `Search-UnifiedAuditLog` does.

mod directory;
pub(crate) mod draw;
mod files;
mod identifier;
mod incident;
mod json;
mod kind;
mod mailbox;
mod oracle;
pub mod profile;
mod query;
pub mod record_type;
mod roster;
mod scene;
pub mod search;
mod services;
mod session;
mod timeline;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

pub use identifier::{TIMED_RECORD_TYPES, ticks_of_identifier};
pub use incident::Incident;
pub use oracle::{Ambiguous, Digest};
pub use roster::{GeneratedRoster, Roster};
pub use timeline::{Surge, TICKS_AT_UNIX_EPOCH, TICKS_PER_SECOND};

use draw::Draw;
use incident::Step;
use kind::{SHARES, kind_at};
use scene::Scene;
use timeline::Timeline;

/// What a log is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditSettings {
    /// Seed of everything.
    pub seed: u64,
    /// How many records there are.
    pub records: u64,
    /// How many days the log reaches back.
    pub days: u32,
    /// The log's end; cut down to a full hour.
    pub end: Timestamp,
    /// `OrganizationId` of the records.
    pub tenant_id: Uuid,
    /// `OrganizationName`, for example `contoso.onmicrosoft.com`.
    pub organization: String,
    /// An optional second on which very much happens.
    pub surge: Option<Surge>,
}

/// One record of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// `Id`.
    pub id: Uuid,
    /// Time of the event to 100 ns, in .NET ticks; `CreationTime` has the whole second of it.
    pub ticks: i64,
    /// `RecordType` as a number.
    pub record_type: u16,
    /// `Operation`.
    pub operation: &'static str,
    /// `UserId`.
    pub user_id: String,
    /// The record itself: JSON as the service would store it.
    pub audit_data: String,
}

impl AuditRecord {
    /// `CreationTime`: the event's whole second.
    pub fn creation_time(&self) -> Timestamp {
        second_of_ticks(self.ticks)
    }
}

/// A log of computed records.
#[derive(Debug)]
pub struct AuditLog {
    settings: AuditSettings,
    prefix: String,
    roster: Arc<dyn Roster>,
    timeline: Timeline,
    steps: BTreeMap<u64, Step>,
    /// What all records of the surge say, if they say the same.
    crowd: Option<Step>,
    incidents: Vec<Incident>,
}

impl AuditLog {
    /// Lays out a log; the work grows with its days, not with its records.
    pub fn new(settings: AuditSettings, roster: Arc<dyn Roster>) -> Self {
        let end = settings.end.as_second().div_euclid(3600) * 3600;
        let hours = settings.days.max(1) as usize * 24;
        let start = end - hours as i64 * 3600;
        let timeline = Timeline::new(settings.seed, start, hours, settings.records, settings.surge);
        let planted = incident::plant(settings.records);
        let crowd = settings.surge.is_some_and(|surge| surge.alike).then(Step::of_a_crowd);
        let prefix = settings.organization.split('.').next().unwrap_or("contoso").to_owned();
        let mut log = Self {
            settings,
            prefix,
            roster,
            timeline,
            steps: planted.steps,
            crowd,
            incidents: Vec::new(),
        };
        log.incidents = planted
            .incidents
            .into_iter()
            .map(|(name, user, records)| Incident {
                name,
                user: log.roster.user_principal_name(log.roster.size() * user / 1000),
                ids: records.iter().map(|&index| log.scene(index).id).collect(),
                records,
            })
            .collect();
        log
    }

    /// How many records the log has.
    pub fn len(&self) -> u64 {
        self.settings.records
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Record `index`; the same for ever, whatever else is asked. `index` must be below [`Self::len`].
    pub fn record(&self, index: u64) -> AuditRecord {
        let scene = self.scene(index);
        AuditRecord {
            id: scene.id,
            ticks: scene.ticks,
            record_type: scene.kind.record_type,
            operation: scene.kind.operation,
            user_id: scene.user_id(),
            audit_data: scene.audit_data(),
        }
    }

    /// The numbers of the records whose `CreationTime` is in `[start, end)`.
    pub fn range(&self, start: Timestamp, end: Timestamp) -> Range<u64> {
        let first = self.first_at_or_after(start);
        first..self.first_at_or_after(end).max(first)
    }

    /// The planted incidents.
    pub fn incidents(&self) -> &[Incident] {
        &self.incidents
    }

    /// How many seconds after the event the record can be found: median nine minutes, one in a
    /// thousand a day, the slowest five days.
    pub fn delay(&self, index: u64) -> i64 {
        let draw = Draw::new(self.settings.seed ^ 0xde1a, index).below(1, 1_000_000) as i64;
        let upper = DELAYS.iter().position(|&(share, _)| share > draw).unwrap_or(DELAYS.len() - 1);
        let (from, low) = DELAYS[upper - 1];
        let (to, high) = DELAYS[upper];
        low + (high - low) * (draw - from) / (to - from)
    }

    /// The Unix second from which on a late tenant shows the record.
    pub(crate) fn visible_from(&self, index: u64) -> i64 {
        second_of_ticks(self.timeline.ticks(index)).as_second() + self.delay(index)
    }

    /// The users that the records speak of.
    pub fn roster(&self) -> &dyn Roster {
        &*self.roster
    }

    pub(crate) fn scene(&self, index: u64) -> Scene<'_> {
        let draw = Draw::new(self.settings.seed, index);
        let step = self
            .steps
            .get(&index)
            .or_else(|| self.crowd.as_ref().filter(|_| self.timeline.is_in_surge(index)));
        let kind = step.map_or_else(|| kind_at(draw.below(0, SHARES)), |step| step.kind);
        let ticks = self.timeline.ticks(index);
        let id = identifier::identifier(draw, kind.record_type, ticks);
        Scene { log: self, draw, kind, step, ticks, id }
    }

    /// Whether record `index` is among so many in a million that no search finds.
    pub fn is_withheld(&self, index: u64, per_million: u32) -> bool {
        per_million > 0 && Draw::new(self.settings.seed ^ 0x5ea7, index).happens(1, per_million)
    }

    /// The Unix second of record `index`.
    pub(crate) fn second(&self, index: u64) -> i64 {
        second_of_ticks(self.timeline.ticks(index)).as_second()
    }

    /// The record type of record `index`.
    pub(crate) fn record_type(&self, index: u64) -> u16 {
        self.scene(index).kind.record_type
    }

    pub(crate) fn seed(&self) -> u64 {
        self.settings.seed
    }

    pub(crate) fn tenant_id(&self) -> Uuid {
        self.settings.tenant_id
    }

    pub(crate) fn organization(&self) -> &str {
        &self.settings.organization
    }

    /// The first label of the organization, which SharePoint's host names begin with.
    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    fn first_at_or_after(&self, time: Timestamp) -> u64 {
        // A fraction of a second excludes its whole second: CreationTime has no fraction.
        let second = time.as_second() + i64::from(time.subsec_nanosecond() > 0);
        self.timeline.first_at_or_after(second, self.len())
    }
}

/// Shares (in a million) of the records that are visible after so many seconds.
const DELAYS: [(i64, i64); 7] = [
    (0, 60),
    (500_000, 540),
    (900_000, 3_600),
    (990_000, 5_400),
    (999_000, 86_400),
    (999_900, 259_200),
    (1_000_000, 432_000),
];

pub(crate) fn second_of_ticks(ticks: i64) -> Timestamp {
    let second = (ticks - TICKS_AT_UNIX_EPOCH).div_euclid(TICKS_PER_SECOND);
    Timestamp::from_second(second).expect("the log lies in this century")
}

#[cfg(test)]
mod tests;
