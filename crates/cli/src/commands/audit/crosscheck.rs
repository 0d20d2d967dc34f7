//! `exoctl audit crosscheck`.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use exoctl_export::Verdict;
use exoctl_export::crosscheck::{Crosscheck, Difference, Tally, crosscheck};
use serde_json::json;

use super::verify::read_certificate;
use crate::context::Context;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::output::Rows;
use crate::ui::Ui;

/// The arguments of `exoctl audit crosscheck`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The directory of one export
    #[arg(value_name = "DIR-A")]
    first: PathBuf,
    /// The directory of the other
    #[arg(value_name = "DIR-B")]
    second: PathBuf,
    /// Count what differs instead of listing it
    #[arg(long, value_name = "WHAT")]
    by: Option<By>,
    /// The certificate that must have signed both, as DER or PEM
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
}

/// By what is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum By {
    Workload,
    Operation,
    Hour,
}

const EXAMPLES: &str = "\
Examples:
  exoctl audit crosscheck ./search ./feed
  exoctl audit crosscheck ./search ./feed --by hour
  exoctl audit crosscheck ./search ./feed -o jsonl > difference.jsonl

Needs no network. Both exports are verified first, and refused if something was changed. Compared is, by Id and bytes, the time that
both are of; listed is what is only in one (only-first, only-second) or has other bytes (differs). Memory does not grow
with the exports. The exit code is 3 if there is a difference.";

impl Args {
    pub(super) fn run(self, context: &Context, ui: &mut Ui) -> Result<ExitCode, CommandError> {
        let certificate = self.certificate.as_deref().map(read_certificate).transpose()?;
        let directories: [&Path; 2] = [&self.first, &self.second];
        let found = match self.by {
            None => {
                let mut rows = Rows::new(context, ui)?.noun("AuditDifference");
                let mut trouble = None;
                let found = crosscheck(directories, certificate.as_ref(), &mut |difference| {
                    rows.value(&row(difference), ui).map_err(|error| {
                        trouble = Some(error);
                        io::ErrorKind::Other.into()
                    })
                });
                if let Some(error) = trouble {
                    return Err(error);
                }
                let found = found?;
                rows.finish(ui)?;
                found
            }
            Some(by) => {
                let rows = Rows::new(context, ui)?.noun("AuditDifferenceCount");
                let found = crosscheck(directories, certificate.as_ref(), &mut |_| Ok(()))?;
                count(&found, by, rows, ui)?;
                found
            }
        };
        tell(&found, ui);
        Ok(if found.is_equal() { ExitCode::Ok } else { ExitCode::Findings })
    }
}

fn row(difference: &Difference) -> serde_json::Value {
    json!({
        "found": difference.found,
        "id": difference.id,
        "creationTime": difference.creation_time,
        "workload": difference.workload,
        "recordType": difference.record_type,
        "operation": difference.operation,
        "userId": difference.user_id,
    })
}

fn count(found: &Crosscheck, by: By, mut rows: Rows, ui: &mut Ui) -> Result<(), CommandError> {
    let (name, lines): (&str, &BTreeMap<String, Tally>) = match by {
        By::Workload => ("workload", &found.by_workload),
        By::Operation => ("operation", &found.by_operation),
        By::Hour => ("hour", &found.by_hour),
    };
    for (line, tally) in lines {
        let row = json!({
            name: line,
            "onlyFirst": tally.only_first,
            "onlySecond": tally.only_second,
            "differing": tally.differing,
        });
        rows.value(&row, ui)?;
    }
    rows.finish(ui)
}

fn tell(found: &Crosscheck, ui: &mut Ui) {
    let [first, second] = &found.sides;
    ui.note(format_args!(
        "Compared from {} up to and without {} (CreationTime, UTC).",
        found.period.start(),
        found.period.end()
    ));
    for side in [first, second] {
        let directory = side.directory.display();
        ui.note(format_args!("{directory}: {} records from {}.", side.records, side.source));
        if side.verdict != Verdict::Complete {
            ui.warning(format_args!(
                "{directory} is {}: what is missing there may be for that.",
                side.verdict
            ));
        }
    }
    let Tally { only_first, only_second, differing } = found.total;
    ui.note(format_args!(
        "{} ids are the same in both, {only_first} are only in the first, {only_second} only in the second, {differing} have other bytes.",
        found.same
    ));
}
