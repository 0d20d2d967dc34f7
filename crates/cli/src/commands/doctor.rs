//! `exoctl doctor`: looks at everything that a connection needs, in order, and says what is wrong,
//! why, and what to do.

mod bundle;
mod check;
mod condition;
mod explain;
mod finding;
mod preflight;
mod redaction;
mod report;
mod service;
mod surroundings;
mod visit;

pub(super) use preflight::preflight;

use exoctl_exchange::CmdletName;

use self::bundle::BundleArgs;
use self::check::in_the_way;
use self::finding::{Finding, State};
use self::report::{Report, Screen};
use self::visit::{Learned, Visit};
use crate::args::GlobalArgs;
use crate::context::Context;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::password::PasswordArgs;
use crate::sign_in::SignInArgs;
use crate::ui::Ui;

/// The arguments of `exoctl doctor`.
#[derive(clap::Args, Debug, Default)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Look at every connection that is kept, whatever --profile says
    #[arg(long)]
    all: bool,
    /// Find out whether these cmdlets are granted
    #[arg(long, value_name = "A,B,…", value_delimiter = ',')]
    for_cmdlets: Vec<CmdletName>,
    /// Look as the account that a scheduled job runs as: a user, a unit of systemd, or a unit's file
    #[arg(long, value_name = "USER|UNIT", conflicts_with = "all")]
    as_service: Option<String>,
    #[command(flatten)]
    bundle: BundleArgs,
    /// What --as-service starts: become this account, look, and tell the process above
    #[arg(long, value_name = "USER", hide = true)]
    surroundings_of: Option<String>,
    /// Say what an error means that was pasted here: a code, a line of a log, a whole error of
    /// PowerShell; - reads it from stdin
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["all", "for_cmdlets", "as_service"])]
    explain: Option<String>,
    #[command(flatten)]
    password: PasswordArgs,
    #[command(flatten)]
    sign_in: SignInArgs,
}

const EXAMPLES: &str = "\
Examples:
  exoctl doctor
  exoctl doctor --profile exo-reporting --for-cmdlets Get-Mailbox,Search-UnifiedAuditLog
  exoctl doctor --all -o json
  exoctl doctor --azure-cli
  exoctl doctor --as-service mailbox-report.service
  exoctl doctor --all --bundle support.zip --with-log exoctl.log
  exoctl doctor --explain \"AADSTS700027: Client assertion contains an invalid signature.\"
  exoctl doctor --explain - < error.txt

Nothing is changed, and every token is a new one. An administrator who signs in lets it compare with
what the directory has. The exit code is 0 if all is well and 3 if there is anything to do.";

impl Args {
    /// Does it.
    pub(crate) async fn run(
        self,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        if let Some(text) = &self.explain {
            return explain::run(text, context, ui);
        }
        if let Some(target) = &self.as_service {
            return service::run(&self, target, context, ui).await;
        }
        if let Some(user) = &self.surroundings_of {
            return service::answer(&self, user, context, ui).await;
        }
        let mut screen = Screen::new(context, ui)?;
        let mut reports = Vec::new();
        for name in self.connections(context)? {
            let global = GlobalArgs { profile: name, ..context.global().clone() };
            let context = Context::new(context.environment().clone(), global);
            reports.push(self.look(&context, &mut screen, ui).await?);
        }
        screen.finish(ui)?;
        if let Some(path) = self.bundle.write(&reports, context)? {
            ui.note(format_args!(
                "The bundle is {}; look into it before you give it away.",
                path.display()
            ));
        }
        let worst = reports.iter().map(Report::worst).max().unwrap_or(State::Ok);
        Ok(if worst > State::Ok { ExitCode::Findings } else { ExitCode::Ok })
    }

    /// The connections to look at; `None` is the one that the settings choose.
    fn connections(&self, context: &Context) -> Result<Vec<Option<String>>, CommandError> {
        if !self.all {
            return Ok(vec![context.global().profile.clone()]);
        }
        let names: Vec<_> = context.profiles()?.names()?.into_iter().map(Some).collect();
        Ok(if names.is_empty() { vec![None] } else { names })
    }

    /// Makes all checks of one connection, and shows each when it is made.
    async fn look(
        &self,
        context: &Context,
        screen: &mut Screen,
        ui: &mut Ui,
    ) -> Result<Report, CommandError> {
        let mut report = Report::new(context);
        if let Some(user) = &self.surroundings_of {
            report.known = report.known.with("user", user);
        }
        screen.begin(&report, self.all, ui)?;
        let mut visit = Visit {
            context,
            ui,
            password: &self.password,
            administrator: &self.sign_in,
            cmdlets: &self.for_cmdlets,
            is_service: self.surroundings_of.is_some(),
            learned: Learned::default(),
        };
        for check in check::ALL {
            if !check.is_wanted(&visit) {
                continue;
            }
            let finding = if let Some(before) = in_the_way(*check, &report.made) {
                Finding::blocked(report.because(before))
            } else {
                let waiting = (!check.may_ask()).then(|| visit.ui.waiting(check.name()));
                let finding = check.run(&mut visit).await;
                drop(waiting);
                finding
            };
            if let Some(settings) = &visit.learned.settings {
                report.known = report.known.or(&settings.known());
            }
            let finding = finding.filled(&report.known);
            screen.show(&report, check.name(), &finding, visit.ui)?;
            report.made.push((check.name(), finding));
        }
        screen.end(&report, visit.ui)?;
        Ok(report)
    }
}
