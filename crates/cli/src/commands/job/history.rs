//! `exoctl job history`.

use exoctl_store::{History as _, RunQuery, RunRow};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::commands::audit::moment;
use crate::context::Context;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::job_files::JobFiles;
use crate::output::Rows;
use crate::ui::Ui;
use crate::unattended::{Installation, LeaseArgs};

/// The arguments of `exoctl job history`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Only runs of this job
    name: Option<String>,
    /// Only runs that were made since then
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<Timestamp>,
    /// How many runs at most, the newest
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: usize,
}

const EXAMPLES: &str = "\
Examples:
  exoctl job history
  exoctl job history audit-monthly --since 2026-11-01
  exoctl job history --profile contoso -o json
  exoctl job history -o csv --query \"[?state != 'done']\"";

impl Args {
    pub(super) async fn run(
        self,
        files: JobFiles,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        let here = Installation::open(context, files, &LeaseArgs::default()).await?;
        let mut rows = Rows::new(context, ui)?.noun("Run");
        let mut query = RunQuery {
            job: self.name,
            tenant: context.global().profile.as_ref().map(|name| name.to_ascii_lowercase()),
            since: self.since,
            ..RunQuery::default()
        };
        let mut left = self.limit;
        while left > 0 {
            query.limit = left.min(PAGE);
            let page = here.ledger.runs(&query).await?;
            for run in &page {
                rows.value(&row(run), ui)?;
            }
            left -= page.len();
            match page.last() {
                Some(last) if page.len() == query.limit => query.before = Some(last.id),
                _ => break,
            }
        }
        rows.finish(ui)?;
        Ok(ExitCode::Ok)
    }
}

fn row(run: &RunRow) -> Value {
    let seconds = match (run.started_at, run.ended_at) {
        (Some(began), Some(ended)) => Some(ended.duration_since(began).as_secs()),
        _ => None,
    };
    json!({
        "run": run.id,
        "job": run.job,
        "profile": run.tenant,
        "scheduled": run.scheduled,
        "state": run.state,
        "exitCode": run.exit_code,
        "attempts": run.attempt,
        "trigger": run.trigger,
        "started": run.started_at,
        "ended": run.ended_at,
        "seconds": seconds,
        "reason": run.reason,
        "crashes": run.crashes,
        "directory": run.place,
    })
}

const PAGE: usize = 500;
