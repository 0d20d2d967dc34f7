//! What there is to read.

use jiff::Timestamp;

use super::create::list;
use super::database::{Database, Value, values};
use super::{SqlLedger, row};
use crate::error::StoreError;
use crate::ledger::{Answer, History};
use crate::record::{
    AttemptRow, JobStatus, RunId, RunQuery, RunRow, RunState, Stats, StepRow, TenantRow,
};

/// As many as a page has if nothing is said.
pub(super) const PAGE: usize = 100;

impl History for SqlLedger {
    fn run(&self, run: RunId) -> Answer<'_, Option<RunRow>> {
        Box::pin(async move {
            let failed = StoreError::of("read a run");
            let text = format!("select {} from run where id = $1", row::RUN);
            let found = self.database.row(&text, values![run]).await.map_err(&failed)?;
            found.as_ref().map(row::run).transpose().map_err(&failed)
        })
    }

    fn runs<'a>(&'a self, query: &'a RunQuery) -> Answer<'a, Vec<RunRow>> {
        Box::pin(async move {
            let failed = StoreError::of("read runs");
            let (text, values) = page(query);
            let rows = self.database.rows(&text, values).await.map_err(&failed)?;
            rows.iter().map(row::run).collect::<sqlx::Result<_>>().map_err(&failed)
        })
    }

    fn attempts(&self, run: RunId) -> Answer<'_, Vec<AttemptRow>> {
        Box::pin(async move {
            let failed = StoreError::of("read the attempts of a run");
            let text = "select * from attempt where run = $1 order by fence";
            let rows = self.database.rows(text, values![run]).await.map_err(&failed)?;
            rows.iter().map(row::attempt).collect::<sqlx::Result<_>>().map_err(&failed)
        })
    }

    fn steps(&self, run: RunId) -> Answer<'_, Vec<StepRow>> {
        Box::pin(async move {
            let failed = StoreError::of("read the steps of a run");
            let text = "select * from step where run = $1 and fence = \
                 (select max(fence) from step where run = $1) order by number";
            let rows = self.database.rows(text, values![run]).await.map_err(&failed)?;
            rows.iter().map(row::step).collect::<sqlx::Result<_>>().map_err(&failed)
        })
    }

    fn jobs(&self) -> Answer<'_, Vec<JobStatus>> {
        Box::pin(async move {
            let failed = StoreError::of("read how jobs are");
            jobs(&self.database).await.map_err(&failed)
        })
    }

    fn tenants(&self) -> Answer<'_, Vec<TenantRow>> {
        Box::pin(async move {
            let failed = StoreError::of("read how tenants are");
            let text = "select * from tenant order by name";
            let rows = self.database.rows(text, Vec::new()).await.map_err(&failed)?;
            rows.iter().map(row::tenant).collect::<sqlx::Result<_>>().map_err(&failed)
        })
    }

    fn forgettable<'a>(
        &'a self,
        job: &'a str,
        before: Timestamp,
        limit: usize,
    ) -> Answer<'a, Vec<RunRow>> {
        Box::pin(async move {
            let failed = StoreError::of("look for old runs");
            let text = format!(
                "select {} from run r where r.job = $1 and r.id < $2 and r.ended_at < $3 \
                 and r.state <> 'unknown' and (r.state <> 'done' or exists \
                   (select 1 from run n where n.tenant = r.tenant and n.id > r.id \
                    and n.job = r.job and n.state = 'done')) order by r.id limit $4",
                row::RUN
            );
            let values = values![job, RunId::floor(before), before, limit as i64];
            let rows = self.database.rows(&text, values).await.map_err(&failed)?;
            rows.iter().map(row::run).collect::<sqlx::Result<_>>().map_err(&failed)
        })
    }

    fn stats(&self) -> Answer<'_, Stats> {
        Box::pin(async move {
            let failed = StoreError::of("count what is in the ledger");
            stats(&self.database).await.map_err(&failed)
        })
    }
}

/// The statement of a page. The ids are in the order of time, so that a page begins where the one
/// before ended, however much there is.
fn page(query: &RunQuery) -> (String, Vec<Value>) {
    let mut text = format!("select {} from run where true", row::RUN);
    let mut values = Vec::new();
    let mut and = |condition: &str, value: Value| {
        values.push(value);
        text.push_str(&condition.replace('?', &format!("${}", values.len())));
    };
    if let Some(job) = &query.job {
        and(" and job = ?", job.as_str().into());
    }
    if let Some(tenant) = &query.tenant {
        and(" and tenant = ?", tenant.as_str().into());
    }
    if let Some(before) = query.before {
        and(" and id < ?", before.into());
    }
    if let Some(since) = query.since {
        and(" and id >= ?", RunId::floor(since).into());
    }
    if let Some(prefix) = &query.prefix {
        and(" and id >= ?", prefix.to_lowercase().into());
        and(" and id <= ?", format!("{}g", prefix.to_lowercase()).into());
    }
    if !query.states.is_empty() {
        let first = values.len() + 1;
        values.extend(query.states.iter().map(|state| Value::from(state.name())));
        let states = list(query.states.len(), |n| format!("${}", first + n));
        text.push_str(&format!(" and state in ({states})"));
        // An index has only these; said in the index's own words, it is used.
        if query.states.iter().all(|state| state.is_final() && *state != RunState::Done) {
            text.push_str(BAD);
        }
    }
    values.push(limit(query.limit).into());
    text.push_str(&format!(" order by id desc limit ${}", values.len()));
    (text, values)
}

/// The condition of the index `run_bad`.
const BAD: &str = " and state in ('partial', 'failed', 'skipped', 'cancelled', 'crashed', \
     'unknown', 'expired')";

pub(super) fn limit(asked: usize) -> i64 {
    (if asked == 0 { PAGE } else { asked }) as i64
}

async fn jobs(database: &Database) -> sqlx::Result<Vec<JobStatus>> {
    let latest = format!("select {} from run where job = $1 order by id desc limit 1", row::RUN);
    let success = "select ended_at from run where job = $1 and state = 'done' \
         order by id desc limit 1";
    let open = "select state, count(*) as runs from run where job = $1 \
         and state in ('ready', 'admitted', 'running') group by state";
    let unknown =
        format!("select count(*) as runs from run where job = $1 and state = 'unknown'{BAD}");
    let mut jobs = Vec::new();
    let known = "select * from job order by name";
    for found in database.rows(known, Vec::new()).await? {
        let job = found.text("name")?;
        let named = || values![job.as_str()];
        let last = database.row(&latest, named()).await?;
        let last_success = database.row(success, named()).await?;
        let unknown = database.row(&unknown, named()).await?;
        let mut status = JobStatus {
            paused: row::pause(&found)?,
            last: last.as_ref().map(row::run).transpose()?,
            last_success: last_success.map(|row| row.time("ended_at")).transpose()?,
            waiting: 0,
            running: 0,
            unknown: unknown.map_or(Ok(0), |row| row.int("runs"))? as u64,
            job: job.clone(),
        };
        for open in database.rows(open, named()).await? {
            let runs = open.int("runs")? as u64;
            match open.parsed("state", RunState::named)? {
                RunState::Running => status.running += runs,
                _ => status.waiting += runs,
            }
        }
        jobs.push(status);
    }
    Ok(jobs)
}

async fn stats(database: &Database) -> sqlx::Result<Stats> {
    let mut stats = Stats::default();
    let open = "select state, count(*) as runs from run \
         where state in ('ready', 'admitted', 'running') group by state";
    for row in database.rows(open, Vec::new()).await? {
        let runs = row.int("runs")? as u64;
        match row.parsed("state", RunState::named)? {
            RunState::Ready => stats.ready = runs,
            RunState::Admitted => stats.admitted = runs,
            _ => stats.running = runs,
        }
    }
    let number = async |text: &str| -> sqlx::Result<u64> {
        let row = database.row(text, Vec::new()).await?;
        Ok(row.map_or(Ok(0), |row| row.int("n"))? as u64)
    };
    let unknown = format!("select count(*) as n from run where state = 'unknown'{BAD}");
    stats.unknown = number(&unknown).await?;
    let oldest = "select min(due_at) as due_at from run where state = 'ready'";
    if let Some(row) = database.row(oldest, Vec::new()).await? {
        stats.oldest_due = row.maybe_time("due_at")?;
    }
    stats.throttled_tenants =
        number("select count(*) as n from tenant where allowed < max_running").await?;
    stats.paused_tenants =
        number("select count(*) as n from tenant where paused_at is not null").await?;
    stats.notices_waiting = number(
        "select (select count(*) from notice where state = 'waiting') \
         + (select count(*) from notice where state = 'sending') as n",
    )
    .await?;
    stats.notices_failed =
        number("select count(*) as n from notice where ended_at is not null and state = 'failed'")
            .await?;
    stats.bytes = number(match database {
        Database::Sqlite { .. } => {
            "select page_count * page_size as n from pragma_page_count(), pragma_page_size()"
        }
        Database::Postgres(_) => {
            "select coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint as n \
             from pg_class c join pg_namespace s on s.oid = c.relnamespace \
             where s.nspname = 'exoctl' and c.relkind = 'r'"
        }
    })
    .await?;
    Ok(stats)
}
