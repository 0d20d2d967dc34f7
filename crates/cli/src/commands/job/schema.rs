//! `exoctl job schema`.

use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::ui::Ui;

/// The arguments of `exoctl job schema`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {}

const EXAMPLES: &str = "\
For editors: the first line `#:schema ./job.schema.json` of a job file lets them complete and check it.

Examples:
  exoctl job schema > job.schema.json";

impl Args {
    #[expect(clippy::unused_self, reason = "all commands are run alike")]
    pub(super) fn run(self, ui: &mut Ui) -> Result<ExitCode, CommandError> {
        ui.data_line(format_args!("{:#}", exoctl_job::schema()))?;
        ui.flush()?;
        Ok(ExitCode::Ok)
    }
}
