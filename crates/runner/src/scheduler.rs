//! When: writes down what is due, judges what has lost its worker, forgets what is over.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use exoctl_job::Keep;
use exoctl_model::Clock;
use exoctl_store::{Ledger, Reaped, RunQuery, RunState, StoreError};
use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, sleep};
use tracing::{info, warn};

use crate::decide::create_due;
use crate::wall::Wall;
use crate::{Archive, Jobs, LeaseTimes, Listed, Observer, Roster, Stopping, Teller};

/// What a scheduler works with.
#[derive(Clone, Debug)]
pub struct SchedulerParts {
    /// What was decided.
    pub ledger: Arc<dyn Ledger>,
    /// The jobs.
    pub jobs: Arc<dyn Jobs>,
    /// Who writes what is told.
    pub teller: Arc<dyn Teller>,
    /// Who removes files.
    pub archive: Arc<dyn Archive>,
    /// Who looks on.
    pub observer: Arc<dyn Observer>,
    /// The time by which schedules go.
    pub clock: Arc<dyn Clock>,
    /// Who this is: the host and the process, for people.
    pub owner: String,
    /// The leases of the workers.
    pub lease: LeaseTimes,
}

/// Looks again and again. Two of them do no harm: each run is made once, whoever is first.
#[derive(Debug)]
pub struct Scheduler {
    parts: SchedulerParts,
    wall: Wall,
    /// Until then nobody is judged, for all may have slept.
    lenient_until: Instant,
    swept: Option<Timestamp>,
    limits: BTreeMap<String, u32>,
    late_seen: Option<Timestamp>,
}

/// What a look has brought.
#[derive(Clone, Debug, Default)]
pub struct Tick {
    /// When it was.
    pub at: Timestamp,
    /// How many jobs there are.
    pub jobs: usize,
    /// Runs that were made and are to run.
    pub created: usize,
    /// Runs that were written down as not to run.
    pub skipped: usize,
    /// Runs whose time was missed, in `created` or in `skipped`.
    pub missed: usize,
    /// Runs whose worker was lost.
    pub reaped: Vec<Reaped>,
    /// Runs that were forgotten.
    pub forgotten: usize,
    /// How far the clock was put since the look before.
    pub jump: Option<SignedDuration>,
    /// When something is due next.
    pub next: Option<Timestamp>,
    /// What could not be done, a sentence each.
    pub problems: Vec<String>,
}

impl Scheduler {
    /// Nothing is done yet.
    pub fn new(parts: SchedulerParts) -> Self {
        let wall = Wall::new(parts.clock.now());
        Self {
            parts,
            wall,
            lenient_until: Instant::now(),
            swept: None,
            limits: BTreeMap::new(),
            late_seen: None,
        }
    }

    /// Looks until told to stop.
    pub async fn run(&mut self, mut stopping: Stopping) {
        loop {
            let now = self.parts.clock.now();
            let wait = match self.tick(now).await {
                Ok(tick) => {
                    let wait = wait(tick.next, self.parts.clock.now());
                    self.parts.observer.ticked(&tick);
                    wait
                }
                Err(error) => {
                    warn!(error = &error as &dyn std::error::Error, "the scheduler could not look");
                    AGAIN
                }
            };
            tokio::select! {
                _ = stopping.stopped() => return,
                () = self.sleep(wait) => {}
            }
        }
    }

    /// Sleeps for as long, or until the clock jumps: then other things may be due.
    async fn sleep(&self, wait: Duration) {
        let until = Instant::now() + wait;
        let mut wall = self.wall;
        while Instant::now() < until {
            let look = LOOK.min(self.parts.clock.longest_sleep());
            sleep(look.min(until - Instant::now())).await;
            if wall.jump(self.parts.clock.now()).is_some() {
                return;
            }
        }
    }

    /// Looks once: all that is due at `now` is written down, whoever has lost his worker is judged.
    pub async fn tick(&mut self, now: Timestamp) -> Result<Tick, StoreError> {
        let mut tick = Tick { at: now, jump: self.wall.jump(now), ..Tick::default() };
        if let Some(jump) = tick.jump {
            info!(by = %jump, "the clock was put, or the machine slept");
            // Workers that slept too get the time to say that they live.
            self.lenient_until = Instant::now() + self.parts.lease.heartbeat;
        }
        let roster = match self.parts.jobs.read() {
            Ok(roster) => roster,
            Err(error) => {
                tick.problems.push(format!("the jobs could not be read: {error}"));
                Roster::default()
            }
        };
        tick.jobs = roster.jobs.len();
        tick.problems.extend(roster.problems.iter().cloned());
        self.limit(&roster).await?;
        for listed in &roster.jobs {
            self.create(listed, &roster, now, &mut tick).await?;
        }
        if Instant::now() >= self.lenient_until {
            self.reap(now, &mut tick).await?;
        }
        self.tell_late(&roster, now).await?;
        self.sweep(&roster, now, &mut tick).await?;
        Ok(tick)
    }

    /// Says how many runs each tenant may have at once, where that has changed: as many as the most
    /// generous of its jobs allows.
    async fn limit(&mut self, roster: &Roster) -> Result<(), StoreError> {
        let mut limits: BTreeMap<String, u32> = BTreeMap::new();
        for Listed { job, .. } in &roster.jobs {
            for tenant in job.profiles.of(&roster.profiles) {
                let most = limits.entry(tenant.to_owned()).or_default();
                *most = (*most).max(job.limits.tenant_running);
            }
        }
        let mut changed: BTreeMap<u32, Vec<String>> = BTreeMap::new();
        for (tenant, most) in &limits {
            if self.limits.get(tenant) != Some(most) {
                changed.entry(*most).or_default().push(tenant.clone());
            }
        }
        for (most, tenants) in &changed {
            self.parts.ledger.limit_tenants(tenants, *most).await?;
        }
        self.limits = limits;
        Ok(())
    }

    /// Writes down what is due of a job.
    async fn create(
        &self,
        listed: &Listed,
        roster: &Roster,
        now: Timestamp,
        tick: &mut Tick,
    ) -> Result<(), StoreError> {
        let Some(schedule) = &listed.job.schedule else { return Ok(()) };
        tick.next = [tick.next, schedule.next_after(now)].into_iter().flatten().min();
        let tenants = listed.job.profiles.of(&roster.profiles);
        let made = create_due(&*self.parts.ledger, listed, &tenants, now).await?;
        tick.missed += made.missed;
        tick.created += made.created.len();
        tick.skipped += made.skipped.len();
        if made.more {
            tick.problems.push(format!(
                "so many occurrences of {} were missed that the oldest are not listed",
                listed.job.name
            ));
        }
        Ok(())
    }

    async fn reap(&self, now: Timestamp, tick: &mut Tick) -> Result<(), StoreError> {
        let teller = &self.parts.teller;
        let lost = |run: &_, state| teller.lost(run, state);
        loop {
            let reaped = self.parts.ledger.reap(AT_ONCE, &lost, now).await?;
            let all = reaped.len() < AT_ONCE;
            for one in &reaped {
                warn!(run = %one.run, job = one.job, tenant = one.tenant, owner = one.owner,
                    state = %one.state, "a run has lost its worker");
            }
            tick.reaped.extend(reaped);
            if all {
                return Ok(());
            }
        }
    }

    /// Tells of jobs that had no good run in time: once for each occurrence, by the notice's key.
    async fn tell_late(&mut self, roster: &Roster, now: Timestamp) -> Result<(), StoreError> {
        let since = self.late_seen.replace(now).unwrap_or(now - LATE_PAST);
        for Listed { job, .. } in &roster.jobs {
            let (Some(after), Some(schedule)) = (job.late_after, &job.schedule) else { continue };
            let Some(scheduled) = schedule.last_until(now - after.signed()) else { continue };
            if scheduled + after.signed() <= since {
                continue;
            }
            for tenant in job.profiles.of(&roster.profiles) {
                let query = RunQuery {
                    job: Some(job.name.to_string()),
                    tenant: Some(tenant.to_owned()),
                    states: vec![RunState::Done, RunState::Partial],
                    limit: 1,
                    ..RunQuery::default()
                };
                let good = self.parts.ledger.runs(&query).await?;
                if good.first().is_none_or(|run| run.scheduled < scheduled) {
                    let notices = self.parts.teller.late(job, tenant, scheduled, now);
                    self.parts.ledger.put_notices(&notices, now).await?;
                }
            }
        }
        Ok(())
    }

    /// Removes what is kept no longer, once an hour.
    async fn sweep(
        &mut self,
        roster: &Roster,
        now: Timestamp,
        tick: &mut Tick,
    ) -> Result<(), StoreError> {
        if self.swept.is_some_and(|last| now.duration_since(last).abs() < SWEEP) {
            return Ok(());
        }
        for Listed { job, .. } in &roster.jobs {
            self.parts.archive.sweep(job, now);
            let Keep::For(length) = job.retention.runs else { continue };
            loop {
                let before = now - length.signed();
                let rows =
                    self.parts.ledger.forgettable(job.name.as_str(), before, AT_ONCE).await?;
                self.parts.archive.remove(&rows);
                let runs: Vec<_> = rows.iter().map(|row| row.id).collect();
                tick.forgotten += runs.len();
                self.parts.ledger.forget(&runs).await?;
                if runs.len() < AT_ONCE {
                    break;
                }
            }
        }
        self.parts.ledger.forget_notices(now - NOTICES, AT_ONCE).await?;
        self.swept = Some(now);
        Ok(())
    }
}

/// How long to wait for the next look: until something is due, and not longer than half a minute.
fn wait(next: Option<Timestamp>, now: Timestamp) -> Duration {
    let until = next.map(|next| next.duration_since(now));
    let until = until.and_then(|until| Duration::try_from(until).ok()).unwrap_or(LONGEST);
    // At the instant itself it would still be a moment to it.
    (until + Duration::from_millis(1)).min(LONGEST)
}

const LONGEST: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_secs(1);
const AGAIN: Duration = Duration::from_secs(2);
const AT_ONCE: usize = 500;
const SWEEP: SignedDuration = SignedDuration::from_hours(1);
const NOTICES: SignedDuration = SignedDuration::from_hours(24 * 90);
const LATE_PAST: SignedDuration = SignedDuration::from_hours(24 * 7);
