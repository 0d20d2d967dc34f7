//! Applications as an administrator registers them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::entra::KeyCredential;
use crate::role::DirectoryRole;

/// What an administrator does for an application: create it, add a certificate, consent, assign
/// roles. Naming an existing application adds to it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::struct_excessive_bools, reason = "each is one switch of the portal")]
pub struct Registration {
    app_id: Option<Uuid>,
    name: Option<String>,
    /// Base64 of what was given, DER or PEM.
    certificates: Vec<String>,
    roles: Vec<Uuid>,
    consent: bool,
    service_principal: bool,
    enabled: bool,
    public_client: bool,
    blocked: bool,
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

/// An application and its service principal as the directory keeps them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "each is one switch of the portal")]
pub(crate) struct Application {
    pub app_id: Uuid,
    /// Object id of the application.
    pub object_id: Uuid,
    /// Object id of the service principal.
    pub principal_id: Uuid,
    pub display_name: String,
    pub key_credentials: Vec<KeyCredential>,
    pub roles: Vec<Uuid>,
    pub consented: bool,
    pub has_service_principal: bool,
    pub enabled: bool,
    pub public_client: bool,
    pub blocked: bool,
}

/// The applications of a tenant.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Directory {
    applications: Vec<Application>,
}

impl Directory {
    /// Does what a registration asks for.
    pub(crate) fn register(
        &mut self,
        registration: Registration,
    ) -> Result<Registered, RegistrationError> {
        let keys = registration
            .certificates
            .iter()
            .map(|text| STANDARD.decode(text).map_err(|_| RegistrationError::NotACertificate))
            .map(|bytes| KeyCredential::read(&bytes?))
            .collect::<Result<Vec<_>, _>>()?;
        if let Some(id) =
            registration.roles.iter().find(|id| DirectoryRole::from_template_id(**id).is_none())
        {
            return Err(RegistrationError::UnknownRole(*id));
        }
        let application = self.find_or_create(&registration);
        for key in keys {
            if application.key_credentials.iter().all(|known| known.sha256 != key.sha256) {
                application.key_credentials.push(key);
            }
        }
        for role in registration.roles {
            if !application.roles.contains(&role) {
                application.roles.push(role);
            }
        }
        if let Some(name) = registration.name {
            application.display_name = name;
        }
        application.consented |= registration.consent;
        application.has_service_principal |= registration.service_principal;
        application.enabled = registration.enabled;
        application.public_client = registration.public_client;
        application.blocked = registration.blocked;
        Ok(Registered { app_id: application.app_id, object_id: application.principal_id })
    }

    /// The application with a client id.
    pub(crate) fn by_app_id(&self, app_id: Uuid) -> Option<&Application> {
        self.applications.iter().find(|application| application.app_id == app_id)
    }

    /// All applications.
    pub(crate) fn applications(&self) -> &[Application] {
        &self.applications
    }

    fn find_or_create(&mut self, registration: &Registration) -> &mut Application {
        let app_id = registration.app_id.unwrap_or_else(Uuid::new_v4);
        let found = self.applications.iter().position(|known| known.app_id == app_id);
        let index = found.unwrap_or_else(|| {
            self.applications.push(Application {
                app_id,
                object_id: Uuid::new_v4(),
                principal_id: Uuid::new_v4(),
                display_name: "exoctl".to_owned(),
                key_credentials: Vec::new(),
                roles: Vec::new(),
                consented: false,
                has_service_principal: false,
                enabled: true,
                public_client: false,
                blocked: false,
            });
            self.applications.len() - 1
        });
        &mut self.applications[index]
    }
}
