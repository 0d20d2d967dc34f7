//! A handle to stderr and to the terminal for code that runs far from the [`super::Ui`]: a key
//! that is opened when a token has to be renewed, a transport that tells what it sends.

use std::fmt::Display;
use std::io::{self, Write};

use secrecy::SecretString;

use super::Ui;
use super::plain::Plain;

/// Says and asks what cannot wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Voice {
    interactive: bool,
    verbose: bool,
}

impl Ui {
    /// A handle for others.
    pub(crate) fn voice(&self) -> Voice {
        Voice { interactive: self.is_interactive(), verbose: self.verbose }
    }
}

impl Voice {
    /// One that says and asks nothing.
    pub(crate) const fn silent() -> Self {
        Self { interactive: false, verbose: false }
    }

    /// Whether what is going on is to be told.
    pub(crate) fn is_verbose(self) -> bool {
        self.verbose
    }

    /// Tells what is going on, if that was asked for.
    pub(crate) fn verbose(self, text: impl Display) {
        if self.verbose {
            let _ = writeln!(io::stderr().lock(), "VERBOSE: {}", Plain(text));
        }
    }

    /// Asks for a secret; `None` without a terminal.
    pub(crate) fn secret(self, label: impl Display) -> io::Result<Option<SecretString>> {
        if !self.interactive {
            return Ok(None);
        }
        let mut stderr = io::stderr();
        write!(stderr, "{}: ", Plain(label))?;
        stderr.flush()?;
        rpassword::read_password().map(|text| Some(text.into()))
    }
}
