//! The people who sign in: administrators, with the directory roles that somebody chose for them.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::config::mix;
use crate::role::DirectoryRole;

/// Who signs in when a browser or a device code asks, and how that goes. At first that is a Global
/// Administrator who agrees to everything, after one poll of a device code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Administrator {
    roles: Vec<Uuid>,
    declines: bool,
    refusal: Option<SignInRefusal>,
    pending_polls: u32,
    slow_down: bool,
}

/// Why Entra refuses somebody who would have agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum SignInRefusal {
    /// A Conditional Access policy blocks it, device codes say (AADSTS53003).
    BlockedByPolicy,
    /// The client is for assigned users only (AADSTS50105).
    NotAssigned,
    /// Nobody has consented to the client (AADSTS65001).
    ConsentMissing,
    /// Only an administrator may consent (AADSTS90094).
    AdministratorConsentNeeded,
}

impl Default for Administrator {
    fn default() -> Self {
        Self::new([DirectoryRole::GlobalAdministrator])
    }
}

impl Administrator {
    /// Somebody with these directory roles; with none it is a plain user.
    pub fn new(roles: impl IntoIterator<Item = DirectoryRole>) -> Self {
        let roles = roles.into_iter().map(DirectoryRole::template_id).collect();
        Self { roles, declines: false, refusal: None, pending_polls: 1, slow_down: false }
    }

    /// Declines whatever is asked.
    pub fn declining(mut self) -> Self {
        self.declines = true;
        self
    }

    /// Is refused by Entra.
    pub fn refused(mut self, refusal: SignInRefusal) -> Self {
        self.refusal = Some(refusal);
        self
    }

    /// Lets so many polls of a device code go by before answering.
    pub fn after_polls(mut self, polls: u32) -> Self {
        self.pending_polls = polls;
        self
    }

    /// Has the first poll of a device code answered with `slow_down`, RFC 8628 §3.5.
    pub fn slowing_down(mut self) -> Self {
        self.slow_down = true;
        self
    }

    pub(crate) fn person(&self) -> Person {
        Person::with_roles(&self.roles)
    }

    pub(crate) const fn declines(&self) -> bool {
        self.declines
    }

    pub(crate) const fn refusal(&self) -> Option<SignInRefusal> {
        self.refusal
    }

    pub(crate) const fn pending_polls(&self) -> u32 {
        self.pending_polls
    }

    pub(crate) const fn slows_down(&self) -> bool {
        self.slow_down
    }
}

/// What token of an administrator is wanted: for Microsoft Graph with everything that setting up an
/// application needs, unless said otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AdminTokenRequest {
    roles: Vec<Uuid>,
    #[serde(default)]
    resource: AdminResource,
    #[serde(default)]
    scopes: Vec<String>,
}

/// For what an administrator's token is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum AdminResource {
    #[default]
    Graph,
    Exchange,
    Compliance,
}

/// A token that cannot be asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AdminTokenError {
    /// No permission of that name can be delegated.
    #[error("there is no delegated permission {0:?}")]
    UnknownScope(String),
    /// A role id that is no directory role's.
    #[error("there is no directory role with the template id {0}")]
    UnknownRole(Uuid),
}

impl AdminTokenRequest {
    /// A token for somebody with these directory roles; with none it is a plain user.
    pub fn new(roles: impl IntoIterator<Item = DirectoryRole>) -> Self {
        let roles = roles.into_iter().map(DirectoryRole::template_id).collect();
        Self { roles, resource: AdminResource::Graph, scopes: Vec::new() }
    }

    /// A token for Exchange instead of Graph.
    pub fn for_exchange(mut self) -> Self {
        self.resource = AdminResource::Exchange;
        self
    }

    /// A token for Security & Compliance instead of Graph.
    pub fn for_compliance(mut self) -> Self {
        self.resource = AdminResource::Compliance;
        self
    }

    /// Only these delegated permissions, `Application.ReadWrite.All` say.
    pub fn with_scopes(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// The person, once every role is known.
    pub(crate) fn person(&self) -> Result<Person, AdminTokenError> {
        match self.roles.iter().find(|id| DirectoryRole::from_template_id(**id).is_none()) {
            Some(id) => Err(AdminTokenError::UnknownRole(*id)),
            None => Ok(Person::with_roles(&self.roles)),
        }
    }

    pub(crate) const fn resource(&self) -> AdminResource {
        self.resource
    }

    pub(crate) fn scopes(&self) -> &[String] {
        &self.scopes
    }
}

/// A user as tokens show them. The same roles make the same person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    pub object_id: Uuid,
    /// The part of the sign-in name before the `@`.
    pub alias: String,
    pub display_name: String,
    pub roles: Vec<Uuid>,
}

impl Person {
    fn with_roles(roles: &[Uuid]) -> Self {
        let names: Vec<&str> = roles
            .iter()
            .filter_map(|id| DirectoryRole::from_template_id(*id))
            .map(DirectoryRole::display_name)
            .collect();
        let display_name = match names.first() {
            None => "Plain User".to_owned(),
            Some(first) => (*first).to_owned(),
        };
        let alias = match &names[..] {
            ["Global Administrator"] => "admin".to_owned(),
            _ => display_name.to_lowercase().replace(' ', "."),
        };
        let seed =
            names.concat().bytes().fold(0x0061_646d_696e, |seed, byte| mix(seed ^ u64::from(byte)));
        let object_id = Uuid::from_u64_pair(mix(seed), mix(seed ^ 1));
        let object_id = uuid::Builder::from_random_bytes(*object_id.as_bytes()).into_uuid();
        Self { object_id, alias, display_name, roles: roles.to_vec() }
    }
}
