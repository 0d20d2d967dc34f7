//! Taking runs.

use std::sync::PoisonError;
use std::time::Duration;

use jiff::Timestamp;

use super::database::{Change, Row, values, wrong};
use super::{SqlLedger, row, turn};
use crate::error::StoreError;
use crate::record::{Admitted, Claim, ClaimOutcome, ClaimRequest, Class, Refusal, RunId, RunState};
use crate::{Effect, Fence, Trigger};

/// What a claim needs to know of a run.
const CLAIM: &str = "id, fence, key, job, tenant, definition, scheduled, due_at, origin, effect, \
     attempt, crashes, place";

/// How many texts of jobs are remembered.
const DEFINITIONS: usize = 1000;

impl SqlLedger {
    pub(super) async fn claim_due(
        &self,
        wanted: &ClaimRequest,
        now: Timestamp,
    ) -> Result<Vec<Claim>, StoreError> {
        let failed = StoreError::of("claim runs");
        if wanted.limit == 0 || !self.has_due(now).await.map_err(&failed)? {
            return Ok(Vec::new());
        }
        let mut change = self.database.begin().await.map_err(&failed)?;
        let lease =
            self.lease_now(&mut change).await.map_err(&failed)? + milliseconds(wanted.lease);
        let text = format!(
            "update run set state = 'running', attempt = attempt + 1, fence = fence + 1, \
             owner = $4, lease_until = $5, started_at = $1, cancel = null, reason = null \
             where id = ({}) and state = 'ready' returning {CLAIM}",
            turn::next_run()
        );
        turn::wake(&mut change, now.as_millisecond()).await.map_err(&failed)?;
        let mut claims = Vec::new();
        while claims.len() < wanted.limit {
            let left = wanted.limit - claims.len();
            let tenants = next_tenants(&mut change, left).await.map_err(&failed)?;
            let before = claims.len();
            for tenant in tenants {
                let mut values = turn::instant(now.as_millisecond());
                values.extend(values![tenant.as_str(), wanted.owner.as_str(), lease]);
                let taken = change.row(&text, values).await.map_err(&failed)?;
                serve(&mut change, &tenant, taken.is_some(), now).await.map_err(&failed)?;
                if let Some(row) = taken {
                    let claim = self.begun(&mut change, &row, wanted, now);
                    claims.push(claim.await.map_err(&failed)?);
                }
            }
            if claims.len() == before {
                break;
            }
        }
        change.commit().await.map_err(&failed)?;
        Ok(claims)
    }

    pub(super) async fn admit_due(
        &self,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<Admitted>, StoreError> {
        let failed = StoreError::of("admit runs");
        if limit == 0 || !self.has_due(now).await.map_err(&failed)? {
            return Ok(Vec::new());
        }
        let mut change = self.database.begin().await.map_err(&failed)?;
        let text = format!(
            "update run set state = 'admitted', admitted_at = $1 where id = ({}) \
             and state = 'ready' returning id, key, class",
            turn::next_run()
        );
        turn::wake(&mut change, now.as_millisecond()).await.map_err(&failed)?;
        let mut admitted = Vec::new();
        while admitted.len() < limit {
            let left = limit - admitted.len();
            let tenants = next_tenants(&mut change, left).await.map_err(&failed)?;
            let before = admitted.len();
            for tenant in tenants {
                let mut values = turn::instant(now.as_millisecond());
                values.extend(values![tenant.as_str()]);
                let taken = change.row(&text, values).await.map_err(&failed)?;
                serve(&mut change, &tenant, taken.is_some(), now).await.map_err(&failed)?;
                admitted.extend(taken.map(|row| admission(&row)).transpose().map_err(&failed)?);
            }
            if admitted.len() == before {
                break;
            }
        }
        change.commit().await.map_err(&failed)?;
        Ok(admitted)
    }

    /// Whether anything may be there to take; most questions are answered by this, which locks
    /// nothing.
    async fn has_due(&self, now: Timestamp) -> sqlx::Result<bool> {
        let text = "select \
             (select min(wake_at) from tenant where wake_at is not null) as wake_at, \
             (select min(turn) from tenant where turn is not null and running < allowed) as turn";
        let Some(row) = self.database.row(text, Vec::new()).await? else { return Ok(false) };
        let awake = row.maybe_int("wake_at")?.is_some_and(|at| at <= now.as_millisecond());
        Ok(awake || row.maybe_int("turn")?.is_some())
    }

    /// How many runs the delivery engine has that nobody has taken.
    pub(crate) async fn admitted(&self) -> Result<usize, StoreError> {
        let failed = StoreError::of("count admitted runs");
        let text = "select count(*) as runs from run where state = 'admitted'";
        let row = self.database.row(text, Vec::new()).await.map_err(&failed)?;
        Ok(row.map_or(Ok(0), |row| row.int("runs")).map_err(&failed)? as usize)
    }

    pub(super) async fn claim_this(
        &self,
        run: RunId,
        wanted: &ClaimRequest,
        now: Timestamp,
    ) -> Result<ClaimOutcome, StoreError> {
        let failed = StoreError::of("claim a run");
        let mut change = self.database.begin().await.map_err(&failed)?;
        let outcome = self.take(&mut change, run, wanted, now).await.map_err(&failed)?;
        change.commit().await.map_err(&failed)?;
        Ok(outcome)
    }

    async fn take(
        &self,
        change: &mut Change,
        run: RunId,
        wanted: &ClaimRequest,
        now: Timestamp,
    ) -> sqlx::Result<ClaimOutcome> {
        let Some(tenant) = lock_tenant_of(change, run).await? else {
            return Ok(ClaimOutcome::Refused(Refusal::Missing));
        };
        let (state, refusal) = refusal(change, run, now).await?;
        if let Some(refusal) = refusal {
            return Ok(ClaimOutcome::Refused(refusal));
        }
        let lease = self.lease_now(change).await? + milliseconds(wanted.lease);
        let text = format!(
            "update run set state = 'running', attempt = attempt + 1, fence = fence + 1, \
             owner = $2, lease_until = $3, started_at = $4, cancel = null, reason = null \
             where id = $1 returning {CLAIM}"
        );
        let values = values![run, wanted.owner.as_str(), lease, now];
        let row = change.row(&text, values).await?.ok_or(sqlx::Error::RowNotFound)?;
        // One that was admitted is counted already.
        if state == RunState::Ready {
            serve(change, &tenant, true, now).await?;
        }
        let claim = self.begun(change, &row, wanted, now).await?;
        Ok(ClaimOutcome::Claimed(Box::new(claim)))
    }

    /// Writes down that an attempt has begun.
    async fn begun(
        &self,
        change: &mut Change,
        row: &Row,
        wanted: &ClaimRequest,
        now: Timestamp,
    ) -> sqlx::Result<Claim> {
        let (run, fence) = (row::run_id(row)?, Fence(row.int("fence")?));
        let attempt = "insert into attempt (run, fence, number, owner, started_at) \
             values ($1, $2, $3, $4, $5)";
        let values = values![run, fence, row.int("attempt")?, wanted.owner.as_str(), now];
        change.execute(attempt, values).await?;
        Ok(Claim {
            run,
            fence,
            key: row.text("key")?,
            job: row.text("job")?,
            tenant: row.text("tenant")?,
            definition: self.definition(change, row.text("definition")?).await?,
            scheduled: row.time("scheduled")?,
            due_at: row.time("due_at")?,
            trigger: row.parsed("origin", Trigger::named)?,
            effect: row.parsed("effect", Effect::named)?,
            attempt: row.int("attempt")? as u32,
            crashes: row.int("crashes")? as u32,
            place: row.maybe_text("place")?,
        })
    }

    /// The text of a job. What is under an id never changes, so it is read once.
    async fn definition(&self, change: &mut Change, id: String) -> sqlx::Result<String> {
        let known = || self.definitions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(content) = known().get(&id) {
            return Ok(content.clone());
        }
        let text = "select content from definition where id = $1";
        let found = change.row(text, values![id.as_str()]).await?;
        let content = found.ok_or_else(|| wrong("definition"))?.text("content")?;
        let mut known = known();
        if known.len() == DEFINITIONS {
            known.clear();
        }
        known.insert(id, content.clone());
        Ok(content)
    }
}

pub(super) fn milliseconds(length: Duration) -> i64 {
    length.as_millis().try_into().unwrap_or(i64::MAX / 2)
}

/// The tenants whose turn it is.
async fn next_tenants(change: &mut Change, limit: usize) -> sqlx::Result<Vec<String>> {
    let text = format!(
        "select name from tenant where turn is not null and running < allowed \
         order by turn, last_served, name limit $1{}",
        change.skip_locked()
    );
    let rows = change.rows(&text, values![limit as i64]).await?;
    rows.iter().map(|row| row.text("name")).collect()
}

/// Counts what a tenant was given.
async fn serve(change: &mut Change, tenant: &str, taken: bool, now: Timestamp) -> sqlx::Result<()> {
    let also = if taken { "running = running + 1, last_served = $1," } else { "" };
    let now = now.as_millisecond();
    turn::refresh(change, also, "name = $3", now, values![tenant]).await.map(drop)
}

pub(super) fn admission(row: &Row) -> sqlx::Result<Admitted> {
    Ok(Admitted {
        run: row::run_id(row)?,
        key: row.text("key")?,
        class: Class::of_number(row.int("class")?).ok_or_else(|| wrong("class"))?,
    })
}

/// Locks the tenant of a run, which is what keeps others from changing the run's state.
pub(super) async fn lock_tenant_of(
    change: &mut Change,
    run: RunId,
) -> sqlx::Result<Option<String>> {
    let text = format!(
        "select t.name from run r join tenant t on t.name = r.tenant where r.id = $1{}",
        change.for_update("t")
    );
    let row = change.row(&text, values![run]).await?;
    row.map(|row| row.text("name")).transpose()
}

/// Why a run cannot be taken, if it cannot, and how far it is.
async fn refusal(
    change: &mut Change,
    run: RunId,
    now: Timestamp,
) -> sqlx::Result<(RunState, Option<Refusal>)> {
    let text = "select r.state, r.due_at, t.running, t.allowed, t.held_until, t.paused_at, \
           (select count(*) from job j where j.name = r.job and j.paused_at is not null) as paused, \
           (select count(*) from run b where b.tenant = r.tenant and b.job = r.job \
             and b.state in ('admitted', 'running')) as busy \
         from run r join tenant t on t.name = r.tenant where r.id = $1";
    let row = change.row(text, values![run]).await?.ok_or(sqlx::Error::RowNotFound)?;
    let state = row.parsed("state", RunState::named)?;
    if state == RunState::Admitted {
        return Ok((state, None));
    }
    let due_at = row.time("due_at")?;
    let held = row.int("paused")? > 0
        || row.maybe_int("paused_at")?.is_some()
        || row.int("held_until")? > now.as_millisecond();
    let refusal = if state != RunState::Ready {
        Some(Refusal::Taken(state))
    } else if due_at > now {
        Some(Refusal::NotDue(due_at))
    } else if held {
        Some(Refusal::Held)
    } else if row.int("busy")? > 0 {
        Some(Refusal::Overlaps)
    } else if row.int("running")? >= row.int("allowed")? {
        Some(Refusal::Limit)
    } else {
        None
    };
    Ok((state, refusal))
}
