//! `exoctl cert remove`.

use super::show::parse;
use super::stores::{self, StoreName};
use crate::context::Context;
use crate::error::CommandError;
use crate::ui::Ui;

/// The arguments of `exoctl cert remove`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Thumbprint of the certificate
    #[arg(value_name = "THUMBPRINT")]
    thumbprint: String,
    /// Delete it from this store
    #[arg(long, value_enum, value_name = "STORE")]
    store: Option<StoreName>,
}

const EXAMPLES: &str = "\
Examples:
  exoctl cert remove 3D05…
  exoctl cert remove 3D05… --store dotnet --yes

The private key is gone for good, unless it was exported.";

impl Args {
    /// Does it.
    pub(super) fn run(self, context: &Context, ui: &mut Ui) -> Result<(), CommandError> {
        let thumbprint = parse(&self.thumbprint)?;
        let (store, entry) = stores::find(stores::chosen(self.store, context)?, &thumbprint)?;
        let question = format!(
            "Delete the certificate {thumbprint} ({}) and its private key from the {} store?",
            entry.certificate.subject(),
            store.name()
        );
        if ui.confirm(question, "--yes")? {
            store.remove(&thumbprint)?;
            ui.note(format_args!("The certificate {thumbprint} was deleted"));
        }
        Ok(())
    }
}
