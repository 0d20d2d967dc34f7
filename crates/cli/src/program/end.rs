//! How a program ended, as an exit code.

use std::process::ExitStatus;

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// By itself or by a signal of somebody else's.
    Status(ExitStatus),
    /// Its time was up.
    TimedOut,
}

impl End {
    /// The exit code, as a shell and coreutils' `timeout` would have it.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::TimedOut => 124,
            Self::Status(status) => match status.code() {
                Some(code) => u8::try_from(code).unwrap_or(1),
                None => 128_u8.saturating_add(signal(status)),
            },
        }
    }

    /// The same in words.
    pub(crate) fn words(self) -> String {
        match self {
            Self::TimedOut => "was ended, its time was up".to_owned(),
            Self::Status(status) => match status.code() {
                Some(code) => format!("ended with exit code {code}"),
                None => format!("was ended by signal {}", signal(status)),
            },
        }
    }
}

#[cfg(unix)]
fn signal(status: ExitStatus) -> u8 {
    use std::os::unix::process::ExitStatusExt as _;
    status.signal().and_then(|number| u8::try_from(number).ok()).unwrap_or_default()
}

#[cfg(not(unix))]
fn signal(_: ExitStatus) -> u8 {
    0
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;

    use super::*;

    #[test]
    fn codes_are_those_of_a_shell() {
        // wait(2): the exit code is in the second byte, a signal's number in the first.
        let status = |raw| End::Status(ExitStatus::from_raw(raw));
        assert_eq!(status(0).code(), 0);
        assert_eq!(status(42 << 8).code(), 42);
        assert_eq!(status(15).code(), 143);
        assert_eq!(status(9).words(), "was ended by signal 9");
        assert_eq!(End::TimedOut.code(), 124);
    }
}
