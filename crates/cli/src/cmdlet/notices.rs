//! What a cmdlet says besides rows, shown as PowerShell's preferences have it
//! (about_Preference_Variables).

use exoctl_exchange::Notice;
use exoctl_exchange::powershell::{Action, Common};

use crate::error::{CommandError, Reported, Stopped};
use crate::exit::ExitCode;
use crate::ui::Ui;

/// What is to be done about errors and warnings, and what has come.
#[derive(Debug)]
pub(super) struct Notices {
    errors: Action,
    warnings: Action,
    failed: bool,
}

impl Notices {
    /// As `-ErrorAction` and `-WarningAction` say.
    pub(super) fn new(common: &Common) -> Self {
        Self {
            errors: common.error_action.unwrap_or(Action::Continue),
            warnings: common.warning_action.unwrap_or(Action::Continue),
            failed: false,
        }
    }

    /// Shows what the service said.
    pub(super) fn show(&mut self, notices: Vec<Notice>, ui: &mut Ui) -> Result<(), CommandError> {
        for notice in notices {
            match notice {
                Notice::Warning(text) => {
                    if !self.warnings.is_silent() {
                        ui.warning(&text);
                    }
                    if matches!(self.warnings, Action::Stop | Action::Inquire) {
                        return Err(Stopped(text).into());
                    }
                }
                Notice::Error(text) => {
                    self.failed = true;
                    let error = CommandError::from(Reported(text));
                    if matches!(self.errors, Action::Stop | Action::Inquire) {
                        return Err(error);
                    }
                    if !self.errors.is_silent() {
                        ui.error(&error);
                    }
                }
                Notice::WhatIf(text) => ui.say(format_args!("What if: {text}")),
                _ => {}
            }
        }
        Ok(())
    }

    /// The end of a cmdlet that failed: hidden or not, the exit code tells.
    pub(super) fn end(&self, error: CommandError) -> Result<ExitCode, CommandError> {
        if self.errors.is_silent() && !error.is_closed_pipe() {
            Ok(error.exit())
        } else {
            Err(error)
        }
    }

    /// The end of a cmdlet that came to its end.
    pub(super) fn exit(&self) -> ExitCode {
        if self.failed { ExitCode::Failed } else { ExitCode::Ok }
    }
}
