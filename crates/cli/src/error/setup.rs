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
        if let PlanError::NoFootprint { app_id } = &error {
            let trim = format!("take single things away: exoctl app trim --app-id {app_id} …");
            let error = Self::usage(error).fix("run it where setup ran, as the same user");
            return error.fix(trim);
        }
        Self::usage(error).fix("make a new plan: exoctl setup … --plan-file FILE")
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
        Self::usage(error).fix("write times as 1y, 6mo, 90d or 15m")
    }
}

impl From<UnknownRole> for CommandError {
    fn from(error: UnknownRole) -> Self {
        let names: Vec<&str> = Access::names().collect();
        Self::usage(error).fix(format!("use one of: {}", names.join(", ")))
    }
}

impl From<SetupError> for CommandError {
    fn from(error: SetupError) -> Self {
        let exit = exit(&error);
        let fixes = fixes(&error);
        let reference = reference(&error);
        let command = CommandError::explained(exit, error).reference(reference);
        fixes.into_iter().rev().fold(command, CommandError::fix_first)
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

fn exit(error: &SetupError) -> ExitCode {
    match error {
        SetupError::Graph(error) => graph_exit(error),
        SetupError::OtherTenant { .. }
        | SetupError::SignIn { .. }
        | SetupError::CertificateExpired { .. } => ExitCode::Authentication,
        SetupError::NoApplication { .. }
        | SetupError::NameTaken { .. }
        | SetupError::NoRoleGroup { .. }
        | SetupError::RoleGroupTaken { .. }
        | SetupError::NoRoleFor { .. } => ExitCode::Usage,
        SetupError::NotThereYet { .. } => ExitCode::Unavailable,
        SetupError::NotAccepted(_) | SetupError::NoExchangeSession => ExitCode::Permission,
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

fn fixes(error: &SetupError) -> Vec<String> {
    let texts: &[&str] = match error {
        SetupError::Graph(GraphError::Credential { .. }) => {
            &["get a new token of the administrator, or sign in without --access-token-file"]
        }
        SetupError::NoTenant => &["sign in as an administrator of the tenant"],
        SetupError::OtherTenant { .. } => {
            &["sign in to the tenant that --organization names, or name the other one"]
        }
        SetupError::NoExchange { .. } => &[
            "check that the tenant has a subscription with Exchange Online; the first one makes the service principal",
        ],
        SetupError::NoApplication { .. } => {
            &["check --app-id: the application (client) id, not the object id"]
        }
        SetupError::NameTaken { app_ids, .. } => {
            let adopt = match app_ids.as_slice() {
                [only] => format!("to take that one: --app-id {only}"),
                _ => "to take one of them: --app-id with its id".to_owned(),
            };
            return vec![adopt, "or choose another --name".to_owned()];
        }
        SetupError::NameHeld { .. } => &[
            "remove it for good: exoctl teardown --purge with the same --organization and --name",
            "or restore it in the portal: App registrations > Deleted applications",
            "or choose another --name",
        ],
        SetupError::CertificateTooLong { .. } => {
            &["choose a shorter time: --valid-for 90d; or a certificate that ends earlier"]
        }
        SetupError::SelfSignedForbidden => &[
            "have your authority issue a certificate: exoctl cert request --subject CN=… --out exo.csr, then exoctl cert complete",
            "then name it: --certificate-thumbprint THUMBPRINT",
        ],
        SetupError::CertificateExpired { .. } => {
            &["leave the certificate to setup, or name another one: exoctl cert list"]
        }
        SetupError::PlanOutdated { .. } => {
            &["look at a new plan: run setup or teardown again with --what-if or --plan-file"]
        }
        SetupError::NoCertificate => &["make the plan with --plan-file, which makes the key too"],
        SetupError::NoExchangeSession => {
            &["give --exchange-token-file too, or sign in without --access-token-file"]
        }
        SetupError::NoRoleGroup { .. } => {
            &["check the name: exoctl Get-RoleGroup", "or let setup make one: --for-cmdlets A,B"]
        }
        SetupError::RoleGroupTaken { .. } => {
            &["choose another --name", "or join it as it is: --role-group NAME"]
        }
        SetupError::NoRoleFor { .. } => &[
            "check the cmdlet's name; one that only Security & Compliance has is in no role of Exchange",
        ],
        SetupError::NotThereYet { .. } => {
            &["run the same command again: it goes on from there", "or wait longer: --wait 30m"]
        }
        _ => &[],
    };
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// What Microsoft's support asks for.
fn reference(error: &SetupError) -> Option<String> {
    let SetupError::Graph(error) = error else { return None };
    let refusal = error.refusal()?;
    let id = refusal.request_id.as_ref()?;
    let date = refusal.date.as_deref().unwrap_or("unknown");
    Some(format!("request {id}, {date}"))
}
