//! What steps name, looked for: options, cmdlets with their parameters, programs, files of secrets.

use std::ffi::OsString;
use std::fs::File;
use std::path::Path;

use exoctl_job::{
    Action, AuditReport, CmdletLine, Problem, Program, RunPlace, Step, run_directory,
};

use super::look::{Found, Looker};
use crate::args::Arguments;
use crate::context::Context;
use crate::job_files::JobFile;
use crate::{cmdlet, env};

/// Looks at a step of a job.
pub(super) fn look(
    looker: &Looker<'_>,
    file: &JobFile,
    number: usize,
    step: &Step,
    found: &mut Found,
) {
    let meant = looker.meant(&file.job);
    let profile = meant.first().copied().or(file.job.profiles.only()).unwrap_or("profile");
    let directory = run_directory(&file.job.name, profile, looker.now, "RUN");
    let jobs = file.path.parent().unwrap_or(Path::new("."));
    let place = RunPlace {
        job: &file.job.name,
        profile,
        scheduled: looker.now,
        zone: file.job.zone(),
        directory: &directory,
        jobs,
    };
    if let Err(message) = understood(step, &place) {
        let message =
            format!("step {} is refused by the command that it runs: {message}", number + 1);
        found.wrong.push(Problem::about(&file.text, &anchor(step), message));
    }
    match &step.action {
        Action::Cmdlet(line) => cmdlets(looker, file, line, &place, step, found),
        Action::Program(program) => programs(looker, file, program, &place, found),
        Action::AuditReport(report) => secrets(file, report, found),
        _ => {}
    }
}

/// Whether the command line is one that exoctl itself understands.
fn understood(step: &Step, place: &RunPlace<'_>) -> Result<(), String> {
    let line = std::iter::once(OsString::from("exoctl")).chain(step.command_line(place));
    Arguments::read(line).map(drop).map_err(|error| {
        let message = error.message();
        message.trim_start_matches("error: ").to_owned()
    })
}

/// The text by which a step is found in its file.
fn anchor(step: &Step) -> String {
    match &step.action {
        Action::Cmdlet(line) => line.as_str().to_owned(),
        Action::AuditExport(_) => "audit-export".to_owned(),
        Action::AuditReport(_) => "audit-report".to_owned(),
        Action::CertRotate(_) => "cert-rotate".to_owned(),
        Action::CertCheck(_) => "cert-check".to_owned(),
        Action::Doctor(_) => "doctor".to_owned(),
        _ => "program".to_owned(),
    }
}

/// Whether the tenants have the cmdlet with these parameters, as far as their kept lists say.
fn cmdlets(
    looker: &Looker<'_>,
    file: &JobFile,
    line: &CmdletLine,
    place: &RunPlace<'_>,
    step: &Step,
    found: &mut Found,
) {
    for profile in looker.meant(&file.job) {
        let Ok(Some(catalogue)) = looker.context.kept_catalogue(profile) else { continue };
        let place = RunPlace { profile, ..place.clone() };
        let words = std::iter::once(OsString::from("exoctl")).chain(step.command_line(&place));
        let Ok(Arguments::Cmdlet(cmdlet)) = Arguments::read(words) else { continue };
        let fault = if catalogue.find(&cmdlet.name).is_none() {
            Some(format!(
                "{profile} has no cmdlet {}, or it is not granted to the application",
                cmdlet.name
            ))
        } else {
            cmdlet::refusal(&cmdlet, &catalogue, looker.context)
        };
        if let Some(message) = fault {
            found.wrong.push(Problem::about(&file.text, line.as_str(), message));
            return;
        }
    }
}

/// Whether the program is there, for the account that asks.
fn programs(
    looker: &Looker<'_>,
    file: &JobFile,
    program: &Program,
    place: &RunPlace<'_>,
    found: &mut Found,
) {
    let is_there = |name: &str| is_there(name, looker.context);
    for (position, word) in program.words.iter().enumerate() {
        let text = word.as_str();
        // What lies in the run's directory is not there yet.
        let missing = if text.starts_with("{jobs}/") {
            !Path::new(&word.fill(place)).exists()
        } else {
            position == 0 && !program.pwsh && !text.contains('{') && !is_there(text)
        };
        if missing {
            let message = format!("{} is not there for this account", word.fill(place));
            found.wrong.push(Problem::about(&file.text, text, message));
        }
    }
    if program.pwsh && !is_there("pwsh") {
        let message = "PowerShell (pwsh) is not there for this account";
        found.wrong.push(Problem::about(&file.text, "pwsh", message));
    }
}

/// Whether there is a program of this name where the system looks for it.
fn is_there(name: &str, context: &Context) -> bool {
    let file =
        if cfg!(windows) && !name.contains('.') { format!("{name}.exe") } else { name.to_owned() };
    if name.contains(std::path::MAIN_SEPARATOR) || name.contains('/') {
        return Path::new(name).is_file();
    }
    let places = context.environment().path(env::PATH).unwrap_or_default();
    std::env::split_paths(&places).any(|place| place.join(&file).is_file())
}

/// Whether files of secrets can be read.
fn secrets(file: &JobFile, report: &AuditReport, found: &mut Found) {
    for source in [&report.smtp_password, &report.smtp_token].into_iter().flatten() {
        let Some(path) = source.strip_prefix("file:") else { continue };
        if let Err(error) = File::open(path) {
            let message = format!("{path} cannot be read by this account: {error}");
            found.doubtful.push(Problem::about(&file.text, source, message));
        }
    }
}
