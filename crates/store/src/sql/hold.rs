//! What the holder of a run writes about it while it has it.

use std::time::Duration;

use super::SqlLedger;
use super::claim::milliseconds;
use super::database::values;
use crate::error::StoreError;
use crate::record::{Fence, Renewal, RunId, StepRow};

impl SqlLedger {
    pub(super) async fn renew_lease(
        &self,
        run: RunId,
        fence: Fence,
        lease: Duration,
    ) -> Result<Renewal, StoreError> {
        let failed = StoreError::of("renew a lease");
        let mut change = self.database.begin().await.map_err(&failed)?;
        let until = self.lease_now(&mut change).await.map_err(&failed)? + milliseconds(lease);
        let text = "update run set lease_until = $3 \
             where id = $1 and fence = $2 and state = 'running' returning cancel";
        let held = change.row(text, values![run, fence, until]).await.map_err(&failed)?;
        change.commit().await.map_err(&failed)?;
        match held {
            Some(row) => Ok(Renewal::Held { cancel: row.maybe_text("cancel").map_err(&failed)? }),
            None => Ok(Renewal::Stale),
        }
    }

    pub(super) async fn write_place(
        &self,
        run: RunId,
        fence: Fence,
        place: &str,
    ) -> Result<bool, StoreError> {
        let failed = StoreError::of("write down where a run's files are");
        let mut change = self.database.begin().await.map_err(&failed)?;
        let text = "update run set place = $3 where id = $1 and fence = $2 and state = 'running'";
        let changed = change.execute(text, values![run, fence, place]).await.map_err(&failed)?;
        change.commit().await.map_err(&failed)?;
        Ok(changed == 1)
    }

    pub(super) async fn write_step(
        &self,
        run: RunId,
        fence: Fence,
        step: &StepRow,
    ) -> Result<bool, StoreError> {
        let failed = StoreError::of("write down a step");
        let mut change = self.database.begin().await.map_err(&failed)?;
        // Nobody can take the run from us before this is written.
        let lock = "select id from run where id = $1 for update";
        change.lock(lock, values![run]).await.map_err(&failed)?;
        let text = "insert into step \
             (run, fence, number, name, started_at, ended_at, exit_code, log, summary) \
             select $1, $2, $3, $4, $5, $6, $7, $8, $9 from run \
             where id = $1 and fence = $2 and state = 'running' \
             on conflict (run, fence, number) do update set ended_at = excluded.ended_at, \
             exit_code = excluded.exit_code, log = excluded.log, summary = excluded.summary";
        let values = values![
            run,
            fence,
            i64::from(step.number),
            step.name.as_str(),
            step.started_at,
            step.ended_at,
            step.exit_code.map(i64::from),
            step.log.as_deref(),
            &step.summary,
        ];
        let changed = change.execute(text, values).await.map_err(&failed)?;
        change.commit().await.map_err(&failed)?;
        Ok(changed == 1)
    }
}
