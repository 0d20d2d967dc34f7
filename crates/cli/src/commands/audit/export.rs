//! `exoctl audit export`.

use std::path::PathBuf;
use std::sync::Arc;

use clap::ValueEnum;
use exoctl_export::manifest::Manifest;
use exoctl_export::sink::{CmdletCsv, Compression, Jsonl, Parquet, PortalCsv, ReviewerCsv};
use exoctl_export::{Change, Export, Outcome, Query, SinkKind, Verdict};
use serde_json::json;

use super::access::{AccessArgs, From};
use super::period::PeriodArgs;
use super::target::{self, Target};
use super::watch::Bar;
use crate::context::Context;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::output::Rows;
use crate::ui::Ui;

/// The arguments of `exoctl audit export`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    period: PeriodArgs,
    /// Write to this directory, or to s3://BUCKET/PREFIX, az://CONTAINER/PREFIX, gs://BUCKET/PREFIX; if a part of the same export is there, go on with it
    #[arg(long, value_name = "DIR|URL", value_parser = Target::parse)]
    to: Target,
    /// With object storage: keep the export's state and a copy of its files in this local directory
    #[arg(long, value_name = "DIR")]
    work: Option<PathBuf>,
    /// What to write, may be repeated [default: cmdlet-csv and jsonl]
    #[arg(long = "sink", value_name = "FORM")]
    sinks: Vec<Form>,
    /// Compress what is written; Parquet always is, the review never
    #[arg(long, value_name = "METHOD")]
    compress: Option<Method>,
    /// Only records of this type, by name or number; may be repeated
    #[arg(long = "record-type", value_name = "TYPE")]
    record_types: Vec<String>,
    /// Only these operations
    #[arg(long, value_name = "A,B,…", value_delimiter = ',')]
    operations: Vec<String>,
    /// Only records of these users
    #[arg(long, value_name = "A,B,…", value_delimiter = ',')]
    user_ids: Vec<String>,
    /// Keep what was read when the export is complete
    #[arg(long)]
    keep_spool: bool,
    /// Where to read it from
    #[arg(long, value_name = "SOURCE", default_value = "search")]
    source: From,
    #[command(flatten)]
    access: AccessArgs,
}

const EXAMPLES: &str = "\
Examples:
  exoctl audit export --last-month --to ./audit/2026-10
  exoctl audit export --from 2026-10-01 --to-date 2026-10-08 --to ./audit/week --sink jsonl --compress zstd
  exoctl audit export --last-month --to ./logons --record-type AzureActiveDirectoryStsLogon -o json
  exoctl audit export --last-month --to ./audit/2026-10 --sink parquet --sink reviewer-csv
  exoctl audit export --last-month --to s3://contoso-audit/2026-10 --sink parquet
  exoctl audit export --from 2026-11-16 --to-date 2026-11-20 --to ./feed --source activity

Times are UTC, and a period is half-open: --to-date 2026-11-01 is the end of October. Killed at any point, the same command
goes on where it was. The exit code is 6 if the export is not complete, and the windows that are not are named.";

/// What can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// CSV with the columns of Search-UnifiedAuditLog
    CmdletCsv,
    /// CSV with the columns of the Purview portal's download
    PortalCsv,
    /// CSV for spreadsheets, without formulas and in parts that Excel reads
    ReviewerCsv,
    /// The records as they are, one a line
    Jsonl,
    /// Parquet in partitions by day, with typed columns, for DuckDB, Trino, Spark, Athena or pandas
    Parquet,
}

/// How it can be compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Method {
    Gzip,
    Zstd,
}

impl Args {
    pub(super) async fn run(
        self,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        let rows = Rows::new(context, ui)?.noun("AuditExport");
        let bucket = self.to.bucket(context)?;
        let export = self.export(context, ui)?;
        if let Some(bucket) = &bucket {
            // Who may not write there learns it now and not after hours.
            bucket.check(&export.query).await?;
        }
        if PeriodArgs::is_fresh(export.query.period, context.clock().now()) {
            ui.warning(
                "The period has ended less than a day ago: records of it may still arrive, and are not in this export.",
            );
        }
        let ended = export.run().await;
        // Its progress goes off the screen before anything else is said.
        let directory = export.directory.clone();
        drop(export);
        let outcome = ended?;
        if let Some(bucket) = &bucket {
            target::put(bucket, (&directory, self.work.is_none()), &outcome, ui).await?;
        }
        show(&outcome, rows, ui)?;
        tell(&outcome, ui);
        Ok(match outcome.manifest.total.verdict {
            Verdict::Complete => ExitCode::Ok,
            _ => ExitCode::Incomplete,
        })
    }

    fn export(&self, context: &Context, ui: &Ui) -> Result<Export, CommandError> {
        let clock = context.clock();
        let query = Query {
            period: self.period.period(clock.now())?,
            record_types: self.record_types.clone(),
            operations: self.operations.clone(),
            user_ids: self.user_ids.clone(),
        };
        let access = self.access.open(self.source, context, ui)?;
        let seconds = match self.source {
            From::Search => query.period.seconds(),
            From::Activity => clock.now().as_second() - query.period.start().as_second(),
        };
        let bar = ui.share(seconds as u64, "audit log");
        Ok(Export {
            directory: self.to.directory(self.work.as_deref(), context)?,
            query,
            source: access.source,
            sinks: self.kinds(),
            clock,
            behaviour: Some(access.behaviour),
            options: self.access.options(self.keep_spool),
            author: access.author,
            signer: access.signer,
            watch: Arc::new(Bar::new(bar)),
        })
    }

    fn kinds(&self) -> Vec<Arc<dyn SinkKind>> {
        let compression = match self.compress {
            None => Compression::None,
            Some(Method::Gzip) => Compression::Gzip,
            Some(Method::Zstd) => Compression::Zstd,
        };
        let mut forms = Vec::new();
        for form in &self.sinks {
            if !forms.contains(form) {
                forms.push(*form);
            }
        }
        if forms.is_empty() {
            forms = vec![Form::CmdletCsv, Form::Jsonl];
        }
        let kind = |form| -> Arc<dyn SinkKind> {
            match form {
                Form::CmdletCsv => Arc::new(CmdletCsv { compression }),
                Form::PortalCsv => Arc::new(PortalCsv { compression }),
                Form::ReviewerCsv => Arc::new(ReviewerCsv::default()),
                Form::Jsonl => Arc::new(Jsonl { compression }),
                Form::Parquet => Arc::new(Parquet::default()),
            }
        };
        forms.into_iter().map(kind).collect()
    }
}

fn show(outcome: &Outcome, mut rows: Rows, ui: &mut Ui) -> Result<(), CommandError> {
    let manifest = &outcome.manifest;
    let counts = manifest.total.counts;
    let files: Vec<&str> = manifest.files.iter().map(|file| file.file.as_str()).collect();
    let row = json!({
        "verdict": manifest.total.verdict.name(),
        "records": manifest.total.records,
        "rows": counts.rows,
        "duplicates": counts.duplicates,
        "outside": counts.outside,
        "conflicts": counts.conflicts,
        "quarantined": counts.quarantined,
        "windows": manifest.windows.len(),
        "files": files,
    });
    rows.value(&row, ui)?;
    rows.finish(ui)
}

/// What a row does not say.
fn tell(outcome: &Outcome, ui: &mut Ui) {
    let manifest = &outcome.manifest;
    if outcome.was_done {
        ui.note("It was done already, and nothing was asked or written.");
    }
    for Change { what, before, now } in &outcome.changes {
        ui.warning(format_args!(
            "The service has changed since the last export: {what} was {before} and is {now}."
        ));
    }
    let total = &manifest.total;
    if total.conflicting > 0 {
        let ids = total.conflicting_ids.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
        ui.warning(format_args!(
            "{} ids came with more than one content, {ids} for example; all are kept.",
            total.conflicting
        ));
    }
    if total.counts.quarantined > 0 {
        ui.warning(format_args!(
            "{} records are not what records are; they are in quarantine.jsonl too, each with the reason.",
            total.counts.quarantined
        ));
    }
    let survey = &manifest.head.survey;
    if let Some(available) = survey.availability {
        ui.note(format_args!(
            "This source tells what became available, here until {}. What becomes available later is not there; exoctl audit reconcile adds it.",
            available.end()
        ));
    }
    for (content_type, since) in &survey.subscribed_since {
        ui.warning(format_args!(
            "unsubscribed: {content_type} is collected since {since} only; what became available before is not to be had."
        ));
    }
    if survey.auditing == Some(false) {
        ui.warning("Auditing is switched off in this tenant (UnifiedAuditLogIngestionEnabled).");
    }
    show_incomplete(manifest, ui);
}

/// Names the windows that are not complete.
pub(super) fn show_incomplete(manifest: &Manifest, ui: &mut Ui) {
    for window in manifest.windows.iter().filter(|window| window.verdict != Verdict::Complete) {
        let named = window.as_window();
        match &window.reason {
            Some(reason) => ui.warning(format_args!("{}: {named}: {reason}", window.verdict)),
            None => ui.warning(format_args!("{}: {named}", window.verdict)),
        }
    }
}
