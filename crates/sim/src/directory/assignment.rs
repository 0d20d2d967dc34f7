//! What principals were given: application roles and directory roles.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An application role of a resource, given to a service principal: an administrator's consent.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AppRoleAssignment {
    /// Opaque.
    pub id: String,
    pub app_role_id: Uuid,
    /// Object id of the service principal that has it.
    pub principal_id: Uuid,
    /// Client id of the resource; its object id follows from the tenant.
    pub resource_app_id: Uuid,
    pub created: Timestamp,
}

/// A directory role, given to a principal.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RoleAssignment {
    /// Opaque.
    pub id: String,
    pub principal_id: Uuid,
    /// Template id of the role.
    pub role_definition_id: Uuid,
    /// `/` for the whole tenant.
    pub directory_scope_id: String,
}

/// Permissions of a resource that a client may use in people's names.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PermissionGrant {
    /// Opaque.
    pub id: String,
    /// Object id of the client's service principal.
    pub client_id: Uuid,
    /// The one person for whom it is; everybody when absent.
    pub principal_id: Option<Uuid>,
    /// Client id of the resource; its object id follows from the tenant.
    pub resource_app_id: Uuid,
    /// The permissions, with blanks between them.
    pub scope: String,
}

impl PermissionGrant {
    /// A new grant.
    pub(crate) fn new(
        client_id: Uuid,
        principal_id: Option<Uuid>,
        resource_app_id: Uuid,
        scope: &str,
    ) -> Self {
        let mut bytes = client_id.to_bytes_le().to_vec();
        bytes.extend(Uuid::new_v4().as_bytes());
        let id = URL_SAFE_NO_PAD.encode(bytes);
        Self { id, client_id, principal_id, resource_app_id, scope: scope.to_owned() }
    }
}

impl AppRoleAssignment {
    /// A new assignment.
    pub(crate) fn new(
        principal_id: Uuid,
        resource_app_id: Uuid,
        app_role_id: Uuid,
        created: Timestamp,
    ) -> Self {
        // Real ids are base64url too, and begin with the principal.
        let mut bytes = principal_id.to_bytes_le().to_vec();
        bytes.extend(Uuid::new_v4().as_bytes());
        let id = URL_SAFE_NO_PAD.encode(bytes);
        Self { id, app_role_id, principal_id, resource_app_id, created }
    }
}

impl RoleAssignment {
    /// A new assignment.
    pub(crate) fn new(principal_id: Uuid, role_definition_id: Uuid, scope: &str) -> Self {
        let mut bytes = role_definition_id.to_bytes_le().to_vec();
        bytes.extend(principal_id.to_bytes_le());
        bytes.push(u8::from(scope != "/"));
        Self {
            id: format!("{}-1", URL_SAFE_NO_PAD.encode(bytes)),
            principal_id,
            role_definition_id,
            directory_scope_id: scope.to_owned(),
        }
    }
}
