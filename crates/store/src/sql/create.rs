//! Occurrences: a run for each tenant, once.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;

use jiff::Timestamp;
use uuid::Uuid;

use super::database::{Change, Value, values};
use super::{SqlLedger, row};
use crate::Overlap;
use crate::error::StoreError;
use crate::record::{Created, NewOccurrence, NewRun, NewRunState, RunId, RunState, Trigger};

/// How many rows go into one statement: five values of each are far below what databases take.
const ROWS: usize = 400;

/// How many runs of a tenant may be running if nothing else was said.
const MAX_RUNNING: i64 = 2;

impl SqlLedger {
    pub(super) async fn create_occurrence(
        &self,
        new: &NewOccurrence,
        now: Timestamp,
    ) -> Result<Created, StoreError> {
        let failed = StoreError::of("write down an occurrence");
        let mut change = self.database.begin().await.map_err(&failed)?;
        let created = create(&mut change, new, now).await.map_err(&failed)?;
        change.commit().await.map_err(&failed)?;
        Ok(created)
    }

    pub(super) async fn put_decision(
        &self,
        job: &str,
        tenants: &[String],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let failed = StoreError::of("write down a decision");
        let mut change = self.database.begin().await.map_err(&failed)?;
        for tenants in tenants.chunks(ROWS) {
            let tenants: Vec<&str> = tenants.iter().map(String::as_str).collect();
            decide(
                &mut change,
                job,
                &tenants,
                at,
                "or excluded.scheduled < decision.scheduled - 86400000",
            )
            .await
            .map_err(&failed)?;
        }
        change.commit().await.map_err(&failed)
    }

    pub(super) async fn decisions(
        &self,
        job: &str,
    ) -> Result<BTreeMap<String, Timestamp>, StoreError> {
        let failed = StoreError::of("read the decisions");
        let text = "select tenant, scheduled from decision where job = $1";
        let rows = self.database.rows(text, values![job]).await.map_err(&failed)?;
        let read = rows.iter().map(|row| Ok((row.text("tenant")?, row.time("scheduled")?)));
        read.collect::<sqlx::Result<_>>().map_err(&failed)
    }
}

async fn create(change: &mut Change, new: &NewOccurrence, now: Timestamp) -> sqlx::Result<Created> {
    let job = "insert into job (name) values ($1) on conflict (name) do nothing";
    change.execute(job, values![new.job.as_str()]).await?;
    let definition = definition(change, new).await?;
    // Always in the same order, so that two that do this do not wait for each other.
    let mut runs: Vec<&NewRun> = new.runs.iter().collect();
    runs.sort_by(|a, b| a.tenant.cmp(&b.tenant));
    let mut created = Created::default();
    for runs in runs.chunks(ROWS) {
        let tenants: Vec<&str> = runs.iter().map(|run| run.tenant.as_str()).collect();
        put_tenants(change, &tenants).await?;
        let made = put_runs(change, new, &definition, runs, now).await?;
        wake_tenants(change, runs, &made).await?;
        if new.trigger != Trigger::Manual {
            decide(change, &new.job, &tenants, new.scheduled, "").await?;
        }
        created.runs.extend(made);
    }
    created.existing = runs.len() - created.runs.len();
    if new.overlap != Overlap::Skip {
        created.replaced = make_room(change, new, &created.runs, now).await?;
    }
    Ok(created)
}

/// The id of the job's text; the same text is kept once.
async fn definition(change: &mut Change, new: &NewOccurrence) -> sqlx::Result<String> {
    let known = "select id from definition where job = $1 and content = $2";
    let text = values![new.job.as_str(), new.definition.as_str()];
    if let Some(row) = change.row(known, text).await? {
        return row.text("id");
    }
    let id = Uuid::new_v4().to_string();
    let insert = "insert into definition (id, job, content) values ($1, $2, $3)";
    let all = values![id.as_str(), new.job.as_str(), new.definition.as_str()];
    change.execute(insert, all).await?;
    Ok(id)
}

/// Makes tenants that are not there yet, and locks them all.
pub(super) async fn put_tenants(change: &mut Change, tenants: &[&str]) -> sqlx::Result<()> {
    let names = || tenants.iter().map(|name| Value::from(*name));
    let rows = list(tenants.len(), |n| format!("(${}, $1, $1)", n + 2));
    let text = format!(
        "insert into tenant (name, max_running, allowed) values {rows} on conflict (name) do nothing"
    );
    let values = std::iter::once(MAX_RUNNING.into()).chain(names()).collect();
    change.execute(&text, values).await?;
    let names_text = list(tenants.len(), |n| format!("${}", n + 1));
    let lock =
        format!("select name from tenant where name in ({names_text}) order by name for update");
    change.lock(&lock, names().collect()).await
}

async fn put_runs(
    change: &mut Change,
    new: &NewOccurrence,
    definition: &str,
    runs: &[&NewRun],
    now: Timestamp,
) -> sqlx::Result<Vec<NewRunState>> {
    const SHARED: usize = 9;
    let mut values = values![
        new.job.as_str(),
        definition,
        new.scheduled,
        new.trigger.name(),
        new.effect.name(),
        new.class.number(),
        i64::from(new.max_crashes),
        now,
        if new.overlap == Overlap::Skip { "skip" } else { "keep" },
    ];
    for run in runs {
        values.extend(values![
            RunId::new(now),
            new.key(&run.tenant),
            run.tenant.as_str(),
            run.due_at,
            run.skip.as_deref(),
        ]);
    }
    let rows = list(runs.len(), |n| {
        let first = SHARED + 5 * n + 1;
        format!("(${first}, ${}, ${}, ${}, ${})", first + 1, first + 2, first + 3, first + 4)
    });
    let text = format!(
        "with v (id, key, tenant, due_at, skip) as (values {rows}), \
         w as (select v.*, $9 = 'skip' and exists (select 1 from run b where b.job = $1 \
           and b.tenant = v.tenant and b.state in ('ready', 'admitted', 'running')) as taken from v) \
         insert into run (id, key, job, tenant, definition, scheduled, due_at, origin, effect, \
           class, state, reason, max_crashes, created_at, ended_at) \
         select w.id, w.key, $1, w.tenant, $2, $3, w.due_at, $4, $5, $6, \
           case when w.skip is not null or w.taken then 'skipped' else 'ready' end, \
           case when w.skip is not null then w.skip \
             when w.taken then 'an earlier run has not ended' end, \
           $7, $8, case when w.skip is not null or w.taken then $8 end \
         from w where true on conflict (key) do nothing returning id, tenant, state"
    );
    let rows = change.rows(&text, values).await?;
    let read = |row| {
        let state = super::database::Row::parsed(row, "state", RunState::named)?;
        Ok(NewRunState { run: row::run_id(row)?, tenant: row.text("tenant")?, state })
    };
    rows.iter().map(read).collect()
}

/// Has the tenants looked at when their new runs are due.
async fn wake_tenants(
    change: &mut Change,
    runs: &[&NewRun],
    made: &[NewRunState],
) -> sqlx::Result<()> {
    let ready = made.iter().filter(|made| made.state == RunState::Ready);
    let ready: HashSet<&str> = ready.map(|made| made.tenant.as_str()).collect();
    let runs: Vec<_> = runs.iter().filter(|run| ready.contains(run.tenant.as_str())).collect();
    if runs.is_empty() {
        return Ok(());
    }
    let rows = list(runs.len(), |n| format!("(${}, ${})", 2 * n + 1, 2 * n + 2));
    let text = format!(
        "with v (name, due_at) as (values {rows}) update tenant set wake_at = v.due_at from v \
         where tenant.name = v.name and (wake_at is null or wake_at > v.due_at)"
    );
    let values = runs.iter().flat_map(|run| values![run.tenant.as_str(), run.due_at]).collect();
    change.execute(&text, values).await.map(drop)
}

async fn decide(
    change: &mut Change,
    job: &str,
    tenants: &[&str],
    at: Timestamp,
    back: &'static str,
) -> sqlx::Result<()> {
    let rows = list(tenants.len(), |n| format!("($1, ${}, $2)", n + 3));
    let text = format!(
        "insert into decision (job, tenant, scheduled) values {rows} \
         on conflict (job, tenant) do update set scheduled = excluded.scheduled \
         where excluded.scheduled > decision.scheduled {back}"
    );
    let mut values = values![job, at];
    values.extend(tenants.iter().map(|tenant| Value::from(*tenant)));
    change.execute(&text, values).await.map(drop)
}

/// Ends, or wants to end, earlier runs that are in the way of new ones.
async fn make_room(
    change: &mut Change,
    new: &NewOccurrence,
    made: &[NewRunState],
    now: Timestamp,
) -> sqlx::Result<Vec<RunId>> {
    let ours: HashSet<RunId> = made.iter().map(|made| made.run).collect();
    let ready = made.iter().filter(|made| made.state == RunState::Ready);
    let by_tenant: HashMap<&str, RunId> =
        ready.map(|made| (made.tenant.as_str(), made.run)).collect();
    if by_tenant.is_empty() || (new.overlap == Overlap::Queue && new.trigger != Trigger::Schedule) {
        return Ok(Vec::new());
    }
    let open = "select id, tenant, state, attempt, origin from run where job = $1 \
         and state in ('ready', 'admitted', 'running')";
    let mut replaced = Vec::new();
    for row in change.rows(open, values![new.job.as_str()]).await? {
        let (id, tenant) = (row::run_id(&row)?, row.text("tenant")?);
        let Some(by) = by_tenant.get(tenant.as_str()).filter(|_| !ours.contains(&id)) else {
            continue;
        };
        let state = row.parsed("state", RunState::named)?;
        let unbegun = state == RunState::Ready && row.int("attempt")? == 0;
        let scheduled = row.parsed("origin", Trigger::named)? == Trigger::Schedule;
        let reason = format!("replaced by run {by}");
        match new.overlap {
            Overlap::Queue if !(unbegun && scheduled) => continue,
            Overlap::Queue => end(change, id, RunState::Skipped, &reason, now).await?,
            _ if state == RunState::Ready => {
                end(change, id, RunState::Cancelled, &reason, now).await?;
            }
            _ => {
                let want = "update run set cancel = coalesce(cancel, $2) where id = $1";
                change.execute(want, values![id, reason]).await?;
            }
        }
        replaced.push(id);
    }
    Ok(replaced)
}

/// Ends a run that waits.
pub(super) async fn end(
    change: &mut Change,
    run: RunId,
    state: RunState,
    reason: &str,
    now: Timestamp,
) -> sqlx::Result<()> {
    let text = "update run set state = $2, reason = $3, ended_at = $4 \
         where id = $1 and state = 'ready'";
    change.execute(text, values![run, state.name(), reason, now]).await.map(drop)
}

/// Something for each of so many rows, with commas between.
pub(super) fn list(rows: usize, one: impl Fn(usize) -> String) -> String {
    let mut text = String::new();
    for row in 0..rows {
        let comma = if row == 0 { "" } else { ", " };
        write!(text, "{comma}{}", one(row)).expect("a string takes everything");
    }
    text
}
