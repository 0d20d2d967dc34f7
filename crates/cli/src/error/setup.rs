//! What can go wrong when an application is set up, and what to do about it.

use exoctl_setup::{Access, GraphError, SetupError, Step, UnknownRole};

use super::CommandError;
use crate::exit::ExitCode;

/// A plan that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PlanError {
    /// Not the JSON that setup writes.
    #[error("could not read the plan in {}", path.display())]
    Syntax {
        /// The file.
        path: std::path::PathBuf,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// Nobody has set up the application from here.
    #[error("nothing is known here of what setup has done to the application {app_id}")]
    NoFootprint {
        /// The application.
        app_id: exoctl_model::ClientId,
    },
    /// Written by another version.
    #[error("the plan in {} has form {found}; this exoctl reads form {expected}", path.display())]
    Format {
        /// The file.
        path: std::path::PathBuf,
        /// The form that it has.
        found: u64,
        /// The form that is understood.
        expected: u32,
    },
}

impl From<PlanError> for CommandError {
    fn from(error: PlanError) -> Self {
        Self::explained(ExitCode::Usage, error)
    }
}

/// A time that is none.
#[derive(Debug, thiserror::Error)]
#[error("could not read the time {text:?}")]
pub(crate) struct InvalidTime {
    /// What was typed.
    pub(crate) text: String,
    /// What is wrong with it.
    pub(crate) source: jiff::Error,
}

impl From<InvalidTime> for CommandError {
    fn from(error: InvalidTime) -> Self {
        Self::explained(ExitCode::Usage, error)
    }
}

impl From<UnknownRole> for CommandError {
    fn from(error: UnknownRole) -> Self {
        let names: Vec<&str> = Access::names().collect();
        let fix = format!("use one of: {}", names.join(", "));
        Self::explained(ExitCode::Usage, error).fix_first(fix)
    }
}

impl From<SetupError> for CommandError {
    fn from(error: SetupError) -> Self {
        let exit = exit(&error);
        let reference = reference(&error);
        let command = match &error {
            // The token is the administrator's.
            SetupError::Graph(GraphError::Credential { .. }) => {
                Self::explained_to_administrator(exit, error)
            }
            _ => Self::explained(exit, error),
        };
        command.reference(reference)
    }
}

impl CommandError {
    /// With what follows from the step that was not done: who can do it, and how to go on.
    pub(crate) fn at_step(self, step: Option<&Step>) -> Self {
        let Some(step) = step else { return self };
        let error = match step.administrator() {
            Some(who) if self.exit() == ExitCode::Permission => self.fix_first(format!(
                "\"{step}\" needs a {}: have one run the same command, or `exoctl setup apply FILE` on a plan written with --plan-file",
                who.name()
            )),
            _ => self,
        };
        error.fix("what was done before is kept; the same command goes on from there")
    }
}

/// How the program ends if the catalogue has no row for it.
fn exit(error: &SetupError) -> ExitCode {
    match error {
        SetupError::Graph(error) => graph_exit(error),
        SetupError::SignIn { .. } => ExitCode::Authentication,
        SetupError::NotAccepted(_) => ExitCode::Permission,
        _ => ExitCode::Failed,
    }
}

fn graph_exit(error: &GraphError) -> ExitCode {
    match error {
        GraphError::Credential { source, .. } if source.is_transient() => ExitCode::Unavailable,
        GraphError::Credential { .. } => ExitCode::Authentication,
        GraphError::Transport { .. } => ExitCode::Unavailable,
        _ => ExitCode::Failed,
    }
}

/// What Microsoft's support asks for.
fn reference(error: &SetupError) -> Option<String> {
    let SetupError::Graph(error) = error else { return None };
    let refusal = error.refusal()?;
    let id = refusal.request_id.as_ref()?;
    let date = refusal.date.as_deref().unwrap_or("unknown");
    Some(format!("request {id}, {date}"))
}
