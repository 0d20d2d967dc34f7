//! The text of new job files, with comments for whoever changes them.

use std::fmt::Write as _;

use clap::ValueEnum;
use exoctl_job::{ChannelName, Duration, JobName, Schedule};

use crate::error::JobError;

/// What a new job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::commands::job) enum Template {
    /// Export the audit log of each month, with a report that is mailed
    AuditMonthly,
    /// Replace the certificate before it expires
    CertRotate,
    /// Say when certificates expire soon
    CertCheck,
    /// Say when something does not work any more
    Doctor,
    /// Run cmdlets and keep what they return
    Cmdlet,
    /// Run a program, which signs in as the application
    Program,
}

/// What a template takes besides what all jobs have.
#[derive(clap::Args, Debug, Default)]
pub(in crate::commands::job) struct Wishes {
    /// Of cmdlet: run this line of PowerShell; may be repeated
    #[arg(long = "cmdlet", value_name = "LINE")]
    cmdlets: Vec<String>,
    /// Of cmdlet: write what the first cmdlet returns to this file of the run's directory
    #[arg(long, value_name = "FILE", requires = "cmdlets")]
    to: Option<String>,
    /// Of audit-monthly: mail the report to these addresses
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',')]
    mail_to: Vec<String>,
    /// In the name of this address
    #[arg(long, value_name = "ADDRESS", requires = "mail_to")]
    mail_from: Option<String>,
    /// Through Microsoft Graph, as the application; it needs Mail.Send
    #[arg(long, requires = "mail_to", conflicts_with = "smtp")]
    mail_graph: bool,
    /// Through this server
    #[arg(long, value_name = "HOST[:PORT]", requires = "mail_to")]
    smtp: Option<String>,
    /// When TLS begins: starttls or implicit
    #[arg(long, value_name = "WHEN", requires = "smtp")]
    smtp_tls: Option<String>,
    /// Trust a server's certificate that was issued by this one too (PEM)
    #[arg(long, value_name = "FILE", requires = "smtp")]
    smtp_ca: Option<String>,
    /// Sign in to the server as this account
    #[arg(long, value_name = "NAME", requires = "smtp")]
    smtp_user: Option<String>,
    /// Where the account's password is: file:PATH or env:NAME
    #[arg(long, value_name = "SOURCE", requires = "smtp_user")]
    smtp_password: Option<String>,
    /// Of cert-rotate and cert-check: how long before its end a certificate counts [default: 30d]
    #[arg(long, value_name = "DURATION")]
    expiring_within: Option<Duration>,
    /// Of program: it is a PowerShell script that is to be connected
    #[arg(long)]
    pwsh: bool,
    /// Of program: put an access token into this environment variable
    #[arg(long, value_name = "NAME")]
    token_env: Option<String>,
    /// Of program: give tokens for this resource too; may be repeated
    #[arg(long = "allow-resource", value_name = "URI")]
    resources: Vec<String>,
    /// Of program: the program and its arguments
    #[arg(value_name = "PROGRAM", last = true)]
    program: Vec<String>,
}

/// What all jobs have.
#[derive(Debug)]
pub(super) struct Common<'a> {
    pub(super) name: &'a JobName,
    pub(super) description: Option<&'a str>,
    pub(super) profiles: &'a [String],
    pub(super) schedule: Option<&'a Schedule>,
    pub(super) timeout: Option<Duration>,
    pub(super) jitter: Option<Duration>,
    pub(super) channels: &'a [ChannelName],
}

/// The text of a job's file.
pub(super) fn text(
    template: Template,
    common: &Common<'_>,
    wishes: &Wishes,
) -> Result<String, JobError> {
    wishes.fit(template)?;
    let (about, schedule, timeout) = template.defaults();
    let schedule = common.schedule.map(ToString::to_string).or_else(|| schedule.map(str::to_owned));
    let schedule = schedule.ok_or_else(|| missing("--schedule"))?;
    let mut text = String::from(
        "# A job of exoctl. `exoctl job check` says what is wrong with it, docs/jobs.md what else can be here.\n",
    );
    let mut line =
        |key: &str, value: String| writeln!(text, "{key} = {value}").expect("text takes text");
    line("name", quoted(common.name.as_str()));
    line("description", quoted(common.description.unwrap_or(about)));
    match common.profiles {
        [one] if !one.contains(['*', '?']) => line("profile", quoted(one)),
        several => line("profiles", list(several)),
    }
    line("schedule", quoted(&schedule));
    let timeout = common.timeout.map_or_else(|| timeout.to_owned(), |time| time.to_string());
    text.push_str("\n# A run that takes longer is ended, with all that it has started.\n");
    let _ = writeln!(text, "timeout = {}", quoted(&timeout));
    if let Some(jitter) = common.jitter {
        let _ = writeln!(text, "jitter = {}", quoted(&jitter.to_string()));
    }
    text.push_str(POLICIES);
    text.push_str(&notify(common.channels));
    text.push_str(&wishes.steps(template));
    Ok(text)
}

const POLICIES: &str = r#"# When a run is due and the one before it is not over: skip, queue or replace.
overlap = "skip"
# Runs that were missed while the machine was off: once (the latest of them), all or none.
catch-up = "once"
"#;

fn notify(channels: &[ChannelName]) -> String {
    if channels.is_empty() {
        return "\n# Who is told, by the names of channels in notify.toml.\n# [notify]\n# on = [\"failure\", \"unknown\", \"late\", \"recovered\"]\n# to = [\"ops-mail\"]\n".to_owned();
    }
    let names: Vec<String> = channels.iter().map(ToString::to_string).collect();
    format!(
        "\n# Who is told, by the names of channels in notify.toml.\n[notify]\non = [\"failure\", \"unknown\", \"late\", \"recovered\"]\nto = {}\n",
        list(&names)
    )
}

impl Template {
    /// What it is for, when it runs if that is not said, and how long it may take.
    const fn defaults(self) -> (&'static str, Option<&'static str>, &'static str) {
        match self {
            Self::AuditMonthly => (
                "The audit log of the month that is over, exported and reported on",
                // Records arrive up to a day late, mostly; two days leave some room.
                Some("after-month-end 48h UTC"),
                "24h",
            ),
            Self::CertRotate => {
                ("A new certificate before the old one expires", Some("daily at 03:00 UTC"), "1h")
            }
            Self::CertCheck => {
                ("Whether certificates expire soon", Some("daily at 07:00 UTC"), "30m")
            }
            Self::Doctor => ("Whether everything works", Some("daily at 05:00 UTC"), "30m"),
            Self::Cmdlet => ("Cmdlets and what they return", None, "4h"),
            Self::Program => ("A program that signs in as the application", None, "4h"),
        }
    }
}

impl Wishes {
    /// Whether what was asked for is the template's to do.
    fn fit(&self, template: Template) -> Result<(), JobError> {
        let of = |given: bool, option: &str, templates: &[Template]| {
            if given && !templates.contains(&template) {
                return Err(not_written(format!("{option} is not of this template")));
            }
            Ok(())
        };
        of(!self.cmdlets.is_empty(), "--cmdlet", &[Template::Cmdlet])?;
        of(!self.mail_to.is_empty(), "--mail-to", &[Template::AuditMonthly])?;
        of(
            self.expiring_within.is_some(),
            "--expiring-within",
            &[Template::CertRotate, Template::CertCheck],
        )?;
        of(!self.program.is_empty(), "a program", &[Template::Program])?;
        of(self.pwsh, "--pwsh", &[Template::Program])?;
        of(self.token_env.is_some(), "--token-env", &[Template::Program])?;
        of(!self.resources.is_empty(), "--allow-resource", &[Template::Program])?;
        match template {
            Template::Cmdlet if self.cmdlets.is_empty() => Err(missing("--cmdlet")),
            Template::Program if self.program.is_empty() => Err(missing("the program, after --,")),
            Template::AuditMonthly if !self.mail_to.is_empty() => match () {
                () if self.mail_from.is_none() => Err(missing("--mail-from")),
                () if self.smtp.is_none() && !self.mail_graph => {
                    Err(missing("--smtp or --mail-graph"))
                }
                () => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn steps(&self, template: Template) -> String {
        let within = self.expiring_within.unwrap_or(Duration::from_days(30)).to_string();
        match template {
            Template::AuditMonthly => self.audit(),
            Template::CertRotate => format!(
                "\n[[steps]]\n# Nothing is done unless the certificate expires within this time.\ncert-rotate = {{ if-expiring-within = {} }}\n",
                quoted(&within)
            ),
            Template::CertCheck => format!(
                "\n[[steps]]\ncert-check = {{ warn = {}, critical = \"7d\" }}\noutput = \"certificates.json\"\n",
                quoted(&within)
            ),
            Template::Doctor => "\n[[steps]]\ndoctor = {}\noutput = \"doctor.json\"\n".to_owned(),
            Template::Cmdlet => self.cmdlet_steps(),
            Template::Program => self.program_step(),
        }
    }

    fn audit(&self) -> String {
        let mut text = String::from(
            "\n# The whole month before the occurrence, UTC. An export that is not complete ends with 6; the report says so.\n[[steps]]\n[steps.audit-export]\nperiod = \"last-month\"\nto = \"{run}/audit\"\nsinks = [\"reviewer-csv\", \"jsonl\"]\n\n[[steps]]\n[steps.audit-report]\nof = \"{run}/audit\"\nhtml = \"{run}/report-{last-month}.html\"\n",
        );
        let mut line = |key: &str, value: Option<String>| {
            if let Some(value) = value {
                let _ = writeln!(text, "{key} = {value}");
            }
        };
        let text_of = |value: &Option<String>| value.as_deref().map(quoted);
        line("mail-to", (!self.mail_to.is_empty()).then(|| list(&self.mail_to)));
        line("mail-from", text_of(&self.mail_from));
        line("mail-graph", self.mail_graph.then(|| "true".to_owned()));
        line("smtp", text_of(&self.smtp));
        line("smtp-tls", text_of(&self.smtp_tls));
        line("smtp-ca", text_of(&self.smtp_ca));
        line("smtp-user", text_of(&self.smtp_user));
        line("smtp-password", text_of(&self.smtp_password));
        text
    }

    fn cmdlet_steps(&self) -> String {
        let mut text = String::new();
        for (number, line) in self.cmdlets.iter().enumerate() {
            let _ = write!(text, "\n[[steps]]\ncmdlet = {}\n", quoted(line));
            if let Some(file) = self.to.as_ref().filter(|_| number == 0) {
                let _ = writeln!(text, "output = {}", quoted(file));
            }
        }
        text
    }

    fn program_step(&self) -> String {
        let mut text = format!("\n[[steps]]\nprogram = {}\n", list(&self.program));
        if self.pwsh {
            text.push_str("pwsh = true\n");
        }
        if let Some(name) = &self.token_env {
            let _ = writeln!(text, "token-env = {}", quoted(name));
        }
        if !self.resources.is_empty() {
            let _ = writeln!(text, "resources = {}", list(&self.resources));
        }
        text.push_str(
            "# true, if running it again after a crash does no harm\nidempotent = false\n",
        );
        text
    }
}

fn missing(what: &str) -> JobError {
    not_written(format!("{what} is missing"))
}

fn not_written(reason: String) -> JobError {
    JobError::NotWritten { reason }
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

fn list(texts: &[String]) -> String {
    toml::Value::from(texts.to_vec()).to_string()
}
