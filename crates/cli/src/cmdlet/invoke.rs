//! Any cmdlet: bind its parameters, ask if it is dangerous, show rows as pages arrive.

use exoctl_exchange::powershell::{CommandLine, nearest};
use exoctl_exchange::{Catalogue, Connection, Invocation, InvokeError, Records};

use super::confirm::{self, Decision};
use super::notices::Notices;
use super::target::Target;
use super::{CmdletLine, OWN, binding};
use crate::bulk::Bulk;
use crate::context::Context;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::output::Rows;
use crate::ui::Ui;

/// Invokes the cmdlet of a command line.
pub(super) async fn run(
    line: CmdletLine,
    context: &Context,
    ui: &mut Ui,
) -> Result<ExitCode, CommandError> {
    let target = Target::find(&line, context)?;
    let catalogue = target.catalogue.clone();
    let line = CmdletLine { name: target.cmdlet.clone(), ..line };
    let parsed = binding::bind(&line, catalogue.as_deref(), context, ui)?;
    if parsed.common.verbose {
        ui.set_verbose();
    }
    let connection = target.connection(&line, context, ui)?;
    let notices = Notices::new(&parsed.common);
    let ended =
        invoke(&line, parsed, &connection, catalogue.as_deref(), notices, context, ui).await;
    ended.map_err(|error| match error.exit() {
        ExitCode::Permission => did_you_mean(&line, catalogue.as_deref(), error),
        _ => error,
    })
}

async fn invoke(
    line: &CmdletLine,
    parsed: CommandLine,
    connection: &Connection,
    catalogue: Option<&Catalogue>,
    notices: Notices,
    context: &Context,
    ui: &mut Ui,
) -> Result<ExitCode, CommandError> {
    // What is wrong with the output format shows before anything is sent.
    let mut rows = Rows::new(context, ui)?.noun(line.name.noun());
    if let Some(path) = &line.options.out {
        rows = rows.into_file(path)?;
    }
    let mut invocation = Invocation::new(line.name.clone()).parameters(parsed.parameters);
    invocation.retry_writes = line.options.retry_writes;
    if line.options.global.query.is_none() {
        invocation = invocation.select(selectable(&line.options.global.select));
    }
    let asks = confirm::is_needed(&invocation, &parsed.common, catalogue);
    if line.options.bulk.input.is_some() {
        let (arguments, common, args) = (&*parsed.arguments, &parsed.common, &line.options.bulk);
        let bulk = Bulk { invocation, arguments, common, asks, args, connection, catalogue };
        return bulk.run(rows, ui).await;
    }
    if asks {
        match confirm::ask(invocation, connection, ui).await {
            Ok(Decision::Invoke(confirmed)) => invocation = *confirmed,
            Ok(Decision::Refused) => return Ok(ExitCode::Ok),
            Ok(Decision::Done(page)) => {
                for row in *page {
                    rows.record(&row, ui)?;
                }
                rows.finish(ui)?;
                return Ok(ExitCode::Ok);
            }
            Err(error) => return notices.end(error),
        }
    }
    stream(connection.invoke(invocation), rows, notices, ui).await
}

/// Writes rows as they come, and what the service says when it says it.
async fn stream(
    mut records: Records,
    mut rows: Rows,
    mut notices: Notices,
    ui: &mut Ui,
) -> Result<ExitCode, CommandError> {
    let progress = ui.progress(None, "rows");
    let failure: Option<InvokeError> = loop {
        let record = records.next().await;
        let said = records.take_notices();
        if !said.is_empty() {
            progress.suspend(|| notices.show(said, ui))?;
        }
        match record {
            Some(Ok(record)) => {
                rows.record(&record, ui)?;
                progress.advance(1);
            }
            Some(Err(error)) => break Some(error),
            None => break None,
        }
    };
    drop(progress);
    // The rows that came are written whatever happened after them.
    if let Some(error) = failure {
        rows.cut_off(ui)?;
        notices.end(error.into())
    } else {
        rows.finish(ui)?;
        Ok(notices.exit())
    }
}

/// The properties that the service itself can leave out: those written as it writes them. A name
/// in another letter case would be unknown to it, but not to the output.
fn selectable(properties: &[String]) -> Vec<String> {
    let is_name = |name: &&String| {
        name.starts_with(|c: char| c.is_ascii_uppercase())
            && name.chars().all(|c| c.is_ascii_alphanumeric())
    };
    if properties.iter().all(|name| is_name(&name)) { properties.to_vec() } else { Vec::new() }
}

/// The service does not tell a cmdlet that is forbidden from one that does not exist; the list of
/// the tenant's cmdlets does.
fn did_you_mean(
    line: &CmdletLine,
    catalogue: Option<&Catalogue>,
    error: CommandError,
) -> CommandError {
    let Some(catalogue) = catalogue.filter(|catalogue| catalogue.find(&line.name).is_none()) else {
        return error;
    };
    let names = catalogue.cmdlets.iter().map(|cmdlet| cmdlet.name.as_str()).chain(OWN);
    let nearest = nearest(line.name.as_str(), names);
    if nearest.is_empty() {
        error
    } else {
        error.fix_first(format!("did you mean {}?", nearest.join(", ")))
    }
}
