//! What a command ends with when it does not succeed: what failed, why, what to do, how to exit.
//!
//! Causes and fixes come from the catalogue; the `From` implementations in the modules below say
//! how the program ends without a row there, and add what only the error itself knows.

mod administrator;
mod exec;
mod job;
mod key;
mod library;
mod notice;
mod notify;
mod profile;
mod run;
mod setup;
mod sign_in;
mod unknown_text;
mod usage;

pub(crate) use administrator::AdministratorError;
pub(crate) use exec::ExecError;
pub(crate) use job::JobError;
pub(crate) use key::KeyError;
pub(crate) use library::ClaimsError;
pub(crate) use notice::{Reported, Stopped};
pub(crate) use notify::NotifyError;
pub(crate) use profile::ProfileError;
pub(crate) use run::{RunError, ledger_code};
pub(crate) use setup::{InvalidTime, PlanError};
pub(crate) use sign_in::SignInError;
pub(crate) use unknown_text::UnknownText;
pub(crate) use usage::{FileError, InvalidSetting, NoHome, NotInteractive, NotText, PasswordError};

use std::error::Error;
use std::fmt::{self, Write as _};
use std::io;

use exoctl_exchange::InvokeError;

use crate::catalogue::{self, Entry, Fix, Known};
use crate::exit::ExitCode;

/// An error and what a user can do about it.
pub(crate) struct CommandError {
    exit: ExitCode,
    what: What,
    /// In a box, for results of every function have room for an error.
    advice: Box<Advice>,
}

/// What helps with an error.
#[derive(Default)]
struct Advice {
    reference: Option<String>,
    entry: Option<&'static Entry>,
    known: Known,
    /// What to do before that of the catalogue.
    first: Vec<String>,
    /// What to do after that of the catalogue.
    fixes: Vec<String>,
}

enum What {
    /// Something went wrong.
    Error(Box<dyn Error + Send + Sync>),
    /// clap has written it all: help, a version, or a usage error with its own advice.
    Clap(String),
    /// The reader of stdout has gone away.
    ClosedPipe,
}

impl CommandError {
    /// An error with its exit code; `From` implementations add fixes.
    pub(crate) fn new(exit: ExitCode, error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::of(exit, What::Error(error.into()))
    }

    fn of(exit: ExitCode, what: What) -> Self {
        Self { exit, what, advice: Box::default() }
    }

    /// An error with the row of the catalogue that its causes call for, and with this exit code if
    /// there is none.
    pub(crate) fn explained(exit: ExitCode, error: impl Error + Send + Sync + 'static) -> Self {
        let entry = catalogue::find(&error);
        Self::with_entry(exit, error, entry)
    }

    /// The same for an error that the sign-in of a human ended with.
    pub(crate) fn explained_to_administrator(
        exit: ExitCode,
        error: impl Error + Send + Sync + 'static,
    ) -> Self {
        let entry = catalogue::find_for_administrator(&error);
        Self::with_entry(exit, error, entry)
    }

    /// An error that names its row of the catalogue itself.
    pub(crate) fn explained_as(code: &str, error: impl Error + Send + Sync + 'static) -> Self {
        let entry = catalogue::by_code(code).expect("a test looks up the codes that errors name");
        Self::with_entry(entry.exit, error, Some(entry))
    }

    fn with_entry(
        exit: ExitCode,
        error: impl Error + Send + Sync + 'static,
        entry: Option<&'static Entry>,
    ) -> Self {
        let known = Known::of(&error);
        let exit = entry.map_or(exit, |entry| entry.exit);
        let advice = Box::new(Advice { entry, known, ..Advice::default() });
        Self { advice, ..Self::new(exit, error) }
    }

    /// The command line or a setting is wrong.
    pub(crate) fn usage(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(ExitCode::Usage, error)
    }

    /// The operation failed.
    pub(crate) fn failed(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(ExitCode::Failed, error)
    }

    /// With what the commands of the catalogue can be filled in with.
    pub(crate) fn knowing(mut self, name: &'static str, value: impl ToString) -> Self {
        self.advice.known = self.advice.known.with(name, value);
        self
    }

    /// With one more thing that the user can do; a whole sentence or a command line.
    pub(crate) fn fix(mut self, fix: impl Into<String>) -> Self {
        self.advice.fixes.push(fix.into());
        self
    }

    /// With something that the user can do before all others.
    pub(crate) fn fix_first(mut self, fix: impl Into<String>) -> Self {
        self.advice.first.insert(0, fix.into());
        self
    }

    /// The error itself, as the cause of another.
    pub(crate) fn into_source(self) -> Box<dyn Error + Send + Sync> {
        match self.what {
            What::Error(error) => error,
            What::Clap(_) | What::ClosedPipe => self.message().into(),
        }
    }

    /// The row of the catalogue, if there is one.
    pub(crate) fn entry(&self) -> Option<&'static Entry> {
        self.advice.entry
    }

    /// With what the service's support asks for: ids, server, time.
    pub(crate) fn reference(mut self, reference: Option<String>) -> Self {
        self.advice.reference = reference;
        self
    }

    /// How the program ends.
    pub(crate) fn exit(&self) -> ExitCode {
        self.exit
    }

    /// Whether nobody knows if what was asked for was done.
    pub(crate) fn leaves_unknown(&self) -> bool {
        let What::Error(error) = &self.what else { return false };
        let mut next: Option<&(dyn Error + 'static)> = Some(&**error);
        while let Some(error) = next {
            if matches!(error.downcast_ref(), Some(InvokeError::OutcomeUnknown { .. })) {
                return true;
            }
            next = error.source();
        }
        false
    }

    /// Whether only the reader of stdout has gone away.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        matches!(self.what, What::ClosedPipe)
    }

    /// The text that clap has made.
    pub(crate) fn help_text(&self) -> Option<&str> {
        match &self.what {
            What::Clap(text) => Some(text),
            _ => None,
        }
    }

    /// What failed and why, a fact a line.
    pub(crate) fn lines(&self) -> Vec<String> {
        std::iter::once(self.message()).chain(self.causes()).collect()
    }

    /// What the user can do, the most likely first, with what is not known yet left open.
    pub(crate) fn remedies(&self) -> Vec<Fix> {
        let plain = |text: &String| Fix::new(text.clone(), None);
        let catalogued = self.advice.entry.map(Entry::all_fixes).unwrap_or_default();
        let first = self.advice.first.iter().map(plain);
        first.chain(catalogued.iter().cloned()).chain(self.advice.fixes.iter().map(plain)).collect()
    }

    /// What the error itself tells for the commands.
    pub(crate) fn known(&self) -> &Known {
        &self.advice.known
    }

    /// What the service's support asks for.
    pub(crate) fn reference_text(&self) -> Option<&str> {
        self.advice.reference.as_deref()
    }

    /// What failed, in one sentence.
    pub(crate) fn message(&self) -> String {
        match &self.what {
            What::Error(error) => error.to_string(),
            What::Clap(text) => text.lines().next().unwrap_or_default().to_owned(),
            What::ClosedPipe => "the output was closed".to_owned(),
        }
    }

    /// The message, its causes and the fixes, with what the error itself knows in the commands.
    pub(crate) fn report(&self) -> String {
        self.report_knowing(&Known::default())
    }

    /// The same as it is printed after `error: `, with what else is known in the commands.
    pub(crate) fn report_knowing(&self, known: &Known) -> String {
        let mut text = self.message();
        text.push('\n');
        let causes = self.causes();
        if !causes.is_empty() {
            text.push_str("Caused by:\n");
        }
        for cause in causes {
            let _ = writeln!(text, "  {}", cause.replace('\n', "\n  "));
        }
        if let Some(reference) = &self.advice.reference {
            let _ = writeln!(text, "Reference: {reference}");
        }
        if let Some(entry) = self.entry() {
            let _ = writeln!(text, "Cause [{}]: {}", entry.code, entry.cause);
        }
        let known = self.advice.known.clone().or(known);
        for fix in self.remedies().iter().filter(|fix| fix.makes_sense(&known)) {
            let _ = writeln!(text, "Fix: {}", fix.text(&known).replace('\n', "\n     "));
        }
        text
    }

    /// The causes below the message. A cause that says what the one above it said is left out.
    fn causes(&self) -> Vec<String> {
        let What::Error(error) = &self.what else { return Vec::new() };
        let mut said = error.to_string();
        let mut causes = Vec::new();
        let mut next = error.source();
        while let Some(cause) = next {
            let text = cause.to_string();
            if !said.contains(&text) {
                causes.push(text.clone());
                said = text;
            }
            next = cause.source();
        }
        causes
    }
}

impl fmt::Debug for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.report())
    }
}

impl From<clap::Error> for CommandError {
    fn from(error: clap::Error) -> Self {
        let exit = if error.use_stderr() { ExitCode::Usage } else { ExitCode::Ok };
        Self::of(exit, What::Clap(error.render().to_string()))
    }
}

impl From<io::Error> for CommandError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::of(ExitCode::Ok, What::ClosedPipe);
        }
        Self::failed(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("could not read the letter")]
    struct Letter(#[source] io::Error);

    #[test]
    fn a_report_has_message_causes_and_fixes() {
        let cause = io::Error::new(io::ErrorKind::NotFound, "no such file");
        let error = CommandError::failed(Letter(cause)).fix("exoctl cert list");
        let expected =
            "could not read the letter\nCaused by:\n  no such file\nFix: exoctl cert list\n";
        assert_eq!(error.report(), expected);
    }

    #[test]
    fn a_closed_pipe_is_no_error() {
        let error = CommandError::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert!(error.is_closed_pipe());
        assert_eq!(error.exit(), ExitCode::Ok);
    }
}
