//! What is promised for each kind of step.

use std::fmt;

use serde::Serialize;

use crate::effect::Effect;
use crate::job::Job;

/// A kind of step, as far as promises go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Kind {
    /// A cmdlet that looks: Get, Search, Test.
    CmdletRead,
    /// A cmdlet that describes a state: Set, Enable, Disable.
    CmdletState,
    /// Any other cmdlet: New, Remove, Start.
    CmdletOnce,
    /// An export of the audit log.
    AuditExport,
    /// A report of an export into a file.
    AuditReport,
    /// A report of an export by mail.
    AuditMail,
    /// A certificate replaced.
    CertRotate,
    /// Certificates looked at.
    CertCheck,
    /// Everything looked at.
    Doctor,
    /// Any program.
    Program,
}

/// All kinds, in the order of the reference.
pub const KINDS: [Kind; 10] = [
    Kind::CmdletRead,
    Kind::CmdletState,
    Kind::CmdletOnce,
    Kind::AuditExport,
    Kind::AuditReport,
    Kind::AuditMail,
    Kind::CertRotate,
    Kind::CertCheck,
    Kind::Doctor,
    Kind::Program,
];

impl Kind {
    /// How it is written in a job file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CmdletRead => "cmdlet: Get, Search, Test, Find, Measure, …",
            Self::CmdletState => "cmdlet: Set, Enable, Disable, Update, Grant, Revoke",
            Self::CmdletOnce => "cmdlet: New, Remove, Add, Start and all others",
            Self::AuditExport => "audit-export",
            Self::AuditReport => "audit-report",
            Self::AuditMail => "audit-report with mail",
            Self::CertRotate => "cert-rotate",
            Self::CertCheck => "cert-check",
            Self::Doctor => "doctor",
            Self::Program => "program",
        }
    }

    /// What doing it twice means, unless its author says that it is idempotent.
    pub const fn effect(self) -> Effect {
        match self {
            Self::CmdletRead
            | Self::AuditExport
            | Self::AuditReport
            | Self::CertCheck
            | Self::Doctor => Effect::Read,
            Self::AuditMail | Self::CertRotate => Effect::DesiredState,
            Self::CmdletState | Self::CmdletOnce | Self::Program => Effect::Once,
        }
    }

    /// What is promised, in one or two sentences.
    pub const fn promise(self) -> &'static str {
        match self {
            Self::CmdletRead => {
                "It is read at least once, and one result is kept. After a crash it is read again from the beginning."
            }
            Self::CmdletState => {
                "It is sent at most once: after a crash or a timeout in the middle the run is `unknown` and waits for a human. With `idempotent = true` it is sent at least once and ends in the same state."
            }
            Self::CmdletOnce => {
                "It is sent at most once: after a crash or a timeout in the middle the run is `unknown` and waits for a human. It is repeated only with `idempotent = true`."
            }
            Self::AuditExport => {
                "The period is exported without a gap and without a record twice, or the export says that it is not complete. After a crash it goes on at the window where it was."
            }
            Self::AuditReport => {
                "The report is written at least once; the files of the last time are replaced."
            }
            Self::AuditMail => {
                "The mail is sent at least once. If it is sent again after a crash it has the same Message-ID, by which mailboxes know it."
            }
            Self::CertRotate => {
                "The rotation goes on at the recorded stage after a crash. The application has a certificate that works at every moment, and no second rotation begins."
            }
            Self::CertCheck | Self::Doctor => "It looks at least once and changes nothing.",
            Self::Program => {
                "It is started at most once: after a crash or a timeout the run is `unknown` and waits for a human. It is started again only with `idempotent = true`, or if it ends with one of the exit codes of `retry.on`."
            }
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Job {
    /// What is promised for its runs, a sentence a line.
    pub fn promise(&self) -> Vec<String> {
        let mut lines = vec![
            "Each occurrence of the schedule becomes one run for each tenant, and one result of it is kept."
                .to_owned(),
            match self.effect() {
                Effect::Read => "A run whose end nobody saw is started again: it only reads.",
                Effect::DesiredState => {
                    "A run whose end nobody saw is started again: what it does can be done twice."
                }
                Effect::Once => {
                    "A run whose end nobody saw is started again only if it had not come to a step that must not be done twice; else it is `unknown` and waits for a human."
                }
            }
            .to_owned(),
            format!("A run that brings down its worker {} times is given up.", self.crash_limit),
        ];
        for (number, step) in self.steps.iter().enumerate() {
            let kind = step.kind();
            let promise = match (kind.effect(), step.idempotent) {
                (Effect::Once, true) => {
                    "It is done at least once: the author says that doing it again does no harm."
                }
                _ => kind.promise(),
            };
            lines.push(format!("Step {}: {promise}", number + 1));
        }
        lines
    }
}
