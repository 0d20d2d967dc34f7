//! Rows as they are read.

use super::database::{Row, wrong};
use crate::Effect;
use crate::record::{
    AttemptRow, Class, Fence, Pause, RunId, RunRow, RunState, StepRow, TenantLimit, TenantRow,
    Trigger,
};

/// The columns of a run that [`run`] reads.
pub(super) const RUN: &str = "id, key, job, tenant, scheduled, due_at, origin, effect, class, \
     state, reason, attempt, crashes, max_crashes, fence, owner, lease_until, cancel, place, \
     exit_code, summary, created_at, started_at, ended_at";

pub(super) fn run(row: &Row) -> sqlx::Result<RunRow> {
    Ok(RunRow {
        id: row.parsed("id", |id| id.parse().ok())?,
        key: row.text("key")?,
        job: row.text("job")?,
        tenant: row.text("tenant")?,
        scheduled: row.time("scheduled")?,
        due_at: row.time("due_at")?,
        trigger: row.parsed("origin", Trigger::named)?,
        effect: row.parsed("effect", Effect::named)?,
        class: Class::of_number(row.int("class")?).ok_or_else(|| wrong("class"))?,
        state: row.parsed("state", RunState::named)?,
        reason: row.maybe_text("reason")?,
        attempt: row.int("attempt")? as u32,
        crashes: row.int("crashes")? as u32,
        max_crashes: row.int("max_crashes")? as u32,
        fence: Fence(row.int("fence")?),
        owner: row.maybe_text("owner")?,
        lease_until: row.maybe_time("lease_until")?,
        cancel: row.maybe_text("cancel")?,
        place: row.maybe_text("place")?,
        exit_code: row.maybe_int("exit_code")?.map(|code| code as i32),
        summary: row.json("summary")?,
        created_at: row.time("created_at")?,
        started_at: row.maybe_time("started_at")?,
        ended_at: row.maybe_time("ended_at")?,
    })
}

pub(super) fn run_id(row: &Row) -> sqlx::Result<RunId> {
    row.parsed("id", |id| id.parse().ok())
}

pub(super) fn attempt(row: &Row) -> sqlx::Result<AttemptRow> {
    Ok(AttemptRow {
        run: row.parsed("run", |id| id.parse().ok())?,
        fence: Fence(row.int("fence")?),
        number: row.int("number")? as u32,
        owner: row.text("owner")?,
        started_at: row.time("started_at")?,
        ended_at: row.maybe_time("ended_at")?,
        outcome: row.maybe_text("outcome")?,
        exit_code: row.maybe_int("exit_code")?.map(|code| code as i32),
    })
}

pub(super) fn step(row: &Row) -> sqlx::Result<StepRow> {
    Ok(StepRow {
        number: row.int("number")? as u32,
        name: row.text("name")?,
        started_at: row.time("started_at")?,
        ended_at: row.maybe_time("ended_at")?,
        exit_code: row.maybe_int("exit_code")?.map(|code| code as i32),
        log: row.maybe_text("log")?,
        summary: row.json("summary")?,
    })
}

pub(super) fn tenant(row: &Row) -> sqlx::Result<TenantRow> {
    let held_until = row.maybe_time("held_until")?.filter(|until| until.as_millisecond() > 0);
    Ok(TenantRow {
        name: row.text("name")?,
        running: row.int("running")? as u32,
        limit: TenantLimit {
            max_running: row.int("max_running")? as u32,
            allowed: row.int("allowed")? as u32,
            held_until,
        },
        paused: pause(row)?,
    })
}

pub(super) fn pause(row: &Row) -> sqlx::Result<Option<Pause>> {
    let Some(at) = row.maybe_time("paused_at")? else { return Ok(None) };
    let by = row.maybe_text("paused_by")?.unwrap_or_default();
    Ok(Some(Pause { at, by, reason: row.maybe_text("pause_reason")? }))
}
