//! `exoctl schedule status`.

use serde_json::json;

use super::look::{State, look};
use super::place::PlaceArgs;
use crate::context::Context;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::output::Rows;
use crate::ui::Ui;

/// The arguments of `exoctl schedule status`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    place: PlaceArgs,
    /// End with 3 if a file is missing, is another than would be written now, or has lost its job
    #[arg(long)]
    check: bool,
}

const EXAMPLES: &str = "\
The state is current, differs, missing or orphan (the job is gone or has no schedule any longer).

Examples:
  exoctl schedule status --with systemd
  exoctl schedule status --with kubernetes --out ./manifests --check -o json";

impl Args {
    /// Does it.
    pub(super) fn run(self, context: &Context, ui: &mut Ui) -> Result<ExitCode, CommandError> {
        let directory = self.place.directory(context)?;
        let found = look(&self.place, &directory, context)?;
        let mut rows = Rows::new(context, ui)?.noun("ScheduleFile");
        for file in &found {
            rows.value(
                &json!({
                    "job": file.job,
                    "scheduler": self.place.with.name(),
                    "path": file.path,
                    "state": file.state.name(),
                }),
                ui,
            )?;
        }
        rows.finish(ui)?;
        if found.is_empty() {
            ui.note(format_args!("No job has files of exoctl in {}.", directory.display()));
        }
        let wrong = found.iter().any(|file| file.state != State::Current);
        if wrong {
            ui.note(
                "Write them again with `schedule install`, or remove them with `schedule remove`.",
            );
        }
        Ok(if self.check && wrong { ExitCode::Findings } else { ExitCode::Ok })
    }
}
