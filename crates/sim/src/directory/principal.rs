//! Service principals as the directory keeps them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

/// The service principal of an application of this tenant.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServicePrincipal {
    pub object_id: Uuid,
    /// Client id of its application.
    pub app_id: Uuid,
    pub display_name: String,
    /// Whether it may sign in.
    pub enabled: bool,
    pub created: Timestamp,
    /// Object ids of its owners.
    pub owners: Vec<Uuid>,
    /// The other properties, as they were written.
    pub properties: Map<String, Value>,
}
