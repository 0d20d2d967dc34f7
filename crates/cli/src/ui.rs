//! The only writer to stdout and stderr. stdout is data, stderr is talk.
//!
//! A reader that has gone away (`exoctl Get-Mailbox | head`) is no error: writing fails with
//! [`std::io::ErrorKind::BrokenPipe`], which ends the program quietly with success.

mod plain;
mod progress;
mod prompt;
mod voice;

pub(crate) use progress::Progress;
pub(crate) use voice::Voice;

use std::fmt::Display;
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::sync::Arc;

use owo_colors::{OwoColorize, Style};

use self::plain::Plain;
use crate::args::GlobalArgs;
use crate::catalogue::Circumstances;
use crate::env::{self, Environment};
use crate::error::CommandError;
use crate::exit::ExitCode;

/// What the user sees and answers.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the user's")]
pub(crate) struct Ui {
    stdout: BufWriter<Stdout>,
    terminal: Terminal,
    color: bool,
    quiet: bool,
    verbose: bool,
    yes: bool,
    circumstances: Arc<Circumstances>,
}

/// Which of the standard streams are a terminal.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each stream is one or is none")]
struct Terminal {
    stdin: bool,
    stdout: bool,
    stderr: bool,
    dumb: bool,
}

impl Ui {
    /// Looks at the terminal and the environment.
    pub(crate) fn new(environment: &Environment) -> Self {
        let dumb = environment.find(env::TERM).as_deref() == Some("dumb");
        Self {
            stdout: BufWriter::with_capacity(64 * 1024, io::stdout()),
            terminal: Terminal {
                stdin: io::stdin().is_terminal(),
                stdout: io::stdout().is_terminal(),
                stderr: io::stderr().is_terminal(),
                dumb,
            },
            color: !dumb && !environment.has(env::NO_COLOR),
            quiet: false,
            verbose: false,
            yes: false,
            circumstances: Arc::default(),
        }
    }

    /// Puts what is known there into the commands that errors are printed with.
    pub(crate) fn fill_fixes_from(&mut self, circumstances: Arc<Circumstances>) {
        self.circumstances = circumstances;
    }

    /// Takes over the global options.
    pub(crate) fn apply(&mut self, global: &GlobalArgs) {
        self.color &= !global.no_color;
        self.quiet = global.quiet;
        self.verbose = global.verbose;
        self.yes = global.yes;
    }

    /// Whether a human reads stdout.
    pub(crate) fn stdout_is_terminal(&self) -> bool {
        self.terminal.stdout
    }

    /// Whether somebody types.
    pub(crate) fn stdin_is_terminal(&self) -> bool {
        self.terminal.stdin
    }

    /// Whether questions can be asked: somebody types and somebody reads.
    pub(crate) fn is_interactive(&self) -> bool {
        self.terminal.stdin && self.terminal.stderr
    }

    /// Whether data on stdout is to have colour.
    pub(crate) fn stdout_color(&self) -> bool {
        self.color && self.terminal.stdout
    }

    /// Whether talk on stderr is to have colour.
    pub(crate) fn stderr_color(&self) -> bool {
        self.color && self.terminal.stderr
    }

    /// Where data goes. What is written is buffered; [`Ui::flush`] sends it on.
    pub(crate) fn data(&mut self) -> &mut dyn Write {
        &mut self.stdout
    }

    /// Writes one line of data.
    pub(crate) fn data_line(&mut self, line: impl Display) -> Result<(), CommandError> {
        writeln!(self.stdout, "{line}")?;
        Ok(())
    }

    /// Writes one line of data for humans behind a label that may be in colour; nothing in it is
    /// obeyed by a terminal.
    pub(crate) fn data_labelled(
        &mut self,
        label: &str,
        style: Style,
        text: impl Display,
    ) -> Result<(), CommandError> {
        if self.stdout_color() && !label.is_empty() {
            write!(self.stdout, "{}", label.style(style))?;
        } else {
            write!(self.stdout, "{label}")?;
        }
        writeln!(self.stdout, "{}", Plain(text))?;
        Ok(())
    }

    /// Sends on what is buffered.
    pub(crate) fn flush(&mut self) -> Result<(), CommandError> {
        self.stdout.flush()?;
        Ok(())
    }

    /// Whether `--yes` answers all questions.
    pub(crate) fn answers_yes(&self) -> bool {
        self.yes
    }

    /// Says on stderr what was asked for, with `--quiet` too.
    pub(crate) fn say(&mut self, text: impl Display) {
        self.talk(text);
    }

    /// Says on stderr what was done or is to be known. Silent with `--quiet`.
    pub(crate) fn note(&mut self, text: impl Display) {
        if !self.quiet {
            self.talk(text);
        }
    }

    /// Says on stderr what helps to understand; only with `--verbose` or `-Verbose`.
    pub(crate) fn verbose(&mut self, text: impl Display) {
        if self.verbose {
            let label = self.paint("VERBOSE:", Style::new().cyan());
            self.talk_as(&label, text);
        }
    }

    /// Turns [`Ui::verbose`] on.
    pub(crate) fn set_verbose(&mut self) {
        self.verbose = true;
    }

    /// Warns on stderr, as PowerShell does.
    pub(crate) fn warning(&mut self, text: impl Display) {
        let label = self.paint("WARNING:", Style::new().yellow());
        self.talk_as(&label, text);
    }

    /// Shows an error that does not end the program.
    pub(crate) fn error(&mut self, error: &CommandError) {
        let label = self.paint("error:", Style::new().red().bold());
        let text = error.report_knowing(&self.circumstances.known());
        self.talk_as(&label, text.trim_end());
    }

    /// Shows the error that ends the program and says how it ends.
    pub(crate) fn fail(&mut self, error: &CommandError) -> ExitCode {
        if error.is_closed_pipe() {
            return ExitCode::Ok;
        }
        // What was written before is complete; a lost error message would be worse than a lost row.
        let flushed = self.stdout.flush();
        match error.help_text() {
            Some(help) if error.exit() == ExitCode::Ok => {
                let written = self.stdout.write_all(help.as_bytes());
                let _ = written.and_then(|()| self.stdout.flush());
            }
            Some(help) => self.talk(help.trim_end()),
            None => self.error(error),
        }
        match flushed {
            Err(failed) if failed.kind() != io::ErrorKind::BrokenPipe => {
                let failed = CommandError::from(failed);
                self.error(&failed);
                failed.exit()
            }
            _ => error.exit(),
        }
    }

    /// A line on stderr. If stderr is gone nobody is there to be told.
    #[expect(clippy::unused_self, reason = "who talks has the user interface")]
    fn talk(&mut self, text: impl Display) {
        let _ = writeln!(io::stderr().lock(), "{}", Plain(text));
    }

    /// A line on stderr behind a label that may be in colour.
    #[expect(clippy::unused_self, reason = "who talks has the user interface")]
    fn talk_as(&mut self, label: &str, text: impl Display) {
        let _ = writeln!(io::stderr().lock(), "{label} {}", Plain(text));
    }

    fn paint(&self, label: &str, style: Style) -> String {
        if self.stderr_color() { label.style(style).to_string() } else { label.to_owned() }
    }
}

/// Where what a program of the user's writes to its stdout is passed on, as it is.
pub(crate) fn raw_stdout() -> tokio::io::Stdout {
    tokio::io::stdout()
}

/// Where what a program of the user's writes to its stderr is passed on, as it is.
pub(crate) fn raw_stderr() -> tokio::io::Stderr {
    tokio::io::stderr()
}

impl Drop for Ui {
    fn drop(&mut self) {
        let _ = self.stdout.flush();
    }
}
