//! `exoctl doctor`: what is wrong, and what helps.

mod explain;

use crate::context::Context;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::ui::Ui;

/// The arguments of `exoctl doctor`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Say what an error means that was pasted here: a code, a line of a log, a whole error of
    /// PowerShell; - reads it from stdin
    #[arg(long, value_name = "TEXT", required = true)]
    explain: String,
}

const EXAMPLES: &str = "\
Examples:
  exoctl doctor --explain \"AADSTS700027: Client assertion contains an invalid signature.\"
  exoctl doctor --explain - < error.txt
  exoctl doctor --explain \"Keyset does not exist\" -o json";

impl Args {
    /// Does it.
    pub(crate) fn run(self, context: &Context, ui: &mut Ui) -> Result<ExitCode, CommandError> {
        explain::run(&self.explain, context, ui)
    }
}
