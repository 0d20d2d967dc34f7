//! `exoctl schedule remove`.

use serde_json::json;

use super::kind::Kind;
use super::look::installed;
use super::place::{self, PlaceArgs};
use super::systemd;
use crate::context::Context;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::output::Rows;
use crate::ui::Ui;

/// The arguments of `exoctl schedule remove`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The jobs
    #[arg(value_name = "JOB", required_unless_present = "all", conflicts_with = "all")]
    jobs: Vec<String>,
    /// All jobs that files were written for
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    place: PlaceArgs,
}

const EXAMPLES: &str = "\
Only files that `schedule install` has written are removed; job files and the ledger stay.

Examples:
  sudo exoctl schedule remove audit-monthly --with systemd
  exoctl schedule remove --all --with kubernetes --out ./manifests";

impl Args {
    /// Does it.
    pub(super) fn run(self, context: &Context, ui: &mut Ui) -> Result<ExitCode, CommandError> {
        let kind = self.place.with;
        let directory = self.place.directory(context)?;
        let jobs: Vec<String> =
            installed(&self.place, &directory).into_iter().map(|(job, _)| job).collect();
        let meant = |job: &&String| self.all || self.jobs.contains(job);
        let meant: Vec<&str> = jobs.iter().filter(meant).map(String::as_str).collect();
        let mut rows = Rows::new(context, ui)?.noun("ScheduleFile");
        for job in &meant {
            let mut paths: Vec<_> =
                kind.names(job).iter().map(|name| directory.join(name)).collect();
            if kind == Kind::Systemd {
                // What `systemctl enable` has made.
                paths.push(directory.join(format!("timers.target.wants/exoctl-{job}.timer")));
            }
            for path in paths {
                if place::remove(&path)? {
                    rows.value(&json!({"job": job, "scheduler": kind.name(), "path": path}), ui)?;
                }
            }
        }
        if kind == Kind::Systemd && meant.len() == jobs.len() && !jobs.is_empty() {
            place::remove(&directory.join(systemd::ALERT))?;
        }
        rows.finish(ui)?;
        for job in self.jobs.iter().filter(|job| !jobs.contains(job)) {
            ui.note(format_args!(
                "{job} has no files of {} in {}.",
                kind.name(),
                directory.display()
            ));
        }
        let commands = kind.off(&meant);
        if !meant.is_empty() && !commands.is_empty() {
            ui.note("Switch them off:");
            for command in commands {
                ui.note(format_args!("  {command}"));
            }
        }
        Ok(ExitCode::Ok)
    }
}
