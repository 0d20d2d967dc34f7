//! `exoctl cert import`.

use std::fs;
use std::path::{Path, PathBuf};

use exoctl_certificate::{Contents, KeyFileError, StoreError, Thumbprint, read_key_file};
use zeroize::Zeroizing;

use super::error::CertError;
use super::row::{self, CertificateRow};
use super::stores::{self, StoreName};
use crate::context::Context;
use crate::error::{CommandError, FileError};
use crate::password::PasswordArgs;
use crate::ui::Ui;

/// The arguments of `exoctl cert import`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Files with a key, its certificate and the chain: PFX, PEM, DER, P7B
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Which certificate, if the files have keys of several
    #[arg(long, value_name = "THUMBPRINT")]
    thumbprint: Option<Thumbprint>,
    /// Name that certificate stores show, in place of the one in the file
    #[arg(long, value_name = "NAME")]
    friendly_name: Option<String>,
    /// Where to keep it
    #[arg(long, value_enum, value_name = "STORE", default_value = "exoctl")]
    store: StoreName,
    #[command(flatten)]
    password: PasswordArgs,
}

const EXAMPLES: &str = "\
Examples:
  exoctl cert import exo.pfx --password-file password.txt
  exoctl cert import key.pem certificate.cer
  exoctl cert import keystore.p12 --thumbprint 3D05… --store dotnet";

impl Args {
    /// Does it.
    pub(super) fn run(self, context: &Context, ui: &mut Ui) -> Result<(), CommandError> {
        let mut contents = Contents::default();
        for file in &self.files {
            contents.merge(read(file, &self.password, context, ui)?);
        }
        for thing in contents.passed_over() {
            ui.note(format_args!("{thing} was left out"));
        }
        let failed = |source| CertError::File { path: self.files[0].clone(), source };
        let mut key = contents.certified_key(self.thumbprint.as_ref()).map_err(failed)?;
        if self.friendly_name.is_some() {
            key = key.with_friendly_name(self.friendly_name);
        }
        let store = self.store.open(context)?;
        match store.find(&key.thumbprint()) {
            Ok(None) => {}
            // An entry that lacks its key or is damaged is what people import again for.
            Ok(Some(_)) | Err(StoreError::Unreadable { .. }) => {
                ui.note("The store had the certificate already; it was replaced");
            }
            Err(error) => return Err(error.into()),
        }
        store.insert(&key)?;
        let (store, entry) = stores::find(vec![store], &key.thumbprint())?;
        let row = CertificateRow::stored(&entry, store.name(), context.clock().now());
        row::show_one(&row, context, ui)
    }
}

/// Reads a file, and asks for its password if it needs one that no option gives.
pub(super) fn read(
    path: &Path,
    password: &PasswordArgs,
    context: &Context,
    ui: &mut Ui,
) -> Result<Contents, CommandError> {
    let failed = |source| FileError { operation: "read", path: path.to_owned(), source };
    let bytes = Zeroizing::new(fs::read(path).map_err(failed)?);
    let unusable = |source| CertError::File { path: path.to_owned(), source };
    let given = password.find(context)?;
    match read_key_file(&bytes, given.as_ref()) {
        Err(KeyFileError::PasswordRequired) if ui.is_interactive() => {
            let asked = password.ask(&path.display().to_string(), ui)?;
            Ok(read_key_file(&bytes, Some(&asked)).map_err(unusable)?)
        }
        contents => Ok(contents.map_err(unusable)?),
    }
}
