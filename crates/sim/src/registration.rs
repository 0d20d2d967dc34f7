//! Applications as an administrator registers them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::role::DirectoryRole;

/// What an administrator does for an application: create it, add a certificate, consent, assign
/// roles. Naming an existing application adds to it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::struct_excessive_bools, reason = "each is one switch of the portal")]
pub struct Registration {
    pub(crate) app_id: Option<Uuid>,
    pub(crate) name: Option<String>,
    /// Base64 of what was given, DER or PEM.
    pub(crate) certificates: Vec<String>,
    pub(crate) roles: Vec<Uuid>,
    pub(crate) consent: bool,
    pub(crate) service_principal: bool,
    pub(crate) enabled: bool,
    pub(crate) public_client: bool,
    pub(crate) blocked: bool,
    pub(crate) impersonation: bool,
    pub(crate) activity_feed: bool,
}

impl Default for Registration {
    fn default() -> Self {
        Self {
            app_id: None,
            name: None,
            certificates: Vec::new(),
            roles: Vec::new(),
            consent: true,
            service_principal: true,
            enabled: true,
            public_client: false,
            blocked: false,
            impersonation: false,
            activity_feed: false,
        }
    }
}

impl Registration {
    /// An application with this certificate (DER or PEM) and consent to `Exchange.ManageAsApp`,
    /// without any role.
    pub fn new(certificate: impl AsRef<[u8]>) -> Self {
        Self::default().with_certificate(certificate)
    }

    /// Adds to the application with this client id, or creates it with that id.
    pub fn with_app_id(mut self, app_id: Uuid) -> Self {
        self.app_id = Some(app_id);
        self
    }

    /// Adds one more certificate, DER or PEM.
    pub fn with_certificate(mut self, certificate: impl AsRef<[u8]>) -> Self {
        self.certificates.push(STANDARD.encode(certificate));
        self
    }

    /// Gives the application its display name.
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Assigns a directory role.
    pub fn with_role(mut self, role: DirectoryRole) -> Self {
        self.roles.push(role.template_id());
        self
    }

    /// Leaves `Exchange.ManageAsApp` without an administrator's consent: tokens get no `roles`.
    pub fn without_consent(mut self) -> Self {
        self.consent = false;
        self
    }

    /// Leaves the application without a service principal (AADSTS7000229).
    pub fn without_service_principal(mut self) -> Self {
        self.service_principal = false;
        self
    }

    /// Disables the service principal (AADSTS7000112).
    pub fn disabled(mut self) -> Self {
        self.enabled = false;
        self
    }

    /// Makes it a public client (AADSTS700025).
    pub fn as_public_client(mut self) -> Self {
        self.public_client = true;
        self
    }

    /// Gives it Exchange's role `ApplicationImpersonation`, as somebody did before that was retired.
    /// It is not kept for the next start, as nothing of Exchange is.
    pub fn with_impersonation(mut self) -> Self {
        self.impersonation = true;
        self
    }

    /// Consents to `ActivityFeed.Read` of the Office 365 Management APIs too.
    pub fn with_activity_feed(mut self) -> Self {
        self.activity_feed = true;
        self
    }

    /// Blocks it by a Conditional Access policy (AADSTS53003).
    pub fn blocked_by_policy(mut self) -> Self {
        self.blocked = true;
        self
    }
}

/// An application that is registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Registered {
    /// The client id.
    pub app_id: Uuid,
    /// The object id of the service principal: `oid` and `sub` of its tokens.
    pub object_id: Uuid,
}

/// A certificate that cannot be registered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegistrationError {
    /// Neither DER nor PEM of an X.509 certificate.
    #[error("this is not an X.509 certificate in DER or PEM form")]
    NotACertificate,
    /// A file that holds a private key as well; only the public part belongs here.
    #[error("this file holds a private key; register the certificate alone")]
    PrivateKey,
    /// A role id that is no directory role's.
    #[error("there is no directory role with the template id {0}")]
    UnknownRole(Uuid),
}
