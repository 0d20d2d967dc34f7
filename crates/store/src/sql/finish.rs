//! The end of an attempt.

use jiff::Timestamp;

use super::claim::lock_tenant_of;
use super::database::{Change, values};
use super::{SqlLedger, outbox, turn};
use crate::error::StoreError;
use crate::record::{End, Fence, Finish, FinishOutcome, RunId, RunState, Throttled};

/// For so long nothing was throttled, and a tenant may do one thing more at once.
const CLEAN_MS: i64 = 5 * 60 * 1000;

impl SqlLedger {
    pub(super) async fn finish_run(
        &self,
        run: RunId,
        fence: Fence,
        finish: &Finish,
        now: Timestamp,
    ) -> Result<FinishOutcome, StoreError> {
        let failed = StoreError::of("write down the end of a run");
        let mut change = self.database.begin().await.map_err(&failed)?;
        let tenant = lock_tenant_of(&mut change, run).await.map_err(&failed)?;
        let Some(tenant) = tenant else { return Ok(FinishOutcome::Stale) };
        let state = put_end(&mut change, run, fence, finish, now).await.map_err(&failed)?;
        let Some(state) = state else {
            let before = ended_before(&mut change, run, fence).await.map_err(&failed)?;
            return Ok(before.map_or(FinishOutcome::Stale, FinishOutcome::Recorded));
        };
        outbox::put(&mut change, &finish.notices, now).await.map_err(&failed)?;
        if let Some(throttled) = finish.throttled {
            slow_down(&mut change, &tenant, throttled, now).await.map_err(&failed)?;
        }
        free(&mut change, &tenant, now).await.map_err(&failed)?;
        change.commit().await.map_err(&failed)?;
        Ok(FinishOutcome::Recorded(state))
    }

    pub(super) async fn release_run(
        &self,
        run: RunId,
        fence: Fence,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let failed = StoreError::of("hand back a run");
        let mut change = self.database.begin().await.map_err(&failed)?;
        let tenant = lock_tenant_of(&mut change, run).await.map_err(&failed)?;
        let Some(tenant) = tenant else { return Ok(false) };
        // Nobody asks again whether one that somebody wanted to end should go on.
        let text = "update run set attempt = attempt - 1, owner = null, lease_until = null, \
             state = case when cancel is null then 'ready' else 'cancelled' end, \
             reason = cancel, ended_at = case when cancel is null then ended_at else $3 end \
             where id = $1 and fence = $2 and state = 'running'";
        let changed = change.execute(text, values![run, fence, now]).await.map_err(&failed)?;
        if changed == 0 {
            return Ok(false);
        }
        end_attempt(&mut change, run, fence, "released", None, now).await.map_err(&failed)?;
        free(&mut change, &tenant, now).await.map_err(&failed)?;
        change.commit().await.map_err(&failed)?;
        Ok(true)
    }
}

/// What the run is if the end of this attempt was written already: whoever did not hear the answer
/// asks again.
async fn ended_before(
    change: &mut Change,
    run: RunId,
    fence: Fence,
) -> sqlx::Result<Option<RunState>> {
    let text = "select r.state from run r join attempt a on a.run = r.id and a.fence = r.fence \
         where r.id = $1 and r.fence = $2 and a.ended_at is not null and a.outcome <> 'released'";
    let row = change.row(text, values![run, fence]).await?;
    row.map(|row| row.parsed("state", RunState::named)).transpose()
}

/// What the run is then; nothing if it is somebody else's.
async fn put_end(
    change: &mut Change,
    run: RunId,
    fence: Fence,
    finish: &Finish,
    now: Timestamp,
) -> sqlx::Result<Option<RunState>> {
    let held = format!(
        "select cancel from run where id = $1 and fence = $2 and state = 'running'{}",
        change.for_update("run")
    );
    let Some(row) = change.row(&held, values![run, fence]).await? else { return Ok(None) };
    let cancel = row.maybe_text("cancel")?;
    let (state, outcome, due_at) = match (finish.end, &cancel) {
        (End::Final(state), _) => (state, state.name(), None),
        (End::Retry { .. }, Some(_)) => (RunState::Cancelled, RunState::Cancelled.name(), None),
        (End::Retry { at }, None) => (RunState::Ready, "retry", Some(at)),
    };
    let reason = finish.reason.clone().or(cancel.filter(|_| state == RunState::Cancelled));
    let text = "update run set state = $3, due_at = coalesce($4, due_at), reason = $5, \
         exit_code = $6, summary = $7, ended_at = $8, lease_until = null \
         where id = $1 and fence = $2 and state = 'running'";
    let exit_code = finish.exit_code.map(i64::from);
    let ended = state.is_final().then_some(now);
    let values =
        values![run, fence, state.name(), due_at, reason, exit_code, &finish.summary, ended];
    change.execute(text, values).await?;
    end_attempt(change, run, fence, outcome, exit_code, now).await?;
    Ok(Some(state))
}

pub(super) async fn end_attempt(
    change: &mut Change,
    run: RunId,
    fence: Fence,
    outcome: &str,
    exit_code: Option<i64>,
    now: Timestamp,
) -> sqlx::Result<()> {
    let text = "update attempt set ended_at = $3, outcome = $4, exit_code = $5 \
         where run = $1 and fence = $2";
    change.execute(text, values![run, fence, now, outcome, exit_code]).await.map(drop)
}

/// Gives a tenant back what a run of it had; and for each five minutes without being throttled one of
/// those that it may do at once.
pub(super) async fn free(change: &mut Change, tenant: &str, now: Timestamp) -> sqlx::Result<()> {
    let also = "running = running - 1, \
         allowed = case when allowed < max_running and allowed + ($1 - adapted_at) / $4 > max_running \
             then max_running \
           when allowed < max_running then allowed + ($1 - adapted_at) / $4 else allowed end, \
         adapted_at = case when $1 - adapted_at >= $4 then $1 else adapted_at end,";
    let which = values![tenant, CLEAN_MS];
    turn::refresh(change, also, "name = $3", now.as_millisecond(), which).await.map(drop)
}

/// Halves how much a tenant may do at once.
pub(super) async fn slow_down(
    change: &mut Change,
    tenant: &str,
    throttled: Throttled,
    now: Timestamp,
) -> sqlx::Result<()> {
    let until = throttled.until.map_or(0, Timestamp::as_millisecond);
    let text = "update tenant set adapted_at = $2, \
         allowed = case when allowed > 1 then allowed / 2 else 1 end, \
         held_until = case when held_until > $3 then held_until else $3 end where name = $1";
    change.execute(text, values![tenant, now, until]).await.map(drop)
}
