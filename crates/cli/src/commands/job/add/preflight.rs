//! What would fail at night, found out while somebody is there.

use exoctl_exchange::CmdletName;
use exoctl_job::{Action, Job};

use super::super::check::Checked;
use crate::args::GlobalArgs;
use crate::commands::doctor;
use crate::context::Context;
use crate::error::{CommandError, JobError};
use crate::ui::Ui;

/// Looks at the file and at each connection that the job is run for. What fails is an error, what is
/// doubtful is told.
pub(super) async fn run(
    job: &Job,
    checked: &Checked,
    as_service: Option<&str>,
    context: &Context,
    ui: &mut Ui,
) -> Result<(), CommandError> {
    let mut failures = 0;
    for problem in &checked.doubtful {
        ui.warning(&problem.message);
    }
    for problem in &checked.wrong {
        failures += 1;
        ui.say(format_args!("would fail: {}", problem.message));
    }
    let profiles = context.profiles()?.names()?;
    for profile in job.profiles.of(&profiles) {
        let global = GlobalArgs { profile: Some(profile.to_owned()), ..context.global().clone() };
        let context = Context::new(context.environment().clone(), global);
        let concerns = doctor::preflight(cmdlets(job), as_service, &context, ui).await?;
        for concern in &concerns {
            let text = concern.lines.join("\n  ");
            if concern.fails {
                failures += 1;
                ui.say(format_args!("would fail: {profile}: {}: {text}", concern.check));
            } else {
                ui.warning(format_args!("{profile}: {}: {text}", concern.check));
            }
        }
    }
    match failures {
        0 => Ok(()),
        1 => Err(JobError::Preflight { findings: "one thing".to_owned() }.into()),
        _ => Err(JobError::Preflight { findings: format!("{failures} things") }.into()),
    }
}

/// The cmdlets that its steps call, as far as the file says.
fn cmdlets(job: &Job) -> Vec<CmdletName> {
    let named = job.steps.iter().flat_map(|step| match &step.action {
        Action::Cmdlet(line) => vec![line.name().to_owned()],
        Action::AuditExport(_) => vec!["Search-UnifiedAuditLog".to_owned()],
        Action::Doctor(doctor) => doctor.for_cmdlets.clone(),
        _ => Vec::new(),
    });
    named.filter_map(|name| name.parse().ok()).collect()
}
