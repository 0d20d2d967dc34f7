//! `exoctl audit report`.

mod mail;

use std::path::{Path, PathBuf};

use exoctl_export::Verdict;
use exoctl_export::report::{Report, Wanted};
use serde_json::{Map, Value, json};

use self::mail::{MailArgs, Sent};
use super::target::Target;
use crate::context::Context;
use crate::error::{CommandError, FileError};
use crate::exit::ExitCode;
use crate::output::Rows;
use crate::profile::write_private;
use crate::ui::Ui;

/// The arguments of `exoctl audit report`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The directory of the export
    #[arg(value_name = "DIR", value_parser = Target::parse_local)]
    directory: PathBuf,
    /// Write the report to this file as one HTML page
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write the report to this file as plain text; - is stdout
    #[arg(long, value_name = "FILE")]
    text: Option<PathBuf>,
    /// Compare with this export [default: the one beside it that ends where this one begins]
    #[arg(long, value_name = "DIR")]
    previous: Option<PathBuf>,
    #[command(flatten)]
    mail: MailArgs,
}

const EXAMPLES: &str = "\
Examples:
  exoctl audit report ./audit/2026-10
  exoctl audit report ./audit/2026-10 --html review.html --previous ./audit/2026-09
  exoctl audit report ./audit/2026-10 -o json
  exoctl audit report ./audit/2026-10 --mail-to review@contoso.com --mail-from audit@contoso.com \
      --smtp smtp.contoso.com --smtp-user audit --smtp-password file:/run/secrets/smtp
  exoctl audit report ./audit/2026-10 --mail-to review@contoso.com --mail-from audit@contoso.com --mail-graph

Needs no network but for the mail. Says whether the export is complete before anything else, then what is to be reviewed, then what happened by
day, workload, operation and user. The exit code is that of audit verify: 1 if the export was changed, 6 if it is not complete.
Only the files that the report is made from are compared with the manifest; audit verify looks at all.";

impl Args {
    pub(super) async fn run(
        self,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        let mut rows = Rows::new(context, ui)?.noun("AuditReport");
        let wanted = Wanted {
            directory: &self.directory,
            previous: self.previous.as_deref(),
            now: context.clock().now(),
        };
        let post = self.mail.prepare(context, ui).await?;
        let report = Report::of(&wanted)?;
        if let Some(path) = &self.html {
            write(path, &report.to_html())?;
        }
        if let Some(path) = self.text.as_ref().filter(|path| !is_stdout(path)) {
            write(path, &report.to_text())?;
        }
        let sent = match post {
            Some(post) => Some(post.send(&report).await?),
            None => None,
        };
        if self.is_for_eyes(context) {
            ui.data_line(report.to_text().trim_end())?;
            ui.flush()?;
        } else {
            rows.value(&self.summary(&report, sent.as_ref()), ui)?;
            rows.finish(ui)?;
        }
        tell(&report, ui);
        Ok(match report.coverage.verdict {
            _ if !report.coverage.is_genuine() => ExitCode::Failed,
            Verdict::Complete => ExitCode::Ok,
            _ => ExitCode::Incomplete,
        })
    }

    /// Whether stdout gets the report itself and not a row about it.
    fn is_for_eyes(&self, context: &Context) -> bool {
        match &self.text {
            Some(path) => is_stdout(path),
            None => {
                self.html.is_none() && !self.mail.is_given() && context.global().output.is_none()
            }
        }
    }

    fn summary(&self, report: &Report, sent: Option<&Sent>) -> Value {
        let coverage = &report.coverage;
        let topic = |section: &exoctl_export::report::Section| {
            (section.topic.title().to_owned(), json!(section.records))
        };
        json!({
            "verdict": coverage.verdict.name(),
            "genuine": coverage.is_genuine(),
            "from": coverage.period.start(),
            "to": coverage.period.end(),
            "records": coverage.records,
            "noise": report.noise.records,
            "toReview": report.to_review(),
            "topics": report.review.iter().map(topic).collect::<Map<String, Value>>(),
            "comparedWith": report.comparison.as_ref().map(|compared| compared.period),
            "manifestSha256": coverage.manifest_sha256,
            "html": self.html,
            "text": self.text,
            "messageId": sent.map(|sent| &sent.message_id),
            "attached": sent.map(|sent| &sent.attached),
            "notAttached": sent.map(|sent| &sent.left),
        })
    }
}

fn tell(report: &Report, ui: &mut Ui) {
    let coverage = &report.coverage;
    for finding in &coverage.findings {
        ui.warning(finding);
    }
    for gap in &coverage.gaps {
        ui.warning(format_args!("{}: {}: {}", gap.verdict, gap.window, gap.reason));
    }
}

fn is_stdout(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn write(path: &Path, text: &str) -> Result<(), CommandError> {
    let failed = |source| FileError { operation: "write", path: path.into(), source };
    let absolute = std::path::absolute(path).map_err(failed)?;
    Ok(write_private(&absolute, text.as_bytes()).map_err(failed)?)
}
