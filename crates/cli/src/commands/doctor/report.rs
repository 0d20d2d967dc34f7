//! What all checks of a connection have found, on a screen or as rows.

use owo_colors::Style;
use serde_json::{Value, json};

use super::check;
use super::finding::{Finding, State};
use crate::catalogue::{Fix, Known};
use crate::context::Context;
use crate::env;
use crate::error::CommandError;
use crate::output::Rows;
use crate::ui::Ui;

/// The checks of one connection that were made.
#[derive(Default)]
pub(super) struct Report {
    /// The name of the connection, if one was chosen.
    pub(super) connection: Option<String>,
    /// Each check with what it has found, in their order.
    pub(super) made: Vec<(&'static str, Finding)>,
    /// What was learned for the commands of fixes.
    pub(super) known: Known,
}

impl Report {
    /// Nothing was looked at yet.
    pub(super) fn new(context: &Context) -> Self {
        let chosen = context.global().profile.clone();
        let chosen = chosen.or_else(|| context.environment().find(env::EXOCTL_PROFILE));
        let current = || context.profiles().ok()?.current().ok()?;
        Self { connection: chosen.or_else(current), ..Self::default() }
    }

    /// Of something with this name.
    pub(super) fn named(name: &str) -> Self {
        Self { connection: Some(name.to_owned()), ..Self::default() }
    }

    /// The worst of what was found.
    pub(super) fn worst(&self) -> State {
        self.made.iter().map(|(_, finding)| finding.state).max().unwrap_or(State::Ok)
    }

    /// Why a check that needs another one is not made: the first thing that is not right.
    pub(super) fn because(&self, before: &str) -> String {
        let found = self.made.iter().find(|(name, _)| *name == before);
        match found.map(|(_, finding)| finding) {
            Some(finding) if finding.state == State::Skipped => finding.evidence.join(", "),
            _ => format!("because {before} failed"),
        }
    }

    /// A check as a row.
    pub(super) fn row(&self, check: &str, finding: &Finding) -> Value {
        json!({
            "connection": self.connection,
            "check": check,
            "state": finding.state.name(),
            "evidence": finding.evidence,
            "code": finding.code,
            "cause": finding.cause,
            "fixes": finding.fixes.iter().map(fix).collect::<Vec<_>>(),
            "reference": finding.reference,
        })
    }

    /// All checks as rows.
    pub(super) fn rows(&self) -> Vec<Value> {
        self.made.iter().map(|(name, finding)| self.row(name, finding)).collect()
    }

    /// All checks as lines.
    pub(super) fn text(&self) -> String {
        let name = self.connection.as_deref().unwrap_or("(no connection)");
        let checks = self.made.iter().flat_map(|(name, finding)| {
            let (label, lines) = layout(name, finding);
            let mut lines = lines.into_iter();
            let first = format!("{label}{}\n", lines.next().unwrap_or_default());
            std::iter::once(first).chain(lines.map(|line| format!("{line}\n")))
        });
        let checks: String = checks.collect();
        format!("{name}\n\n{checks}\n{}\n\n", self.summary())
    }

    fn summary(&self) -> String {
        let count = |state| self.made.iter().filter(|(_, found)| found.state == state).count();
        let words = [
            (State::Fail, "failed"),
            (State::Warn, "to look at"),
            (State::Ok, "ok"),
            (State::Skipped, "skipped"),
        ];
        let parts = words.into_iter().map(|(state, word)| (count(state), word));
        let parts: Vec<String> =
            parts.filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
        format!("{}.", parts.join(", "))
    }
}

/// Where it is shown: lines for humans, one check after the other, or rows in a format.
pub(super) enum Screen {
    /// Lines.
    Lines,
    /// Rows.
    Rows(Box<Rows>),
    /// Nowhere: somebody else reads the report.
    Nothing,
}

impl Screen {
    /// What is wrong with the format shows now.
    pub(super) fn new(context: &Context, ui: &Ui) -> Result<Self, CommandError> {
        let named = context.global().output.clone();
        let named = named.or_else(|| context.environment().find(env::EXOCTL_OUTPUT));
        let lines = named.is_none_or(|name| ["table", "list"].contains(&name.as_str()));
        let lines = lines && context.global().query.is_none() && context.global().select.is_empty();
        Ok(if lines { Self::Lines } else { Self::Rows(Box::new(Rows::new(context, ui)?)) })
    }

    /// A connection begins.
    pub(super) fn begin(
        &self,
        report: &Report,
        is_one_of_many: bool,
        ui: &mut Ui,
    ) -> Result<(), CommandError> {
        match (self, &report.connection) {
            (Self::Lines, Some(name)) if is_one_of_many => {
                ui.data_line(format_args!("Connection {name}\n"))
            }
            _ => Ok(()),
        }
    }

    /// A check was made.
    pub(super) fn show(
        &mut self,
        report: &Report,
        check: &str,
        finding: &Finding,
        ui: &mut Ui,
    ) -> Result<(), CommandError> {
        match self {
            Self::Lines => lines(check, finding, ui),
            Self::Rows(rows) => rows.value(&report.row(check, finding), ui),
            Self::Nothing => Ok(()),
        }
    }

    /// All checks of a connection were made.
    pub(super) fn end(&self, report: &Report, ui: &mut Ui) -> Result<(), CommandError> {
        match self {
            Self::Lines => ui.data_line(format_args!("\n{}", report.summary())),
            Self::Rows(_) | Self::Nothing => Ok(()),
        }
    }

    /// All connections were looked at.
    pub(super) fn finish(self, ui: &mut Ui) -> Result<(), CommandError> {
        match self {
            Self::Lines => ui.flush(),
            Self::Rows(rows) => rows.finish(ui),
            Self::Nothing => Ok(()),
        }
    }
}

fn fix(fix: &Fix) -> Value {
    json!({ "why": fix.why, "run": fix.run })
}

fn lines(check: &str, finding: &Finding, ui: &mut Ui) -> Result<(), CommandError> {
    let style = match finding.state {
        State::Ok => Style::new().green(),
        State::Warn => Style::new().yellow(),
        State::Fail => Style::new().red().bold(),
        State::Skipped => Style::new().dimmed(),
    };
    let (label, lines) = layout(check, finding);
    let mut label = label.as_str();
    for line in lines {
        ui.data_labelled(label, style, line)?;
        label = "";
    }
    // Whoever looks on sees each check when it is made.
    ui.flush()
}

/// The state, and what follows it: a line for the check, others below it.
fn layout(check: &str, finding: &Finding) -> (String, Vec<String>) {
    let width = check::ALL.iter().map(|check| check.name().len()).max().unwrap_or_default();
    let label = format!("{:8}", finding.state.name());
    let below = " ".repeat(label.len() + 1 + width + 2);
    let mut facts = finding.evidence.iter();
    let first = facts.next().map(String::as_str).unwrap_or_default();
    let first = format!(" {check:width$}  {}", first.replace('\n', &format!("\n{below}")));
    let code = finding.code.map(|code| format!(" [{code}]")).unwrap_or_default();
    let cause = finding.cause.iter().map(|cause| format!("cause{code}: {cause}"));
    let fixes = finding.fixes.iter().map(|fix| match &fix.run {
        Some(run) => format!("fix: {}:\n  {run}", fix.why),
        None => format!("fix: {}", fix.why),
    });
    let reference = finding.reference.iter().map(|text| format!("reference: {text}"));
    let more = facts.cloned().chain(reference).chain(cause).chain(fixes);
    let more = more.map(|text| format!("{below}{}", text.replace('\n', &format!("\n{below}"))));
    (label, std::iter::once(first).chain(more).collect())
}
