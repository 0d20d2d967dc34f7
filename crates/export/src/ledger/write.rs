//! The changes of a ledger, each a transaction.

use jiff::Timestamp;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Connection as _, Sqlite, SqliteConnection};

use super::{Effort, FORMAT, Kept, Ledger, LedgerError, Settled, State};
use crate::period::Period;
use crate::plan::SplitBy;
use crate::query::{Query, Window};
use crate::sink::Checkpoint;
use crate::source::Survey;

type Statement = sqlx::query::Query<'static, Sqlite, SqliteArguments>;

/// Takes the lock for writing at once: a change never fails half-way for want of it.
const BEGIN: &str = "BEGIN IMMEDIATE";

impl Ledger {
    /// Begins the export of a query.
    pub(crate) async fn begin(&self, query: &Query, now: Timestamp) -> Result<(), LedgerError> {
        let insert = sqlx::query(
            "insert into export (id, format, query, created, state) values (1, ?, ?, ?, 'open')",
        );
        let insert = insert.bind(FORMAT).bind(json(query)).bind(now.to_string());
        self.write("begin the export", vec![insert]).await
    }

    /// Sets the export's state.
    pub(crate) async fn set_state(&self, state: State) -> Result<(), LedgerError> {
        let update = sqlx::query("update export set state = ?").bind(state.name());
        self.write("set the state", vec![update]).await
    }

    /// Keeps what the service looked like.
    pub(crate) async fn keep_survey(&self, survey: &Survey) -> Result<(), LedgerError> {
        let update = sqlx::query("update export set survey = ?").bind(json(survey));
        self.write("keep the survey", vec![update]).await
    }

    /// Adds a stretch with its windows; gives their ids.
    pub(crate) async fn plan(
        &self,
        number: i64,
        period: Period,
        windows: &[Window],
    ) -> Result<Vec<i64>, LedgerError> {
        let failed = self.failing("plan a stretch");
        let mut connection = self.connection.lock().await;
        let mut change = connection.begin_with(BEGIN).await.map_err(&failed)?;
        sqlx::query("insert into stretch (number, starts, ends) values (?, ?, ?)")
            .bind(number)
            .bind(period.start().as_second())
            .bind(period.end().as_second())
            .execute(&mut *change)
            .await
            .map_err(&failed)?;
        let ids = add_windows(&mut change, number, None, windows).await.map_err(&failed)?;
        change.commit().await.map_err(&failed)?;
        Ok(ids)
    }

    /// Replaces a window by its parts; gives their ids. What came of it stays if it is `kept`.
    pub(crate) async fn split(
        &self,
        (window, stretch): (i64, i64),
        (by, parts): (SplitBy, &[Window]),
        effort: &Effort,
        kept: Option<(&Kept, Timestamp)>,
    ) -> Result<Vec<i64>, LedgerError> {
        let segment = kept.and_then(|(kept, _)| kept.segment);
        let failed = self.failing("split a window");
        let mut connection = self.connection.lock().await;
        let mut change = connection.begin_with(BEGIN).await.map_err(&failed)?;
        effort
            .bind(
                "update window set attempts = attempts + ?, anomalies = ?, calls = calls + ?, \
                 request_ids = ?, told = ?, refused = ?, state = 'split', split_by = ?, \
                 counts = ?, segment_bytes = ?, segment_sha256 = ?, ended = ? where id = ?",
            )
            .bind(by.name())
            .bind(kept.map(|(kept, _)| json(&kept.counts)))
            .bind(segment.map(|(bytes, _)| bytes as i64))
            .bind(segment.map(|(_, hash)| hash.to_vec()))
            .bind(kept.map(|(_, now)| now.to_string()))
            .bind(window)
            .execute(&mut *change)
            .await
            .map_err(&failed)?;
        let ids = add_windows(&mut change, stretch, Some(window), parts).await.map_err(&failed)?;
        change.commit().await.map_err(&failed)?;
        Ok(ids)
    }

    /// Writes down how a window ended. Its segment is on the disk already.
    pub(crate) async fn settle(
        &self,
        window: i64,
        settled: &Settled,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let (bytes, sha256) = settled.segment.unzip();
        let update = settled
            .effort
            .bind(
                "update window set attempts = attempts + ?, anomalies = ?, calls = calls + ?, \
                 request_ids = ?, told = ?, refused = ?, state = 'done', verdict = ?, reason = ?, counts = ?, \
                 segment_bytes = ?, segment_sha256 = ?, ended = ? where id = ?",
            )
            .bind(settled.verdict.name())
            .bind(settled.reason.clone())
            .bind(json(&settled.counts))
            .bind(bytes.map(|bytes| bytes as i64))
            .bind(sha256.map(|hash| hash.to_vec()))
            .bind(now.to_string())
            .bind(window);
        self.write("settle a window", vec![update]).await
    }

    /// Writes down how far the sinks are, and how many records they were given up to the end of
    /// which stretches.
    pub(crate) async fn checkpoint(
        &self,
        sinks: &[(String, Checkpoint)],
        fed: &[(i64, u64)],
    ) -> Result<(), LedgerError> {
        let sinks = sinks.iter().map(|(name, checkpoint)| {
            sqlx::query("insert or replace into sink (name, records, state) values (?, ?, ?)")
                .bind(name.clone())
                .bind(checkpoint.records as i64)
                .bind(checkpoint.state.clone())
        });
        let fed = fed.iter().map(|(stretch, records)| {
            sqlx::query("update stretch set fed = ? where number = ?")
                .bind(*records as i64)
                .bind(*stretch)
        });
        self.write("keep a checkpoint", sinks.chain(fed).collect()).await
    }

    /// Lets the windows that failed be read again. What comes of them goes into the middle of what
    /// was written, so that the sinks begin anew. Gives how many there are.
    pub(crate) async fn reopen_failed(&self) -> Result<u64, LedgerError> {
        let failed = self.failing("reopen failed windows");
        let mut connection = self.connection.lock().await;
        let mut change = connection.begin_with(BEGIN).await.map_err(&failed)?;
        let reopened = sqlx::query(
            "update window set state = 'planned', verdict = null, reason = null, counts = null, \
             ended = null where verdict = 'failed'",
        );
        let reopened = reopened.execute(&mut *change).await.map_err(&failed)?.rows_affected();
        if reopened > 0 {
            for text in ["delete from sink", "update stretch set fed = null"] {
                sqlx::query(text).execute(&mut *change).await.map_err(&failed)?;
            }
        }
        change.commit().await.map_err(&failed)?;
        Ok(reopened)
    }

    /// Forgets the checkpoints: the sinks begin anew.
    pub(crate) async fn forget_sinks(&self) -> Result<(), LedgerError> {
        let texts = ["delete from sink", "update stretch set fed = null"];
        self.write("forget the sinks", texts.map(sqlx::query).into()).await
    }

    async fn write(
        &self,
        operation: &'static str,
        statements: Vec<Statement>,
    ) -> Result<(), LedgerError> {
        let failed = self.failing(operation);
        let mut connection = self.connection.lock().await;
        let mut change = connection.begin_with(BEGIN).await.map_err(&failed)?;
        for statement in statements {
            statement.execute(&mut *change).await.map_err(&failed)?;
        }
        change.commit().await.map_err(&failed)
    }
}

impl Effort {
    /// The statement with what was done as its first values.
    fn bind(&self, text: &'static str) -> Statement {
        sqlx::query(text)
            .bind(i64::from(self.attempts))
            .bind(json(&self.anomalies))
            .bind(self.calls as i64)
            .bind(json(&self.request_ids))
            .bind(self.told.map(|rows| rows as i64))
            .bind(self.refused)
    }
}

async fn add_windows(
    change: &mut SqliteConnection,
    stretch: i64,
    parent: Option<i64>,
    windows: &[Window],
) -> sqlx::Result<Vec<i64>> {
    let mut ids = Vec::with_capacity(windows.len());
    for window in windows {
        let insert = sqlx::query(
            "insert into window (stretch, parent, starts, ends, filter, state) \
             values (?, ?, ?, ?, ?, 'planned')",
        );
        let inserted = insert
            .bind(stretch)
            .bind(parent)
            .bind(window.period.start().as_second())
            .bind(window.period.end().as_second())
            .bind(json(&window.filter))
            .execute(&mut *change)
            .await?;
        ids.push(inserted.last_insert_rowid());
    }
    Ok(ids)
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("texts and numbers become JSON")
}
