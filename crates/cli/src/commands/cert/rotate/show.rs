//! What a rotation tells: the plan, that there is nothing to do, what has become of it.

use exoctl_certificate::{Certificate, Thumbprint};
use exoctl_setup::rotation::{Due, Journal, RotationPlan, State};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::target::{Target, users};
use crate::context::Context;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::output::Rows;
use crate::ui::Ui;

/// What the plan is about.
pub(super) fn title(target: &Target) -> String {
    format!(
        "Plan of rotation for the application {} in {}:",
        target.app_id, target.profile.organization
    )
}

/// Shows a plan and says by the exit code whether there is something to do.
pub(super) fn plan(
    plan: &RotationPlan,
    target: &Target,
    context: &Context,
    ui: &mut Ui,
) -> Result<ExitCode, CommandError> {
    let json = |pretty: bool| {
        let text =
            if pretty { serde_json::to_string_pretty(plan) } else { serde_json::to_string(plan) };
        text.map_err(CommandError::failed)
    };
    match context.global().output.as_deref() {
        Some("json") => ui.data_line(json(true)?)?,
        Some("jsonl") => ui.data_line(json(false)?)?,
        _ => ui.data_line(format_args!("{}\n\n{plan}", title(target)))?,
    }
    ui.flush()?;
    Ok(if plan.is_done() { ExitCode::Ok } else { ExitCode::Findings })
}

/// Why nothing is done.
pub(super) fn nothing(due: Due, certificate: &Certificate, now: Timestamp) -> String {
    let thumbprint = certificate.thumbprint();
    let end = certificate.not_after();
    let days = end.duration_since(now).as_secs().div_euclid(24 * 60 * 60);
    match due {
        Due::Overlap { until } => format!(
            "Nothing to do: the certificate {thumbprint} is new, and the one before it stays until {until}. \
             To end that now: exoctl cert rotate --finish --overlap 0d"
        ),
        // Whatever else is under way has something to do.
        Due::UnderWay => {
            "Nothing to do: the rotation waits for the authority's answer. When it is there:\n  \
             exoctl cert rotate --complete ANSWER"
                .to_owned()
        }
        _ => format!(
            "Nothing to do: the certificate {thumbprint} is valid until {end}, {days} days from now."
        ),
    }
}

/// The result as a row.
pub(super) fn row(
    journal: &Journal,
    target: &Target,
    before: Thumbprint,
    context: &Context,
    ui: &mut Ui,
) -> Result<(), CommandError> {
    let current = journal.current_of(before);
    let names: Vec<String> =
        users(target.app_id, &current, context)?.into_iter().map(|(name, _)| name).collect();
    let old: Vec<Value> = journal
        .retired
        .iter()
        .map(|retired| {
            let (state, until) = match retired.state {
                State::Registered => ("registered", Some(retired.remove_after)),
                State::Unregistered => ("unregistered", None),
                State::Archived { until } => ("archived", Some(until)),
            };
            json!({
                "thumbprint": retired.old.thumbprint.to_string(),
                "state": state,
                "until": until.map(|until| until.to_string()),
            })
        })
        .collect();
    let hooks: Vec<&str> = journal.hooks.iter().map(|hook| hook.command.as_str()).collect();
    let row = json!({
        "organization": target.profile.organization.as_str(),
        "appId": target.app_id.to_string(),
        "thumbprint": current.to_string(),
        "changed": current != before,
        "profiles": names,
        "replaced": old,
        "failedHooks": hooks,
    });
    let mut rows = Rows::new(context, ui)?.noun("Certificate");
    rows.value(&row, ui)?;
    rows.finish(ui)
}
