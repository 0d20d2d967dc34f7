//! The checks of doctor before something is left to run by itself.

use exoctl_exchange::CmdletName;

use super::Args;
use super::finding::State;
use super::report::Screen;
use super::service;
use crate::context::Context;
use crate::error::CommandError;
use crate::ui::Ui;

/// Something that is not as it should be.
#[derive(Clone, Debug)]
pub(in crate::commands) struct Concern {
    /// The check that has found it.
    pub(in crate::commands) check: &'static str,
    /// Whether it keeps things from working.
    pub(in crate::commands) fails: bool,
    /// What was seen, the cause, and what to do.
    pub(in crate::commands) lines: Vec<String>,
}

/// Makes all checks of the chosen connection, as the account of a service if one is named, and
/// returns what they complain of.
pub(in crate::commands) async fn preflight(
    for_cmdlets: Vec<CmdletName>,
    as_service: Option<&str>,
    context: &Context,
    ui: &mut Ui,
) -> Result<Vec<Concern>, CommandError> {
    let args = Args { for_cmdlets, ..Args::default() };
    let mut screen = Screen::Nothing;
    let report = match as_service {
        Some(target) => service::look(&args, target, &mut screen, context, ui).await?,
        None => args.look(context, &mut screen, ui).await?,
    };
    let complaints = report.made.iter().filter(|(_, finding)| finding.state > State::Ok);
    Ok(complaints
        .map(|(check, finding)| {
            let cause = finding.cause.iter().map(|cause| format!("cause: {cause}"));
            let fixes = finding.fixes.iter().map(|fix| match &fix.run {
                Some(run) => format!("fix: {}: {run}", fix.why),
                None => format!("fix: {}", fix.why),
            });
            Concern {
                check,
                fails: finding.state == State::Fail,
                lines: finding.evidence.iter().cloned().chain(cause).chain(fixes).collect(),
            }
        })
        .collect())
}
