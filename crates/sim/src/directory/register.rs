//! Registering applications from the control port, all at once.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::{AppRoleAssignment, Application, Directory, RoleAssignment, ServicePrincipal};
use crate::entra::{ACTIVITY_FEED_READ, EXCHANGE, KeyCredential, MANAGE_AS_APP, MANAGEMENT};
use crate::registration::{Registered, Registration, RegistrationError};
use crate::role::DirectoryRole;

impl Directory {
    /// Does what a registration asks for.
    pub(crate) fn register(
        &mut self,
        registration: &Registration,
        now: Timestamp,
    ) -> Result<Registered, RegistrationError> {
        let keys = registration
            .certificates
            .iter()
            .map(|text| STANDARD.decode(text).map_err(|_| RegistrationError::NotACertificate))
            .map(|bytes| KeyCredential::read(&bytes?))
            .collect::<Result<Vec<_>, _>>()?;
        let mut roles = registration.roles.iter();
        if let Some(id) = roles.find(|id| DirectoryRole::from_template_id(**id).is_none()) {
            return Err(RegistrationError::UnknownRole(*id));
        }
        let application = self.find_or_create(registration, now);
        for key in keys {
            if application.key_credentials.iter().all(|known| known.sha256 != key.sha256) {
                application.key_credentials.push(key);
            }
        }
        if let Some(name) = &registration.name {
            application.display_name.clone_from(name);
        }
        let public = json!(registration.public_client);
        application.properties.insert("isFallbackPublicClient".to_owned(), public);
        application.blocked = registration.blocked;
        let (app_id, object_id) = (application.app_id, application.principal_id);
        self.register_principal(registration, app_id, object_id, now);
        Ok(Registered { app_id, object_id })
    }

    /// The service principal, its consent and its directory roles.
    fn register_principal(
        &mut self,
        registration: &Registration,
        app_id: Uuid,
        object_id: Uuid,
        now: Timestamp,
    ) {
        let name = self.by_app_id(app_id).map(|known| known.display_name.clone());
        if registration.service_principal && self.principal_of(app_id).is_none() {
            self.service_principals.push(ServicePrincipal {
                object_id,
                app_id,
                display_name: String::new(),
                enabled: true,
                created: now,
                owners: Vec::new(),
                properties: serde_json::Map::new(),
            });
        }
        let mut principals = self.service_principals.iter_mut();
        if let Some(principal) = principals.find(|known| known.app_id == app_id) {
            principal.enabled = registration.enabled;
            principal.display_name = name.unwrap_or_default();
        }
        for (wanted, resource, role) in [
            (registration.consent, EXCHANGE, MANAGE_AS_APP),
            (registration.activity_feed, MANAGEMENT, ACTIVITY_FEED_READ),
        ] {
            let mut given = self.app_role_assignments.iter();
            let consented =
                given.any(|known| known.principal_id == object_id && known.app_role_id == role);
            if wanted && !consented {
                let consent = AppRoleAssignment::new(object_id, resource, role, now);
                self.app_role_assignments.push(consent);
            }
        }
        for role in &registration.roles {
            if self.roles(object_id).all(|known| known.role_definition_id != *role) {
                self.role_assignments.push(RoleAssignment::new(object_id, *role, "/"));
            }
        }
    }

    fn find_or_create(&mut self, registration: &Registration, now: Timestamp) -> &mut Application {
        let app_id = registration.app_id.unwrap_or_else(Uuid::new_v4);
        let found = self.applications.iter().position(|known| known.app_id == app_id);
        let index = found.unwrap_or_else(|| {
            let mut application = Application::new(app_id, "exoctl", now);
            application.properties.extend([
                ("signInAudience".to_owned(), json!("AzureADMyOrg")),
                (
                    "requiredResourceAccess".to_owned(),
                    json!([{
                        "resourceAppId": EXCHANGE,
                        "resourceAccess": [{"id": MANAGE_AS_APP, "type": "Role"}],
                    }]),
                ),
            ]);
            self.applications.push(application);
            self.applications.len() - 1
        });
        &mut self.applications[index]
    }
}
