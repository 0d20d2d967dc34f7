//! `exoctl man`: manual pages.

use std::path::PathBuf;

use clap::CommandFactory as _;

use crate::args::Cli;
use crate::context::Context;
use crate::error::{CommandError, FileError};
use crate::exit::ExitCode;
use crate::ui::Ui;

/// The arguments of `exoctl man`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Where the pages are written; it is made if it is not there
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
}

const EXAMPLES: &str = "\
Examples:
  exoctl man --dir ~/.local/share/man/man1 && man exoctl-cert-new";

impl Args {
    /// Does it.
    pub(crate) fn run(self, _context: &Context, ui: &mut Ui) -> Result<ExitCode, CommandError> {
        let failed = |source| FileError {
            operation: "write manual pages to",
            path: self.dir.clone(),
            source,
        };
        std::fs::create_dir_all(&self.dir).map_err(failed)?;
        clap_mangen::generate_to(Cli::command(), &self.dir).map_err(failed)?;
        ui.note(format_args!("Wrote the manual pages to {}.", self.dir.display()));
        Ok(ExitCode::Ok)
    }
}
