//! `exoctl cert complete`.

use std::path::PathBuf;

use super::error::CertError;
use super::import::read;
use super::row::CertificateRow;
use super::stores::{self, StoreName};
use crate::context::Context;
use crate::error::CommandError;
use crate::password::PasswordArgs;
use crate::ui::Ui;

/// The arguments of `exoctl cert complete`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The answer: a certificate (DER or PEM) or a PKCS#7 file (.p7b)
    answer: PathBuf,
    /// Certificates of the authorities above, if the answer does not have them; several times if need be
    #[arg(long, value_name = "FILE")]
    chain: Vec<PathBuf>,
    /// Where to keep the certificate and its key
    #[arg(long, value_enum, value_name = "STORE", default_value = "exoctl")]
    store: StoreName,
}

const EXAMPLES: &str = "\
Examples:
  exoctl cert complete answer.p7b
  exoctl cert complete answer.cer --chain issuing-ca.cer --chain root-ca.cer";

impl Args {
    /// Does it.
    pub(super) fn run(self, context: &Context, ui: &mut Ui) -> Result<(), CommandError> {
        let nothing = PasswordArgs::default();
        let mut answer = read(&self.answer, &nothing, context, ui)?;
        for file in &self.chain {
            answer.merge(read(file, &nothing, context, ui)?);
        }
        let own = stores::own(context)?;
        let pending = own.requests()?;
        for problem in &pending.problems {
            ui.warning(format_args!("{}: {}", problem.path.display(), problem.reason));
        }
        let mut unanswered = None;
        for request in &pending.requests {
            match request.complete(&answer) {
                Err(error) => unanswered = Some(error),
                Ok(key) => {
                    let store = self.store.open(context)?;
                    store.insert(&key)?;
                    own.forget_request(&request.id())?;
                    let (store, entry) = stores::find(vec![store], &key.thumbprint())?;
                    let row = CertificateRow::stored(&entry, store.name(), context.clock().now());
                    return super::row::show_one(&row, context, ui);
                }
            }
        }
        Err(CertError::NoRequest { path: self.answer, source: unanswered }.into())
    }
}
