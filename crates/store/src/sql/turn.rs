//! Whose turn it is.
//!
//! Each tenant carries the class of its most urgent run that may begin (`turn`) and the instant at
//! which that will change by itself (`wake_at`): when a run falls due, gets old, or the tenant has
//! waited long enough after being throttled. So finding out who is next reads two small indexes,
//! however many tenants wait.

use super::database::{Change, Value, values};

/// After which a run goes with the class above its own.
const AGEING_MS: i64 = 30 * 60 * 1000;

/// How many tenants are woken at once.
const WAKE: i64 = 500;

/// Whether the run `r` may begin as far as others are concerned.
const FREE: &str = "not exists (select 1 from run b where b.tenant = r.tenant and b.job = r.job \
     and b.state in ('admitted', 'running')) \
     and not exists (select 1 from job j where j.name = r.job and j.paused_at is not null)";

/// The class that the run `r`, which is due, has by now.
const RANK: &str = "case when r.class * $2 <= $1 - r.due_at then 0 \
     else r.class - ($1 - r.due_at) / $2 end";

/// When the class of the run `r` changes next.
const NEXT: &str = "case when r.due_at > $1 then r.due_at \
     when r.class * $2 > $1 - r.due_at then r.due_at + (($1 - r.due_at) / $2 + 1) * $2 end";

/// The id of the tenant's (`$3`) run that is next.
pub(super) fn next_run() -> String {
    format!(
        "select r.id from run r where r.tenant = $3 and r.state = 'ready' and r.due_at <= $1 \
         and {FREE} order by {RANK}, r.due_at, r.id limit 1"
    )
}

/// The values of `$1` and `$2` in the statements here.
pub(super) fn instant(now: i64) -> Vec<Value> {
    values![now, AGEING_MS]
}

/// Works out anew whose turn it is among the tenants that `which` says, and changes what else is
/// said of them; `$3` and on are `values`.
pub(super) async fn refresh(
    change: &mut Change,
    also: &str,
    which: &str,
    now: i64,
    values: Vec<Value>,
) -> sqlx::Result<u64> {
    let text = format!(
        "update tenant set {also} \
         turn = case when paused_at is not null or held_until > $1 then null else \
           (select min({RANK}) from run r where r.tenant = tenant.name and r.state = 'ready' \
            and r.due_at <= $1 and {FREE}) end, \
         wake_at = case when paused_at is not null then null \
           when held_until > $1 then held_until else \
           (select min({NEXT}) from run r where r.tenant = tenant.name and r.state = 'ready' \
            and {FREE}) end \
         where {which}"
    );
    let mut all = instant(now);
    all.extend(values);
    change.execute(&text, all).await
}

/// Works out anew whose turn it is where time has changed it.
pub(super) async fn wake(change: &mut Change, now: i64) -> sqlx::Result<()> {
    let text = format!(
        "select name from tenant where wake_at <= $1 order by wake_at limit {WAKE}{}",
        change.skip_locked()
    );
    for row in change.rows(&text, values![now]).await? {
        refresh(change, "", "name = $3", now, values![row.text("name")?]).await?;
    }
    Ok(())
}
