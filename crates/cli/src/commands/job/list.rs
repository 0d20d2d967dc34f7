//! `exoctl job list`.

use std::collections::BTreeMap;

use exoctl_job::Job;
use exoctl_store::{History as _, JobStatus};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::occurrences;
use crate::context::Context;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::job_files::JobFiles;
use crate::output::Rows;
use crate::ui::Ui;
use crate::unattended::open_existing;

/// The arguments of `exoctl job list`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {}

const EXAMPLES: &str = "\
Examples:
  exoctl job list
  exoctl job list -o json
  exoctl job list --jobs ./jobs --select name,next";

impl Args {
    pub(super) async fn run(
        self,
        files: &JobFiles,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        let mut rows = Rows::new(context, ui)?.noun("Job");
        let now = context.clock().now();
        let known = known(context).await?;
        let mut broken = Vec::new();
        for read in files.all()? {
            match read {
                Ok(file) => {
                    rows.value(&row(&file.job, known.get(file.job.name.as_str()), now), ui)?;
                }
                Err(error) => broken.push(error),
            }
        }
        rows.finish(ui)?;
        for error in &broken {
            ui.warning(format_args!("{error}; see `exoctl job check`"));
        }
        Ok(if broken.is_empty() { ExitCode::Ok } else { ExitCode::Findings })
    }
}

/// What the ledger knows of jobs, by their names; nothing if nothing has run yet.
async fn known(context: &Context) -> Result<BTreeMap<String, JobStatus>, CommandError> {
    let Some(ledger) = open_existing(context).await? else { return Ok(BTreeMap::new()) };
    let known = ledger.jobs().await?;
    Ok(known.into_iter().map(|status| (status.job.clone(), status)).collect())
}

fn row(job: &Job, known: Option<&JobStatus>, now: Timestamp) -> Value {
    let last = known.and_then(|known| known.last.as_ref());
    let next = occurrences::next(job, now, 1).first().map(|at| at.to_zoned(job.zone()));
    json!({
        "name": job.name,
        "schedule": job.schedule.as_ref().map(ToString::to_string),
        "next": next,
        "paused": known.is_some_and(|known| known.paused.is_some()),
        "last": last.map(|run| run.state),
        "lastAt": last.map(|run| run.ended_at.unwrap_or(run.scheduled)),
        "profiles": job.profiles.to_string(),
        "steps": job.steps.len(),
        "effect": job.effect(),
        "description": job.description,
    })
}
