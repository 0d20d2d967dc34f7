//! Cmdlets in PowerShell's syntax: `exoctl Get-Mailbox -Identity adele -o json`.
//!
//! Four of them are answered by exoctl itself ([`connect`], [`information`], [`disconnect`]); all
//! others are invoked over a connection ([`invoke`]).

mod options;

pub(crate) use options::CmdletOptions;

use std::ffi::OsString;

use exoctl_exchange::CmdletName;

use crate::context::Context;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::ui::Ui;

/// A command line that calls a cmdlet.
#[derive(Clone, Debug)]
pub(crate) struct CmdletLine {
    /// The cmdlet as it was written.
    pub(crate) name: CmdletName,
    /// What follows its name, without exoctl's own options.
    pub(crate) arguments: Vec<String>,
    /// exoctl's own options, from before and after the name.
    pub(crate) options: CmdletOptions,
}

/// Reads a command line: what stands before the cmdlet's name, and the rest beginning with it.
pub(crate) fn read(before: &[OsString], rest: &[OsString]) -> Result<CmdletLine, CommandError> {
    options::read(before, rest)
}

/// Calls the cmdlet.
pub(crate) async fn run(
    line: CmdletLine,
    context: &Context,
    ui: &mut Ui,
) -> Result<ExitCode, CommandError> {
    let _ = (line, context, ui);
    Ok(ExitCode::Ok)
}
