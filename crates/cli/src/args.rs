//! The command line: global options, subcommands, and cmdlets in PowerShell's syntax.

use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, CommandFactory, FromArgMatches, Parser, ValueEnum};

use crate::cmdlet::{self, CmdletLine};
use crate::commands::Command;
use crate::context::Context;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::ui::Ui;

/// Exchange Online with nobody watching: sign in with a certificate, run any cmdlet
#[derive(Debug, Parser)]
#[command(
    name = "exoctl",
    version,
    subcommand_required = true,
    arg_required_else_help = true,
    override_usage = "exoctl [OPTIONS] <COMMAND>\n       exoctl [OPTIONS] <Verb-Noun> [-Parameter [value]]…",
    after_help = EXAMPLES
)]
pub(crate) struct Cli {
    /// Options that every command takes.
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  exoctl demo
  exoctl cert new --subject \"CN=EXO Reporting\" --valid-for 1y
  exoctl Connect-ExchangeOnline -CertificateThumbprint 3D05… -AppId 36ee… -Organization contoso.onmicrosoft.com
  exoctl Get-Mailbox -ResultSize Unlimited -o csv > mailboxes.csv
  exoctl Set-Mailbox -Identity adele -EmailAddresses '@{Add=\"smtp:a2@contoso.com\"}'
  exoctl Disconnect-ExchangeOnline

Any cmdlet works as in PowerShell, with `exoctl` in front of it.
Exit codes: 0 ok, 1 failed, 2 usage, 3 findings, 4 authentication, 5 permission, 6 incomplete data,
7 throttled or unavailable.";

/// Options that every command takes, before or after its name.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Global options")]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the user's")]
pub(crate) struct GlobalArgs {
    /// Write rows as table, list, json, jsonl, csv or yaml [default: table or list on a terminal, else jsonl]
    #[arg(short, long, global = true, value_name = "FORMAT")]
    pub(crate) output: Option<String>,
    /// Show only these columns, in this order, separated by commas
    #[arg(long, global = true, value_name = "A,B,…", value_delimiter = ',')]
    pub(crate) select: Vec<String>,
    /// Filter and reshape the rows with a JMESPath expression
    #[arg(long, global = true, value_name = "JMESPATH")]
    pub(crate) query: Option<String>,
    /// Use this connection instead of the current one
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Talk to the cloud that this file describes, as `exoctl sim` writes it
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) environment: Option<PathBuf>,
    /// Keep no access token on disk and take none from there
    #[arg(long, global = true)]
    pub(crate) no_token_cache: bool,
    /// Write without colour
    #[arg(long, global = true)]
    pub(crate) no_color: bool,
    /// Write less: no progress, no notes
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Say more about what is going on
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    /// Answer yes to every question
    #[arg(short, long, global = true)]
    pub(crate) yes: bool,
    /// Log to stderr: error, warn, info, debug, trace or a filter
    #[arg(long, global = true, value_name = "LEVEL")]
    pub(crate) log: Option<String>,
    /// How to log
    #[arg(long, global = true, value_name = "FORMAT")]
    pub(crate) log_format: Option<LogFormat>,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For humans.
    Text,
    /// One JSON object a line.
    Json,
}

impl FromStr for LogFormat {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        ValueEnum::from_str(text, true).map_err(|_| ())
    }
}

/// A command line that was understood.
#[derive(Debug)]
pub(crate) enum Arguments {
    /// A subcommand of exoctl's own.
    Command(Box<Cli>),
    /// A cmdlet in PowerShell's syntax.
    Cmdlet(Box<CmdletLine>),
}

impl Arguments {
    /// Reads a command line, the program's name included.
    pub(crate) fn read(line: impl Iterator<Item = OsString>) -> Result<Self, CommandError> {
        let line: Vec<OsString> = line.collect();
        if let Some(at) = cmdlet_at(&line) {
            return cmdlet::read(&line[1..at], &line[at..]).map(Box::new).map(Self::Cmdlet);
        }
        let matches = Cli::command().try_get_matches_from(line)?;
        Ok(Self::Command(Box::new(Cli::from_arg_matches(&matches)?)))
    }

    /// The global options.
    pub(crate) fn global(&self) -> &GlobalArgs {
        match self {
            Self::Command(cli) => &cli.global,
            Self::Cmdlet(line) => &line.options.global,
        }
    }

    /// Does what the command line says.
    pub(crate) async fn run(
        self,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        match self {
            Self::Command(cli) => cli.command.run(context, ui).await,
            Self::Cmdlet(line) => cmdlet::run(*line, context, ui).await,
        }
    }
}

/// Where the cmdlet's name stands, if the first free argument is one.
pub(crate) fn cmdlet_at(line: &[OsString]) -> Option<usize> {
    let command = Cli::command();
    let takes_value = |argument: &str| {
        command.get_arguments().any(|known| {
            let named = if let Some(long) = argument.strip_prefix("--") {
                known.get_long() == Some(long)
            } else {
                let mut letters = argument.chars().skip(1);
                known.get_short() == letters.next() && letters.next().is_none()
            };
            named && known.get_action().takes_values()
        })
    };
    let mut at = 1;
    while let Some(argument) = line.get(at) {
        let text = argument.to_str()?;
        if !text.starts_with('-') || text == "-" {
            return is_cmdlet(text).then_some(at);
        }
        at += if takes_value(text) { 2 } else { 1 };
    }
    None
}

/// Whether a text is the name of a cmdlet, a verb, a hyphen and a noun.
fn is_cmdlet(text: &str) -> bool {
    text.parse::<exoctl_exchange::CmdletName>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: &str) -> Option<usize> {
        cmdlet_at(&line.split(' ').map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn the_first_free_argument_decides() {
        assert_eq!(at("exoctl Get-Mailbox -Identity adele"), Some(1));
        assert_eq!(at("exoctl --profile test-tenant -o csv get-mailbox"), Some(5));
        assert_eq!(at("exoctl --profile=test-tenant -ocsv get-mailbox"), Some(3));
        assert_eq!(at("exoctl --no-color cert show Get-Mailbox"), None);
        assert_eq!(at("exoctl --output Get-Mailbox"), None);
    }

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_examples() {
        fn check(command: &clap::Command, path: &str) {
            let help = command.clone().render_long_help().to_string();
            assert!(help.contains("Examples:"), "`{path} --help` shows no example");
            for child in command.get_subcommands().filter(|child| child.get_name() != "help") {
                check(child, &format!("{path} {}", child.get_name()));
            }
        }
        // Built: a command's options may be at odds with global ones, which it has only then.
        let mut command = Cli::command();
        command.build();
        check(&command, "exoctl");
    }
}
