//! `exoctl job`: what runs unattended.

mod add;
mod check;
mod history;
mod list;
mod logs;
mod occurrences;
mod pause;
mod remove;
mod run;
mod schema;
mod show;

use clap::Subcommand;

use crate::context::Context;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::job_files::JobsArgs;
use crate::ui::Ui;

/// The arguments of `exoctl job`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    files: JobsArgs,
    #[command(subcommand)]
    action: Action,
}

const EXAMPLES: &str = "\
A job is a file, jobs/NAME.toml, that people read and keep in git; docs/jobs.md says what can be in it.

Examples:
  exoctl job add audit-monthly --template audit-monthly
  exoctl job check
  exoctl job list
  exoctl job show audit-monthly
  exoctl job run audit-monthly
  exoctl job history audit-monthly
  exoctl job logs audit-monthly
  exoctl job schema > job.schema.json";

#[derive(Debug, Subcommand)]
enum Action {
    /// Write the file of a new job from a template, after looking whether it will work
    Add(Box<add::Args>),
    /// Find out whether job files are right, and when the jobs run
    Check(check::Args),
    /// List the jobs, when they run next and how they last ended
    #[command(visible_alias = "ls")]
    List(list::Args),
    /// Show a job: all values, the commands that it runs, what is promised
    Show(show::Args),
    /// Run a job now, or what of it is due
    Run(run::Args),
    /// List the runs of jobs and how they ended
    History(history::Args),
    /// Show what a run has written
    Logs(logs::Args),
    /// Let no run of a job or a profile begin
    Pause(pause::PauseArgs),
    /// Let them begin again
    Resume(pause::ResumeArgs),
    /// Say how a run ended whose outcome nobody knows
    Resolve(pause::ResolveArgs),
    /// Remove a job's file
    #[command(visible_alias = "rm")]
    Remove(remove::Args),
    /// Print the JSON schema of job files
    Schema(schema::Args),
}

impl Args {
    /// Does it.
    pub(crate) async fn run(
        self,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        let files = self.files.files(context)?;
        match self.action {
            Action::Add(args) => args.run(&files, context, ui).await,
            Action::Check(args) => args.run(&files, context, ui),
            Action::List(args) => args.run(&files, context, ui).await,
            Action::Show(args) => args.run(&files, context, ui),
            Action::Run(args) => args.run(files, context, ui).await,
            Action::History(args) => args.run(files, context, ui).await,
            Action::Logs(args) => args.run(files, context, ui).await,
            Action::Pause(args) => args.run(files, context, ui).await,
            Action::Resume(args) => args.run(files, context, ui).await,
            Action::Resolve(args) => args.run(files, context, ui).await,
            Action::Remove(args) => args.run(&files, ui),
            Action::Schema(args) => args.run(ui),
        }
    }
}
