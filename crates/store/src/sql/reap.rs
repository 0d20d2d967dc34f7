//! Runs whose worker is silent, and runs that the delivery engine has lost.

use jiff::Timestamp;

use super::claim::{admission, lock_tenant_of};
use super::database::{Change, values};
use super::finish::{end_attempt, free};
use super::{SqlLedger, outbox, row};
use crate::error::StoreError;
use crate::ledger::NoticesOf;
use crate::record::{Admitted, Reaped, RunRow, RunState};

impl SqlLedger {
    pub(super) async fn reap_lost(
        &self,
        limit: usize,
        notices: NoticesOf<'_>,
        now: Timestamp,
    ) -> Result<Vec<Reaped>, StoreError> {
        let failed = StoreError::of("judge runs whose worker is silent");
        let mut reaped = Vec::new();
        while reaped.len() < limit {
            let mut change = self.database.begin().await.map_err(&failed)?;
            let lease_now = self.lease_now(&mut change).await.map_err(&failed)?;
            let one = reap_one(&mut change, lease_now, notices, now).await.map_err(&failed)?;
            let Some(one) = one else { break };
            change.commit().await.map_err(&failed)?;
            reaped.extend(one);
        }
        Ok(reaped)
    }

    pub(super) async fn readmit(
        &self,
        before: Timestamp,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<Admitted>, StoreError> {
        let failed = StoreError::of("look for runs that nobody has taken");
        let mut change = self.database.begin().await.map_err(&failed)?;
        let text = format!(
            "update run set admitted_at = $3 where id in (select id from run \
             where state = 'admitted' and admitted_at < $1 order by admitted_at limit $2{}) \
             returning id, key, class",
            change.skip_locked()
        );
        let rows = change.rows(&text, values![before, limit as i64, now]).await;
        let rows = rows.map_err(&failed)?;
        change.commit().await.map_err(&failed)?;
        rows.iter().map(admission).collect::<sqlx::Result<_>>().map_err(&failed)
    }

    pub(super) async fn withdraw_admitted(
        &self,
        before: Timestamp,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let failed = StoreError::of("take back runs that nobody has taken");
        let text = "select id from run where state = 'admitted' and admitted_at < $1";
        let mut withdrawn = 0;
        for row in self.database.rows(text, values![before]).await.map_err(&failed)? {
            let run = row::run_id(&row).map_err(&failed)?;
            let mut change = self.database.begin().await.map_err(&failed)?;
            let tenant = lock_tenant_of(&mut change, run).await.map_err(&failed)?;
            let text = "update run set state = 'ready' where id = $1 and state = 'admitted'";
            let changed = change.execute(text, values![run]).await.map_err(&failed)?;
            if let Some(tenant) = tenant.filter(|_| changed == 1) {
                free(&mut change, &tenant, now).await.map_err(&failed)?;
                change.commit().await.map_err(&failed)?;
                withdrawn += 1;
            }
        }
        Ok(withdrawn)
    }
}

/// Judges one. The outer nothing: there is none. The inner: it was renewed or ended meanwhile.
async fn reap_one(
    change: &mut Change,
    lease_now: i64,
    notices: NoticesOf<'_>,
    now: Timestamp,
) -> sqlx::Result<Option<Option<Reaped>>> {
    let silent = "select id from run where state = 'running' and lease_until < $1 \
         order by lease_until limit 1";
    let Some(found) = change.row(silent, values![lease_now]).await? else { return Ok(None) };
    let id = row::run_id(&found)?;
    let Some(tenant) = lock_tenant_of(change, id).await? else { return Ok(Some(None)) };
    let text = format!(
        "select {} from run where id = $1 and state = 'running' and lease_until < $2{}",
        row::RUN,
        change.for_update("run")
    );
    let Some(found) = change.row(&text, values![id, lease_now]).await? else {
        return Ok(Some(None));
    };
    let run = row::run(&found)?;
    // One that may be repeated says so in its summary, and what an ended one did is known.
    let begun = "select 1 as begun from step where run = $1 and fence = $2 \
         and exit_code is null and (summary is null or summary not like '%\"repeatable\":true%') limit 1";
    let begun = change.row(begun, values![id, run.fence]).await?.is_some();
    let (state, reason) = judge(&run, begun);
    let text = "update run set state = $2, reason = $3, crashes = crashes + 1, \
         fence = fence + 1, due_at = case when $4 is null then $5 else due_at end, \
         ended_at = $4, lease_until = null where id = $1";
    let ended = state.is_final().then_some(now);
    change.execute(text, values![id, state.name(), reason, ended, now]).await?;
    end_attempt(change, id, run.fence, "lost", None, now).await?;
    if state.is_final() {
        outbox::put(change, &notices(&run, state), now).await?;
    }
    free(change, &tenant, now).await?;
    let owner = run.owner.unwrap_or_default();
    Ok(Some(Some(Reaped { run: id, job: run.job, tenant, owner, state })))
}

/// What becomes of a run whose worker was lost, and why. `begun`: it was in a step that must not be
/// done twice, as far as anybody knows.
fn judge(run: &RunRow, begun: bool) -> (RunState, String) {
    let owner = run.owner.as_deref().unwrap_or("nobody");
    let lost = format!("its worker {owner} was lost in attempt {}", run.attempt);
    let crashes = run.crashes + 1;
    if begun && !run.effect.may_be_repeated() {
        (RunState::Unknown, format!("{lost}; nobody knows what it did"))
    } else if let Some(cancel) = &run.cancel {
        (RunState::Cancelled, format!("{cancel}; {lost}"))
    } else if crashes >= run.max_crashes {
        (RunState::Crashed, format!("{lost}, as {crashes} were"))
    } else {
        (RunState::Ready, lost)
    }
}
