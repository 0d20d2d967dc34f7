//! What a rotation will do, for people.

use std::fmt;

use serde::Serialize;

use super::journal::{Journal, Place, Retired, Rotation, Stage, State};
use super::next::Order;
use crate::plan::Change;

/// What a run will do, step by step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RotationPlan {
    /// The steps in their order.
    pub steps: Vec<PlannedStep>,
}

/// One thing that will be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PlannedStep {
    /// What becomes of it.
    pub change: Change,
    /// What it is.
    pub what: String,
    /// What else is to be known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
}

impl RotationPlan {
    /// What is left to do of what the journal knows. `certificate` says what a new one will be,
    /// `profiles` names those that use the certificate which is being replaced.
    pub fn new(journal: &Journal, order: &Order, certificate: &str, profiles: &[String]) -> Self {
        let mut plan = Self::default();
        if let Some(rotation) = &journal.rotation {
            plan.rotation(rotation, order, certificate, profiles);
        }
        for hook in &journal.hooks {
            plan.push(Change::Update, format!("deploy hook, once more: {}", hook.command));
        }
        for retired in &journal.retired {
            plan.retired(retired, order);
        }
        plan
    }

    fn rotation(
        &mut self,
        rotation: &Rotation,
        order: &Order,
        certificate: &str,
        profiles: &[String],
    ) {
        let new = rotation.new.map(|new| new.thumbprint.to_string());
        let name = new.unwrap_or_else(|| "the new certificate".to_owned());
        let places = rotation.places.iter().map(place).collect::<Vec<_>>().join(", ");
        let (change, what) = match rotation.stage {
            Stage::Begun => (Change::Create, format!("key and {certificate}")),
            Stage::Requested => {
                let what = "request for a certificate, which waits for the authority's answer";
                self.push(Change::Keep, what.to_owned());
                return;
            }
            Stage::Making => (Change::Create, format!("key of {name}")),
            _ => (Change::Keep, format!("key of {name}")),
        };
        self.push(change, what).detail(format!("in {places}"));
        let added = rotation.stage >= Stage::Added;
        let change = if added { Change::Keep } else { Change::Create };
        self.push(change, format!("key credential of {name}"));
        for profile in profiles {
            self.push(Change::Update, format!("profile {profile}"))
                .detail(format!("after a sign-in with {name}"));
        }
        for command in &order.commands {
            self.push(Change::Update, format!("deploy hook: {command}"));
        }
        let old = rotation.old.thumbprint;
        self.push(Change::Remove, format!("key credential {old}"))
            .detail(format!("by a run after {}", order.remove_after));
    }

    fn retired(&mut self, retired: &Retired, order: &Order) {
        let thumbprint = retired.old.thumbprint;
        let (until, what) = match retired.state {
            State::Registered => {
                let until = if order.finish_now { order.now } else { retired.remove_after };
                (until, format!("key credential {thumbprint}"))
            }
            State::Unregistered => {
                (order.now, format!("private key of {thumbprint}, to the archive"))
            }
            State::Archived { until } => {
                (until, format!("private key of {thumbprint} in the archive"))
            }
        };
        if until <= order.now {
            self.push(Change::Remove, what);
        } else {
            self.push(Change::Keep, what).detail(format!("until {until}"));
        }
    }

    /// Whether nothing would be done.
    pub fn is_done(&self) -> bool {
        self.steps.iter().all(|step| step.change == Change::Keep)
    }

    fn push(&mut self, change: Change, what: String) -> &mut PlannedStep {
        self.steps.push(PlannedStep { change, what, details: Vec::new() });
        self.steps.last_mut().expect("one was put there")
    }
}

impl PlannedStep {
    fn detail(&mut self, text: String) -> &mut Self {
        self.details.push(text);
        self
    }
}

fn place(place: &Place) -> String {
    match place {
        Place::Store { name } => format!("the {name} store"),
        Place::File { path } => format!("a new file beside {}", path.display()),
    }
}

/// As a plan of setup: one line for each step, then what they come to.
impl fmt::Display for RotationPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.steps {
            writeln!(f, "  {} {}", step.change.sign(), step.what)?;
            for detail in &step.details {
                writeln!(f, "      {detail}")?;
            }
        }
        if !self.steps.is_empty() {
            writeln!(f)?;
        }
        if self.is_done() {
            return f.write_str("Nothing to do.");
        }
        let count = |change| self.steps.iter().filter(|step| step.change == change).count();
        write!(
            f,
            "{} to create, {} to change, {} to remove, {} already right.",
            count(Change::Create),
            count(Change::Update),
            count(Change::Remove),
            count(Change::Keep),
        )
    }
}
