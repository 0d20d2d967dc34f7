//! `exoctl cert list`.

use super::request::RequestRow;
use super::row::{self, CertificateRow};
use super::stores::{self, StoreName};
use crate::context::Context;
use crate::error::CommandError;
use crate::ui::Ui;

/// The arguments of `exoctl cert list`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// List this store only
    #[arg(long, value_enum, value_name = "STORE")]
    store: Option<StoreName>,
    /// List the requests that wait for a certificate instead
    #[arg(long, conflicts_with = "store")]
    pending: bool,
}

const EXAMPLES: &str = "\
Examples:
  exoctl cert list
  exoctl cert list --store dotnet -o json
  exoctl cert list --select thumbprint,subject,daysLeft -o csv";

impl Args {
    /// Does it.
    pub(super) fn run(self, context: &Context, ui: &mut Ui) -> Result<(), CommandError> {
        let mut problems = Vec::new();
        if self.pending {
            let pending = stores::own(context)?.requests()?;
            problems.extend(pending.problems);
            let rows: Vec<_> = pending.requests.iter().map(RequestRow::from).collect();
            row::show_many(&rows, context, ui)?;
        } else {
            let now = context.clock().now();
            let mut rows = Vec::new();
            for store in stores::chosen(self.store, context)? {
                let listing = store.list()?;
                let entries = listing.certificates.iter();
                rows.extend(entries.map(|entry| CertificateRow::stored(entry, store.name(), now)));
                problems.extend(listing.problems);
            }
            row::show_many(&rows, context, ui)?;
        }
        for problem in problems {
            ui.warning(format_args!("{}: {}", problem.path.display(), problem.reason));
        }
        Ok(())
    }
}
