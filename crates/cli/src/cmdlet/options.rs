//! exoctl's own options on a cmdlet's command line, told apart from the cmdlet's parameters.

use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Arg, CommandFactory, Parser};
use exoctl_exchange::CmdletName;

use super::{CmdletLine, OWN};
use crate::args::GlobalArgs;
use crate::bulk::{self, BulkArgs};
use crate::error::{CommandError, NotText};
use crate::password::{PasswordArgs, SecretSource};

/// Run a cmdlet of Exchange Online or Security & Compliance
#[derive(Clone, Debug, Parser)]
#[command(
    name = "exoctl",
    override_usage = "exoctl <Verb-Noun> [-Parameter [value]]… [OPTIONS]",
    after_help = EXAMPLES
)]
pub(crate) struct CmdletOptions {
    /// Options that every command takes.
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    /// Where the password of a certificate file comes from.
    #[command(flatten)]
    pub(crate) password: PasswordArgs,
    /// Run the cmdlet in Security & Compliance instead of Exchange Online
    #[arg(long)]
    pub(crate) compliance: bool,
    /// Run the cmdlet once for each row of a file.
    #[command(flatten)]
    pub(crate) bulk: BulkArgs,
    /// Write the rows to this file, which is there when all of them are in it and not before
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Repeat a write although the first try may have been carried out
    #[arg(long)]
    pub(crate) retry_writes: bool,
    /// Give a secret parameter: NAME=file:PATH, NAME=env:VARIABLE, NAME=stdin or NAME=prompt
    #[arg(long, value_name = "NAME=SOURCE")]
    pub(crate) secure: Vec<SecureArgument>,
}

/// A secret parameter and where its value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SecureArgument {
    /// The parameter.
    pub(crate) name: String,
    /// Where its value comes from.
    pub(crate) source: SecretSource,
}

impl FromStr for SecureArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = "NAME=file:PATH, NAME=env:VARIABLE, NAME=stdin or NAME=prompt is needed";
        let (name, source) = text.split_once('=').ok_or(form)?;
        let name = name.trim_start_matches('-');
        let source = source.parse().map_err(|()| form)?;
        Ok(Self { name: name.to_owned(), source })
    }
}

const EXAMPLES: &str = "\
Examples:
  exoctl Get-Mailbox -ResultSize Unlimited -o csv > mailboxes.csv
  exoctl Get-Mailbox -ResultSize Unlimited -o csv --out mailboxes.csv
  exoctl Get-Mailbox -Filter \"CustomAttribute1 -eq 'x'\" --select DisplayName,PrimarySmtpAddress
  exoctl Set-Mailbox -Identity adele -EmailAddresses '@{Add=\"smtp:a2@contoso.com\"}' -WhatIf
  exoctl Set-Mailbox -Identity '{Mail}' -CustomAttribute1 '{Department}' --input users.csv
  exoctl Get-Label --compliance";

/// Tells options and parameters apart. Options begin with two dashes; `-o` is the only other.
pub(super) fn read(before: &[OsString], rest: &[OsString]) -> Result<CmdletLine, CommandError> {
    let command = CmdletOptions::command();
    let (name, rest) = rest.split_first().expect("the caller has found the cmdlet's name");
    let name = text(name)?.parse::<CmdletName>().map_err(CommandError::usage)?;
    let mut options: Vec<OsString> = vec!["exoctl".into()];
    options.extend(before.iter().cloned());
    let mut arguments = Vec::new();
    let mut rest = rest.iter();
    let mut values_only = false;
    while let Some(argument) = rest.next() {
        let argument = text(argument)?;
        values_only |= argument == "--";
        if values_only || !is_option(&argument) {
            arguments.push(argument);
            continue;
        }
        let takes_value = option(&command, &argument).is_some_and(takes_value);
        options.push(argument.into());
        if let Some(value) = takes_value.then(|| rest.next()).flatten() {
            options.push(value.clone());
        }
    }
    let options = CmdletOptions::try_parse_from(options)?;
    if options.bulk.input.is_some() && OWN.iter().any(|own| name.is(own)) {
        return Err(bulk::refuse(name));
    }
    Ok(CmdletLine { name, arguments, options })
}

fn is_option(argument: &str) -> bool {
    let long = argument.strip_prefix("--");
    argument == "-o" || long.is_some_and(|name| name.starts_with(|c: char| c.is_ascii_lowercase()))
}

fn option<'a>(command: &'a clap::Command, argument: &str) -> Option<&'a Arg> {
    command.get_arguments().find(|known| match argument.strip_prefix("--") {
        Some(long) => known.get_long() == Some(long),
        None => known.get_short() == argument.chars().nth(1),
    })
}

fn takes_value(option: &Arg) -> bool {
    option.get_action().takes_values()
}

fn text(argument: &OsString) -> Result<String, CommandError> {
    argument.to_str().map(str::to_owned).ok_or_else(|| NotText.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> CmdletLine {
        let words: Vec<OsString> = text.split(' ').map(OsString::from).collect();
        read(&[], &words).unwrap()
    }

    #[test]
    fn options_and_parameters_may_be_mixed() {
        let line =
            line("get-mailbox -Identity adele -o csv --select a,b -Verbose --query=x --quiet y");
        assert!(line.name.is("Get-Mailbox"));
        assert_eq!(line.arguments, ["-Identity", "adele", "-Verbose", "y"]);
        assert_eq!(line.options.global.output.as_deref(), Some("csv"));
        assert_eq!(line.options.global.select, ["a", "b"]);
        assert_eq!(line.options.global.query.as_deref(), Some("x"));
        assert!(line.options.global.quiet);
    }

    #[test]
    fn an_unknown_option_is_a_usage_error_and_a_parameter_is_not_looked_at() {
        let words: Vec<OsString> = ["Get-Mailbox", "--outptu", "csv"].map(OsString::from).into();
        let error = read(&[], &words).unwrap_err();
        assert_eq!(error.exit(), crate::exit::ExitCode::Usage);
        assert_eq!(line("Get-Mailbox -Nonsense --").arguments, ["-Nonsense", "--"]);
    }
}
