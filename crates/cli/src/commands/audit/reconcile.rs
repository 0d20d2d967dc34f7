//! `exoctl audit reconcile`.

use std::path::PathBuf;
use std::sync::Arc;

use exoctl_export::manifest::Manifest;
use exoctl_export::{Export, Reconciled, Verdict};
use serde_json::json;

use super::access::{AccessArgs, From};
use super::watch::Bar;
use crate::context::Context;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::output::Rows;
use crate::ui::Ui;

/// The arguments of `exoctl audit reconcile`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The directory of the export
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// Only say what came since; the exit code is 3 if there is anything
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    access: AccessArgs,
}

const EXAMPLES: &str = "\
Examples:
  exoctl audit reconcile ./audit/2026-10
  exoctl audit reconcile ./audit/2026-10 --check -o json

Reads the period of an export again, from the same source and with the same options, and adds the records that it does not have
in further files (audit.late-001.jsonl). The files that are there stay as they are, and the manifest is continued:
its earlier lines stay, and are still signed in manifest-001.jws. Killed at any point, the same command goes on. The exit code is 6 if
a part of the period could not be read again because of a failure; nothing is added then.";

impl Args {
    pub(super) async fn run(
        self,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        let rows = Rows::new(context, ui)?.noun("AuditReconciliation");
        let manifest = Manifest::read(&self.directory)?;
        let from = From::named(&manifest.head.source);
        let access = self.access.open(from, context, ui)?;
        let clock = context.clock();
        let query = manifest.head.query;
        let seconds = match from {
            From::Search => query.period.seconds(),
            From::Activity => clock.now().as_second() - query.period.start().as_second(),
        };
        let bar = ui.share(seconds.max(1) as u64, "audit log");
        let export = Export {
            directory: self.directory.clone(),
            query,
            source: access.source,
            sinks: Vec::new(),
            clock,
            behaviour: Some(access.behaviour),
            options: self.access.options(false),
            author: access.author,
            signer: access.signer,
            watch: Arc::new(Bar::new(bar)),
        };
        let ended = export.reconcile(self.check).await;
        // Its progress goes off the screen before anything else is said.
        drop(export);
        let reconciled = ended?;
        show(&reconciled, rows, ui)?;
        tell(&reconciled, ui);
        Ok(match reconciled.verdict {
            Verdict::Failed => ExitCode::Incomplete,
            _ if self.check && reconciled.added > 0 => ExitCode::Findings,
            _ => ExitCode::Ok,
        })
    }
}

fn show(reconciled: &Reconciled, mut rows: Rows, ui: &mut Ui) -> Result<(), CommandError> {
    let manifest = &reconciled.manifest;
    let added = manifest.later.last().filter(|_| reconciled.is_written);
    let files = added.map(|later| later.files.iter().map(|file| &file.file).collect::<Vec<_>>());
    let row = json!({
        "late": reconciled.added,
        "conflicts": reconciled.conflicts,
        "reading": reconciled.verdict.name(),
        "written": reconciled.is_written,
        "verdict": manifest.latest().verdict.name(),
        "records": manifest.latest().records,
        "files": files.unwrap_or_default(),
    });
    rows.value(&row, ui)?;
    rows.finish(ui)
}

fn tell(reconciled: &Reconciled, ui: &mut Ui) {
    match (reconciled.added, reconciled.is_written) {
        (0, _) => ui.note("Nothing came since; nothing was changed."),
        (added, true) => ui.note(format_args!("{added} records came late and were added.")),
        (added, false) => ui.note(format_args!("{added} records came late; they were not added.")),
    }
    if reconciled.conflicts > 0 {
        ui.warning(format_args!(
            "{} of them have an id that was there with other bytes; both are kept.",
            reconciled.conflicts
        ));
    }
    match reconciled.verdict {
        Verdict::Failed => ui.warning(
            "A part of the period could not be read again, and nothing was added. The same command reads only that part.",
        ),
        Verdict::OutsideRetention => ui.note(
            "A part of the period is older than what the service keeps, and was not read again.",
        ),
        _ => {}
    }
}
