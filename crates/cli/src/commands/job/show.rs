//! `exoctl job show`.

use std::fmt::Write as _;

use exoctl_job::{RunPlace, Step, run_directory};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::occurrences;
use crate::context::Context;
use crate::env;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::job_files::{JobFile, JobFiles};
use crate::output::Rows;
use crate::ui::Ui;

/// The arguments of `exoctl job show`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Its name
    name: String,
}

const EXAMPLES: &str = "\
The command lines are those of the next occurrence, for the first profile that is meant.

Examples:
  exoctl job show audit-monthly
  exoctl job show audit-monthly -o json --query '[].steps[].commandLine'";

impl Args {
    pub(super) fn run(
        self,
        files: &JobFiles,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        let file = files.find(&self.name)?;
        let shown = Shown::new(file, files, context)?;
        let asked =
            context.global().output.is_some() || context.environment().has(env::EXOCTL_OUTPUT);
        if asked {
            let mut rows = Rows::new(context, ui)?.noun("Job");
            rows.value(&shown.value(), ui)?;
            rows.finish(ui)?;
        } else {
            ui.data_line(shown.text().trim_end())?;
            ui.flush()?;
        }
        Ok(ExitCode::Ok)
    }
}

/// A job with what follows from it.
struct Shown {
    file: JobFile,
    next: Vec<Timestamp>,
    tenant: Option<String>,
    steps: Vec<ShownStep>,
}

struct ShownStep {
    step: Step,
    line: Vec<String>,
    output: Option<String>,
}

impl Shown {
    fn new(file: JobFile, files: &JobFiles, context: &Context) -> Result<Self, CommandError> {
        let now = context.clock().now();
        let job = &file.job;
        let next = occurrences::next(job, now, 5);
        let names = context.profiles()?.names()?;
        let tenant = job.profiles.of(&names).first().map(|name| (*name).to_owned());
        let tenant = tenant.or_else(|| job.profiles.only().map(str::to_owned));
        let profile = tenant.as_deref().unwrap_or("PROFILE");
        let scheduled = next.first().copied().unwrap_or(now);
        let runs = context.paths()?.data.join("runs");
        let directory = runs.join(run_directory(&job.name, profile, scheduled, "RUN"));
        let place = RunPlace {
            job: &job.name,
            profile,
            scheduled,
            zone: job.zone(),
            directory: &directory,
            jobs: files.directory(),
        };
        let steps = job.steps.iter().map(|step| ShownStep::new(step, &place)).collect();
        Ok(Self { file, next, tenant, steps })
    }

    fn value(&self) -> Value {
        let job = &self.file.job;
        json!({
            "name": job.name,
            "description": job.description,
            "file": self.file.path,
            "profiles": job.profiles.to_string(),
            "schedule": job.schedule.as_ref().map(ToString::to_string),
            "next": self.next.iter().map(|at| occurrences::value(job, *at)).collect::<Vec<_>>(),
            "jitterSeconds": self.tenant.as_ref().map(|tenant| job.jitter_for(tenant).as_secs()),
            "effect": job.effect(),
            "promise": job.promise(),
            "steps": self.steps.iter().map(ShownStep::value).collect::<Vec<_>>(),
            "values": job.to_json(),
        })
    }

    fn text(&self) -> String {
        let job = &self.file.job;
        let mut text = String::new();
        let mut line = |label: &str, value: &str| {
            let _ = writeln!(text, "{label:<12}{value}");
        };
        line("Job", job.name.as_str());
        line("For", job.description.as_deref().unwrap_or("-"));
        line("File", &self.file.path.display().to_string());
        line("Profiles", &job.profiles.to_string());
        let schedule = job.schedule.as_ref().map(ToString::to_string);
        line("Schedule", schedule.as_deref().unwrap_or("none: it is run by hand only"));
        for (number, at) in self.next.iter().enumerate() {
            line(if number == 0 { "Next" } else { "" }, &occurrences::text(job, *at));
        }
        if let Some(tenant) = self.tenant.as_ref().filter(|_| !job.jitter.is_zero()) {
            let delay = job.jitter_for(tenant);
            line("Jitter", &format!("{delay:#} of up to {}, for {tenant}", job.jitter));
        }
        text.push_str("\nSteps\n");
        for (number, step) in self.steps.iter().enumerate() {
            let kind = step.step.kind();
            let _ = writeln!(text, "  {}. {kind} ({})", number + 1, step.step.effect());
            let _ = writeln!(text, "     {}", step.quoted());
        }
        text.push_str("\nPromise\n");
        for sentence in job.promise() {
            let _ = writeln!(text, "  - {sentence}");
        }
        text.push_str("\nAll values\n");
        for row in job.to_toml().lines() {
            let _ = writeln!(text, "  {row}");
        }
        text
    }
}

impl ShownStep {
    fn new(step: &Step, place: &RunPlace<'_>) -> Self {
        let line = step.command_line(place);
        Self {
            step: step.clone(),
            line: line.iter().map(|word| word.to_string_lossy().into_owned()).collect(),
            output: step.output_file(place).map(|path| path.display().to_string()),
        }
    }

    fn value(&self) -> Value {
        json!({
            "kind": self.step.kind(),
            "effect": self.step.effect(),
            "commandLine": self.line,
            "output": self.output,
            "continueOn": self.step.continue_on,
        })
    }

    /// As a shell would take it; it is never given to one.
    fn quoted(&self) -> String {
        let words = self.line.iter().map(String::as_str);
        let line = shlex::try_join(std::iter::once("exoctl").chain(words)).unwrap_or_default();
        match &self.output {
            Some(path) => format!("{line} > {}", shlex::try_quote(path).unwrap_or_default()),
            None => line,
        }
    }
}
