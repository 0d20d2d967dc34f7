//! The same program once more, as the service: it looks and tells its parent as JSON.

use std::process::{Command, Output, Stdio};

use exoctl_exchange::CmdletName;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::Args;
use super::super::check;
use super::super::finding::Finding;
use super::super::report::Screen;
use super::super::surroundings::Surroundings;
use super::ServiceError;
use super::schedule::Service;
use crate::context::Context;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::ui::Ui;

/// What the process has told.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Child {
    /// What it sees.
    pub(super) surroundings: Surroundings,
    checks: Vec<Value>,
}

/// Looks, as the child, and tells.
pub(in super::super) async fn answer(
    args: &Args,
    user: &str,
    context: &Context,
    ui: &mut Ui,
) -> Result<ExitCode, CommandError> {
    #[cfg(target_os = "linux")]
    super::identity::become_user(user)?;
    #[cfg(not(target_os = "linux"))]
    let _ = user;
    let report = args.look(context, &mut Screen::Nothing, ui).await?;
    let checks = report.made.iter().map(|(name, finding)| report.row(name, finding)).collect();
    let child = Child { surroundings: Surroundings::here(context), checks };
    ui.data_line(serde_json::to_string(&child).map_err(CommandError::failed)?)?;
    ui.flush()?;
    Ok(ExitCode::Ok)
}

impl Child {
    /// Starts the process with nothing but what the service has, and reads what it tells.
    pub(super) async fn ask(
        service: &Service,
        args: &Args,
        context: &Context,
    ) -> Result<Self, CommandError> {
        let failed = |reason: String| ServiceError::Child { user: service.user.clone(), reason };
        #[cfg(target_os = "linux")]
        if !super::identity::may_become(service.uid) {
            let target = args.as_service.clone().unwrap_or_default();
            return Err(ServiceError::NotRoot(target).into());
        }
        let mut command =
            Command::new(std::env::current_exe().map_err(|error| failed(error.to_string()))?);
        command
            .args(words(service, args, context))
            .env_clear()
            .envs(service.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(&service.directory)
            .stdin(Stdio::null());
        let ran = tokio::task::spawn_blocking(move || command.output()).await;
        let output = ran
            .map_err(|error| failed(error.to_string()))?
            .map_err(|error| failed(error.to_string()))?;
        read(&output).map_err(|reason| failed(reason).into())
    }

    /// What it sees, and what its checks have found.
    pub(super) fn into_report(self) -> (Surroundings, Vec<(&'static str, Finding)>) {
        let named = |row: &Value| {
            let name = check::ALL.iter().map(|check| check.name());
            let name = name.into_iter().find(|name| row["check"].as_str() == Some(name))?;
            Some((name, Finding::of_row(row)))
        };
        let made = self.checks.iter().filter_map(named).collect();
        (self.surroundings, made)
    }
}

fn words(service: &Service, args: &Args, context: &Context) -> Vec<String> {
    let mut words = service.options.clone();
    let is_given = |name: &str| service.options.iter().any(|option| option.starts_with(name));
    let global = context.global();
    if let Some(profile) = global.profile.as_ref().filter(|_| !is_given("--profile")) {
        words.push(format!("--profile={profile}"));
    }
    if let Some(file) = global.environment.as_ref().filter(|_| !is_given("--environment")) {
        words.push(format!("--environment={}", file.display()));
    }
    words.extend(["doctor".to_owned(), format!("--surroundings-of={}", service.user)]);
    if !args.for_cmdlets.is_empty() {
        let names: Vec<&str> = args.for_cmdlets.iter().map(CmdletName::as_str).collect();
        words.push(format!("--for-cmdlets={}", names.join(",")));
    }
    if let Some(path) = &args.password.password_file {
        words.push(format!("--password-file={}", path.display()));
    }
    if let Some(name) = &args.password.password_env {
        words.push(format!("--password-env={name}"));
    }
    words
}

fn read(output: &Output) -> Result<Child, String> {
    serde_json::from_slice(&output.stdout).map_err(|_| {
        let said = String::from_utf8_lossy(&output.stderr);
        let first = said.lines().next().unwrap_or_default();
        format!("it said {first:?} and ended with {}", output.status)
    })
}

/// Reports are read back as they were made.
#[cfg(test)]
mod tests {
    use super::super::super::report::Report;
    use super::*;

    #[test]
    fn a_report_is_read_back() {
        let report = Report::named("x");
        let finding = Finding::fail("no-connection-yet", "there is no connection yet");
        let row = report.row("connection", &finding);
        let child = Child { surroundings: Surroundings::default(), checks: vec![row.clone()] };
        let text = serde_json::to_vec(&child).unwrap();
        let child: Child = serde_json::from_slice(&text).unwrap();
        let (_, made) = child.into_report();
        assert_eq!(made[0].0, "connection");
        assert_eq!(report.row("connection", &made[0].1), row);
        assert!(made[0].1.blocks);
    }
}
