//! `exoctl cert`: keys and certificates.

mod check;
mod complete;
mod error;
mod export;
mod import;
mod list;
mod new;
mod out_file;
mod remove;
mod request;
mod rotate;
mod row;
mod show;
mod stores;

pub(super) use rotate::remember;

use clap::Subcommand;

use crate::context::Context;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::ui::Ui;

/// The arguments of `exoctl cert`.
#[derive(clap::Args, Debug)]
#[command(subcommand_required = true, arg_required_else_help = true, after_help = EXAMPLES)]
pub(crate) struct Args {
    /// What to do.
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  exoctl cert new --subject \"CN=EXO Reporting\" --valid-for 1y
  exoctl cert export 3D05… --format cer --out exo.cer
  exoctl cert list
  exoctl cert show exo.pfx --password-file password.txt
  exoctl cert rotate --if-expiring-within 30d --yes

A thumbprint may be written in any case, with spaces or colons, or pasted from Windows. Thumbprints
are shortened here; write yours in full.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a key and a self-signed certificate
    New(new::Args),
    /// Make a key and a request for a certification authority
    Request(request::Args),
    /// Take a certification authority's answer to a request
    Complete(complete::Args),
    /// List the certificates in the stores
    List(list::Args),
    /// Show a certificate of a store or a file
    Show(show::Args),
    /// Write a certificate, and its key if wanted, to a file
    Export(export::Args),
    /// Put the key of a file into a store
    Import(import::Args),
    /// Delete a certificate and its key from a store
    Remove(remove::Args),
    /// Replace the certificate that a connection signs in with, without an outage
    Rotate(rotate::Args),
    /// Tell a monitor whether certificates expire soon and whether their applications have them
    Check(check::Args),
}

impl Args {
    /// Does it.
    pub(crate) async fn run(
        self,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        match self.command {
            Command::New(args) => args.run(context, ui),
            Command::Request(args) => args.run(context, ui),
            Command::Complete(args) => args.run(context, ui),
            Command::List(args) => args.run(context, ui),
            Command::Show(args) => args.run(context, ui),
            Command::Export(args) => args.run(context, ui),
            Command::Import(args) => args.run(context, ui),
            Command::Remove(args) => args.run(context, ui),
            Command::Rotate(args) => return args.run(context, ui).await,
            Command::Check(args) => return args.run(context, ui).await,
        }?;
        Ok(ExitCode::Ok)
    }
}
