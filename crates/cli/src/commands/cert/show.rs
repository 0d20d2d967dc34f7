//! `exoctl cert show`.

use std::path::Path;

use exoctl_certificate::{Certificate, Contents, Thumbprint};

use super::error::CertError;
use super::import::read;
use super::row::{self, CertificateRow};
use super::stores::{self, StoreName};
use crate::context::Context;
use crate::error::CommandError;
use crate::password::PasswordArgs;
use crate::ui::Ui;

/// The arguments of `exoctl cert show`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Thumbprint of a certificate in a store, or a file: PFX, PEM, DER, P7B
    #[arg(value_name = "THUMBPRINT|FILE")]
    what: String,
    /// Which certificate of the file, if it has several
    #[arg(long, value_name = "THUMBPRINT")]
    thumbprint: Option<Thumbprint>,
    /// Look into this store only
    #[arg(long, value_enum, value_name = "STORE")]
    store: Option<StoreName>,
    #[command(flatten)]
    password: PasswordArgs,
}

const EXAMPLES: &str = "\
Examples:
  exoctl cert show 3D05…
  exoctl cert show exo.pfx --password-file password.txt -o json
  exoctl cert show exo.cer";

impl Args {
    /// Does it.
    pub(super) fn run(self, context: &Context, ui: &mut Ui) -> Result<(), CommandError> {
        let path = Path::new(&self.what);
        let row = if path.exists() {
            self.show_file(path, context, ui)?
        } else {
            let thumbprint = parse(&self.what)?;
            let (store, entry) = stores::find(stores::chosen(self.store, context)?, &thumbprint)?;
            CertificateRow::stored(&entry, store.name(), context.clock().now())
        };
        row::show_one(&row, context, ui)
    }

    /// A file of certificates is shown as it is; a file for keys must have one that can be used.
    fn show_file(
        &self,
        path: &Path,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<CertificateRow, CommandError> {
        let contents = read(path, &self.password, context, ui)?;
        let now = context.clock().now();
        let row = match self.public_certificate(&contents) {
            Some(certificate) if !contents.is_for_keys() => {
                CertificateRow::of(certificate, &contents.chain_of(certificate), now)
            }
            _ => {
                let key = contents.certified_key(self.thumbprint.as_ref());
                let failed = |source| CertError::File { path: path.to_owned(), source };
                CertificateRow::key(&key.map_err(failed)?, now)
            }
        };
        Ok(row.with_path(path))
    }

    /// The certificate asked for, else the first.
    fn public_certificate<'a>(&self, contents: &'a Contents) -> Option<&'a Certificate> {
        let wanted = |found: &&Certificate| {
            self.thumbprint.is_none_or(|thumbprint| found.thumbprint() == thumbprint)
        };
        contents.certificates().find(wanted)
    }
}

/// A thumbprint that a user has typed.
pub(super) fn parse(text: &str) -> Result<Thumbprint, CommandError> {
    let parsed = text.parse();
    Ok(parsed.map_err(|source| CertError::Thumbprint { text: text.to_owned(), source })?)
}
