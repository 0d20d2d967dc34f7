//! `exoctl job pause`, `resume` and `resolve`: what a human says about jobs and runs.

use exoctl_store::{Ledger as _, RunState};

use super::logs::find;
use crate::context::Context;
use crate::error::{CommandError, RunError};
use crate::exit::ExitCode;
use crate::job_files::JobFiles;
use crate::ui::Ui;
use crate::unattended::{Installation, LeaseArgs, owner};

/// The arguments of `exoctl job pause`.
#[derive(clap::Args, Debug)]
#[command(after_help = PAUSE_EXAMPLES)]
pub(super) struct PauseArgs {
    /// The job; without one, --profile says whose runs are paused
    name: Option<String>,
    /// Why, for those who see that it is paused
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

const PAUSE_EXAMPLES: &str = "\
No run of the job begins until it is resumed. One that is under way ends as usual, and occurrences are written
down and wait.

Examples:
  exoctl job pause audit-monthly --reason \"mailboxes are being moved\"
  exoctl job pause --profile contoso";

impl PauseArgs {
    pub(super) async fn run(
        self,
        files: JobFiles,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        let here = Installation::open(context, files, &LeaseArgs::default()).await?;
        let (now, by, reason) = (context.clock().now(), owner(), self.reason.as_deref());
        let what = Whose::of(self.name.as_deref(), &here)?;
        match &what {
            Whose::Job(name) => here.ledger.pause_job(name, &by, reason, now).await?,
            Whose::Tenant(name) => here.ledger.pause_tenant(name, &by, reason, now).await?,
        }
        ui.note(format_args!("{} is paused.", what.name()));
        Ok(ExitCode::Ok)
    }
}

/// The arguments of `exoctl job resume`.
#[derive(clap::Args, Debug)]
#[command(after_help = RESUME_EXAMPLES)]
pub(super) struct ResumeArgs {
    /// The job; without one, --profile says whose runs go on
    name: Option<String>,
}

const RESUME_EXAMPLES: &str = "\
Examples:
  exoctl job resume audit-monthly
  exoctl job resume --profile contoso";

impl ResumeArgs {
    pub(super) async fn run(
        self,
        files: JobFiles,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        let here = Installation::open(context, files, &LeaseArgs::default()).await?;
        let now = context.clock().now();
        let what = Whose::of(self.name.as_deref(), &here)?;
        let was_paused = match &what {
            Whose::Job(name) => here.ledger.resume_job(name, now).await?,
            Whose::Tenant(name) => here.ledger.resume_tenant(name, now).await?,
        };
        let said = if was_paused { "goes on" } else { "was not paused" };
        ui.note(format_args!("{} {said}.", what.name()));
        Ok(ExitCode::Ok)
    }
}

/// What is paused.
enum Whose {
    Job(String),
    Tenant(String),
}

impl Whose {
    fn of(job: Option<&str>, here: &Installation) -> Result<Self, CommandError> {
        match (job, &here.context.global().profile) {
            (Some(name), _) => Ok(Self::Job(here.files.find(name)?.job.name.to_string())),
            (None, Some(profile)) => Ok(Self::Tenant(profile.to_ascii_lowercase())),
            (None, None) => Err(RunError::NothingToPause.into()),
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::Job(name) | Self::Tenant(name) => name,
        }
    }
}

/// The arguments of `exoctl job resolve`.
#[derive(clap::Args, Debug)]
#[command(after_help = RESOLVE_EXAMPLES)]
pub(super) struct ResolveArgs {
    /// The run by its id or the beginning of it
    #[arg(value_name = "RUN")]
    run: String,
    /// What it was in truth
    #[arg(long = "as", value_name = "STATE")]
    state: Resolution,
    /// How you know it
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

const RESOLVE_EXAMPLES: &str = "\
A run is `unknown` when it was broken off in a step that must not be done twice. Look whether it was done, and
say so; if it was not, the job can be run again.

Examples:
  exoctl job resolve 019a6b1c --as done --reason \"the mailbox is there\"
  exoctl job resolve 019a6b1c --as failed --reason \"nothing was changed\"";

/// What an unknown run can turn out to be.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Resolution {
    /// It did what it should
    Done,
    /// It did not
    Failed,
}

impl ResolveArgs {
    pub(super) async fn run(
        self,
        files: JobFiles,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        let here = Installation::open(context, files, &LeaseArgs::default()).await?;
        let run = find(&self.run, &here).await?;
        let state = match self.state {
            Resolution::Done => RunState::Done,
            Resolution::Failed => RunState::Failed,
        };
        let reason = format!("{} ({})", self.reason, owner());
        if !here.ledger.resolve(run.id, state, &reason).await? {
            return Err(RunError::NotUnknown { run: run.id.to_string(), state: run.state }.into());
        }
        ui.note(format_args!("{} of {} for {} is {state}.", run.id, run.job, run.tenant));
        Ok(ExitCode::Ok)
    }
}
