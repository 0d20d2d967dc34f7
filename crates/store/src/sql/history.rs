//! What there is to read.

use jiff::Timestamp;

use super::database::{Database, Value, values};
use super::page::Page;
use super::{SqlLedger, row};
use crate::error::StoreError;
use crate::ledger::{Answer, History};
use crate::record::{
    AttemptRow, JobStatus, RunId, RunQuery, RunRow, RunState, Stats, StepRow, TenantRow,
};

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
            let text = "select * from step s where run = $1 and fence = (select max(l.fence) \
                 from step l where l.run = s.run and l.number = s.number) order by number";
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

/// The statement that reads a page.
fn page(query: &RunQuery) -> (String, Vec<Value>) {
    let prefix = query.prefix.as_ref().map(|prefix| prefix.to_lowercase());
    let states = query.states.iter().map(|state| state.name()).collect();
    let mut page = Page::of(row::RUN, "run")
        .and("job =", query.job.as_deref())
        .and("tenant =", query.tenant.as_deref())
        .and("id <", query.before)
        .and("id >=", query.since.map(RunId::floor))
        .and("id >=", prefix.clone())
        // After every digit of an id.
        .and("id <", prefix.map(|prefix| prefix + "g"))
        .and_one_of("state", states);
    let bad = |state: &RunState| state.is_final() && *state != RunState::Done;
    if !query.states.is_empty() && query.states.iter().all(bad) {
        page.push(BAD);
    }
    page.newest(query.limit)
}

/// The condition of the index `run_bad`. Said in the index's own words, it is used.
const BAD: &str = " and state in ('partial', 'failed', 'skipped', 'cancelled', 'crashed', \
     'unknown', 'expired')";

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
