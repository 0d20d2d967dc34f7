//! `exoctl cert new`.

use exoctl_certificate::{DistinguishedName, KeySize, NewCertificate};
use jiff::Span;

use super::error::CertError;
use super::row::CertificateRow;
use super::stores::{self, StoreName};
use crate::context::Context;
use crate::error::CommandError;
use crate::ui::Ui;

/// The arguments of `exoctl cert new`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    subject: SubjectArgs,
    /// How long the certificate is valid: 1y, 6mo, 180d
    #[arg(long, value_name = "TIME", default_value = "1y")]
    valid_for: String,
    /// Where to keep it
    #[arg(long, value_enum, value_name = "STORE", default_value = "exoctl")]
    store: StoreName,
}

const EXAMPLES: &str = "\
Examples:
  exoctl cert new --subject \"CN=EXO Reporting\" --valid-for 1y
  exoctl cert new --subject \"CN=EXO Reporting,O=Contoso\" --key-size 4096 --dns-name exo.contoso.com
  exoctl cert new --subject \"CN=For PowerShell\" --valid-for 90d --store dotnet -o json";

/// What certificates and requests have in common.
#[derive(clap::Args, Clone, Debug)]
pub(super) struct SubjectArgs {
    /// Whom the certificate is for, as in "CN=EXO Reporting,O=Contoso"
    #[arg(long, value_name = "NAME")]
    subject: String,
    /// Size of the RSA key in bits: 2048, 3072 or 4096
    #[arg(long, value_name = "BITS", default_value = "2048", value_parser = key_size)]
    key_size: KeySize,
    /// DNS name to put in; may be given several times
    #[arg(long, value_name = "NAME")]
    dns_name: Vec<String>,
    /// Name that certificate stores show [default: the subject's CN]
    #[arg(long, value_name = "NAME")]
    friendly_name: Option<String>,
}

impl SubjectArgs {
    /// What is to be made.
    pub(super) fn to_new_certificate(&self) -> Result<NewCertificate, CommandError> {
        let subject: DistinguishedName = self
            .subject
            .parse()
            .map_err(|source| CertError::Subject { text: self.subject.clone(), source })?;
        let common_name = subject.find_common_name().map(str::to_owned);
        let mut wanted = NewCertificate::new(subject);
        wanted.key_size = self.key_size;
        wanted.dns_names.clone_from(&self.dns_name);
        wanted.friendly_name = self.friendly_name.clone().or(common_name);
        Ok(wanted)
    }
}

impl Args {
    /// Does it.
    pub(super) fn run(self, context: &Context, ui: &mut Ui) -> Result<(), CommandError> {
        let valid_for: Span = self
            .valid_for
            .parse()
            .map_err(|source| CertError::Time { text: self.valid_for.clone(), source })?;
        let wanted = self.subject.to_new_certificate()?;
        let store = self.store.open(context)?;
        let key = wanted.self_signed(valid_for, &*context.clock()).map_err(CertError::from)?;
        store.insert(&key)?;
        let thumbprint = key.thumbprint();
        ui.note(format_args!(
            "The key is in the {} store. Upload its certificate to the app registration:\n  \
             exoctl cert export {thumbprint} --format cer --out exo.cer",
            store.name()
        ));
        let (store, entry) = stores::find(vec![store], &thumbprint)?;
        let row = CertificateRow::stored(&entry, store.name(), context.clock().now());
        super::row::show_one(&row, context, ui)
    }
}

fn key_size(text: &str) -> Result<KeySize, String> {
    let size = text.parse().ok().and_then(KeySize::from_bits);
    size.ok_or_else(|| "a key has 2048, 3072 or 4096 bits".to_owned())
}
