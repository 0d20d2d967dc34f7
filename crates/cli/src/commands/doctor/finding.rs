//! What a check has found: a state, what was seen, the cause and what to do.

use serde_json::Value;

use crate::catalogue::{self, Fix, Known};
use crate::error::CommandError;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    /// It was not made; the finding says why.
    Skipped,
    /// All is well.
    Ok,
    /// It works, and should be otherwise.
    Warn,
    /// It does not work.
    Fail,
}

impl State {
    /// The state of that name.
    fn named(name: &str) -> Self {
        let all = [Self::Skipped, Self::Ok, Self::Warn];
        all.into_iter().find(|state| state.name() == name).unwrap_or(Self::Fail)
    }

    /// The word for it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Skipped => "skipped",
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// What a check has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    /// How it ended.
    pub(super) state: State,
    /// What was seen, a fact a line.
    pub(super) evidence: Vec<String>,
    /// The row of the catalogue of errors.
    pub(super) code: Option<&'static str>,
    /// Why it is as it is.
    pub(super) cause: Option<&'static str>,
    /// What to do, the most likely first.
    pub(super) fixes: Vec<Fix>,
    /// Ids for the service's support.
    pub(super) reference: Option<String>,
    /// Whether checks that need this one cannot be made.
    pub(super) blocks: bool,
    known: Known,
}

impl Finding {
    fn of(state: State, evidence: Vec<String>) -> Self {
        Self {
            state,
            evidence,
            code: None,
            cause: None,
            fixes: Vec::new(),
            reference: None,
            blocks: state == State::Fail,
            known: Known::default(),
        }
    }

    /// All is well.
    pub(super) fn ok(evidence: impl Into<String>) -> Self {
        Self::of(State::Ok, vec![evidence.into()])
    }

    /// There is nothing to look at here, and nothing wrong with that.
    pub(super) fn skipped(why: impl Into<String>) -> Self {
        Self::of(State::Skipped, vec![why.into()])
    }

    /// It cannot be looked at, because something before it is not right.
    pub(super) fn blocked(why: impl Into<String>) -> Self {
        Self { blocks: true, ..Self::skipped(why) }
    }

    /// It should be otherwise, for a reason of the catalogue.
    pub(super) fn warn(code: &str, evidence: impl Into<String>) -> Self {
        Self::of(State::Warn, vec![evidence.into()]).catalogued(code)
    }

    /// It does not work, for a reason of the catalogue.
    pub(super) fn fail(code: &str, evidence: impl Into<String>) -> Self {
        Self::of(State::Fail, vec![evidence.into()]).catalogued(code)
    }

    /// It does not work, and a command would end with this error.
    pub(super) fn failed(error: &CommandError) -> Self {
        Self {
            code: error.entry().map(|entry| entry.code.as_str()),
            cause: error.entry().map(|entry| entry.cause.as_str()),
            fixes: error.remedies(),
            reference: error.reference_text().map(str::to_owned),
            known: error.known().clone(),
            ..Self::of(State::Fail, error.lines())
        }
    }

    /// As [`Report::row`](super::report::Report::row) has written it.
    pub(super) fn of_row(row: &Value) -> Self {
        let text = |name: &str| row[name].as_str().map(str::to_owned);
        let evidence = row["evidence"].as_array().into_iter().flatten();
        let evidence = evidence.filter_map(Value::as_str).map(str::to_owned).collect();
        let entry = row["code"].as_str().and_then(catalogue::by_code);
        let fix = |fix: &Value| {
            let run = fix["run"].as_str().map(str::to_owned);
            Some(Fix::new(fix["why"].as_str()?.to_owned(), run))
        };
        let fixes = row["fixes"].as_array().into_iter().flatten();
        Self {
            code: entry.map(|entry| entry.code.as_str()),
            cause: entry.map(|entry| entry.cause.as_str()),
            fixes: fixes.filter_map(fix).collect(),
            reference: text("reference"),
            ..Self::of(State::named(&text("state").unwrap_or_default()), evidence)
        }
    }

    /// The same as a warning: what it found is in nobody's way.
    pub(super) fn but_works(mut self) -> Self {
        if self.state == State::Fail {
            self.state = State::Warn;
            self.blocks = false;
        }
        self
    }

    /// The same, and what needs it is looked at nevertheless.
    pub(super) fn in_nobodys_way(self) -> Self {
        Self { blocks: false, ..self }
    }

    /// With what another finding says about the same thing; the worse state counts.
    pub(super) fn because(mut self, other: Self) -> Self {
        self.evidence.retain(|fact| !fact.is_empty());
        if other.state != State::Skipped {
            self.evidence.extend(other.evidence);
        }
        self.state = self.state.max(other.state);
        self.blocks |= other.blocks;
        self.reference = self.reference.or(other.reference);
        self
    }

    /// With these facts and no others.
    pub(super) fn seeing(mut self, facts: Vec<String>) -> Self {
        self.evidence = facts;
        self
    }

    /// With more facts.
    pub(super) fn saw_all(mut self, facts: impl IntoIterator<Item = String>) -> Self {
        self.evidence.extend(facts);
        self
    }

    /// With a value for the commands.
    pub(super) fn knowing(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.known = self.known.with(name, value.into());
        self
    }

    /// With all these values for the commands.
    pub(super) fn knowing_all(mut self, known: &Known) -> Self {
        self.known = self.known.or(known);
        self
    }

    /// With commands that can be typed: what is known of the connection is put into them.
    pub(super) fn filled(mut self, connection: &Known) -> Self {
        let known = self.known.clone().or(connection);
        self.fixes.retain(|fix| fix.makes_sense(&known));
        for fix in &mut self.fixes {
            fix.run = fix.run.take().map(|run| known.fill(&run));
        }
        self
    }

    /// With another row of the catalogue: what came of it here is known better than from the error.
    pub(super) fn explained(self, code: &str) -> Self {
        self.catalogued(code)
    }

    fn catalogued(mut self, code: &str) -> Self {
        let entry = catalogue::by_code(code).expect("a test looks up all codes of checks");
        self.code = Some(&entry.code);
        self.cause = Some(&entry.cause);
        self.fixes = entry.all_fixes().to_vec();
        self
    }
}
