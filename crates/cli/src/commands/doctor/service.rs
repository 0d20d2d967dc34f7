//! `doctor --as-service`: the same checks as the identity that a scheduled job will have, and how that
//! differs from running it by hand.

mod child;
#[cfg(target_os = "linux")]
mod identity;
mod sandbox;
mod schedule;
mod unit;

use std::path::Path;

use self::child::Child;
pub(super) use self::child::answer;
use self::sandbox::Need;
use self::schedule::Service;
use super::Args;
use super::condition;
use super::finding::{Finding, State};
use super::report::{Report, Screen};
use super::surroundings::{Surroundings, WRITTEN};
use crate::catalogue::Known;
use crate::context::Context;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::ui::Ui;

/// Why nobody can look as a service.
#[derive(Debug, thiserror::Error)]
pub(super) enum ServiceError {
    /// Nobody of that name.
    #[error("there is no account named {0:?}, and no unit")]
    NoUser(String),
    /// systemd does not know it, or is not there, and no file has it.
    #[error("there is no unit {0} in systemd's directories")]
    NoUnit(String),
    /// The unit cannot be read.
    #[error("could not read {path}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The account exists only while the service runs.
    #[error("{0} has DynamicUser=yes: its account exists only while it runs")]
    DynamicUser(String),
    /// Only root becomes somebody else.
    #[error("only root can look as {0}")]
    NotRoot(String),
    /// The process that was to look did not.
    #[error("could not look as {user}: {reason}")]
    Child {
        /// The account.
        user: String,
        /// What it said.
        reason: String,
    },
    /// Another operating system.
    #[cfg(not(target_os = "linux"))]
    #[error("--as-service is there on Linux only so far")]
    Elsewhere,
}

impl From<ServiceError> for CommandError {
    fn from(error: ServiceError) -> Self {
        let fix = match &error {
            ServiceError::NoUser(_) => Some(
                "give an account (getent passwd lists them), or a unit: mailbox-report.service",
            ),
            ServiceError::NoUnit(_) => Some(
                "give the file of the unit: exoctl doctor --as-service ./mailbox-report.service",
            ),
            ServiceError::DynamicUser(_) => Some(
                "run the check inside of the service: add ExecStartPre=exoctl doctor to the unit",
            ),
            #[cfg(not(target_os = "linux"))]
            ServiceError::Elsewhere => {
                Some("let the scheduler itself run it once as that account: exoctl doctor -o json")
            }
            _ => None,
        };
        let command = match &error {
            ServiceError::NotRoot(target) => {
                let target = shlex::try_quote(target).map(String::from).unwrap_or_default();
                Some(format!("sudo exoctl doctor --as-service {target}"))
            }
            _ => None,
        };
        let error = Self::usage(error);
        fix.map(str::to_owned).into_iter().chain(command).fold(error, Self::fix)
    }
}

/// Looks by hand and as the service, and tells what differs.
pub(super) async fn run(
    args: &Args,
    target: &str,
    context: &Context,
    ui: &mut Ui,
) -> Result<ExitCode, CommandError> {
    let mut screen = Screen::new(context, ui)?;
    let report = look(args, target, &mut screen, context, ui).await?;
    screen.finish(ui)?;
    Ok(if report.worst() > State::Ok { ExitCode::Findings } else { ExitCode::Ok })
}

/// What is seen by hand and as the service.
pub(super) async fn look(
    args: &Args,
    target: &str,
    screen: &mut Screen,
    context: &Context,
    ui: &mut Ui,
) -> Result<Report, CommandError> {
    let service = Service::find(target)?;
    let mut report = Report::named(target);
    let known = Known::default().with("user", &service.user).with("unit", &service.name);
    let mut show = |report: &mut Report, name, finding: Finding, ui: &mut Ui| {
        let finding = finding.filled(&known);
        screen.show(report, name, &finding, ui)?;
        report.made.push((name, finding));
        Ok::<_, CommandError>(())
    };
    show(&mut report, "service", service.finding(), ui)?;
    let by_hand = args.look(context, &mut Screen::Nothing, ui).await?;
    let here = Surroundings::here(context);
    let waiting = ui.waiting(format!("looking as {}", service.user));
    let child = Child::ask(&service, args, context).await;
    drop(waiting);
    let child = child?;
    show(&mut report, "sandbox", sandboxed(&service, &child), ui)?;
    let (there, made) = child.into_report();
    for (name, finding) in &made {
        show(&mut report, name, finding.clone(), ui)?;
    }
    let code = if service.is_unit { condition::UNIT_DIFFERS } else { condition::ACCOUNT_DIFFERS };
    let different = difference(code, &here.differences(&there), &by_hand.made, &made);
    show(&mut report, "by hand", different.knowing_all(&by_hand.known), ui)?;
    screen.end(&report, ui)?;
    Ok(report)
}

/// Whether the unit's sandbox takes away what exoctl needs.
fn sandboxed(service: &Service, child: &Child) -> Finding {
    if !service.is_unit {
        return Finding::skipped("an account has none; a unit may");
    }
    let surroundings = &child.surroundings;
    let kept = surroundings.paths.iter().map(|(name, path)| {
        let need = if WRITTEN.contains(&name.as_str()) { Need::Write } else { Need::Read };
        (path.as_path(), need)
    });
    let directory = surroundings.working_directory.as_deref();
    let all = kept.chain(directory.map(|path| (path, Need::Read)));
    let taken = |(path, need): (&Path, Need)| {
        let reason = service.sandbox.judge(path, need)?;
        Some((path.to_owned(), format!("{}: {reason}", path.display())))
    };
    let taken: Vec<_> = all.filter_map(taken).collect();
    match taken.first() {
        None => Finding::ok("nothing that exoctl needs is taken away"),
        Some((path, _)) => Finding::fail(condition::SANDBOX, "")
            .knowing("path", path.display().to_string())
            .seeing(taken.iter().map(|(_, fact)| fact.clone()).collect()),
    }
}

/// What runs by hand and does not run as the service.
fn difference(
    code: &str,
    surroundings: &[String],
    by_hand: &[(&'static str, Finding)],
    as_service: &[(&'static str, Finding)],
) -> Finding {
    let worse = as_service.iter().filter_map(|(name, there)| {
        let here = by_hand.iter().find(|(other, _)| other == name).map(|(_, finding)| finding)?;
        let is_worse = there.state == State::Fail && here.state != State::Fail;
        is_worse.then(|| format!("{name}: by hand {}, as service fail", here.state.name()))
    });
    let worse: Vec<String> = worse.collect();
    if worse.is_empty() {
        let first = match surroundings {
            [] => "the service sees what you see",
            _ => "what the service sees differently does no harm",
        };
        return Finding::ok(first).saw_all(surroundings.iter().cloned());
    }
    let facts = worse.into_iter().chain(surroundings.iter().cloned()).collect();
    Finding::fail(code, "").seeing(facts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_only_as_the_service_is_the_difference() {
        let ok = || Finding::ok("x");
        let fail = || Finding::fail(condition::NO_CONNECTION, "x");
        let by_hand = [("connection", ok()), ("tenant", fail()), ("clock", ok())];
        let as_service = [("connection", fail()), ("tenant", fail()), ("clock", ok())];
        let told = ["HOME: by hand /root, as service /var/lib/exo".to_owned()];
        let found = difference(condition::UNIT_DIFFERS, &told, &by_hand, &as_service);
        assert_eq!(found.state, State::Fail);
        assert_eq!(found.evidence[0], "connection: by hand ok, as service fail");
        assert_eq!(found.evidence[1..], told);
        assert_eq!(difference(condition::UNIT_DIFFERS, &told, &by_hand, &by_hand).state, State::Ok);
    }
}
