//! Which records are in which blob: computed from the audit log, one day of availability at a time.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use super::profile::ActivityProfile;
use crate::audit::AuditLog;
use crate::audit::draw::Draw;

/// Blobs are closed every half hour: assumed.
const SLICE: i64 = 1800;
pub(super) const DAY: i64 = 86_400;
/// The longest that a record is late, and the longest until it comes again.
const LATEST: i64 = 432_000;
/// Days that are remembered.
const KEPT: usize = 12;

/// What content is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum ContentType {
    AzureActiveDirectory,
    Exchange,
    SharePoint,
    General,
    Dlp,
}

impl ContentType {
    pub(super) const ALL: [(Self, &'static str); 5] = [
        (Self::AzureActiveDirectory, "Audit.AzureActiveDirectory"),
        (Self::Exchange, "Audit.Exchange"),
        (Self::SharePoint, "Audit.SharePoint"),
        (Self::General, "Audit.General"),
        (Self::Dlp, "DLP.All"),
    ];

    pub(super) fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        let known = Self::ALL.iter().find(|(_, known)| known.eq_ignore_ascii_case(name));
        known.map(|(content_type, _)| *content_type)
    }

    /// The one that records of a type are in: by their workload; those of DLP by themselves.
    fn of(record_type: u16) -> Self {
        match record_type {
            1 | 2 | 3 | 50 => Self::Exchange,
            4 | 6 | 7 | 14 | 36 | 56 => Self::SharePoint,
            8 | 9 | 15 => Self::AzureActiveDirectory,
            11 | 13 | 33 => Self::Dlp,
            _ => Self::General,
        }
    }
}

/// A blob as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Blob {
    pub(super) id: String,
    pub(super) content_type: ContentType,
    /// Unix second.
    pub(super) created: i64,
    /// Its records in the order of its body.
    pub(super) records: Vec<u64>,
}

/// All blobs of a day, in the order in which they became available.
type Day = Arc<Vec<Blob>>;

/// The days that were asked for last.
#[derive(Debug, Default)]
pub(super) struct Days {
    profile: Option<ActivityProfile>,
    days: BTreeMap<i64, Day>,
}

impl Days {
    /// The blobs that became available on a day since 1970.
    pub(super) fn day(&mut self, day: i64, log: &AuditLog, profile: &ActivityProfile) -> Day {
        if self.profile.as_ref() != Some(profile) {
            *self = Self { profile: Some(profile.clone()), days: BTreeMap::new() };
        }
        if let Some(known) = self.days.get(&day) {
            return known.clone();
        }
        if self.days.len() >= KEPT {
            self.days.pop_first();
        }
        let blobs = Arc::new(blobs_of(day, log, profile));
        self.days.insert(day, blobs.clone());
        blobs
    }
}

/// The day of a blob, from its id.
pub(super) fn day_of_id(id: &str) -> Option<i64> {
    let slice = i64::from_str_radix(id.split('$').next()?, 16).ok()?;
    Some(((slice + 1) * SLICE).div_euclid(DAY))
}

/// When the blob is made that has what becomes available in this second.
pub(super) fn made_at(second: i64) -> i64 {
    (second.div_euclid(SLICE) + 1) * SLICE
}

/// Whether a record never gets into the feed.
pub(super) fn is_withheld(log: &AuditLog, index: u64, profile: &ActivityProfile) -> bool {
    Draw::new(log.seed() ^ 0x3117, index).happens(1, profile.withhold)
}

/// When a record becomes available, and when again if it does: Unix seconds.
pub(super) fn appearances(
    log: &AuditLog,
    index: u64,
    profile: &ActivityProfile,
) -> (i64, Option<i64>) {
    let draw = Draw::new(log.seed() ^ 0xfeed, index);
    let lag = if profile.late { log.delay(index) } else { 60 + draw.below(1, 540) as i64 };
    let first = log.second(index) + lag;
    let again = draw.happens(2, profile.duplicates);
    (first, again.then(|| first + SLICE + draw.below(3, (LATEST - SLICE) as u64) as i64))
}

fn blobs_of(day: i64, log: &AuditLog, profile: &ActivityProfile) -> Vec<Blob> {
    // What is available in a slice is in a blob that is made at its end.
    let made = day * DAY..(day + 1) * DAY;
    let available = made.start - SLICE..made.end - SLICE;
    let again = if profile.duplicates > 0 { LATEST } else { 0 };
    let time = |second| Timestamp::from_second(second).expect("the log lies in this century");
    let possible = log.range(time(available.start - LATEST - again), time(available.end));
    let mut slices: BTreeMap<(i64, ContentType), Vec<u64>> = BTreeMap::new();
    for index in possible {
        let (first, again) = appearances(log, index, profile);
        let wanted = |second: &i64| {
            available.contains(second)
                && profile.until.is_none_or(|until| *second < until.as_second())
        };
        for second in [Some(first), again].into_iter().flatten().filter(wanted) {
            if is_withheld(log, index, profile) {
                continue;
            }
            let content_type = ContentType::of(log.record_type(index));
            let slice = second.div_euclid(SLICE);
            slices.entry((slice, content_type)).or_default().push(index);
        }
    }
    let mut blobs = Vec::new();
    for ((slice, content_type), mut records) in slices {
        // In no order: what happened later can come first.
        records.sort_by_cached_key(|&index| Draw::new(0xb10b, index).bits(1));
        for (part, records) in records.chunks(profile.blob).enumerate() {
            blobs.push(Blob {
                id: id(log, slice, content_type, part),
                content_type,
                // Parts of a slice follow each other by seconds.
                created: (slice + 1) * SLICE + part as i64 % SLICE,
                records: records.to_vec(),
            });
        }
    }
    blobs.sort_by(|a, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
    blobs
}

/// Opaque, of the recorded form: five parts with `$` between them.
fn id(log: &AuditLog, slice: i64, content_type: ContentType, part: usize) -> String {
    let tag = ["aad", "exo", "spo", "gen", "dlp"][content_type as usize];
    let draw = Draw::new(log.seed() ^ slice as u64, (part * 8 + content_type as usize) as u64);
    let check: Uuid = draw.uuid(7);
    let tenant = log.tenant_id().simple();
    format!("{slice:012x}${part:04x}${tenant}{tag}${}$04", check.simple())
}
