//! `exoctl job list`.

use exoctl_job::Job;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::occurrences;
use crate::context::Context;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::job_files::JobFiles;
use crate::output::Rows;
use crate::ui::Ui;

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
    #[expect(clippy::unused_self, reason = "all commands are run alike")]
    pub(super) fn run(
        self,
        files: &JobFiles,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        let mut rows = Rows::new(context, ui)?.noun("Job");
        let now = context.clock().now();
        let mut broken = Vec::new();
        for read in files.all()? {
            match read {
                Ok(file) => rows.value(&row(&file.job, now), ui)?,
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

fn row(job: &Job, now: Timestamp) -> Value {
    let next = occurrences::next(job, now, 1).first().map(|at| at.to_zoned(job.zone()));
    json!({
        "name": job.name,
        "schedule": job.schedule.as_ref().map(ToString::to_string),
        "next": next,
        "profiles": job.profiles.to_string(),
        "steps": job.steps.len(),
        "effect": job.effect(),
        "description": job.description,
    })
}
