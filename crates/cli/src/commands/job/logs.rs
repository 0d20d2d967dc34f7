//! `exoctl job logs`: what a run has written.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

use exoctl_store::{History as _, RunQuery, RunRow};
use tokio::time::sleep;

use crate::context::Context;
use crate::error::{CommandError, FileError, RunError};
use crate::exit::ExitCode;
use crate::job_files::JobFiles;
use crate::ui::Ui;
use crate::unattended::{Installation, LeaseArgs};

/// The arguments of `exoctl job logs`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The run by its id or the beginning of it, or a job: then its latest run
    #[arg(value_name = "RUN")]
    run: String,
    /// Go on showing what is written until the run ends
    #[arg(short, long)]
    follow: bool,
}

const EXAMPLES: &str = "\
Secrets are taken out before anything is written to the log. What else a run has left is in its directory,
which `exoctl job history` shows: run.json, and the files that its steps have written.

Examples:
  exoctl job logs audit-monthly
  exoctl job logs 019a6b1c
  exoctl job logs audit-monthly --follow";

impl Args {
    pub(super) async fn run(
        self,
        files: JobFiles,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        let here = Installation::open(context, files, &LeaseArgs::default()).await?;
        let mut run = find(&self.run, &here).await?;
        let mut shown = 0;
        loop {
            match log_of(&run) {
                Some(path) => shown = show(&path, shown, ui)?,
                None if !self.follow => {
                    return Err(RunError::NoLog { run: run.id.to_string() }.into());
                }
                None => {}
            }
            if !self.follow || run.state.is_final() {
                return Ok(ExitCode::Ok);
            }
            sleep(LOOK).await;
            run = here.ledger.run(run.id).await?.unwrap_or(run);
        }
    }
}

/// The run of an id or its beginning, or the latest of a job.
pub(super) async fn find(name: &str, here: &Installation) -> Result<RunRow, CommandError> {
    let unknown = || CommandError::from(RunError::Unknown { run: name.to_owned() });
    let is_prefix = !name.is_empty() && name.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    let of_job = RunQuery { job: Some(name.to_owned()), limit: 1, ..RunQuery::default() };
    if is_prefix {
        let query =
            RunQuery { prefix: Some(name.to_ascii_lowercase()), limit: 2, ..RunQuery::default() };
        let mut found = here.ledger.runs(&query).await?;
        match found.len() {
            0 => {}
            1 => return Ok(found.remove(0)),
            _ => return Err(RunError::Ambiguous { run: name.to_owned() }.into()),
        }
    }
    here.ledger.runs(&of_job).await?.into_iter().next().ok_or_else(unknown)
}

/// Where its log is, if it has one here.
fn log_of(run: &RunRow) -> Option<PathBuf> {
    let path = Path::new(run.place.as_ref()?).join("run.log");
    path.is_file().then_some(path)
}

/// Shows what a log has from a place on. Where it ends now.
fn show(path: &Path, from: u64, ui: &mut Ui) -> Result<u64, CommandError> {
    let failed = |source| FileError { operation: "read", path: path.to_owned(), source };
    let mut file = std::fs::File::open(path).map_err(failed)?;
    let mut at = file.seek(SeekFrom::Start(from)).map_err(failed)?;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let length = file.read(&mut buffer).map_err(failed)?;
        if length == 0 {
            ui.flush()?;
            return Ok(at);
        }
        ui.data().write_all(&buffer[..length])?;
        at += length as u64;
    }
}

const LOOK: Duration = Duration::from_millis(500);
