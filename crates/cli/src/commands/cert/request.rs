//! `exoctl cert request`.

use serde::Serialize;

use super::error::CertError;
use super::new::SubjectArgs;
use super::out_file::{OutArgs, Readers};
use super::stores;
use crate::context::Context;
use crate::error::CommandError;
use crate::ui::Ui;

/// The arguments of `exoctl cert request`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    subject: SubjectArgs,
    #[command(flatten)]
    out: OutArgs,
}

const EXAMPLES: &str = "\
Examples:
  exoctl cert request --subject \"CN=EXO Reporting,O=Contoso\" --out exo.csr
  exoctl cert complete answer.p7b

The key waits in exoctl's store until the certification authority's answer comes.";

/// A request as users see it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RequestRow {
    pub(super) id: String,
    pub(super) subject: String,
    pub(super) key_size: u32,
    pub(super) friendly_name: Option<String>,
}

impl From<&exoctl_certificate::PendingRequest> for RequestRow {
    fn from(request: &exoctl_certificate::PendingRequest) -> Self {
        Self {
            id: request.id(),
            subject: request.subject().to_owned(),
            key_size: request.key().bits(),
            friendly_name: request.friendly_name().map(str::to_owned),
        }
    }
}

impl Args {
    /// Does it.
    pub(super) fn run(self, context: &Context, ui: &mut Ui) -> Result<(), CommandError> {
        let wanted = self.subject.to_new_certificate()?;
        self.out.check()?;
        let store = stores::own(context)?;
        let request = wanted.request().map_err(CertError::from)?;
        store.keep_request(&request)?;
        if let Err(error) = self.out.write(request.to_pem().as_bytes(), Readers::Everybody, ui) {
            // A key that nobody asks a certificate for would wait for ever.
            store.forget_request(&request.id())?;
            return Err(error);
        }
        if self.out.is_stdout() {
            return Ok(());
        }
        ui.note(format_args!(
            "The key waits in the store. When the certification authority has answered:\n  \
             exoctl cert complete ANSWER"
        ));
        super::row::show_one(&RequestRow::from(&request), context, ui)
    }
}
