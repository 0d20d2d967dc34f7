//! `exoctl job remove`.

use std::fs;
use std::io;

use exoctl_job::JobName;

use crate::error::{CommandError, FileError, JobError};
use crate::exit::ExitCode;
use crate::job_files::JobFiles;
use crate::ui::Ui;

/// The arguments of `exoctl job remove`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Its name
    name: String,
}

const EXAMPLES: &str = "\
What its runs have left stays, and so does their history.

Examples:
  exoctl job remove audit-monthly
  exoctl job remove audit-monthly --yes";

impl Args {
    pub(super) fn run(self, files: &JobFiles, ui: &mut Ui) -> Result<ExitCode, CommandError> {
        let unknown = || JobError::Unknown {
            name: self.name.clone(),
            directory: files.directory().to_owned(),
            known: files.names().unwrap_or_default(),
        };
        // A file that is no job can be removed too.
        let name: JobName = self.name.parse().map_err(|_| unknown())?;
        let path = files.path(&name);
        if !path.exists() {
            return Err(unknown().into());
        }
        let question = format!("Remove the job {name} ({})?", path.display());
        if !ui.confirm(&question, "--yes")? {
            return Ok(ExitCode::Ok);
        }
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(FileError { operation: "remove", path, source: error }.into())
            }
            _ => {
                ui.note(format_args!("The job {name} is removed."));
                Ok(ExitCode::Ok)
            }
        }
    }
}
