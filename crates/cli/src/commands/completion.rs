//! `exoctl completion`, and the hidden `exoctl __complete` that its scripts call.

use std::ffi::OsString;

use crate::completion::{self, Names, Shell};
use crate::context::Context;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::job_files::JobFiles;
use crate::ui::Ui;

/// The arguments of `exoctl completion`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

const EXAMPLES: &str = "\
Cmdlets and parameters are those of the current connection, as the last Connect-ExchangeOnline found them.

Examples:
  source <(exoctl completion bash)                                   # in ~/.bashrc
  source <(exoctl completion zsh)                                    # in ~/.zshrc, after compinit
  exoctl completion fish > ~/.config/fish/completions/exoctl.fish
  exoctl completion powershell | Out-String | Invoke-Expression      # in $PROFILE";

impl Args {
    /// Does it.
    pub(crate) fn run(self, _context: &Context, ui: &mut Ui) -> Result<ExitCode, CommandError> {
        ui.data_line(completion::script(self.shell).trim_end())?;
        ui.flush()?;
        Ok(ExitCode::Ok)
    }
}

/// The arguments of `exoctl __complete`.
#[derive(clap::Args, Debug)]
#[command(after_help = HIDDEN_EXAMPLES)]
pub(crate) struct Complete {
    /// The word to complete is empty and not among the words
    #[arg(long)]
    empty: bool,
    /// The words so far, without the program's name
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<OsString>,
}

const HIDDEN_EXAMPLES: &str = "\
Examples:
  exoctl __complete -- Get-Mailbox -Res";

impl Complete {
    /// Does it.
    pub(crate) fn run(self, context: &Context, ui: &mut Ui) -> Result<ExitCode, CommandError> {
        let mut line = vec![OsString::from("exoctl")];
        line.extend(self.words);
        if self.empty || line.len() == 1 {
            line.push(OsString::new());
        }
        let catalogue = context.current_catalogue();
        let paths = context.paths().ok();
        let jobs = paths.and_then(|paths| JobFiles::new(&paths.jobs).names().ok());
        let jobs = jobs.unwrap_or_default();
        let names = Names { catalogue: catalogue.as_deref(), jobs: &jobs };
        for candidate in completion::candidates(&line, names) {
            let help = candidate.help.lines().next().unwrap_or_default();
            ui.data_line(format_args!("{}\t{help}", candidate.value))?;
        }
        ui.flush()?;
        Ok(ExitCode::Ok)
    }
}
