//! When a job runs next, in the zone in which it is meant and in UTC.

use exoctl_job::{Job, Schedule};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

/// The next occurrences, without the jitter of tenants.
pub(super) fn next(job: &Job, now: Timestamp, count: usize) -> Vec<Timestamp> {
    let upcoming = |schedule: &Schedule| schedule.after(now).take(count).collect();
    job.schedule.as_ref().map(upcoming).unwrap_or_default()
}

/// An occurrence as a value.
pub(super) fn value(job: &Job, at: Timestamp) -> Value {
    json!({ "utc": at, "local": at.to_zoned(job.zone()) })
}

/// An occurrence as people read it: both zones, if there are two.
pub(super) fn text(job: &Job, at: Timestamp) -> String {
    let zone = job.zone();
    let local = at.to_zoned(zone.clone()).strftime("%a %Y-%m-%d %H:%M %Z").to_string();
    if zone == TimeZone::UTC {
        local
    } else {
        format!("{local}  ({})", at.strftime("%Y-%m-%d %H:%M UTC"))
    }
}
