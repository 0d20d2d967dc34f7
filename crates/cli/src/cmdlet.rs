//! Cmdlets in PowerShell's syntax: `exoctl Get-Mailbox -Identity adele -o json`.
//!
//! Four of them are answered by exoctl itself ([`connect`], [`information`], [`disconnect`]); all
//! others are invoked over a connection ([`invoke`]).

mod binding;
mod choice;
mod confirm;
mod connect;
mod connect_parameters;
mod disconnect;
mod information;
mod invoke;
mod notices;
mod options;
mod target;

pub(crate) use disconnect::forget;
pub(crate) use options::CmdletOptions;

use std::ffi::OsString;

use exoctl_exchange::{Catalogue, CmdletName};

use crate::context::Context;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::profile::Service;
use crate::ui::Ui;

/// A command line that calls a cmdlet.
#[derive(Clone, Debug)]
pub(crate) struct CmdletLine {
    /// The cmdlet as it was written.
    pub(crate) name: CmdletName,
    /// What follows its name, without exoctl's own options.
    pub(crate) arguments: Vec<String>,
    /// exoctl's own options, from before and after the name.
    pub(crate) options: CmdletOptions,
}

/// Reads a command line: what stands before the cmdlet's name, and the rest beginning with it.
pub(crate) fn read(before: &[OsString], rest: &[OsString]) -> Result<CmdletLine, CommandError> {
    options::read(before, rest)
}

/// The cmdlets that exoctl answers itself.
pub(crate) const OWN: [&str; 4] = [
    "Connect-ExchangeOnline",
    "Connect-IPPSSession",
    "Get-ConnectionInformation",
    "Disconnect-ExchangeOnline",
];

/// The parameters of a cmdlet that exoctl answers itself; none for another one.
pub(crate) fn own_parameters(name: &str) -> Vec<&'static str> {
    match OWN.iter().position(|own| own.eq_ignore_ascii_case(name)) {
        Some(0 | 1) => connect_parameters::names().collect(),
        Some(_) => choice::PARAMETERS.to_vec(),
        None => Vec::new(),
    }
}

/// Why a tenant with these cmdlets would not take the line, as far as can be told without asking.
pub(crate) fn refusal(
    line: &CmdletLine,
    catalogue: &Catalogue,
    context: &Context,
) -> Option<String> {
    let known = catalogue.find(&line.name)?.known_parameters();
    let read = binding::read(&line.arguments, Some(&known), context);
    read.err().map(|error| error.lines().join(": "))
}

/// Calls the cmdlet.
pub(crate) async fn run(
    line: CmdletLine,
    context: &Context,
    ui: &mut Ui,
) -> Result<ExitCode, CommandError> {
    let own = OWN.iter().position(|own| line.name.is(own));
    match own {
        Some(0) => connect::run(line, Service::ExchangeOnline, context, ui).await,
        Some(1) => connect::run(line, Service::Compliance, context, ui).await,
        Some(2) => information::run(&line, context, ui),
        Some(3) => disconnect::run(&line, context, ui),
        _ => invoke::run(line, context, ui).await,
    }
}
