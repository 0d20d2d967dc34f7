//! The tenant's directory: applications, service principals, and who was given what.
//!
//! Graph writes it, Entra issues tokens from what it holds at that moment.

mod application;
mod assignment;
mod policy;
mod principal;
mod register;
mod replication;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(crate) use application::{Application, PasswordCredential};
pub(crate) use assignment::{AppRoleAssignment, PermissionGrant, RoleAssignment};
pub(crate) use policy::{AppManagementPolicy, CustomPolicy, Policies, PolicyViolation};
pub(crate) use principal::ServicePrincipal;
pub(crate) use replication::{Before, Lag, Replica, Replication};

use crate::entra::{RESOURCES, Resource};

/// Days for which a deleted object can be restored, Learn on deleted items.
const KEPT_DAYS: i64 = 30;

/// Everything that the directory of a tenant holds.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Directory {
    /// The applications.
    pub applications: Vec<Application>,
    /// The service principals, without Microsoft's own.
    pub service_principals: Vec<ServicePrincipal>,
    /// Consent: which application role which principal has.
    pub app_role_assignments: Vec<AppRoleAssignment>,
    /// What people let a client do in their names.
    pub permission_grants: Vec<PermissionGrant>,
    /// Client ids of Microsoft's applications that have no service principal here.
    pub absent_resources: Vec<Uuid>,
    /// Directory roles of principals.
    pub role_assignments: Vec<RoleAssignment>,
    /// What was deleted and can be restored.
    pub deleted: Vec<Deleted>,
    /// What the tenant allows.
    pub policies: Policies,
}

/// An object that was deleted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Deleted {
    /// When.
    pub at: Timestamp,
    /// What.
    pub object: DeletedObject,
}

/// What can be restored.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum DeletedObject {
    /// An application.
    Application(Box<Application>),
    /// A service principal.
    ServicePrincipal(ServicePrincipal),
}

impl Deleted {
    /// The object's id.
    pub(crate) fn id(&self) -> Uuid {
        match &self.object {
            DeletedObject::Application(application) => application.object_id,
            DeletedObject::ServicePrincipal(principal) => principal.object_id,
        }
    }
}

impl Directory {
    /// The application with a client id.
    pub(crate) fn by_app_id(&self, app_id: Uuid) -> Option<&Application> {
        self.applications.iter().find(|application| application.app_id == app_id)
    }

    /// The application with an object id.
    pub(crate) fn application(&self, object_id: Uuid) -> Option<&Application> {
        self.applications.iter().find(|application| application.object_id == object_id)
    }

    /// The application with an object id, to change.
    pub(crate) fn application_mut(&mut self, object_id: Uuid) -> Option<&mut Application> {
        self.applications.iter_mut().find(|application| application.object_id == object_id)
    }

    /// The service principal of an application.
    pub(crate) fn principal_of(&self, app_id: Uuid) -> Option<&ServicePrincipal> {
        self.service_principals.iter().find(|principal| principal.app_id == app_id)
    }

    /// The service principal with an object id.
    pub(crate) fn principal(&self, object_id: Uuid) -> Option<&ServicePrincipal> {
        self.service_principals.iter().find(|principal| principal.object_id == object_id)
    }

    /// Microsoft's own applications that have a service principal here.
    pub(crate) fn resources(&self) -> impl Iterator<Item = &'static Resource> {
        RESOURCES.iter().filter(|resource| !self.absent_resources.contains(&resource.app_id))
    }

    /// Takes one of Microsoft's service principals away, and what was granted of it.
    pub(crate) fn delete_resource(&mut self, app_id: Uuid) {
        self.absent_resources.push(app_id);
        self.app_role_assignments.retain(|known| known.resource_app_id != app_id);
        self.permission_grants.retain(|known| known.resource_app_id != app_id);
    }

    /// The application roles of a resource that a principal has, as `roles` of its tokens name them.
    /// Consent to `Exchange.ManageAsApp` is good for both admin APIs: assumed.
    pub(crate) fn app_roles<'a>(
        &'a self,
        principal: Uuid,
        resource: &'static Resource,
    ) -> impl Iterator<Item = (&'a AppRoleAssignment, &'static str)> {
        self.app_role_assignments.iter().filter_map(move |assignment| {
            if assignment.principal_id != principal {
                return None;
            }
            let granted =
                RESOURCES.iter().find(|known| known.app_id == assignment.resource_app_id)?;
            let role = granted.app_roles.iter().find(|role| role.id == assignment.app_role_id)?;
            let counts = granted.app_id == resource.app_id
                || (granted.is_admin_api() && resource.is_admin_api());
            counts.then_some((assignment, role.value))
        })
    }

    /// The directory roles of a principal, for the whole tenant.
    pub(crate) fn roles(&self, principal: Uuid) -> impl Iterator<Item = &RoleAssignment> {
        self.role_assignments.iter().filter(move |assignment| {
            assignment.principal_id == principal && assignment.directory_scope_id == "/"
        })
    }

    /// Deletes an application and with it its service principal.
    pub(crate) fn delete_application(&mut self, object_id: Uuid, now: Timestamp) -> bool {
        let Some(index) = self.applications.iter().position(|known| known.object_id == object_id)
        else {
            return false;
        };
        let application = self.applications.remove(index);
        if let Some(principal) = self.principal_of(application.app_id) {
            self.delete_principal(principal.object_id, now);
        }
        let object = DeletedObject::Application(Box::new(application));
        self.deleted.push(Deleted { at: now, object });
        true
    }

    /// Deletes a service principal; what it was given is gone.
    pub(crate) fn delete_principal(&mut self, object_id: Uuid, now: Timestamp) -> bool {
        let mut all = self.service_principals.iter();
        let Some(index) = all.position(|known| known.object_id == object_id) else { return false };
        let principal = self.service_principals.remove(index);
        // A service principal that is made anew is another object.
        for application in &mut self.applications {
            if application.app_id == principal.app_id {
                application.principal_id = Uuid::new_v4();
            }
        }
        self.app_role_assignments.retain(|assignment| assignment.principal_id != object_id);
        self.role_assignments.retain(|assignment| assignment.principal_id != object_id);
        self.permission_grants.retain(|grant| grant.client_id != object_id);
        self.deleted.push(Deleted { at: now, object: DeletedObject::ServicePrincipal(principal) });
        true
    }

    /// Forgets what was deleted too long ago.
    pub(crate) fn forget_deleted(&mut self, now: Timestamp) {
        let horizon = now.as_second() - KEPT_DAYS * 86_400;
        self.deleted.retain(|deleted| deleted.at.as_second() > horizon);
    }
}
