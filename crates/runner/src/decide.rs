//! What is due, as data: the occurrences that a job's schedule has for its tenants until now.

use std::collections::BTreeMap;

use exoctl_job::{CatchUpMode, Priority, SkipReason, Verdict, due};
use exoctl_store::{Class, Ledger, NewOccurrence, NewRun, RunId, RunState, StoreError, Trigger};
use jiff::Timestamp;

use crate::Listed;

/// What was decided about a job.
#[derive(Clone, Debug, Default)]
pub(crate) struct Decided {
    /// The occurrences to be written down, in order.
    pub(crate) occurrences: Vec<NewOccurrence>,
    /// Until when all is decided, for tenants that no occurrence says it of.
    pub(crate) remembered: BTreeMap<Timestamp, Vec<String>>,
    /// How many runs were missed: they come late, or not at all.
    pub(crate) missed: usize,
    /// Whether more was missed than is listed.
    pub(crate) more: bool,
}

/// Decides for these tenants. Those that were decided for up to the same instant are decided for
/// together, however many they are.
pub(crate) fn decide(
    listed: &Listed,
    tenants: &[&str],
    decided: &BTreeMap<String, Timestamp>,
    now: Timestamp,
) -> Decided {
    let mut result = Decided::default();
    let Some(schedule) = &listed.job.schedule else { return result };
    let mut alike: BTreeMap<Option<Timestamp>, Vec<&str>> = BTreeMap::new();
    for tenant in tenants {
        alike.entry(decided.get(*tenant).copied()).or_default().push(tenant);
    }
    let mut occurrences: BTreeMap<Timestamp, NewOccurrence> = BTreeMap::new();
    for (since, tenants) in alike {
        let due = due(schedule, &listed.job.catch_up, since, now);
        result.more |= due.more;
        for decision in &due.decisions {
            let occurrence = occurrences
                .entry(decision.scheduled)
                .or_insert_with(|| occurrence(listed, decision.scheduled, decision.verdict));
            let skip = match decision.verdict {
                Verdict::Skip(reason) => Some(why(reason).to_owned()),
                Verdict::Run { .. } => None,
            };
            if !matches!(decision.verdict, Verdict::Run { late: false }) {
                result.missed += tenants.len();
            }
            occurrence.runs.extend(tenants.iter().map(|tenant| NewRun {
                tenant: (*tenant).to_owned(),
                due_at: due_at(listed, decision.scheduled, tenant),
                skip: skip.clone(),
            }));
        }
        // The ledger keeps the instant of the last occurrence by itself. The rest need not be kept: that
        // nothing was due in between is computed again at no cost.
        let is_news = since.is_none_or(|since| due.decided_until < since);
        if is_news {
            let names = tenants.iter().map(|tenant| (*tenant).to_owned());
            result.remembered.entry(due.decided_until).or_default().extend(names);
        }
    }
    result.occurrences = occurrences.into_values().collect();
    result
}

/// The runs that were made because they were due.
#[derive(Clone, Debug, Default)]
pub struct MadeDue {
    /// Those that are to run.
    pub created: Vec<RunId>,
    /// Those that are not, and were written down as such.
    pub skipped: Vec<RunId>,
    /// How many of both were missed.
    pub missed: usize,
    /// Whether more was missed than was written down.
    pub more: bool,
}

/// Writes down what is due of a job for these tenants. Who does it a second time, or at the same time,
/// changes nothing by it.
pub async fn create_due(
    ledger: &dyn Ledger,
    listed: &Listed,
    tenants: &[&str],
    now: Timestamp,
) -> Result<MadeDue, StoreError> {
    let name = listed.job.name.as_str();
    let known = ledger.decided(name).await?;
    let decided = decide(listed, tenants, &known, now);
    let mut made = MadeDue { missed: decided.missed, more: decided.more, ..MadeDue::default() };
    for occurrence in &decided.occurrences {
        for run in ledger.create(occurrence, now).await?.runs {
            let list =
                if run.state == RunState::Skipped { &mut made.skipped } else { &mut made.created };
            list.push(run.run);
        }
    }
    for (until, tenants) in &decided.remembered {
        ledger.decide(name, tenants, *until).await?;
    }
    Ok(made)
}

/// An occurrence that somebody asks for, due at once. `scheduled` is the instant that it stands for. With
/// a `request` it is another one than that of the schedule at the same instant.
pub fn asked_for(
    listed: &Listed,
    tenants: &[&str],
    scheduled: Timestamp,
    request: Option<String>,
    now: Timestamp,
) -> NewOccurrence {
    let run = |tenant: &&str| NewRun { tenant: (*tenant).to_owned(), due_at: now, skip: None };
    NewOccurrence {
        trigger: Trigger::Manual,
        class: Class::Human,
        request,
        runs: tenants.iter().map(run).collect(),
        ..occurrence(listed, scheduled, Verdict::Run { late: false })
    }
}

/// An occurrence of a job, without runs.
pub(crate) fn occurrence(listed: &Listed, scheduled: Timestamp, verdict: Verdict) -> NewOccurrence {
    let job = &listed.job;
    let late = !matches!(verdict, Verdict::Run { late: false });
    let one_of_many = late && job.catch_up.mode == CatchUpMode::All;
    NewOccurrence {
        job: job.name.to_string(),
        definition: listed.definition.clone(),
        scheduled,
        trigger: if late { Trigger::CatchUp } else { Trigger::Schedule },
        request: None,
        effect: job.effect(),
        overlap: job.overlap,
        class: match job.priority {
            Priority::High => Class::Urgent,
            Priority::Normal if !one_of_many => Class::Scheduled,
            Priority::Normal | Priority::Low => Class::Backfill,
        },
        max_crashes: job.crash_limit,
        runs: Vec::new(),
    }
}

/// When a tenant's run of an occurrence may begin: its share of the jitter later.
pub(crate) fn due_at(listed: &Listed, scheduled: Timestamp, tenant: &str) -> Timestamp {
    let jitter = listed.job.jitter_for(tenant);
    scheduled.saturating_add(jitter).expect("a duration never fails to be added")
}

const fn why(reason: SkipReason) -> &'static str {
    match reason {
        SkipReason::NotCaughtUp => "missed, and missed runs of this job are not made up for",
        SkipReason::Coalesced => "missed, a later one runs in its place",
        SkipReason::OutsideWindow => "missed, and too long ago to be made up for",
    }
}
