//! Every fault against every kind of call.

use std::collections::{HashMap, HashSet};

use exoctl_exchange::{BulkOptions, Invocation, InvokeError, Records, ResultSize};
use futures_util::{StreamExt, stream};
use jiff::SignedDuration;

use crate::fault::{Duration, FAULTS, Fault, Nature};
use crate::plain;
use crate::report;
use crate::scenario::{COLUMNS, Column, End, Rows, read_text, rows_text};
use crate::tenant::Tenant;

#[test]
fn every_fault_against_every_kind_of_call() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let columns: Vec<Vec<Cell>> = runtime.block_on(async {
        let tasks: Vec<_> = COLUMNS.map(|column| tokio::spawn(run(column))).into();
        let mut cells = Vec::new();
        for task in tasks {
            cells.push(task.await.unwrap());
        }
        cells
    });
    let wrong: Vec<&str> =
        columns.iter().flatten().flat_map(|cell| cell.wrong.iter().map(String::as_str)).collect();
    assert!(wrong.is_empty(), "{} faults:\n{}", wrong.len(), wrong.join("\n"));
    let row = |index: usize| columns.iter().map(|column| column[index].text.clone()).collect();
    report::check(&(0..FAULTS.len()).map(row).collect::<Vec<_>>());
}

/// A cell of the table, and what was not as it should be.
struct Cell {
    text: String,
    wrong: Vec<String>,
}

/// One run of one cell.
struct Run<'a> {
    column: Column,
    fault: &'a Fault,
    duration: Duration,
    seed: usize,
    wrong: Vec<String>,
}

async fn run(column: Column) -> Vec<Cell> {
    let started = std::time::Instant::now();
    let stage = Stage::set(column).await;
    let mut cells = Vec::new();
    for (index, fault) in FAULTS.iter().enumerate() {
        let mut texts = Vec::new();
        let mut wrong = Vec::new();
        for duration in [Duration::Passing, Duration::Lasting] {
            let seed = 1000 * (column as usize + 1) + 10 * index + duration as usize;
            let mut run = Run { column, fault, duration, seed, wrong: Vec::new() };
            texts.push(run.play(&stage).await);
            wrong.append(&mut run.wrong);
        }
        cells.push(Cell { text: texts.join("; "), wrong });
    }
    if std::env::var_os("FAULTS_TIMES").is_some() {
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), "{column:?}: {:?}", started.elapsed());
    }
    cells
}

/// A column's tenant and what is in it.
struct Stage {
    tenant: Tenant,
    /// Keys of all rows that a read gives.
    truth: Vec<String>,
}

impl Stage {
    async fn set(column: Column) -> Self {
        let mailboxes = match column {
            Column::Paged => 25_000,
            Column::Bulk | Column::BulkRetried => 2_000,
            Column::Exo => 5_000,
            Column::Token => 500,
            _ => 120,
        };
        let tenant = Tenant::start(mailboxes, |config| {
            config.seed = column as u64 + 1;
            if column == Column::Token {
                config.token_lifetime = Some(std::time::Duration::from_mins(20));
                config.continuation_lifetime = std::time::Duration::from_hours(24 * 365);
            }
        })
        .await;
        let compliance = column == Column::Compliance;
        let cmdlet = if compliance { "Get-Label" } else { "Get-Mailbox" };
        let rows = plain::column(&tenant, compliance, cmdlet, "Guid", "Name").await;
        let truth: Vec<String> = rows.into_iter().map(|(guid, _)| guid).collect();
        assert_eq!(truth.iter().collect::<HashSet<_>>().len(), truth.len());
        assert!(compliance || truth.len() as u64 == mailboxes);
        Self { tenant, truth }
    }
}

impl Run<'_> {
    async fn play(&mut self, stage: &Stage) -> String {
        match self.column {
            Column::Bulk | Column::BulkRetried => self.bulk(stage).await,
            Column::Batch => self.batch(stage).await,
            _ => self.read(stage).await,
        }
    }

    fn wrong(&mut self, what: impl std::fmt::Display) {
        let Self { column, fault, duration, seed, .. } = self;
        self.wrong.push(format!("{} × {column:?}, {duration:?}, seed {seed}: {what}", fault.name));
    }

    async fn inject(&self, tenant: &Tenant) {
        let schedule = self.column.schedule(self.fault, self.duration);
        let entra = self.column == Column::Token && self.fault.is_transport();
        let service = if entra { ",service=entra" } else { "" };
        let rule = format!("{}{schedule}{service},seed={}", self.fault.rule, self.seed);
        tenant.inject(&rule.replace(":,", ":")).await;
    }

    async fn clear(&mut self, tenant: &Tenant) {
        let hits = tenant.clear().await;
        if hits == 0 && self.column.strikes(self.fault) {
            self.wrong("the fault did not strike");
        }
    }

    /// A read of one result.
    async fn read(&mut self, stage: &Stage) -> String {
        let Stage { tenant, truth } = stage;
        let connection = tenant.connection();
        let (connection, invocation, truth) = match self.column {
            Column::Single => {
                let one = call("Get-Mailbox").with("Identity", truth[self.seed % 100].as_str());
                (connection.build(), one, &truth[self.seed % 100..=self.seed % 100])
            }
            Column::Exo => (
                connection.build(),
                call("Get-EXOMailbox").with("Properties", "Guid").unlimited(),
                &truth[..],
            ),
            Column::Compliance => {
                let connection = connection.compliance(true).page_size(1).build();
                (connection, call("Get-Label").wanting(ResultSize::Unlimited), &truth[..])
            }
            Column::Token => {
                let connection = connection.page_size(50).build();
                (connection, call("Get-Mailbox").select(["Guid"]).unlimited(), &truth[..])
            }
            _ => (connection.build(), call("Get-Mailbox").select(["Guid"]).unlimited(), &truth[..]),
        };
        let answers = tenant.recorder.answers();
        let mut records = connection.invoke(invocation);
        let mut given = Vec::new();
        if self.column == Column::Token {
            for _ in 0..2 {
                let page = records.next_page().await.unwrap().unwrap();
                given.extend(page.map(|row| row.text("Guid").unwrap()));
            }
            // The page after these is read ahead with the old token.
            tenant.recorder.answered_until(answers + 3).await;
            tenant.clock.0.advance(SignedDuration::from_mins(25));
        }
        self.inject(tenant).await;
        let error = drain(&mut records, &mut given).await;
        self.clear(tenant).await;
        self.judge_read(truth, given, error.as_ref())
    }

    fn judge_read(
        &mut self,
        truth: &[String],
        given: Vec<String>,
        error: Option<&InvokeError>,
    ) -> String {
        let end = end_of(error);
        let right = self.column.read_end(self.fault, self.duration);
        if end != right {
            self.wrong(format_args!("{right:?} is right, not {end:?}: {error:?}"));
        }
        let count = given.len();
        let given: HashSet<String> = given.into_iter().collect();
        if given.len() != count {
            self.wrong(format_args!("{count} rows, only {} of them different", given.len()));
        }
        let known: HashSet<&str> = truth.iter().map(String::as_str).collect();
        if let Some(stranger) = given.iter().find(|row| !known.contains(row.as_str())) {
            self.wrong(format_args!("the row {stranger} is none of the tenant's"));
        }
        if end == End::Done && count != truth.len() {
            self.wrong(format_args!("{count} rows of {} and success", truth.len()));
        }
        if let Some(InvokeError::Incomplete { rows, .. }) = error
            && *rows != count as u64
        {
            self.wrong(format_args!("{count} rows given, the error says {rows}"));
        }
        read_text(end)
    }

    /// A write of each of many rows.
    async fn bulk(&mut self, stage: &Stage) -> String {
        // What lasts hits each row several times.
        let rows = match (self.duration, self.fault.nature) {
            (Duration::Lasting, _) | (_, Nature::Locks(_)) => 50,
            (Duration::Passing, _) => 2_000,
        };
        let connection = stage.tenant.connection().build();
        let retried = self.column == Column::BulkRetried;
        let wanted = self.wanted(&stage.truth[..rows]);
        let calls: Vec<Invocation> =
            wanted.iter().map(|(identity, value)| set(identity, value, retried)).collect();
        let before = log_end(&stage.tenant).await;
        stage.tenant.recorder.forget();
        self.inject(&stage.tenant).await;
        let outcomes: Vec<_> =
            connection.bulk(stream::iter(calls), &BulkOptions::default()).collect().await;
        let mut ends = Vec::new();
        for outcome in outcomes {
            ends.push(finish(outcome.result, &mut Vec::new()).await);
        }
        self.clear(&stage.tenant).await;
        let right = self.column.rows_end(self.fault, self.duration, false);
        let strikes = self.column.strikes(self.fault);
        if strikes && right != Rows::AllDone && ends.iter().all(|(end, _)| *end == End::Done) {
            self.wrong("no row shows that the fault has struck");
        }
        self.judge_writes(stage, before, &wanted, &ends, right).await;
        rows_text(&[right])
    }

    /// Reads and writes, turn and turn about.
    async fn batch(&mut self, stage: &Stage) -> String {
        let connection = stage.tenant.connection().build();
        let wanted = self.wanted(&stage.truth[..12]);
        let read = &stage.truth[20..32];
        let mut calls = Vec::new();
        for (identity, (changed, value)) in read.iter().zip(&wanted) {
            calls.push(call("Get-Mailbox").with("Identity", identity.as_str()));
            calls.push(set(changed, value, false));
        }
        let before = log_end(&stage.tenant).await;
        stage.tenant.recorder.forget();
        self.inject(&stage.tenant).await;
        let mut results = connection.batch(calls).await.into_iter();
        let mut reads = Vec::new();
        let mut writes = Vec::new();
        for identity in read {
            let mut given = Vec::new();
            let end = finish(results.next().unwrap(), &mut given).await;
            if end.0 == End::Done && given != [identity.as_str()] {
                self.wrong(format_args!("{identity} was asked for, {given:?} came"));
            }
            reads.push(end);
            writes.push(finish(results.next().unwrap(), &mut Vec::new()).await);
        }
        self.clear(&stage.tenant).await;
        let right = self.column.rows_end(self.fault, self.duration, true);
        for (end, error) in &reads {
            if !right.allows(*end) {
                self.wrong(format_args!("a read: {right:?} is right, not {end:?}: {error}"));
            }
        }
        let right_of_writes = self.column.rows_end(self.fault, self.duration, false);
        self.judge_writes(stage, before, &wanted, &writes, right_of_writes).await;
        rows_text(&[right_of_writes, right])
    }

    /// Identities, and a new value for each.
    fn wanted(&self, identities: &[String]) -> Vec<(String, String)> {
        let value = |index| format!("{}-{index}", self.seed);
        identities.iter().enumerate().map(|(index, id)| (id.clone(), value(index))).collect()
    }

    /// Holds what was reported against the tenant's state and log.
    async fn judge_writes(
        &mut self,
        stage: &Stage,
        before: u64,
        wanted: &[(String, String)],
        ends: &[(End, String)],
        right: Rows,
    ) {
        let tenant = &stage.tenant;
        let log = tenant.requests_since(before).await;
        let executions = tenant.recorder.executions(&log, self.fault.is_after());
        let now = plain::column(tenant, false, "Get-Mailbox", "Guid", "CustomAttribute1").await;
        let now: HashMap<String, String> = now.into_iter().collect();
        // A connection that breaks takes other requests with it, executed or not: the log has
        // no line of them.
        let retried = self.column == Column::BulkRetried;
        let breaks =
            self.fault.rule.starts_with("reset") || self.fault.rule.starts_with("truncate");
        for ((identity, value), (end, error)) in wanted.iter().zip(ends) {
            let changed = now.get(identity) == Some(value);
            let times = executions.get(identity).copied().unwrap_or_default();
            let mut problem = None;
            if !right.allows(*end) {
                problem = Some(format!("{right:?} is right, not {end:?}: {error}"));
            } else if (times > 0 && !changed) || (changed && times == 0 && !breaks) {
                problem = Some(format!("executed {times} times, changed: {changed}"));
            } else if *end == End::Done && !changed {
                problem = Some("reported as done and is not".to_owned());
            } else if matches!(end, End::Failed(_)) && changed {
                problem = Some(format!("reported as failed and is done: {error}"));
            } else if !retried && times > 1 {
                problem = Some(format!("executed {times} times"));
            } else if !retried && tenant.recorder.was_sent_blindly(identity) {
                problem = Some("sent again after a try without an answer".to_owned());
            }
            if let Some(problem) = problem {
                self.wrong(format_args!("row {identity}: {problem}"));
                return;
            }
        }
        if wanted.len() != ends.len() {
            self.wrong(format_args!("{} outcomes of {} rows", ends.len(), wanted.len()));
        }
    }
}

fn call(cmdlet: &str) -> Invocation {
    Invocation::new(cmdlet.parse().unwrap())
}

fn set(identity: &str, value: &str, retried: bool) -> Invocation {
    let mut call = call("Set-Mailbox").with("Identity", identity).with("CustomAttribute1", value);
    call.retry_writes = retried;
    call
}

/// Takes the keys of all rows; gives the error at the end.
async fn drain(records: &mut Records, given: &mut Vec<String>) -> Option<InvokeError> {
    while let Some(row) = records.next().await {
        match row {
            Ok(row) => given.push(row.text("Guid").unwrap()),
            Err(error) => return Some(error),
        }
    }
    None
}

async fn finish(result: Result<Records, InvokeError>, given: &mut Vec<String>) -> (End, String) {
    let error = match result {
        Ok(mut records) => drain(&mut records, given).await,
        Err(error) => Some(error),
    };
    (end_of(error.as_ref()), format!("{error:?}"))
}

fn end_of(error: Option<&InvokeError>) -> End {
    match error {
        None => End::Done,
        Some(InvokeError::OutcomeUnknown { .. }) => End::Unknown,
        Some(error) => End::Failed(error.kind()),
    }
}

async fn log_end(tenant: &Tenant) -> u64 {
    tenant.requests_since(0).await.last().map_or(0, |entry| entry.number)
}
