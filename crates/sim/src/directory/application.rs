//! Applications as the directory keeps them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::entra::KeyCredential;

/// An application.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Application {
    /// Client id.
    pub app_id: Uuid,
    /// Object id of the application.
    pub object_id: Uuid,
    /// The object id that its service principal has or will have.
    pub principal_id: Uuid,
    pub display_name: String,
    /// The name by which Graph can make or change it in one call.
    pub unique_name: Option<String>,
    pub created: Timestamp,
    /// Object ids of its owners.
    pub owners: Vec<Uuid>,
    pub key_credentials: Vec<KeyCredential>,
    pub password_credentials: Vec<PasswordCredential>,
    /// The other properties, as they were written.
    pub properties: Map<String, Value>,
    /// Whether a Conditional Access policy blocks it.
    pub blocked: bool,
}

/// A client secret, without the secret.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PasswordCredential {
    /// Graph's id of the entry.
    pub key_id: Uuid,
    pub display_name: Option<String>,
    /// The first three letters of the secret.
    pub hint: String,
    /// SHA-256 of the secret, upper-case hex.
    pub sha256: String,
    pub start: Timestamp,
    pub end: Timestamp,
}

impl Application {
    /// A new application without anything.
    pub(crate) fn new(app_id: Uuid, display_name: impl Into<String>, created: Timestamp) -> Self {
        Self {
            app_id,
            object_id: Uuid::new_v4(),
            principal_id: Uuid::new_v4(),
            display_name: display_name.into(),
            unique_name: None,
            created,
            owners: Vec::new(),
            key_credentials: Vec::new(),
            password_credentials: Vec::new(),
            properties: Map::new(),
            blocked: false,
        }
    }

    /// Whether it is a public client: "Allow public client flows" of the portal.
    pub(crate) fn is_public_client(&self) -> bool {
        self.properties.get("isFallbackPublicClient") == Some(&Value::Bool(true))
    }

    /// Whether the application itself is switched off.
    pub(crate) fn is_disabled(&self) -> bool {
        self.properties.get("isDisabled") == Some(&Value::Bool(true))
    }

    /// The redirect addresses of all its platforms.
    pub(crate) fn redirect_uris(&self) -> impl Iterator<Item = &str> {
        ["publicClient", "spa", "web"]
            .into_iter()
            .filter_map(|platform| self.properties.get(platform)?["redirectUris"].as_array())
            .flatten()
            .filter_map(Value::as_str)
    }
}
