//! exoctl's own commands. Cmdlets are in [`crate::cmdlet`].
//!
//! A command is a file with `pub(crate) struct Args` (its doc comments are the help; `Examples:`
//! in `after_help`) and `Args::run`: understand, one library call, show.

mod app;
mod audit;
mod cert;
mod completion;
mod config;
mod demo;
mod doctor;
mod exec;
mod job;
mod man;
mod notify;
mod profile;
mod schedule;
mod serve;
mod setup;
mod sim;
mod status;
mod teardown;
mod token;
mod worker;

use clap::Subcommand;

use crate::context::Context;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::ui::Ui;

/// What exoctl can do besides cmdlets.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make an application that may run cmdlets: certificate, registration, consent, role
    Setup(Box<setup::Args>),
    /// Remove what setup has made
    Teardown(teardown::Args),
    /// Show an application and what it may do
    App(app::Args),
    /// Export the unified audit log, with proof that it is complete
    Audit(audit::Args),
    /// Make, read, keep and export keys and certificates
    #[command(visible_alias = "certificate")]
    Cert(cert::Args),
    /// Find out why it does not work, or whether it will
    Doctor(doctor::Args),
    /// Show jobs, certificates, tenants and what needs attention
    Status(status::Args),
    /// Have the scheduler that is there already start jobs
    Schedule(schedule::Args),
    /// Run a program that signs in as the application, without its key
    Exec(exec::Args),
    /// Describe what runs unattended, and look after it
    Job(job::Args),
    /// Run jobs when they are due, until told to stop
    Serve(Box<serve::Args>),
    /// Work on runs that a scheduler elsewhere has written down
    Worker(Box<worker::Args>),
    /// Get an access token for other programs
    Token(token::Args),
    /// Tell people what became of runs, and try how they are told
    Notify(notify::Args),
    /// List, choose and forget connections
    Profile(profile::Args),
    /// Show the settings in effect and where they come from
    Config(config::Args),
    /// Run a simulated Microsoft 365 tenant on this machine
    Sim(sim::Args),
    /// See the whole story happen against a simulated tenant
    Demo(demo::Args),
    /// Print the script that makes a shell complete commands, cmdlets and parameters
    Completion(completion::Args),
    /// Write manual pages
    Man(man::Args),
    /// What completion scripts call
    #[command(name = "__complete", hide = true)]
    Complete(completion::Complete),
}

impl Command {
    /// Does it.
    pub(crate) async fn run(
        self,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        match self {
            Self::Setup(args) => args.run(context, ui).await,
            Self::Teardown(args) => args.run(context, ui).await,
            Self::App(args) => args.run(context, ui).await,
            Self::Audit(args) => args.run(context, ui).await,
            Self::Cert(args) => args.run(context, ui).await,
            Self::Doctor(args) => args.run(context, ui).await,
            Self::Status(args) => args.run(context, ui).await,
            Self::Schedule(args) => args.run(context, ui).await,
            Self::Exec(args) => args.run(context, ui).await,
            Self::Job(args) => args.run(context, ui).await,
            Self::Serve(args) => args.run(context, ui).await,
            Self::Worker(args) => args.run(context, ui).await,
            Self::Token(args) => args.run(context, ui).await,
            Self::Notify(args) => args.run(context, ui).await,
            Self::Profile(args) => args.run(context, ui).await,
            Self::Config(args) => args.run(context, ui).await,
            Self::Sim(args) => args.run(context, ui).await,
            Self::Demo(args) => args.run(context, ui).await,
            Self::Completion(args) => args.run(context, ui),
            Self::Man(args) => args.run(context, ui),
            Self::Complete(args) => args.run(context, ui),
        }
    }
}
