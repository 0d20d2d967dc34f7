//! `exoctl job add`.

mod preflight;
mod template;

use std::fs;
use std::io;

use exoctl_job::{ChannelName, Duration, Job, JobName, Schedule};
use serde_json::json;

use self::template::Template;
use super::check::{Checked, Looker};
use super::occurrences;
use crate::context::{Context, Flags};
use crate::error::{CommandError, FileError, JobError, ProfileError};
use crate::exit::ExitCode;
use crate::job_files::{JobFile, JobFiles};
use crate::output::Rows;
use crate::ui::Ui;

/// The arguments of `exoctl job add`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Its name: small letters, digits and hyphens
    name: JobName,
    /// What it does
    #[arg(long, value_enum)]
    template: Template,
    /// When it runs: calendar words or a cron expression, and a time zone [default: the template's]
    #[arg(long, value_name = "SCHEDULE")]
    schedule: Option<Schedule>,
    /// Run it for all connections whose names match, instead of the chosen one; may be repeated
    #[arg(long = "profiles", value_name = "PATTERN", conflicts_with = "profile")]
    profiles: Vec<String>,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Tell this channel of notify.toml what goes wrong; may be repeated
    #[arg(long = "notify", value_name = "CHANNEL")]
    channels: Vec<ChannelName>,
    /// End a run that takes longer, for example 4h
    #[arg(long, value_name = "DURATION")]
    timeout: Option<Duration>,
    /// Delay runs by up to this time, always the same for a connection
    #[arg(long, value_name = "DURATION")]
    jitter: Option<Duration>,
    #[command(flatten)]
    wishes: template::Wishes,
    /// Look as the account that will run it: a user, a unit of systemd, or a unit's file
    #[arg(long, value_name = "USER|UNIT")]
    as_service: Option<String>,
    /// Do not look whether it will work
    #[arg(long, conflicts_with = "as_service")]
    no_preflight: bool,
    /// Print the file and write nothing
    #[arg(long)]
    print: bool,
}

const EXAMPLES: &str = "\
Examples:
  exoctl job add audit-monthly --template audit-monthly --mail-to review@contoso.com --mail-from audit@contoso.com --smtp smtp.contoso.com
  exoctl job add rotate --template cert-rotate --profiles '*' --notify ops-mail
  exoctl job add certificates --template cert-check --schedule 'daily at 07:00 Europe/Berlin'
  exoctl job add mailboxes --template cmdlet --cmdlet 'Get-Mailbox -ResultSize Unlimited' --to mailboxes.csv --schedule 'weekly on monday at 06:00'
  exoctl job add monthly --template program --schedule 'monthly on last day at 20:00' --pwsh -- ./monthly.ps1
  exoctl job add audit-monthly --template audit-monthly --as-service exoctl.service

The file has comments and is yours to change. Before it is written doctor looks at the connections and says what would
fail at night; if anything would, the exit code is 3 and nothing is written.";

impl Args {
    pub(super) async fn run(
        self,
        files: &JobFiles,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        let path = files.path(&self.name);
        if path.exists() && !self.print {
            return Err(JobError::Exists { name: self.name.to_string(), path }.into());
        }
        let text = self.text(context)?;
        let job = Job::parse(self.name.as_str(), &text).map_err(|source| JobError::Invalid {
            path: path.clone(),
            text: text.clone(),
            source,
        })?;
        let file = JobFile { path, text, job };
        if self.print {
            ui.data_line(file.text.trim_end())?;
            ui.flush()?;
            return Ok(ExitCode::Ok);
        }
        if !self.no_preflight {
            let checked = Checked::of_file(&file, &Looker::new(context)?);
            preflight::run(&file.job, &checked, self.as_service.as_deref(), context, ui).await?;
        }
        write(&file)?;
        show(&file, context, ui)?;
        Ok(ExitCode::Ok)
    }

    /// The file's text.
    fn text(&self, context: &Context) -> Result<String, CommandError> {
        let chosen = match self.profiles.as_slice() {
            [] => vec![current(context)?],
            patterns => patterns.to_vec(),
        };
        let common = template::Common {
            name: &self.name,
            description: self.description.as_deref(),
            profiles: &chosen,
            schedule: self.schedule.as_ref(),
            timeout: self.timeout,
            jitter: self.jitter,
            channels: &self.channels,
        };
        Ok(template::text(self.template, &common, &self.wishes)?)
    }
}

/// The chosen or current connection.
fn current(context: &Context) -> Result<String, CommandError> {
    let settings = context.settings(&Flags::default())?;
    settings.profile_name.value.ok_or_else(|| ProfileError::NotConnected.into())
}

/// Writes the file, which must not be there yet.
fn write(file: &JobFile) -> Result<(), CommandError> {
    let failed = |source| FileError { operation: "write", path: file.path.clone(), source };
    let directory = file.path.parent().expect("a job's file is in a directory");
    fs::create_dir_all(directory).map_err(failed)?;
    let mut new = tempfile::NamedTempFile::new_in(directory).map_err(failed)?;
    io::Write::write_all(&mut new, file.text.as_bytes()).map_err(failed)?;
    new.as_file().sync_all().map_err(failed)?;
    match new.persist_noclobber(&file.path) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
            let name = file.job.name.to_string();
            Err(JobError::Exists { name, path: file.path.clone() }.into())
        }
        Err(error) => Err(failed(error.error).into()),
    }
}

fn show(file: &JobFile, context: &Context, ui: &mut Ui) -> Result<(), CommandError> {
    let next = occurrences::next(&file.job, context.clock().now(), 1);
    let mut rows = Rows::new(context, ui)?.noun("Job");
    rows.value(
        &json!({
            "name": file.job.name,
            "file": file.path,
            "schedule": file.job.schedule.as_ref().map(ToString::to_string),
            "next": next.first().map(|at| at.to_zoned(file.job.zone())),
            "profiles": file.job.profiles.to_string(),
        }),
        ui,
    )?;
    rows.finish(ui)?;
    if let Some(at) = next.first() {
        ui.note(format_args!(
            "The job {} runs next on {}, if `exoctl serve` or a scheduler is there (exoctl schedule install).",
            file.job.name,
            occurrences::text(&file.job, *at)
        ));
    }
    Ok(())
}
