//! One cmdlet for every row of a file: `--input users.csv`.
//!
//! The [`input`] is looked through and every call is [`plan`]ned before the first one is sent.
//! Rows are [`feed`] into batches, their results come back in input order, and those that failed
//! are kept in a [`failed`] file that can be the next input.

mod args;
mod column;
mod dialect;
mod error;
mod failed;
mod feed;
mod input;
mod plan;
mod reader;
mod run;
mod tally;
mod template;

#[cfg(test)]
mod tests;

pub(crate) use args::BulkArgs;

use exoctl_exchange::powershell::{Argument, Common};
use exoctl_exchange::{Catalogue, CmdletName, Connection, Invocation, ParameterValue};

use self::column::Columns;
use self::error::InputError;
use self::failed::FailedFile;
use self::input::Input;
use self::plan::{Plan, printed};
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::output::Rows;
use crate::ui::Ui;

/// A cmdlet to be run for every row.
#[derive(Debug)]
pub(crate) struct Bulk<'a> {
    /// The cmdlet with its parameters, placeholders among them.
    pub(crate) invocation: Invocation,
    /// How the parameters were written.
    pub(crate) arguments: &'a [Argument],
    /// What the common parameters say.
    pub(crate) common: &'a Common,
    /// Whether the user is to be asked before.
    pub(crate) asks: bool,
    /// exoctl's options.
    pub(crate) args: &'a BulkArgs,
    /// Where it runs.
    pub(crate) connection: &'a Connection,
    /// What is known of the cmdlets there.
    pub(crate) catalogue: Option<&'a Catalogue>,
}

impl Bulk<'_> {
    /// Runs it, or only shows what it would run.
    pub(crate) async fn run(self, rows: Rows, ui: &mut Ui) -> Result<ExitCode, CommandError> {
        let named = self.args.input.as_deref().expect("bulk input is asked for with --input");
        let input = Input::open(named, self.args.input_format)?;
        let asks = self.asks && !self.args.dry_run;
        let mut invocation = self.invocation.clone();
        if asks {
            invocation = invocation.confirmed();
        }
        let invocation = unblocked(invocation, self.arguments, input.columns());
        let plan = Plan::new(invocation, input.columns(), self.catalogue)?;
        check(&input, &plan)?;
        if let Some(bindings) = plan.bindings() {
            ui.note(bindings);
        }
        if self.args.dry_run {
            return show(&input, &plan, ui);
        }
        let failed = FailedFile::create(self.args.failed.as_deref(), &input)?;
        let question = question(&self.invocation.cmdlet, input.rows());
        let instead = "-Confirm:$false to go on without a question";
        if asks && !ui.confirm(question, instead)? {
            return Ok(ExitCode::Ok);
        }
        run::run(&self, &input, &plan, failed, rows, ui).await
    }
}

/// Refuses `--input` for the cmdlets that exoctl answers itself.
pub(crate) fn refuse(cmdlet: CmdletName) -> CommandError {
    InputError::OwnCmdlet { cmdlet }.into()
}

/// A filter that is one placeholder was read as a script block and has lost its braces.
fn unblocked(mut invocation: Invocation, arguments: &[Argument], columns: &Columns) -> Invocation {
    for Argument { name, literal, .. } in arguments {
        let inner = literal.trim().strip_prefix('{').and_then(|text| text.strip_suffix('}'));
        let Some(column) = inner.map(str::trim).filter(|name| columns.find(name).is_some()) else {
            continue;
        };
        let value = invocation.parameters.find(name);
        if matches!(value, Some(ParameterValue::String(text)) if text.trim() == column) {
            invocation.parameters.set(name.clone(), literal.trim());
        }
    }
    invocation
}

/// Plans the call of every row and forgets it again.
fn check(input: &Input, plan: &Plan<'_>) -> Result<(), InputError> {
    let mut rows = input.read()?;
    while let Some(row) = rows.next()? {
        plan.invocation(&row).map_err(|error| input.refused(&row, error))?;
    }
    Ok(())
}

fn show(input: &Input, plan: &Plan<'_>, ui: &mut Ui) -> Result<ExitCode, CommandError> {
    let mut rows = input.read()?;
    while let Some(row) = rows.next()? {
        let planned = plan.invocation(&row).map_err(|error| input.refused(&row, error))?;
        ui.data_line(printed(&planned))?;
    }
    ui.flush()?;
    ui.note(format_args!("{} calls planned, nothing was sent", input.rows()));
    Ok(ExitCode::Ok)
}

fn question(cmdlet: &CmdletName, rows: u64) -> String {
    let noun = if rows == 1 { "row" } else { "rows" };
    format!("{cmdlet} for {rows} {noun}?")
}
