//! Carries out the steps of runs: each a process of this program, in the run's own directory.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use exoctl_job::{RunPlace, run_directory};
use exoctl_runner::{
    Attempt, Closing, Conclusion, Executor, LeaseTimes, StepEnd, StepOutcome, StepReport, Stop,
    Stopping, step_name,
};
use exoctl_store::RunId;
use futures_util::future::BoxFuture;
use tokio::time::{Instant, sleep};

use super::artifacts;
use super::cause::{self, Said};
use super::leftover::Group;
use super::machine;
use super::record::{Identity, Record};
use super::step_output::output;
use super::step_process::StepProcess;
use super::telling::Telling;
use crate::context::Context;
use crate::env;
use crate::error::CommandError;
use crate::job_files::JobFiles;
use crate::profile::create_private_directory;
use crate::program::{RunLog, Secrets, supervised};

/// Carries out steps as processes.
#[derive(Debug)]
pub(crate) struct Processes {
    program: PathBuf,
    context: Arc<Context>,
    runs: PathBuf,
    jobs: PathBuf,
    secrets: Secrets,
    telling: Arc<Telling>,
    /// How long a step that is asked to end has for it.
    grace: Duration,
    /// How long a step goes on without word from this process.
    patience: Duration,
    open: Mutex<BTreeMap<RunId, Open>>,
}

/// A run that is under way.
#[derive(Clone, Debug)]
struct Open {
    directory: PathBuf,
    log: RunLog,
    record: Record,
    deadline: Instant,
}

impl Processes {
    /// With the directories and the environment of this context.
    pub(crate) fn new(
        context: Arc<Context>,
        files: &JobFiles,
        telling: Arc<Telling>,
        lease: LeaseTimes,
    ) -> Result<Self, CommandError> {
        let secrets = Secrets::default();
        context.environment().secrets().for_each(|secret| secrets.add(secret));
        let paths = context.paths()?;
        Ok(Self {
            program: std::env::current_exe()?,
            runs: paths.data.join("runs"),
            jobs: std::path::absolute(files.directory())?,
            secrets,
            telling,
            grace: GRACE,
            patience: lease.patience(),
            open: Mutex::default(),
            context,
        })
    }

    async fn prepare(&self, attempt: &Attempt) -> io::Result<String> {
        let claim = &attempt.claim;
        let (job, run) = (&attempt.job, claim.run.to_string());
        let directory =
            self.runs.join(run_directory(&job.name, &claim.tenant, claim.scheduled, &run));
        create_private_directory(&directory)?;
        end_leftover(&directory).await?;
        let log = RunLog::open(&directory.join("run.log"), &self.secrets, self.context.clock())
            .map_err(|error| error.source)?;
        log.say(
            "run",
            &format!(
                "attempt {} of {} for {}, scheduled for {}",
                claim.attempt,
                claim.job,
                claim.tenant,
                claim.scheduled.to_zoned(job.zone())
            ),
        );
        let identity = Identity::of(&claim.tenant, &self.context);
        let record = Record::begin(attempt, identity, machine::here(), &directory);
        record.write(&directory)?;
        if claim.attempt == 1 {
            self.telling.started(attempt, &record).await;
        }
        let deadline = Instant::now() + job.timeout.std();
        let place = directory.display().to_string();
        self.open().insert(claim.run, Open { directory, log, record, deadline });
        Ok(place)
    }

    async fn carry_out(&self, attempt: &Attempt, index: usize, stopping: Stopping) -> StepOutcome {
        let Some(open) = self.open().get(&attempt.claim.run).cloned() else {
            return StepEnd::NotStarted("the run was not prepared".to_owned()).bare();
        };
        let step = &attempt.job.steps[index];
        let name = step_name(&attempt.job, index);
        let place = RunPlace {
            job: &attempt.job.name,
            profile: &attempt.claim.tenant,
            scheduled: attempt.claim.scheduled,
            zone: attempt.job.zone(),
            directory: &open.directory,
            jobs: &self.jobs,
        };
        let line = step.command_line(&place);
        open.log.say("step", &format!("{name}: exoctl {}", words(&line)));
        let log_file = open.directory.join("run.log");
        let from = cause::length(&log_file);
        let (output, stdout) = match output(step, &name, &place) {
            Ok(opened) => opened,
            Err(error) => return not_started(&open.log, &name, &error),
        };
        let command = self.command(&line, attempt, &open.directory);
        let process = match StepProcess::start(command, stdout, &open.log, &open.directory) {
            Ok(process) => process,
            Err(error) => return not_started(&open.log, &name, &error),
        };
        let left = open.deadline.saturating_duration_since(Instant::now());
        let group = process.group();
        let end = process.end(left, self.grace, stopping).await.unwrap_or_else(|error| {
            open.log.say("step", &format!("{name}: its end could not be seen: {error}"));
            StepEnd::Stopped(Stop::Shutdown)
        });
        if let Some(group) = group {
            group.forget(&open.directory);
        }
        let (output, kept) = output.keep(&end, &open.directory);
        open.log.say("step", &format!("{name}: {}", end_words(&end)));
        if let Err(error) = kept {
            open.log.say("step", &format!("{name}: its output could not be kept: {error}"));
            return StepOutcome { output, ..StepEnd::Exited(1).bare() };
        }
        let said =
            if end == StepEnd::Exited(0) { Said::default() } else { Said::in_log(&log_file, from) };
        StepOutcome {
            end,
            cause: said.cause,
            code: said.code,
            next_action: said.next_action,
            output,
        }
    }

    /// The step's process: this program, with what it is to know and without what it is not.
    fn command(&self, line: &[OsString], attempt: &Attempt, directory: &Path) -> Command {
        let claim = &attempt.claim;
        let mut command = Command::new(&self.program);
        command.arg(supervised::word(self.patience)).args(line).current_dir(directory);
        for gone in [env::EXOCTL_LEDGER, env::EXOCTL_OUTPUT, env::EXOCTL_PROFILE] {
            command.env_remove(gone.name);
        }
        let global = self.context.global();
        if let Some(file) = &global.environment {
            command.env(
                env::EXOCTL_ENVIRONMENT.name,
                std::path::absolute(file).unwrap_or(file.clone()),
            );
        }
        if global.no_token_cache {
            command.env(env::EXOCTL_NO_TOKEN_CACHE.name, "1");
        }
        command
            .env("EXOCTL_RUN", claim.run.to_string())
            .env("EXOCTL_RUN_JOB", &claim.job)
            .env("EXOCTL_RUN_PROFILE", &claim.tenant)
            .env("EXOCTL_RUN_DIRECTORY", directory)
            .env("EXOCTL_RUN_SCHEDULED", claim.scheduled.to_string())
            .env("EXOCTL_RUN_ATTEMPT", claim.attempt.to_string());
        command
    }

    async fn close(
        &self,
        attempt: &Attempt,
        reports: &[StepReport],
        conclusion: &Conclusion,
    ) -> Closing {
        let Some(mut open) = self.open().get(&attempt.claim.run).cloned() else {
            return Closing::default();
        };
        let directory = open.directory.clone();
        let listed = tokio::task::spawn_blocking(move || artifacts::of(&directory)).await;
        let artifacts = match listed.map_err(io::Error::other).flatten() {
            Ok(artifacts) => artifacts,
            Err(error) => {
                open.log.say("run", &format!("what was written could not be listed: {error}"));
                Vec::new()
            }
        };
        open.record.end(reports, conclusion, artifacts, self.context.clock().now());
        let reason = conclusion.reason.as_deref().unwrap_or("all steps are done");
        open.log.say(
            "run",
            &format!("{}, exit code {}: {reason}", conclusion.word(), conclusion.exit_code),
        );
        if let Err(error) = open.record.write(&open.directory) {
            open.log.say("run", &format!("run.json could not be written: {error}"));
        }
        let log = cause::last_lines(&open.directory.join("run.log"), LOG_TAIL);
        let notices =
            self.telling.ended(attempt, conclusion, &open.record, &open.directory, log).await;
        let summary = open.record.summary();
        self.open().insert(attempt.claim.run, open);
        Closing { summary, notices }
    }

    fn note_refusal(&self, run: RunId) {
        if let Some(mut open) = self.open().remove(&run) {
            open.log.say("run", "the result was refused: the run is somebody else's by now");
            open.record.refuse(self.context.clock().now());
            let _ = open.record.write(&open.directory);
        }
    }

    fn open(&self) -> MutexGuard<'_, BTreeMap<RunId, Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Executor for Processes {
    fn begin<'a>(&'a self, attempt: &'a Attempt) -> BoxFuture<'a, Result<String, String>> {
        Box::pin(async move {
            let failed = |error| format!("the run's directory could not be prepared: {error}");
            self.prepare(attempt).await.map_err(failed)
        })
    }

    fn step<'a>(
        &'a self,
        attempt: &'a Attempt,
        index: usize,
        stopping: Stopping,
    ) -> BoxFuture<'a, StepOutcome> {
        Box::pin(self.carry_out(attempt, index, stopping))
    }

    fn end<'a>(
        &'a self,
        attempt: &'a Attempt,
        reports: &'a [StepReport],
        conclusion: &'a Conclusion,
    ) -> BoxFuture<'a, Closing> {
        Box::pin(self.close(attempt, reports, conclusion))
    }

    fn settled<'a>(&'a self, attempt: &'a Attempt, taken: bool) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            if taken {
                self.open().remove(&attempt.claim.run);
            } else {
                self.note_refusal(attempt.claim.run);
            }
        })
    }
}

/// Ends what an earlier attempt has left running on this machine.
async fn end_leftover(directory: &Path) -> io::Result<()> {
    let Some(group) = Group::noted(directory) else { return Ok(()) };
    let patience = Instant::now() + LEFTOVER;
    while group.runs() {
        if Instant::now() > patience {
            let why = "processes of an earlier attempt run and cannot be ended";
            return Err(io::Error::other(why));
        }
        group.end();
        sleep(LOOK).await;
    }
    group.forget(directory);
    Ok(())
}

fn not_started(log: &RunLog, name: &str, error: &io::Error) -> StepOutcome {
    log.say("step", &format!("{name}: could not be started: {error}"));
    StepEnd::NotStarted(error.to_string()).bare()
}

fn words(line: &[OsString]) -> String {
    let words = line.iter().map(|word| word.to_string_lossy());
    shlex::try_join(words.collect::<Vec<_>>().iter().map(|word| &**word)).unwrap_or_default()
}

fn end_words(end: &StepEnd) -> String {
    match end {
        StepEnd::Exited(code) => format!("ended with exit code {code}"),
        StepEnd::Killed(signal) => format!("was ended by signal {signal}"),
        StepEnd::TimedOut => "was ended, its time was up".to_owned(),
        StepEnd::Stopped(_) => "was ended with its worker".to_owned(),
        StepEnd::NotStarted(why) => format!("could not be started: {why}"),
        StepEnd::DoneBefore | StepEnd::UnclearBefore => "was begun before".to_owned(),
    }
}

const GRACE: Duration = Duration::from_secs(10);
const LEFTOVER: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(20);
const LOG_TAIL: usize = 40;
