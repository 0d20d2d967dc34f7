//! What a plan leads to: an application that may run cmdlets, or nothing of it.

use exoctl_model::{Organization, TenantId};
use serde::{Deserialize, Serialize};

use crate::desired::{Desired, WantedApplication};
use crate::parts::Parts;

/// What a plan leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Goal {
    /// An application that may run cmdlets.
    Setup(Desired),
    /// Nothing of it.
    Teardown(Unwanted),
}

/// What is to be removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Unwanted {
    /// The tenant.
    pub tenant: TenantId,
    /// Its `.onmicrosoft.com` domain.
    pub organization: Organization,
    /// The application: one of setup's own, or one that loses parts and stays.
    pub application: WantedApplication,
    /// Only these parts of it; the application itself stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<Parts>,
    /// The role group that setup has made for it, if Exchange is to be asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_group: Option<String>,
    /// Whether it is also removed from the deleted items, where it could be restored for thirty
    /// days and keeps its name.
    pub purge: bool,
}

impl Goal {
    /// Which application it is about.
    pub fn application(&self) -> &WantedApplication {
        match self {
            Self::Setup(desired) => &desired.application,
            Self::Teardown(unwanted) => &unwanted.application,
        }
    }

    /// In which tenant.
    pub fn tenant(&self) -> TenantId {
        match self {
            Self::Setup(desired) => desired.tenant,
            Self::Teardown(unwanted) => unwanted.tenant,
        }
    }

    /// The role group that it is about.
    pub fn role_group(&self) -> Option<&str> {
        match self {
            Self::Setup(desired) => Some(desired.access.role_group.as_ref()?.name.as_str()),
            Self::Teardown(unwanted) => unwanted.role_group.as_deref(),
        }
    }

    /// Whether an administrator of Exchange has to do some of it.
    pub fn takes_exchange(&self) -> bool {
        let has_roles = |parts: &Parts| !parts.management_roles.is_empty();
        let of_exchange = matches!(
            self, Self::Teardown(Unwanted { parts: Some(parts), .. }) if has_roles(parts)
        );
        of_exchange || self.role_group().is_some()
    }

    /// The tenant's domain.
    pub fn organization(&self) -> &Organization {
        match self {
            Self::Setup(desired) => &desired.organization,
            Self::Teardown(unwanted) => &unwanted.organization,
        }
    }
}
