//! `exoctl schedule install`.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::entry::{Entry, Written};
use super::error::ScheduleError;
use super::kind::Kind;
use super::options::{Credential, Options, Pod};
use super::place::{self, Outcome, PlaceArgs};
use crate::context::Context;
use crate::env;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::job_files::{JobFile, JobFiles};
use crate::output::Rows;
use crate::profile::{Profiles, Source};
use crate::ui::Ui;

/// The arguments of `exoctl schedule install`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The jobs
    #[arg(value_name = "JOB", required_unless_present = "all", conflicts_with = "all")]
    jobs: Vec<String>,
    /// All jobs that have a schedule
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    place: PlaceArgs,
    /// Print the files instead of writing them
    #[arg(long)]
    print: bool,
    /// The account that the jobs are run as
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// The directory of the account's profiles, certificates, jobs and runs
    /// [default: EXOCTL_HOME; with systemd, else /var/lib/exoctl]
    #[arg(long, value_name = "DIR")]
    home: Option<PathBuf>,
    /// exoctl itself, as the scheduler starts it [default: this program; in a pod: exoctl]
    #[arg(long, value_name = "PATH")]
    program: Option<PathBuf>,
    #[command(flatten)]
    pod: PodArgs,
}

/// What a pod is made of.
#[derive(clap::Args, Debug)]
struct PodArgs {
    /// Kubernetes: the image that has exoctl
    #[arg(long, value_name = "IMAGE")]
    image: Option<String>,
    /// Kubernetes: the namespace
    #[arg(long, value_name = "NAME")]
    namespace: Option<String>,
    /// Kubernetes: the claim of the volume with profiles, certificates, runs and the ledger
    #[arg(long, value_name = "NAME", default_value = "exoctl")]
    claim: String,
    /// Kubernetes: the secret with key files and, as ledger-url, the address of PostgreSQL
    #[arg(long, value_name = "NAME", default_value = "exoctl")]
    secret: String,
}

const EXAMPLES: &str = "\
Examples:
  sudo exoctl schedule install --all --with systemd --user exoctl
  exoctl schedule install audit-monthly --with cron --user exoctl --print
  exoctl schedule install --all --with kubernetes --image registry.example/exoctl:1 --out ./manifests
  exoctl schedule install --all --with task-scheduler --user 'CONTOSO\\exoctl$' --out C:\\exoctl

The files say how they were made, and are made again with the same options by `schedule status --check`. Jobs
whose keys are in files outside of --home get them from systemd (LoadCredential, or LoadCredentialEncrypted if
/etc/credstore.encrypted has one of the same name): the account itself need not be able to read them.";

/// Where systemd looks for encrypted credentials.
const ENCRYPTED: &str = "/etc/credstore.encrypted";
/// Where a service keeps its state.
const STATE: &str = "/var/lib/exoctl";

impl Args {
    /// Does it.
    pub(super) fn run(self, context: &Context, ui: &mut Ui) -> Result<ExitCode, CommandError> {
        let home = self.home(context)?;
        let (files, profiles) = belongings(home.as_deref(), context)?;
        let jobs = self.jobs(&files)?;
        let directory = self.place.directory(context)?;
        let now = context.clock().now();
        let mut written: Vec<(String, Written)> = Vec::new();
        for file in &jobs {
            let (count, credentials) = needs(&file.job, &profiles, home.as_deref(), &self.place)?;
            let options = self.options(home.clone(), credentials, context)?;
            let JobFile { job, text, .. } = file;
            let entry = Entry { job, text, options: &options, profiles: count, now };
            for one in self.place.with.files(&entry)? {
                if written.iter().all(|(_, other)| other.name != one.name) {
                    written.push((entry.name().to_owned(), one));
                }
            }
        }
        if self.print {
            return self.print(&written, &directory, ui);
        }
        let mut rows = Rows::new(context, ui)?.noun("ScheduleFile");
        for (job, file) in &written {
            let outcome = place::write(&directory, file)?;
            rows.value(
                &json!({
                    "job": job,
                    "scheduler": self.place.with.name(),
                    "path": directory.join(&file.name),
                    "outcome": match outcome {
                        Outcome::Written => "written",
                        Outcome::Unchanged => "unchanged",
                    },
                }),
                ui,
            )?;
        }
        rows.finish(ui)?;
        let names: Vec<&str> = jobs.iter().map(|file| file.job.name.as_str()).collect();
        self.say_what_is_left(&names, &directory, ui);
        Ok(ExitCode::Ok)
    }

    fn say_what_is_left(&self, jobs: &[&str], directory: &Path, ui: &mut Ui) {
        let commands = self.place.with.on(jobs, directory);
        if commands.is_empty() {
            ui.note("cron reads the files by itself within a minute.");
            return;
        }
        if !self.place.is_the_schedulers() && self.place.with.directory().is_some() {
            ui.note("Put the files where the scheduler looks for them. Then switch them on:");
        } else {
            ui.note("Switch them on:");
        }
        for command in commands {
            ui.note(format_args!("  {command}"));
        }
    }

    fn print(
        &self,
        written: &[(String, Written)],
        directory: &Path,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        for (_, file) in written {
            let text = self.place.with.text(&file.bytes);
            if !text.starts_with("<?xml") {
                ui.data_line(format_args!("# {}", directory.join(&file.name).display()))?;
            }
            ui.data_line(text.trim_end())?;
        }
        ui.flush()?;
        Ok(ExitCode::Ok)
    }

    /// The home that the jobs are run with; none is the account's own directories.
    fn home(&self, context: &Context) -> Result<Option<PathBuf>, CommandError> {
        let given = self.home.clone().or_else(|| context.environment().path(env::EXOCTL_HOME));
        let given = given.map(std::path::absolute).transpose()?;
        Ok(given.or_else(|| (self.place.with == Kind::Systemd).then(|| STATE.into())))
    }

    fn jobs(&self, files: &JobFiles) -> Result<Vec<JobFile>, CommandError> {
        if self.all {
            let mut jobs = files.all()?.into_iter().collect::<Result<Vec<_>, _>>()?;
            jobs.retain(|file| file.job.schedule.is_some());
            if jobs.is_empty() {
                return Err(ScheduleError::Nothing(files.directory().to_owned()).into());
            }
            return Ok(jobs);
        }
        let mut jobs = Vec::new();
        for name in &self.jobs {
            let file = files.find(name)?;
            if file.job.schedule.is_none() {
                return Err(ScheduleError::NoSchedule(name.clone()).into());
            }
            jobs.push(file);
        }
        Ok(jobs)
    }

    fn options(
        &self,
        home: Option<PathBuf>,
        credentials: Vec<Credential>,
        context: &Context,
    ) -> Result<Options, CommandError> {
        let environment = context.environment();
        let absolute = |path: Option<PathBuf>| path.map(std::path::absolute).transpose();
        let in_pod = self.place.with == Kind::Kubernetes;
        let program = match &self.program {
            Some(program) => program.clone(),
            None if in_pod => "exoctl".into(),
            None => std::env::current_exe()?,
        };
        if in_pod {
            let image = self.pod.image.clone().ok_or(ScheduleError::NoImage)?;
            let pod = Pod {
                image,
                namespace: self.pod.namespace.clone(),
                claim: self.pod.claim.clone(),
                secret: self.pod.secret.clone(),
            };
            return Ok(Options { program, pod: Some(pod), ..Options::default() });
        }
        // The address of a database has a password in it; a file that holds it has none.
        let ledger = environment.find(env::EXOCTL_LEDGER).filter(|place| !place.contains("://"));
        let chosen = context.global().environment.clone();
        Ok(Options {
            program,
            user: self.user.clone(),
            home,
            jobs: absolute(environment.path(env::EXOCTL_JOBS))?,
            ledger,
            environment: absolute(chosen.or_else(|| environment.path(env::EXOCTL_ENVIRONMENT)))?,
            credentials,
            pod: None,
        })
    }
}

/// The job files and the profiles of a home.
pub(super) fn belongings(
    home: Option<&Path>,
    context: &Context,
) -> Result<(JobFiles, Profiles), CommandError> {
    let Some(home) = home else {
        return Ok((JobFiles::new(&context.paths()?.jobs), context.profiles()?));
    };
    let configuration = home.join("config");
    let jobs = context.environment().path(env::EXOCTL_JOBS);
    let jobs = jobs.unwrap_or_else(|| configuration.join("jobs"));
    Ok((JobFiles::new(&jobs), Profiles::new(&configuration)))
}

/// For how many profiles a job is run, and which files with keys and passwords of theirs are kept
/// outside of the home.
pub(super) fn needs(
    job: &exoctl_job::Job,
    profiles: &Profiles,
    home: Option<&Path>,
    place: &PlaceArgs,
) -> Result<(usize, Vec<Credential>), CommandError> {
    let all = profiles.names()?;
    let names = job.profiles.of(&all);
    let mut credentials: Vec<Credential> = Vec::new();
    if place.with == Kind::Systemd {
        for name in &names {
            let Source::File { path, password_file, .. } = profiles.load(name)?.credential else {
                continue;
            };
            for path in [Some(path), password_file].into_iter().flatten() {
                let inside = home.is_some_and(|home| path.starts_with(home));
                let known = credentials.iter().any(|known| known.path == path);
                let Some(file) = path.file_name().filter(|_| !inside && !known) else { continue };
                let name = file.to_string_lossy().into_owned();
                let kept = format!("{ENCRYPTED}/{name}");
                let encrypted = place.of_system(&kept).exists();
                let path = if encrypted { kept.into() } else { path };
                credentials.push(Credential { name, path, encrypted });
            }
        }
    }
    Ok((names.len(), credentials))
}
