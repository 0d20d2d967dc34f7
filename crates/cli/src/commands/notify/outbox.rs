//! `exoctl notify outbox`.

use std::sync::Arc;

use exoctl_store::{Ledger, NoticeState, OutboxQuery, OutboxRow};
use serde_json::{Value, json};

use crate::context::Context;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::output::Rows;
use crate::ui::Ui;
use crate::unattended::{LedgerOutbox, carry, open_ledger};

/// The arguments of `exoctl notify outbox`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Only what was given up
    #[arg(long)]
    failed: bool,
    /// Only what waits
    #[arg(long, conflicts_with_all = ["failed", "retry"])]
    waiting: bool,
    /// Only what is about this job
    #[arg(long, value_name = "NAME")]
    job: Option<String>,
    /// Send what was given up once more, now
    #[arg(long)]
    retry: bool,
    /// The newest so many
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    limit: usize,
}

const EXAMPLES: &str = "\
Examples:
  exoctl notify outbox
  exoctl notify outbox --failed -o json
  exoctl notify outbox --retry

What is not taken is tried ten times within some hours and then given up; nothing of it changes what became of the run.
With --retry the exit code is 3 if something was not taken again.";

impl Args {
    pub(super) async fn run(
        self,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        let mut rows = Rows::new(context, ui)?.noun("Notification");
        let ledger: Arc<dyn Ledger> = open_ledger(context).await?;
        let mut shown = ledger.notices(&self.query()).await?;
        let mut exit = ExitCode::Ok;
        if self.retry {
            shown = self.again(shown, &ledger, context, ui).await?;
            if shown.iter().any(|row| row.state != NoticeState::Sent) {
                exit = ExitCode::Findings;
            }
        }
        for row in &shown {
            rows.value(&of(row), ui)?;
        }
        rows.finish(ui)?;
        Ok(exit)
    }

    fn query(&self) -> OutboxQuery {
        let states = match (self.failed || self.retry, self.waiting) {
            (true, _) => vec![NoticeState::Failed],
            (false, true) => vec![NoticeState::Waiting, NoticeState::Sending],
            (false, false) => Vec::new(),
        };
        OutboxQuery { states, job: self.job.clone(), limit: self.limit, ..OutboxQuery::default() }
    }

    /// Sends them once more; gives what became of them.
    async fn again(
        &self,
        failed: Vec<OutboxRow>,
        ledger: &Arc<dyn Ledger>,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<Vec<OutboxRow>, CommandError> {
        for row in &failed {
            ledger.retry_notice(row.id, context.clock().now()).await?;
        }
        let outbox = LedgerOutbox::new(ledger.clone());
        if let Some(round) = carry(&outbox, context).await {
            for warning in &round.warnings {
                ui.warning(warning);
            }
        }
        let query = OutboxQuery { states: Vec::new(), limit: self.limit, ..self.query() };
        let mut now = ledger.notices(&query).await?;
        now.retain(|row| failed.iter().any(|before| before.id == row.id));
        Ok(now)
    }
}

fn of(row: &OutboxRow) -> Value {
    json!({
        "created": row.created_at,
        "channel": row.channel,
        "event": row.event,
        "job": row.job,
        "tenant": row.tenant,
        "state": row.state,
        "tries": row.tries,
        "due": row.due_at,
        "ended": row.ended_at,
        "error": row.error,
        "run": row.run,
        "id": row.id,
    })
}
