//! `exoctl demo`.

use crate::context::Context;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::ui::Ui;

/// The arguments of `exoctl demo`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {}

const EXAMPLES: &str = "\
Examples:
  exoctl demo";

impl Args {
    /// Does it.
    pub(crate) async fn run(
        self,
        _context: &Context,
        _ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        Ok(ExitCode::Ok)
    }
}
