//! The exit codes, documented in `docs/errors.md`.

use std::process;

/// How the program ends. The numbers are a promise to scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ExitCode {
    /// Done.
    Ok,
    /// The operation failed.
    Failed,
    /// The command line, a setting or a file given with it is wrong; nothing was done.
    Usage,
    /// A check ran and found something.
    Findings,
    /// No token, or the service refused it.
    Authentication,
    /// The application may not do it.
    Permission,
    /// Data is missing from the output.
    Incomplete,
    /// Throttled, or the service or the network is not available; later it may work.
    Unavailable,
    /// Somebody else works on it.
    Locked,
    /// Nobody knows whether it was done.
    OutcomeUnknown,
    /// It is not due, or is paused.
    NotDue,
    /// What the program of `exoctl exec` has ended with.
    Program(u8),
}

impl ExitCode {
    /// All of them, by their numbers.
    const ALL: [Self; 11] = [
        Self::Ok,
        Self::Failed,
        Self::Usage,
        Self::Findings,
        Self::Authentication,
        Self::Permission,
        Self::Incomplete,
        Self::Unavailable,
        Self::Locked,
        Self::OutcomeUnknown,
        Self::NotDue,
    ];

    /// The number.
    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Findings => 3,
            Self::Authentication => 4,
            Self::Permission => 5,
            Self::Incomplete => 6,
            Self::Unavailable => 7,
            Self::Locked => 11,
            Self::OutcomeUnknown => 14,
            Self::NotDue => 75,
            Self::Program(code) => code,
        }
    }

    /// The one of this number.
    pub(crate) fn from_number(number: u8) -> Option<Self> {
        // Of programs, those that exoctl itself ends with in their place.
        let own = |number| matches!(number, 126 | 127).then_some(Self::Program(number));
        Self::ALL.into_iter().find(|exit| exit.number() == number).or_else(|| own(number))
    }
}

impl From<ExitCode> for process::ExitCode {
    fn from(exit: ExitCode) -> Self {
        exit.number().into()
    }
}
