//! What people want: ends, pauses, limits; and duties that one process has.

use std::time::Duration;

use jiff::Timestamp;

use super::claim::{lock_tenant_of, milliseconds};
use super::create::put_tenants;
use super::database::{Change, values};
use super::finish::slow_down;
use super::{SqlLedger, turn};
use crate::error::StoreError;
use crate::record::{CancelOutcome, Fence, RunId, RunState, Throttled};

impl SqlLedger {
    pub(super) async fn cancel_run(
        &self,
        run: RunId,
        reason: &str,
        now: Timestamp,
    ) -> Result<CancelOutcome, StoreError> {
        let failed = StoreError::of("cancel a run");
        let mut change = self.database.begin().await.map_err(&failed)?;
        let tenant = lock_tenant_of(&mut change, run).await.map_err(&failed)?;
        let text = "select state from run where id = $1";
        let found = change.row(text, values![run]).await.map_err(&failed)?;
        let (Some(tenant), Some(found)) = (tenant, found) else {
            return Ok(CancelOutcome::Missing);
        };
        let outcome = match found.parsed("state", RunState::named).map_err(&failed)? {
            RunState::Running => {
                let want = "update run set cancel = coalesce(cancel, $2) where id = $1";
                change.execute(want, values![run, reason]).await.map_err(&failed)?;
                CancelOutcome::Requested
            }
            state if state.is_final() => CancelOutcome::Ended(state),
            state => {
                let end = "update run set state = 'cancelled', reason = $2, ended_at = $3 \
                     where id = $1";
                change.execute(end, values![run, reason, now]).await.map_err(&failed)?;
                let admitted = state == RunState::Admitted;
                let also = if admitted { "running = running - 1," } else { "" };
                let which = values![tenant];
                turn::refresh(&mut change, also, "name = $3", now.as_millisecond(), which)
                    .await
                    .map_err(&failed)?;
                CancelOutcome::Cancelled
            }
        };
        change.commit().await.map_err(&failed)?;
        Ok(outcome)
    }

    pub(super) async fn resolve_run(
        &self,
        run: RunId,
        state: RunState,
        reason: &str,
    ) -> Result<bool, StoreError> {
        let failed = StoreError::of("say how a run ended");
        let mut change = self.database.begin().await.map_err(&failed)?;
        let text = "update run set state = $2, reason = $3 where id = $1 and state = 'unknown'";
        let values = values![run, state.name(), reason];
        let changed = change.execute(text, values).await.map_err(&failed)?;
        change.commit().await.map_err(&failed)?;
        Ok(changed == 1)
    }

    pub(super) async fn hold_job(
        &self,
        job: &str,
        by: &str,
        reason: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let failed = StoreError::of("pause a job");
        let mut change = self.database.begin().await.map_err(&failed)?;
        let text = "insert into job (name, paused_at, paused_by, pause_reason) \
             values ($1, $2, $3, $4) on conflict (name) do update set \
             paused_at = coalesce(job.paused_at, excluded.paused_at), \
             paused_by = excluded.paused_by, pause_reason = excluded.pause_reason";
        change.execute(text, values![job, now, by, reason]).await.map_err(&failed)?;
        refresh_job(&mut change, job, now).await.map_err(&failed)?;
        change.commit().await.map_err(&failed)
    }

    pub(super) async fn let_job(&self, job: &str, now: Timestamp) -> Result<bool, StoreError> {
        let failed = StoreError::of("resume a job");
        let mut change = self.database.begin().await.map_err(&failed)?;
        let text = "update job set paused_at = null, paused_by = null, pause_reason = null \
             where name = $1 and paused_at is not null";
        let changed = change.execute(text, values![job]).await.map_err(&failed)?;
        refresh_job(&mut change, job, now).await.map_err(&failed)?;
        change.commit().await.map_err(&failed)?;
        Ok(changed == 1)
    }

    pub(super) async fn hold_tenant(
        &self,
        tenant: &str,
        by: &str,
        reason: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let failed = StoreError::of("pause a tenant");
        let mut change = self.database.begin().await.map_err(&failed)?;
        put_tenants(&mut change, &[tenant]).await.map_err(&failed)?;
        let text = "update tenant set paused_at = coalesce(paused_at, $2), paused_by = $3, \
             pause_reason = $4 where name = $1";
        change.execute(text, values![tenant, now, by, reason]).await.map_err(&failed)?;
        refresh_tenant(&mut change, tenant, now).await.map_err(&failed)?;
        change.commit().await.map_err(&failed)
    }

    pub(super) async fn let_tenant(
        &self,
        tenant: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let failed = StoreError::of("resume a tenant");
        let mut change = self.database.begin().await.map_err(&failed)?;
        let text = "update tenant set paused_at = null, paused_by = null, pause_reason = null \
             where name = $1 and paused_at is not null";
        let changed = change.execute(text, values![tenant]).await.map_err(&failed)?;
        refresh_tenant(&mut change, tenant, now).await.map_err(&failed)?;
        change.commit().await.map_err(&failed)?;
        Ok(changed == 1)
    }

    pub(super) async fn put_limits(
        &self,
        tenants: &[String],
        max_running: u32,
    ) -> Result<(), StoreError> {
        let failed = StoreError::of("limit tenants");
        let mut tenants: Vec<&str> = tenants.iter().map(String::as_str).collect();
        tenants.sort_unstable();
        let mut change = self.database.begin().await.map_err(&failed)?;
        for some in tenants.chunks(400) {
            put_tenants(&mut change, some).await.map_err(&failed)?;
            let names = super::create::list(some.len(), |n| format!("${}", n + 2));
            // Whoever may do as much as was allowed may do as much as is; the others get there.
            let text = format!(
                "update tenant set max_running = $1, \
                 allowed = case when allowed = max_running or allowed > $1 then $1 \
                   else allowed end where name in ({names}) and max_running <> $1"
            );
            let mut values = values![i64::from(max_running.max(1))];
            values.extend(some.iter().map(|name| (*name).into()));
            change.execute(&text, values).await.map_err(&failed)?;
        }
        change.commit().await.map_err(&failed)
    }

    pub(super) async fn throttle(
        &self,
        tenant: &str,
        until: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let failed = StoreError::of("slow a tenant down");
        let mut change = self.database.begin().await.map_err(&failed)?;
        put_tenants(&mut change, &[tenant]).await.map_err(&failed)?;
        let throttled = Throttled { until };
        slow_down(&mut change, tenant, throttled, now).await.map_err(&failed)?;
        refresh_tenant(&mut change, tenant, now).await.map_err(&failed)?;
        change.commit().await.map_err(&failed)
    }

    pub(super) async fn take_duty(
        &self,
        duty: &str,
        owner: &str,
        lease: Duration,
    ) -> Result<Option<Fence>, StoreError> {
        let failed = StoreError::of("take a duty");
        let mut change = self.database.begin().await.map_err(&failed)?;
        let now = self.lease_now(&mut change).await.map_err(&failed)?;
        let text = "insert into duty (name, owner, fence, lease_until) values ($1, $2, 1, $3) \
             on conflict (name) do update set owner = excluded.owner, \
             fence = case when duty.owner = excluded.owner then duty.fence else duty.fence + 1 end, \
             lease_until = excluded.lease_until \
             where duty.owner = excluded.owner or duty.lease_until < $4 returning fence";
        let values = values![duty, owner, now + milliseconds(lease), now];
        let taken = change.row(text, values).await.map_err(&failed)?;
        change.commit().await.map_err(&failed)?;
        taken.map(|row| row.int("fence").map(Fence)).transpose().map_err(&failed)
    }

    pub(super) async fn give_duty(&self, duty: &str, owner: &str) -> Result<(), StoreError> {
        let failed = StoreError::of("give a duty back");
        let mut change = self.database.begin().await.map_err(&failed)?;
        let text = "update duty set lease_until = 0, owner = '' where name = $1 and owner = $2";
        change.execute(text, values![duty, owner]).await.map_err(&failed)?;
        change.commit().await.map_err(&failed)
    }

    pub(super) async fn forget_runs(&self, runs: &[RunId]) -> Result<u64, StoreError> {
        let failed = StoreError::of("forget runs");
        let mut change = self.database.begin().await.map_err(&failed)?;
        let mut forgotten = 0;
        for run in runs {
            let text = "delete from run where id = $1 \
                 and state not in ('ready', 'admitted', 'running')";
            if change.execute(text, values![*run]).await.map_err(&failed)? == 0 {
                continue;
            }
            forgotten += 1;
            for text in [
                "delete from attempt where run = $1",
                "delete from step where run = $1",
                "delete from notice where run = $1",
            ] {
                change.execute(text, values![*run]).await.map_err(&failed)?;
            }
        }
        change.commit().await.map_err(&failed)?;
        Ok(forgotten)
    }
}

async fn refresh_job(change: &mut Change, job: &str, now: Timestamp) -> sqlx::Result<()> {
    let text = "select distinct tenant from run where job = $1 \
         and state in ('ready', 'admitted', 'running') order by tenant";
    for found in change.rows(text, values![job]).await? {
        refresh_tenant(change, &found.text("tenant")?, now).await?;
    }
    Ok(())
}

async fn refresh_tenant(change: &mut Change, tenant: &str, now: Timestamp) -> sqlx::Result<()> {
    let now = now.as_millisecond();
    turn::refresh(change, "", "name = $3", now, values![tenant]).await.map(drop)
}
