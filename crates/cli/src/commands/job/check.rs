//! `exoctl job check`.

mod look;
mod steps;

use std::path::{Path, PathBuf};

use exoctl_job::{Job, Problem};
use jiff::Timestamp;
use serde_json::{Value, json};

pub(super) use self::look::Looker;
use super::occurrences;
use crate::context::Context;
use crate::env;
use crate::error::{CommandError, JobError};
use crate::exit::ExitCode;
use crate::job_files::{JobFile, JobFiles};
use crate::output::Rows;
use crate::ui::Ui;

/// The arguments of `exoctl job check`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The files [default: all in the directory of the job files]
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  exoctl job check
  exoctl job check jobs/audit-monthly.toml
  exoctl job check --jobs ./jobs -o json

Says where in a file something is wrong, whether the profiles, channels, cmdlets and programs that it names are
there, and when the job runs next. Nothing is sent. The exit code is 3 if something is wrong.";

/// What was found in one file.
#[derive(Debug)]
pub(super) struct Checked {
    path: PathBuf,
    job: Option<Job>,
    /// What keeps it from running.
    pub(super) wrong: Vec<Problem>,
    /// What it runs in spite of.
    pub(super) doubtful: Vec<Problem>,
}

impl Args {
    pub(super) fn run(
        self,
        files: &JobFiles,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        let paths = if self.files.is_empty() { files.paths()? } else { self.files };
        if paths.is_empty() {
            ui.note(format_args!("There are no job files in {}.", files.directory().display()));
        }
        let looker = Looker::new(context)?;
        let checked = paths
            .iter()
            .map(|path| Checked::of(path, &looker))
            .collect::<Result<Vec<_>, CommandError>>()?;
        let now = context.clock().now();
        let asked =
            context.global().output.is_some() || context.environment().has(env::EXOCTL_OUTPUT);
        if asked {
            let mut rows = Rows::new(context, ui)?.noun("JobCheck");
            for one in &checked {
                rows.value(&one.value(now), ui)?;
            }
            rows.finish(ui)?;
        } else {
            for one in &checked {
                one.lines(now).into_iter().try_for_each(|line| ui.data_line(line))?;
            }
            ui.flush()?;
        }
        let all_right = checked.iter().all(|one| one.wrong.is_empty());
        Ok(if all_right { ExitCode::Ok } else { ExitCode::Findings })
    }
}

impl Checked {
    /// Looks at a file. One that cannot be read is an error.
    fn of(path: &Path, looker: &Looker<'_>) -> Result<Self, CommandError> {
        let path = path.to_owned();
        match JobFile::read(&path) {
            Ok(file) => Ok(Self::of_file(&file, looker)),
            Err(JobError::Invalid { source, .. }) => {
                Ok(Self { path, job: None, wrong: source.0, doubtful: Vec::new() })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Looks at a job.
    pub(super) fn of_file(file: &JobFile, looker: &Looker<'_>) -> Self {
        let (wrong, doubtful) = looker.look(file);
        Self { path: file.path.clone(), job: Some(file.job.clone()), wrong, doubtful }
    }

    fn state(&self) -> &'static str {
        match (self.wrong.is_empty(), self.doubtful.is_empty()) {
            (true, true) => "ok",
            (true, false) => "warn",
            (false, _) => "wrong",
        }
    }

    fn next(&self, now: Timestamp) -> Vec<(&Job, Timestamp)> {
        let of = |job| occurrences::next(job, now, 5).into_iter().map(move |at| (job, at));
        self.job.iter().flat_map(of).collect()
    }

    fn value(&self, now: Timestamp) -> Value {
        let problem = |level: &'static str| {
            move |problem: &Problem| {
                json!({
                    "level": level,
                    "line": problem.line,
                    "column": problem.column,
                    "text": problem.text,
                    "message": problem.message,
                })
            }
        };
        let wrong = self.wrong.iter().map(problem("wrong"));
        let problems: Vec<Value> = wrong.chain(self.doubtful.iter().map(problem("warn"))).collect();
        let next: Vec<Value> =
            self.next(now).into_iter().map(|(job, at)| occurrences::value(job, at)).collect();
        json!({
            "file": self.path,
            "job": self.job.as_ref().map(|job| &job.name),
            "state": self.state(),
            "problems": problems,
            "next": next,
        })
    }

    /// For people: what is wrong as compilers say it, so that editors find the place.
    pub(super) fn lines(&self, now: Timestamp) -> Vec<String> {
        let path = self.path.display();
        let mut lines = vec![format!("{path}: {}", self.state())];
        let problem = |level: &str, problem: &Problem| {
            let Problem { line, column, text, message, .. } = problem;
            let text = if text.is_empty() { String::new() } else { format!("\n    {text}") };
            format!("  {path}:{line}:{column}: {level}: {message}{text}")
        };
        lines.extend(self.wrong.iter().map(|one| problem("error", one)));
        lines.extend(self.doubtful.iter().map(|one| problem("warning", one)));
        for (number, (job, at)) in self.next(now).into_iter().enumerate() {
            let label = if number == 0 { "next" } else { "" };
            lines.push(format!("  {label:<5} {}", occurrences::text(job, at)));
        }
        lines
    }
}
