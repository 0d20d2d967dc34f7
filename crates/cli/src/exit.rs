//! The exit codes, documented in `docs/errors.md`.

use std::process;

/// How the program ends. The numbers are a promise to scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum ExitCode {
    /// Done.
    Ok = 0,
    /// The operation failed.
    Failed = 1,
    /// The command line, a setting or a file given with it is wrong; nothing was done.
    Usage = 2,
    /// A check ran and found something.
    Findings = 3,
    /// No token, or the service refused it.
    Authentication = 4,
    /// The application may not do it.
    Permission = 5,
    /// Data is missing from the output.
    Incomplete = 6,
    /// Throttled, or the service or the network is not available; later it may work.
    Unavailable = 7,
}

impl ExitCode {
    /// All of them, by their numbers.
    const ALL: [Self; 8] = [
        Self::Ok,
        Self::Failed,
        Self::Usage,
        Self::Findings,
        Self::Authentication,
        Self::Permission,
        Self::Incomplete,
        Self::Unavailable,
    ];

    /// The number.
    pub(crate) const fn number(self) -> u8 {
        self as u8
    }

    /// The one of this number.
    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|exit| exit.number() == number)
    }
}

impl From<ExitCode> for process::ExitCode {
    fn from(exit: ExitCode) -> Self {
        exit.number().into()
    }
}
