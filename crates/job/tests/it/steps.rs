//! The command lines of steps: what is started, with which values.

use std::fmt::Write as _;
use std::path::Path;

use exoctl_job::{Job, RunPlace};

use crate::files::samples;

#[test]
fn the_command_lines_of_the_samples() {
    let mut lines = String::new();
    for (stem, text) in samples("right") {
        let job = Job::parse(&stem, &text).unwrap();
        let place = RunPlace {
            job: &job.name,
            profile: "contoso",
            scheduled: "2026-11-02T23:00:00Z".parse().unwrap(),
            zone: job.zone(),
            directory: Path::new("/data/runs/x"),
            jobs: Path::new("/config/jobs"),
        };
        let _ = writeln!(lines, "{stem}: {}", job.effect());
        for step in &job.steps {
            let words = step.command_line(&place);
            let _ = writeln!(lines, "  {}: {words:?}", step.effect());
            if let Some(path) = step.output_file(&place) {
                let _ = writeln!(lines, "    > {}", path.display());
            }
        }
    }
    insta::assert_snapshot!(lines);
}

/// Values reach the program as they are: nothing in them is a command, an option or a placeholder.
#[test]
fn values_are_values() {
    let text = r#"
name = "values"
profile = "contoso"

[[steps]]
cmdlet = "Get-Mailbox 'a; rm -rf /' -Filter {Name -like '{run}*'}"

[[steps]]
audit-report = { of = "--help", html = "{profile} $(id).html" }

[[steps]]
program = ["awk", "{print $1}", "--version", "{jobs}"]
"#;
    let job = Job::parse("values", text).unwrap();
    let place = RunPlace {
        job: &job.name,
        profile: "{run}; id",
        scheduled: "2026-11-02T23:00:00Z".parse().unwrap(),
        zone: job.zone(),
        directory: Path::new("/runs"),
        jobs: Path::new("/jobs"),
    };
    let words = |step: usize| -> Vec<String> {
        let line = job.steps[step].command_line(&place);
        line.iter().map(|word| word.to_str().unwrap().to_owned()).collect()
    };
    let head = ["--profile", "{run}; id", "--yes"];
    assert_eq!(words(0)[..3], head);
    assert_eq!(words(0)[5..], ["Get-Mailbox", "'a; rm -rf /'", "-Filter", "{Name -like '/runs*'}"]);
    assert_eq!(words(1)[3..], ["audit", "report", "--html={run}; id $(id).html", "--", "--help"]);
    assert_eq!(words(2)[3..], ["exec", "--", "awk", "{print $1}", "--version", "/jobs"]);
}
