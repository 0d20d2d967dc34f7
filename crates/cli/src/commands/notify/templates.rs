//! `exoctl notify templates`.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use exoctl_notify::{Artifact, Cause, Event, Notice, Step, Templates, problems};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::context::Context;
use crate::error::{CommandError, FileError};
use crate::exit::ExitCode;
use crate::notification;
use crate::output::Rows;
use crate::profile::create_private_directory;
use crate::ui::Ui;

/// The arguments of `exoctl notify templates`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Write the built-in ones as files [default: where yours are looked for]; files that are there stay
    #[arg(long, value_name = "DIR")]
    #[expect(clippy::option_option, reason = "the directory can be left out, and all of it")]
    write: Option<Option<PathBuf>>,
}

const EXAMPLES: &str = "\
A template is a file in templates/ beside notify.toml, in the language of Jinja. One that is called as a built-in one stands in its place; one
that begins with a channel's name instead of its kind's is for that channel: ops.json, ops-digest.txt. The first line of a .txt is the mail's
subject. Values are escaped as the file's ending asks for.

Examples:
  exoctl notify templates
  exoctl notify templates --write
  exoctl notify templates --write ./templates
  exoctl notify test ops --event failure --print

The exit code is 3 if one of yours cannot be used; the built-in one is then used instead.";

impl Args {
    pub(super) fn run(self, context: &Context, ui: &mut Ui) -> Result<ExitCode, CommandError> {
        if let Some(directory) = self.write {
            let directory = match directory {
                Some(directory) => directory,
                None => notification::template_directory(context)?,
            };
            return write(&directory, context, ui);
        }
        let mut rows = Rows::new(context, ui)?.noun("Template");
        let directory = notification::template_directory(context)?;
        let templates = notification::templates(context)?;
        let own: Vec<&str> = templates.own().collect();
        let channels = notification::channels(context)?;
        let problems =
            problems(&channels, &templates, &sample(Event::Failure, context.clock().now()));
        for built_in in Templates::built_in() {
            if !own.contains(&built_in.name) {
                rows.value(
                    &json!({"name": built_in.name, "from": "built-in", "problem": null}),
                    ui,
                )?;
            }
        }
        for name in &own {
            let problem = problems.iter().find(|(template, _)| template == name);
            let row = json!({
                "name": name,
                "from": directory.join(name),
                "problem": problem.map(|(_, error)| error.to_string()),
            });
            rows.value(&row, ui)?;
        }
        rows.finish(ui)?;
        Ok(if problems.is_empty() { ExitCode::Ok } else { ExitCode::Findings })
    }
}

fn write(directory: &Path, context: &Context, ui: &mut Ui) -> Result<ExitCode, CommandError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| CommandError::from(FileError { operation: "write", path, source })
    };
    let absolute = std::path::absolute(directory).map_err(failed(directory))?;
    create_private_directory(&absolute).map_err(failed(&absolute))?;
    let mut rows = Rows::new(context, ui)?.noun("Template");
    for built_in in Templates::built_in() {
        let path = absolute.join(built_in.name);
        let written = match File::create_new(&path) {
            Ok(mut file) => {
                file.write_all(built_in.text.as_bytes()).map_err(failed(&path))?;
                true
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => false,
            Err(error) => return Err(failed(&path)(error)),
        };
        rows.value(&json!({"path": path, "written": written}), ui)?;
    }
    rows.finish(ui)?;
    Ok(ExitCode::Ok)
}

/// A run that never was, for trying things.
pub(super) fn sample(event: Event, now: Timestamp) -> Notice {
    let before = |hours| now.checked_sub(SignedDuration::from_hours(hours)).ok();
    let good = matches!(event, Event::Success | Event::Recovered | Event::Started);
    let cause = Cause {
        code: Some("AADSTS700027".to_owned()),
        text: "the certificate is not registered on the application".to_owned(),
    };
    Notice {
        event,
        job: "monthly-audit".to_owned(),
        tenant: "contoso".to_owned(),
        organization: Some("contoso.onmicrosoft.com".to_owned()),
        run: "00000000-0000-4000-8000-000000000000".to_owned(),
        scheduled: Some(now),
        scheduled_local: Some("a made-up time".to_owned()),
        started: Some(now),
        ended: (event != Event::Started).then_some(now),
        outcome: Some(if good { "done" } else { "failed" }.to_owned()),
        previous: Some("done".to_owned()),
        exit: Some(if good { 0 } else { 4 }),
        cause: (!good).then_some(cause),
        next_action: (!good).then(|| "exoctl doctor --profile contoso".to_owned()),
        steps: vec![Step {
            name: "1-audit-export".to_owned(),
            outcome: Some("done".to_owned()),
            exit: Some(0),
            seconds: Some(12),
        }],
        artifacts: vec![Artifact {
            path: "audit/manifest.jsonl".to_owned(),
            bytes: 1234,
            sha256: Some("0".repeat(64)),
        }],
        directory: Some("runs/monthly-audit/contoso/made-up".to_owned()),
        log: "This run never was: exoctl notify test has made it up.\n".to_owned(),
        last_success: before(24 * 30),
        next_run: now.checked_add(SignedDuration::from_hours(24 * 30)).ok(),
        ..Notice::default()
    }
}
