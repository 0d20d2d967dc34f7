//! PowerShell's parameter syntax, read from the arguments that a shell passes.
//!
//! A line that works in PowerShell works with `exoctl` in front of it, whichever shell it was
//! typed in. The shell has taken quotes and split words before the arguments get here, so the
//! grammar is PowerShell's where its signs are still there, and forgiving where they are gone.
//!
//! ```
//! use exoctl_exchange::powershell::{self, Evaluation, Syntax};
//! use exoctl_exchange::{ParameterValue, Parameters};
//! use exoctl_model::SystemClock;
//!
//! let line = ["-Identity", "adele", "-EmailAddresses", r#"@{Add="smtp:a2@contoso.com"}"#, "-o", "json"];
//! let line = line.map(str::to_owned);
//! let parsed = powershell::parse(&line, &Syntax::new(Evaluation::new(&SystemClock)))?;
//! assert!(matches!(parsed.parameters.find("EmailAddresses"), Some(ParameterValue::Hashtable(_))));
//! assert_eq!(parsed.options, ["-o", "json"]);
//! # Ok::<(), powershell::ParseError>(())
//! ```

mod bind;
mod common;
mod datetime;
mod error;
mod expression;
mod known;
mod number;
mod print;
mod source;
mod value;

#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::path::Path;

use exoctl_model::Clock;
use jiff::tz::TimeZone;

use crate::parameters::Parameters;

pub use common::{Action, Common};
pub use error::{Fault, ParseError, Place};
pub use known::{Expected, KnownParameter, nearest};
pub use print::Printed;
pub use value::coerce;

/// Reads the arguments after the cmdlet's name.
pub fn parse(arguments: &[String], syntax: &Syntax<'_>) -> Result<CommandLine, ParseError> {
    bind::Binder::new(syntax, arguments).bind()
}

/// What there is to know for reading a command line.
#[derive(Clone, Copy, Debug)]
pub struct Syntax<'a> {
    /// The cmdlet's parameters; `None` if they are not known. Then names are taken as they are,
    /// and a parameter without a value is a switch.
    pub parameters: Option<&'a [KnownParameter]>,
    /// Those of exoctl's own options that take no value, with their dashes: `--compliance`.
    pub flags: &'a [&'a str],
    /// What expressions may ask for.
    pub evaluation: Evaluation<'a>,
}

impl<'a> Syntax<'a> {
    /// For a cmdlet whose parameters are not known.
    pub fn new(evaluation: Evaluation<'a>) -> Self {
        Self { parameters: None, flags: &[], evaluation }
    }

    /// With the parameters of the cmdlet.
    pub fn with_parameters(self, parameters: &'a [KnownParameter]) -> Self {
        Self { parameters: Some(parameters), ..self }
    }

    /// With the options that take no value.
    pub fn with_flags(self, flags: &'a [&'a str]) -> Self {
        Self { flags, ..self }
    }
}

/// What expressions such as `(Get-Date).AddDays(-7)` may ask for.
#[derive(Clone, Copy)]
pub struct Evaluation<'a> {
    /// The time.
    pub clock: &'a dyn Clock,
    /// The zone in which dates without one are meant.
    pub zone: &'a TimeZone,
    /// Reads a file for `[System.IO.File]::ReadAllBytes`.
    pub read_file: &'a dyn Fn(&Path) -> io::Result<Vec<u8>>,
}

impl<'a> Evaluation<'a> {
    /// By that clock, in UTC, without access to files.
    pub fn new(clock: &'a dyn Clock) -> Self {
        const UTC: &TimeZone = &TimeZone::UTC;
        Self { clock, zone: UTC, read_file: &no_files }
    }

    /// In this zone.
    pub fn in_zone(self, zone: &'a TimeZone) -> Self {
        Self { zone, ..self }
    }

    /// With files read by this function.
    pub fn reading(self, read_file: &'a dyn Fn(&Path) -> io::Result<Vec<u8>>) -> Self {
        Self { read_file, ..self }
    }
}

impl fmt::Debug for Evaluation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Evaluation").field("zone", self.zone).finish_non_exhaustive()
    }
}

/// A command line, read.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct CommandLine {
    /// The cmdlet's parameters, the common ones among them.
    pub parameters: Parameters,
    /// Each parameter's place and text, in the order given.
    pub arguments: Vec<Argument>,
    /// exoctl's own options with their values, as they were given.
    pub options: Vec<String>,
    /// What the common parameters say.
    pub common: Common,
}

/// Where a parameter was given, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// The parameter.
    pub name: String,
    /// Which of the arguments names it.
    pub index: usize,
    /// The text of its value before it was read; empty for a switch.
    pub literal: String,
}

fn no_files(_: &Path) -> io::Result<Vec<u8>> {
    Err(io::Error::new(io::ErrorKind::PermissionDenied, "files are not read here"))
}
