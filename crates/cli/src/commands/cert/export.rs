//! `exoctl cert export`.

use clap::ValueEnum;
use exoctl_certificate::pkcs12::{self, Profile};
use exoctl_certificate::{CertifiedKey, pem};
use secrecy::SecretString;
use zeroize::Zeroizing;

use super::error::CertError;
use super::out_file::{OutArgs, Readers};
use super::show::parse;
use super::stores::{self, StoreName};
use crate::context::Context;
use crate::error::CommandError;
use crate::password::PasswordArgs;
use crate::ui::Ui;

/// The arguments of `exoctl cert export`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Thumbprint of the certificate
    #[arg(value_name = "THUMBPRINT")]
    thumbprint: String,
    /// What to write: cer (DER, for the portal), pem, or pfx (PKCS#12 with the key)
    #[arg(long, value_enum)]
    format: Format,
    /// Write the private key too; pfx always has it
    #[arg(long)]
    private_key: bool,
    /// Triple DES and SHA-1 for old Windows and macOS' keychain; pfx only
    #[arg(long)]
    legacy: bool,
    /// Write the private key without a password
    #[arg(long, conflicts_with_all = ["password_file", "password_env", "password_stdin"])]
    no_password: bool,
    #[command(flatten)]
    out: OutArgs,
    /// Take it from this store
    #[arg(long, value_enum, value_name = "STORE")]
    store: Option<StoreName>,
    #[command(flatten)]
    password: PasswordArgs,
}

const EXAMPLES: &str = "\
Examples:
  exoctl cert export 3D05… --format cer --out exo.cer
  exoctl cert export 3D05… --format pfx --out exo.pfx --password-file password.txt
  exoctl cert export 3D05… --format pfx --legacy --out exo.pfx
  exoctl cert export 3D05… --format pem --private-key --no-password --out exo.pem

Files with a private key are for their owner only. No file is overwritten without --force.";

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The certificate in DER form, which the portal takes
    Cer,
    /// PEM text: certificate and chain, and the key if wanted
    Pem,
    /// PKCS#12: key, certificate and chain
    Pfx,
}

impl Args {
    /// Does it.
    pub(super) fn run(self, context: &Context, ui: &mut Ui) -> Result<(), CommandError> {
        let thumbprint = parse(&self.thumbprint)?;
        let with_key = self.check()?;
        self.out.check()?;
        let stores = stores::chosen(self.store, context)?;
        if !with_key {
            let (_, entry) = stores::find(stores, &thumbprint)?;
            let bytes = match self.format {
                Format::Cer => entry.certificate.der().to_vec(),
                _ => std::iter::once(&entry.certificate)
                    .chain(&entry.chain)
                    .map(pem::write_certificate)
                    .collect::<String>()
                    .into_bytes(),
            };
            return self.out.write(&bytes, Readers::Everybody, ui);
        }
        let key = stores::load(stores, &thumbprint)?;
        let password = self.password(context, ui)?;
        let bytes = self.encode(&key, password.as_ref())?;
        self.out.write(&bytes, Readers::Owner, ui)?;
        if password.is_none() {
            ui.warning(format_args!(
                "the private key in {} has no password; keep the file to yourself",
                self.out.out.display()
            ));
        }
        Ok(())
    }

    /// Whether the file has a private key, if the options go together.
    fn check(&self) -> Result<bool, CommandError> {
        let usage = |text: &'static str| Err(CommandError::usage(text));
        let with_key = self.private_key || self.format == Format::Pfx;
        match self.format {
            Format::Cer if self.private_key => {
                return usage("a .cer file has no private key; use --format pem or pfx");
            }
            Format::Cer | Format::Pem if self.legacy => {
                return usage("--legacy goes with --format pfx");
            }
            _ => {}
        }
        if !with_key && (self.no_password || self.password.is_given()) {
            return Err(CertError::PasswordForNothing.into());
        }
        if with_key && self.out.is_stdout() {
            return Err(CertError::KeyToStdout.into());
        }
        Ok(with_key)
    }

    fn password(
        &self,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<Option<SecretString>, CommandError> {
        if self.no_password {
            return Ok(None);
        }
        let what = self.out.out.display().to_string();
        self.password.for_new_file(&what, context, ui).map(Some)
    }

    fn encode(
        &self,
        key: &CertifiedKey,
        password: Option<&SecretString>,
    ) -> Result<Zeroizing<Vec<u8>>, CommandError> {
        if self.format == Format::Pem {
            let text = pem::write(key, password).map_err(CommandError::failed)?;
            return Ok(Zeroizing::new(text.as_bytes().to_vec()));
        }
        let profile = if self.legacy { Profile::TripleDes } else { Profile::Aes256 };
        let none = SecretString::default();
        pkcs12::write(key, password.unwrap_or(&none), profile).map_err(CommandError::failed)
    }
}
