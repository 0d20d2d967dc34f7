//! Whether everything in the ledger agrees.

use super::SqlLedger;
use super::database::{Database, values};
use crate::error::StoreError;

/// Each a statement whose rows, one text each, are what is wrong.
const RULES: [&str; 6] = [
    "select 'tenant ' || t.name || ' counts ' || t.running || ' running, not ' || n.runs as wrong \
     from tenant t join (select t.name, count(r.id) as runs from tenant t left join run r \
       on r.tenant = t.name and r.state in ('admitted', 'running') group by t.name) n \
     on n.name = t.name where t.running <> n.runs",
    "select 'run ' || id || ' is ' || state || ' and has no lease' as wrong from run \
     where state = 'running' and (lease_until is null or owner is null)",
    "select 'run ' || id || ' is ' || state || ' and has an end' as wrong from run \
     where state in ('ready', 'admitted', 'running') and ended_at is not null",
    "select 'run ' || id || ' is ' || state || ' and has no end' as wrong from run \
     where state not in ('ready', 'admitted', 'running') and ended_at is null",
    "select 'run ' || id || ' has lost the text of its job' as wrong from run r \
     where not exists (select 1 from definition d where d.id = r.definition)",
    "select 'run ' || id || ' waits and nobody will look at it' as wrong from run r \
     join tenant t on t.name = r.tenant where r.state = 'ready' and t.turn is null \
     and t.wake_at is null and t.paused_at is null \
     and not exists (select 1 from run b where b.tenant = r.tenant and b.job = r.job \
       and b.state in ('admitted', 'running')) \
     and not exists (select 1 from job j where j.name = r.job and j.paused_at is not null)",
];

impl SqlLedger {
    pub(super) async fn contradictions(&self) -> Result<Vec<String>, StoreError> {
        let failed = StoreError::of("check the ledger");
        let mut wrong = Vec::new();
        if let Database::Sqlite { .. } = &self.database {
            let text = "select integrity_check as wrong from pragma_integrity_check";
            for row in self.database.rows(text, values![]).await.map_err(&failed)? {
                let found = row.text("wrong").map_err(&failed)?;
                wrong.extend(Some(found).filter(|found| found != "ok"));
            }
        }
        for rule in RULES {
            for row in self.database.rows(rule, values![]).await.map_err(&failed)? {
                wrong.push(row.text("wrong").map_err(&failed)?);
            }
        }
        Ok(wrong)
    }
}
