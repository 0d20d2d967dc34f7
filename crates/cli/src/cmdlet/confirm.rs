//! The question before a dangerous cmdlet: PowerShell asks from `ConfirmImpact` High on, and
//! always with `-Confirm`.

use exoctl_exchange::powershell::Common;
use exoctl_exchange::{Asked, Catalogue, ConfirmImpact, Connection, Invocation, Page};

use crate::error::{CommandError, NotInteractive};
use crate::ui::Ui;

/// What the user decided.
#[derive(Debug)]
pub(super) enum Decision {
    /// Go on with this invocation.
    Invoke(Box<Invocation>),
    /// The service had no question and has done it.
    Done(Box<Page>),
    /// The user said no.
    Refused,
}

/// Whether to ask before the cmdlet runs.
pub(super) fn is_needed(
    invocation: &Invocation,
    common: &Common,
    catalogue: Option<&Catalogue>,
) -> bool {
    if common.what_if {
        return false;
    }
    let known = catalogue.and_then(|catalogue| catalogue.find(&invocation.cmdlet));
    let high = match known {
        Some(cmdlet) => cmdlet.impact == ConfirmImpact::High,
        // Nothing is known of it: what takes away is taken for dangerous.
        None => ["Remove", "Disable", "Uninstall", "Clear"]
            .iter()
            .any(|verb| verb.eq_ignore_ascii_case(invocation.cmdlet.verb())),
    };
    common.confirm.unwrap_or(high)
}

/// Asks the service what would be done, and the user whether it should.
pub(super) async fn ask(
    invocation: Invocation,
    connection: &Connection,
    ui: &mut Ui,
) -> Result<Decision, CommandError> {
    if ui.answers_yes() {
        return Ok(Decision::Invoke(Box::new(invocation.confirmed())));
    }
    if !ui.is_interactive() {
        // Not even the question is sent: should the service have none, it would act.
        let question = format!("{} asks for confirmation", invocation.cmdlet);
        let instead = "-Confirm:$false to go on without a question".to_owned();
        return Err(NotInteractive { question, instead }.into());
    }
    let text = match connection.ask(&invocation).await? {
        Asked::Confirm(text) => text,
        Asked::Done(page) => return Ok(Decision::Done(Box::new(page))),
        _ => format!("Run {}?", invocation.cmdlet),
    };
    let question = format!("Confirm\n{text}");
    Ok(if ui.confirm(question, "-Confirm:$false")? {
        Decision::Invoke(Box::new(invocation.confirmed()))
    } else {
        Decision::Refused
    })
}
