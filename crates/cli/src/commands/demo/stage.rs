//! Where the demo plays: a temporary directory, a simulated tenant, and the command line.

use std::path::{Path, PathBuf};

use exoctl_sim::{Ready, SimConfig, SimulatedTenant};
use owo_colors::{OwoColorize, Style};

use crate::args::{Arguments, GlobalArgs};
use crate::context::Context;
use crate::env::{self, Environment};
use crate::error::{CommandError, FileError};
use crate::exit::ExitCode;
use crate::ui::Ui;

/// A step ended otherwise than the story says.
#[derive(Debug, thiserror::Error)]
#[error("`{line}` ended with exit code {} instead of {}", ended.number(), expected.number())]
struct UnexpectedEnd {
    line: String,
    expected: ExitCode,
    ended: ExitCode,
}

/// Where the demo plays.
pub(super) struct Stage<'a> {
    ui: &'a mut Ui,
    environment: Environment,
    tenant: SimulatedTenant,
    kept: Option<PathBuf>,
    _temporary: Option<tempfile::TempDir>,
    steps: usize,
}

impl<'a> Stage<'a> {
    /// Starts the tenant and goes to the directory in which the demo's files are made.
    pub(super) async fn open(
        keep: Option<PathBuf>,
        mailboxes: u64,
        context: &Context,
        ui: &'a mut Ui,
    ) -> Result<Self, CommandError> {
        let (folder, temporary) = folder(keep.as_deref())?;
        std::env::set_current_dir(&folder)
            .map_err(|source| failed("enter the directory", &folder, source))?;
        let mut config = SimConfig::new(folder.join("tenant"));
        config.mailboxes = mailboxes;
        let tenant = SimulatedTenant::start(config).await.map_err(CommandError::failed)?;
        let environment = context
            .environment()
            .without_settings()
            .with(env::EXOCTL_HOME, folder.join("home"))
            .with(env::EXOCTL_ENVIRONMENT, &tenant.ready().environment);
        let kept = temporary.is_none().then_some(folder);
        Ok(Self { ui, environment, tenant, kept, _temporary: temporary, steps: 0 })
    }

    /// Stops the tenant and leaves the directory, which is removed unless it is to be kept.
    pub(super) async fn close(self) -> Result<(), CommandError> {
        self.tenant.shutdown().await;
        let root = Path::new("/");
        std::env::set_current_dir(root).map_err(|source| failed("leave for", root, source))?;
        if let Some(folder) = &self.kept {
            self.ui.note(format_args!("Kept in {}.", folder.display()));
        }
        Ok(())
    }

    /// How to reach the tenant.
    pub(super) fn ready(&self) -> &Ready {
        self.tenant.ready()
    }

    /// The tenant itself, to do what an administrator would do in a portal.
    pub(super) fn tenant(&self) -> &SimulatedTenant {
        &self.tenant
    }

    /// Begins a step: what it is, and what it shows.
    pub(super) fn step(&mut self, title: &str, shows: &str) -> Result<(), CommandError> {
        self.steps += 1;
        let title = self.paint(&format!("{}. {title}", self.steps), Style::new().bold());
        self.ui.data_line(format_args!("\n{title}"))?;
        self.say(shows)
    }

    /// A sentence of the narrator.
    pub(super) fn say(&mut self, text: &str) -> Result<(), CommandError> {
        for line in text.lines() {
            self.ui.data_line(format_args!("   {line}").to_string().trim_end())?;
        }
        Ok(())
    }

    /// Shows a command line without running it.
    pub(super) fn show(&mut self, line: &[&str]) -> Result<(), CommandError> {
        let typed = self.paint(&format!("$ exoctl {}", quoted(line)), Style::new().green());
        self.ui.data_line(typed)
    }

    /// Shows a command line and runs it; it must end with success.
    pub(super) async fn run(&mut self, line: &[&str]) -> Result<(), CommandError> {
        self.run_to(ExitCode::Ok, line).await
    }

    /// Shows a command line and runs it; it must end with this exit code.
    pub(super) async fn run_to(
        &mut self,
        expected: ExitCode,
        line: &[&str],
    ) -> Result<(), CommandError> {
        self.show(line)?;
        self.ui.flush()?;
        let words = std::iter::once("exoctl").chain(line.iter().copied()).map(Into::into);
        let arguments = Arguments::read(words)?;
        let context = Context::new(self.environment.clone(), arguments.global().clone());
        // The demo is itself a command: its future would contain itself without the box.
        let ended = match Box::pin(arguments.run(&context, self.ui)).await {
            Ok(exit) => exit,
            Err(error) => self.ui.fail(&error),
        };
        self.ui.flush()?;
        if ended == expected {
            return Ok(());
        }
        let line = format!("exoctl {}", quoted(line));
        Err(CommandError::failed(UnexpectedEnd { line, expected, ended }))
    }

    /// The thumbprint of the certificate with this subject in the demo's store.
    pub(super) fn thumbprint(&self, subject: &str) -> Result<String, CommandError> {
        let context = Context::new(self.environment.clone(), GlobalArgs::default());
        let listing = context.store()?.list()?;
        let found =
            listing.certificates.iter().find(|stored| stored.certificate.subject() == subject);
        found
            .map(|stored| stored.certificate.thumbprint().to_string())
            .ok_or_else(|| CommandError::failed(format!("no certificate {subject} was made")))
    }

    fn paint(&self, text: &str, style: Style) -> String {
        if self.ui.stdout_color() { text.style(style).to_string() } else { text.to_owned() }
    }
}

fn folder(keep: Option<&Path>) -> Result<(PathBuf, Option<tempfile::TempDir>), CommandError> {
    if let Some(folder) = keep {
        std::fs::create_dir(folder)
            .and_then(|()| folder.canonicalize())
            .map_err(|source| failed("make the directory", folder, source))
            .map(|folder| (folder, None))
    } else {
        let parent = std::env::temp_dir();
        let made = tempfile::Builder::new().prefix("exoctl-demo-").tempdir();
        let made = made.map_err(|source| failed("make a directory in", &parent, source))?;
        Ok((made.path().to_owned(), Some(made)))
    }
}

fn failed(operation: &'static str, path: &Path, source: std::io::Error) -> CommandError {
    FileError { operation, path: path.into(), source }.into()
}

/// A command line as one would type it in a POSIX shell.
fn quoted(line: &[&str]) -> String {
    shlex::try_join(line.iter().copied()).unwrap_or_else(|_| line.join(" "))
}
