//! The plan: what there is, what is to be made, changed and removed. A value that can be shown, kept in
//! a file, and carried out by somebody else.

use std::fmt::{self, Write as _};

use exoctl_certificate::Thumbprint;
use exoctl_identity::EXCHANGE_APP_ROLE;
use exoctl_model::ClientId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::goal::Goal;
use crate::well_known::EXCHANGE_ONLINE_NAME;

/// What leads from what there is to what is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Plan {
    /// The form of the file; [`Plan::FORMAT`].
    pub format: u32,
    /// What it leads to.
    pub goal: Goal,
    /// The steps in their order, with those that need nothing done.
    pub steps: Vec<Step>,
}

/// One thing that the tenant has or will have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Step {
    /// What becomes of it.
    pub change: Change,
    /// What it is.
    pub action: Action,
    /// What else is to be known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
}

/// What becomes of a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Change {
    /// It is made.
    Create,
    /// It is there and is changed.
    Update,
    /// It is removed.
    Remove,
    /// It is already right.
    Keep,
}

/// What a step is about. Things are named by what stays the same from plan to plan, so that a plan
/// can be compared with what there is when it is carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind")]
#[non_exhaustive]
pub enum Action {
    /// The key and its certificate, on this machine.
    Certificate {
        /// The certificate, if it is there.
        thumbprint: Option<Thumbprint>,
        /// For whom.
        subject: String,
    },
    /// The application registration.
    Application {
        /// What people call it.
        display_name: String,
        /// Its client id, if it is there.
        app_id: Option<ClientId>,
    },
    /// The permissions that it asks for.
    RequestedPermissions,
    /// The certificate on the application.
    KeyCredential {
        /// Which, if it is made.
        thumbprint: Option<Thumbprint>,
    },
    /// The service principal.
    ServicePrincipal,
    /// Admin consent.
    Consent,
    /// A directory role.
    DirectoryRole {
        /// Its name.
        name: String,
    },
    /// Exchange's own entry of the service principal.
    ExchangePrincipal,
    /// A role group of Exchange.
    RoleGroup {
        /// Its name.
        name: String,
    },
    /// The application's membership in it.
    RoleGroupMember {
        /// The group's name.
        group: String,
    },
    /// A certificate or a secret of the application, whoever has added it.
    Credential {
        /// Its id.
        key_id: Uuid,
        /// The certificate's thumbprint, or what people call it.
        name: Option<String>,
        /// Whether it is a secret.
        is_secret: bool,
    },
    /// Consent to one permission.
    AppRoleAssignment {
        /// Its id.
        assignment: String,
        /// Resource and permission.
        name: String,
        /// Whether the resource is Microsoft Graph.
        of_graph: bool,
    },
    /// A directory role that it has.
    RoleAssignment {
        /// The assignment's id.
        assignment: String,
        /// The role's name, or its id.
        name: String,
    },
    /// A management role of Exchange that it has directly.
    ManagementRole {
        /// The assignment's name.
        assignment: String,
        /// The role.
        role: String,
    },
    /// That accounts of other tenants may sign in to it.
    OtherTenants,
    /// The application among the deleted items.
    DeletedApplication {
        /// What people call it.
        display_name: String,
        /// Its client id.
        app_id: ClientId,
    },
}

/// The least directory role of the administrator who can do a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Administrator {
    /// May make applications and consent for every resource but Graph.
    CloudApplication,
    /// May assign directory roles.
    PrivilegedRole,
    /// May change role groups of Exchange.
    Exchange,
}

impl Plan {
    /// The form of plans that this version writes and reads.
    pub const FORMAT: u32 = 1;

    /// A plan in the present form.
    pub fn new(goal: Goal, steps: Vec<Step>) -> Self {
        Self { format: Self::FORMAT, goal, steps }
    }

    /// What there is to do.
    pub fn pending(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.change != Change::Keep)
    }

    /// Whether there is nothing to do.
    pub fn is_done(&self) -> bool {
        self.pending().next().is_none()
    }

    /// What there is to do here that `agreed` does not have: it has come up since that plan was agreed
    /// to. What that plan found already right may be made again: a server that is behind does not
    /// see it, or somebody has removed it, and it was agreed that it should be there.
    pub fn beyond<'a>(&'a self, agreed: &'a Self) -> impl Iterator<Item = &'a Step> {
        let covers = |known: &Step, step: &Step| {
            let again = known.change == Change::Keep && step.change == Change::Create;
            known.action.is_about_the_same(&step.action) && (known.change == step.change || again)
        };
        self.pending().filter(move |step| !agreed.steps.iter().any(|known| covers(known, step)))
    }

    /// How many steps of a kind there are.
    pub fn count(&self, change: Change) -> usize {
        self.steps.iter().filter(|step| step.change == change).count()
    }
}

impl Step {
    /// A step about `action`.
    pub fn new(change: Change, action: Action) -> Self {
        Self { change, action, details: Vec::new() }
    }

    /// With something else that is to be known.
    pub fn detail(mut self, text: impl Into<String>) -> Self {
        self.details.push(text.into());
        self
    }

    /// Who can do it.
    pub fn administrator(&self) -> Option<Administrator> {
        match self.action {
            _ if self.change == Change::Keep => None,
            Action::Certificate { .. } => None,
            Action::DirectoryRole { .. }
            | Action::RoleAssignment { .. }
            | Action::AppRoleAssignment { of_graph: true, .. } => {
                Some(Administrator::PrivilegedRole)
            }
            Action::ExchangePrincipal
            | Action::RoleGroup { .. }
            | Action::RoleGroupMember { .. }
            | Action::ManagementRole { .. } => Some(Administrator::Exchange),
            _ => Some(Administrator::CloudApplication),
        }
    }
}

impl Action {
    /// Whether it is about the same thing, which may have got an id in between.
    fn is_about_the_same(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Application { display_name: mine, .. },
                Self::Application { display_name: theirs, .. },
            ) => mine == theirs,
            _ => self == other,
        }
    }
}

impl Administrator {
    /// The role's display name.
    pub fn name(self) -> &'static str {
        match self {
            Self::CloudApplication => "Cloud Application Administrator",
            Self::PrivilegedRole => "Privileged Role Administrator",
            Self::Exchange => "Exchange Administrator",
        }
    }
}

impl Change {
    /// The sign in front of a step.
    pub fn sign(self) -> char {
        match self {
            Self::Create => '+',
            Self::Update => '~',
            Self::Remove => '-',
            Self::Keep => '=',
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate { thumbprint: Some(thumbprint), subject } => {
                write!(f, "certificate {thumbprint} ({subject})")
            }
            Self::Certificate { thumbprint: None, subject } => {
                write!(f, "key and certificate {subject} on this machine")
            }
            Self::Application { display_name, app_id: Some(id) } => {
                write!(f, "application \"{display_name}\" {id}")
            }
            Self::Application { display_name, app_id: None } => {
                write!(f, "application \"{display_name}\"")
            }
            Self::RequestedPermissions => f.write_str("requested permissions"),
            Self::KeyCredential { thumbprint: Some(thumbprint) } => {
                write!(f, "key credential {thumbprint}")
            }
            Self::KeyCredential { thumbprint: None } => {
                f.write_str("key credential of the new certificate")
            }
            Self::ServicePrincipal => f.write_str("service principal"),
            Self::Consent => {
                write!(f, "admin consent to {EXCHANGE_ONLINE_NAME} / {EXCHANGE_APP_ROLE}")
            }
            Self::DirectoryRole { name } | Self::RoleAssignment { name, .. } => {
                write!(f, "directory role {name}")
            }
            Self::ExchangePrincipal => f.write_str("service principal in Exchange"),
            Self::RoleGroup { name } => write!(f, "role group \"{name}\""),
            Self::RoleGroupMember { group } => write!(f, "membership in role group \"{group}\""),
            Self::Credential { key_id, name, is_secret } => {
                let kind = if *is_secret { "secret" } else { "key credential" };
                match name {
                    Some(name) => write!(f, "{kind} {name}"),
                    None => write!(f, "{kind} {key_id}"),
                }
            }
            Self::AppRoleAssignment { name, .. } => write!(f, "admin consent to {name}"),
            Self::ManagementRole { role, .. } => write!(f, "management role {role} in Exchange"),
            Self::OtherTenants => f.write_str("sign-in for accounts of other tenants"),
            Self::DeletedApplication { display_name, app_id } => {
                write!(f, "deleted application \"{display_name}\" {app_id}, for good")
            }
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.change.sign(), self.action)
    }
}

/// The plan as people read it: one line for each step, then what they come to.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut width = 0;
        let mut lines = Vec::new();
        for step in &self.steps {
            let line = step.to_string();
            width =
                width.max(if step.administrator().is_some() { line.chars().count() } else { 0 });
            lines.push(line);
        }
        for (step, line) in self.steps.iter().zip(lines) {
            match step.administrator() {
                Some(who) => writeln!(f, "  {line:width$}  [{}]", who.name())?,
                None => writeln!(f, "  {line}")?,
            }
            for detail in &step.details {
                writeln!(f, "      {detail}")?;
            }
        }
        if self.steps.is_empty() {
            return f.write_str("Nothing to do: there is nothing of it.");
        }
        f.write_char('\n')?;
        if self.is_done() {
            return f.write_str("Nothing to do: everything is already right.");
        }
        let count = |change| self.count(change);
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
