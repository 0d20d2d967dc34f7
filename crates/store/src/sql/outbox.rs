//! What is to be told.

use jiff::Timestamp;

use super::SqlLedger;
use super::claim::milliseconds;
use super::database::{Change, Row, Value, values};
use super::page::Page;
use crate::error::StoreError;
use crate::ledger::{Answer, Outbox};
use crate::record::{
    ClaimRequest, Fence, NewNotice, NoticeEnd, NoticeId, NoticeState, OutboxQuery, OutboxRow,
};

/// The columns of a notification that [`notice`] reads.
const NOTICE: &str = "id, run, job, tenant, event, channel, body, state, tries, fence, due_at, \
     created_at, ended_at, error";

impl Outbox for SqlLedger {
    fn put_notices<'a>(&'a self, notices: &'a [NewNotice], now: Timestamp) -> Answer<'a, u64> {
        Box::pin(async move {
            let failed = StoreError::of("write down what is to be told");
            let mut change = self.database.begin().await.map_err(&failed)?;
            let written = put(&mut change, notices, now).await.map_err(&failed)?;
            change.commit().await.map_err(&failed)?;
            Ok(written)
        })
    }

    fn claim_notices<'a>(
        &'a self,
        wanted: &'a ClaimRequest,
        now: Timestamp,
    ) -> Answer<'a, Vec<OutboxRow>> {
        Box::pin(async move {
            let failed = StoreError::of("take what is to be told");
            let mut change = self.database.begin().await.map_err(&failed)?;
            let lease_now = self.lease_now(&mut change).await.map_err(&failed)?;
            let skip = change.skip_locked();
            let mut rows = Vec::new();
            // First those whose sender was lost: they have waited longer.
            for (which, order, value) in [
                ("state = 'sending' and lease_until < $4", "lease_until", Value::from(lease_now)),
                ("state = 'waiting' and due_at <= $4", "due_at", Value::from(now)),
            ] {
                let left = wanted.limit.saturating_sub(rows.len());
                let text = format!(
                    "update notice set state = 'sending', tries = tries + 1, fence = fence + 1, \
                     owner = $1, lease_until = $2 where id in (select id from notice \
                     where {which} order by {order} limit $3{skip}) returning {NOTICE}"
                );
                let until = lease_now + milliseconds(wanted.lease);
                let mut values = values![wanted.owner.as_str(), until, left as i64];
                values.push(value);
                rows.extend(change.rows(&text, values).await.map_err(&failed)?);
            }
            change.commit().await.map_err(&failed)?;
            rows.iter().map(notice).collect::<sqlx::Result<_>>().map_err(&failed)
        })
    }

    fn settle_notice<'a>(
        &'a self,
        notice: NoticeId,
        fence: Fence,
        end: &'a NoticeEnd,
        now: Timestamp,
    ) -> Answer<'a, bool> {
        Box::pin(async move {
            let failed = StoreError::of("write down what was told");
            let (state, due_at, error) = match end {
                NoticeEnd::Sent => (NoticeState::Sent, None, None),
                NoticeEnd::Wait { at } => (NoticeState::Waiting, Some(*at), None),
                NoticeEnd::Retry { at, error } => {
                    (NoticeState::Waiting, Some(*at), Some(error.as_str()))
                }
                NoticeEnd::Failed { error } => (NoticeState::Failed, None, Some(error.as_str())),
            };
            let ended = due_at.is_none().then_some(now);
            let text = "update notice set state = $3, due_at = coalesce($4, due_at), error = $5, \
                 ended_at = $6, tries = tries - $7, lease_until = null, owner = null \
                 where id = $1 and fence = $2 and state = 'sending'";
            let id = notice.to_string();
            let not_tried = i64::from(matches!(end, NoticeEnd::Wait { .. }));
            let values = values![id, fence, state.name(), due_at, error, ended, not_tried];
            let mut change = self.database.begin().await.map_err(&failed)?;
            let changed = change.execute(text, values).await.map_err(&failed)?;
            change.commit().await.map_err(&failed)?;
            Ok(changed == 1)
        })
    }

    fn retry_notice(&self, notice: NoticeId, now: Timestamp) -> Answer<'_, bool> {
        Box::pin(async move {
            let failed = StoreError::of("let a notification be tried again");
            let text = "update notice set state = 'waiting', tries = 0, due_at = $2, \
                 error = null, ended_at = null where id = $1 and state = 'failed'";
            let mut change = self.database.begin().await.map_err(&failed)?;
            let values = values![notice.to_string(), now];
            let changed = change.execute(text, values).await.map_err(&failed)?;
            change.commit().await.map_err(&failed)?;
            Ok(changed == 1)
        })
    }

    fn notices<'a>(&'a self, query: &'a OutboxQuery) -> Answer<'a, Vec<OutboxRow>> {
        Box::pin(async move {
            let failed = StoreError::of("read what was told");
            let (text, values) = page(query);
            let rows = self.database.rows(&text, values).await.map_err(&failed)?;
            rows.iter().map(notice).collect::<sqlx::Result<_>>().map_err(&failed)
        })
    }

    fn forget_notices(&self, before: Timestamp, limit: usize) -> Answer<'_, u64> {
        Box::pin(async move {
            let failed = StoreError::of("forget what was told");
            let text = "delete from notice where id in (select id from notice \
                 where ended_at < $1 and run is null limit $2)";
            let mut change = self.database.begin().await.map_err(&failed)?;
            let values = values![before, limit as i64];
            let forgotten = change.execute(text, values).await.map_err(&failed)?;
            change.commit().await.map_err(&failed)?;
            Ok(forgotten)
        })
    }
}

fn page(query: &OutboxQuery) -> (String, Vec<Value>) {
    let states = query.states.iter().map(|state| state.name()).collect();
    Page::of(NOTICE, "notice")
        .and("run =", query.run)
        .and("job =", query.job.as_deref())
        .and("id <", query.before.map(|id| id.to_string()))
        .and_one_of("state", states)
        .newest(query.limit)
}

/// Writes notifications whose keys are not there yet; gives how many.
pub(super) async fn put(
    change: &mut Change,
    notices: &[NewNotice],
    now: Timestamp,
) -> sqlx::Result<u64> {
    let text = "insert into notice \
         (id, key, run, job, tenant, event, channel, body, state, due_at, created_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, 'waiting', $9, $10) \
         on conflict (key) do nothing";
    let mut written = 0;
    for new in notices {
        let values = values![
            NoticeId::new(now).to_string(),
            new.key.as_deref(),
            new.run.map(|run| run.to_string()),
            new.job.as_deref(),
            new.tenant.as_deref(),
            new.event.as_str(),
            new.channel.as_str(),
            new.body.to_string(),
            new.due_at,
            now,
        ];
        written += change.execute(text, values).await?;
    }
    Ok(written)
}

fn notice(row: &Row) -> sqlx::Result<OutboxRow> {
    let run =
        row.maybe_text("run")?.map(|_| row.parsed("run", |id| id.parse().ok())).transpose()?;
    Ok(OutboxRow {
        id: row.parsed("id", |id| id.parse().ok())?,
        run,
        job: row.maybe_text("job")?,
        tenant: row.maybe_text("tenant")?,
        event: row.text("event")?,
        channel: row.text("channel")?,
        body: row.json("body")?,
        state: row.parsed("state", NoticeState::named)?,
        tries: row.int("tries")? as u32,
        fence: Fence(row.int("fence")?),
        due_at: row.time("due_at")?,
        created_at: row.time("created_at")?,
        ended_at: row.maybe_time("ended_at")?,
        error: row.maybe_text("error")?,
    })
}
