//! What a run does: steps, one after the other, each a command line of exoctl itself.

mod audit;
mod certificate;
mod cmdlet;
mod file;
mod program;

use std::ffi::OsString;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::audit::{AuditExport, AuditReport, Period};
pub use self::certificate::{CertCheck, CertRotate, Doctor};
pub use self::cmdlet::{CmdletLine, InvalidCmdletLine};
pub(crate) use self::file::StepFile;
pub use self::program::Program;

use crate::effect::Effect;
use crate::place::{RunPlace, Template};
use crate::promise::Kind;

/// One step of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "StepFile", into = "StepFile")]
pub struct Step {
    /// What is done.
    pub action: Action,
    /// The file that its output is written to; relative to the run's directory.
    pub output: Option<Template>,
    /// The form of its output.
    pub format: Option<Format>,
    /// Whether the author says that doing it again does no harm.
    pub idempotent: bool,
    /// The exit codes, besides 0, after which the next step is started. The run has failed
    /// nevertheless.
    pub continue_on: Vec<u8>,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// A cmdlet.
    Cmdlet(CmdletLine),
    /// The audit log of a period, exported.
    AuditExport(AuditExport),
    /// A report of an export.
    AuditReport(AuditReport),
    /// A new certificate if the old one expires soon.
    CertRotate(CertRotate),
    /// Whether certificates expire soon.
    CertCheck(CertCheck),
    /// Whether everything works.
    Doctor(Doctor),
    /// Any program, which signs in as the application.
    Program(Program),
}

/// The forms that rows are written in; `exoctl -o` says what they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Format {
    Csv,
    Json,
    Jsonl,
    Yaml,
    Table,
    List,
    Prometheus,
}

impl Format {
    /// Its name, as `-o` takes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Yaml => "yaml",
            Self::Table => "table",
            Self::List => "list",
            Self::Prometheus => "prometheus",
        }
    }

    /// The one that a file's name asks for.
    fn of_file(name: &str) -> Option<Self> {
        let extension = name.rsplit_once('.')?.1.to_ascii_lowercase();
        Some(match extension.as_str() {
            "csv" => Self::Csv,
            "json" => Self::Json,
            "jsonl" | "ndjson" => Self::Jsonl,
            "yaml" | "yml" => Self::Yaml,
            "prom" => Self::Prometheus,
            "txt" => Self::Table,
            _ => return None,
        })
    }
}

impl Step {
    /// Which kind of step it is.
    pub fn kind(&self) -> Kind {
        match &self.action {
            Action::Cmdlet(line) => line.kind(),
            Action::AuditExport(_) => Kind::AuditExport,
            Action::AuditReport(report) if report.is_mailed() => Kind::AuditMail,
            Action::AuditReport(_) => Kind::AuditReport,
            Action::CertRotate(_) => Kind::CertRotate,
            Action::CertCheck(_) => Kind::CertCheck,
            Action::Doctor(_) => Kind::Doctor,
            Action::Program(_) => Kind::Program,
        }
    }

    /// What it means to do it twice.
    pub fn effect(&self) -> Effect {
        match self.kind().effect() {
            Effect::Once if self.idempotent => Effect::DesiredState,
            effect => effect,
        }
    }

    /// The arguments of exoctl that do it, without the program's own name. Values go to the
    /// process as they are, never through a shell.
    pub fn command_line(&self, place: &RunPlace<'_>) -> Vec<OsString> {
        let mut line = vec!["--profile".to_owned(), place.profile.to_owned(), "--yes".to_owned()];
        if let Some(format) = self.form() {
            line.extend(["-o".to_owned(), format.name().to_owned()]);
        }
        match &self.action {
            Action::Cmdlet(cmdlet) => cmdlet.arguments(place, &mut line),
            Action::AuditExport(export) => export.arguments(place, &mut line),
            Action::AuditReport(report) => report.arguments(place, &mut line),
            Action::CertRotate(rotation) => rotation.arguments(&mut line),
            Action::CertCheck(check) => check.arguments(&mut line),
            Action::Doctor(doctor) => doctor.arguments(&mut line),
            Action::Program(program) => program.arguments(place, &mut line),
        }
        line.into_iter().map(OsString::from).collect()
    }

    /// The file that takes its stdout instead of the run's log.
    pub fn output_file(&self, place: &RunPlace<'_>) -> Option<PathBuf> {
        self.output.as_ref().map(|output| place.directory.join(output.fill(place)))
    }

    /// Whether the next step is started after this one has ended with a code.
    pub fn continues_after(&self, exit: u8) -> bool {
        exit == 0 || self.continue_on.contains(&exit)
    }

    /// The form of what it writes: the one that is said, else the one that its file asks for.
    fn form(&self) -> Option<Format> {
        if matches!(self.action, Action::Program(_)) {
            return None;
        }
        let asked = self.output.as_ref().and_then(|output| Format::of_file(output.as_str()));
        self.format.or(asked).or(match self.action {
            Action::Cmdlet(_) => Some(Format::Jsonl),
            _ => None,
        })
    }
}
