//! What the tenant allows applications and those who register them.

use jiff::{Span, Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::entra::KeyCredential;

/// The policies of a tenant.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Policies {
    /// What credentials applications may have.
    pub app_management: AppManagementPolicy,
    /// Policies for chosen applications.
    pub custom: Vec<CustomPolicy>,
    /// Whether users without a directory role may register applications.
    pub users_may_register: bool,
}

/// `defaultAppManagementPolicy`: what is written is what is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AppManagementPolicy {
    pub is_enabled: bool,
    pub application_restrictions: Value,
    pub service_principal_restrictions: Value,
}

/// `appManagementPolicy`: it takes the place of the default one for the applications it is put on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CustomPolicy {
    pub id: Uuid,
    pub display_name: String,
    pub is_enabled: bool,
    pub restrictions: Value,
    /// Object ids of the applications that it is put on.
    pub applies_to: Vec<Uuid>,
}

/// Why a policy refuses a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PolicyViolation {
    /// It is valid for too long; the longest, as the policy writes it.
    Lifetime(String),
    /// It was not issued by a trusted authority.
    SelfSigned,
}

impl Default for Policies {
    fn default() -> Self {
        Self {
            app_management: AppManagementPolicy::default(),
            custom: Vec::new(),
            users_may_register: true,
        }
    }
}

impl Default for AppManagementPolicy {
    fn default() -> Self {
        let none = || json!({"passwordCredentials": [], "keyCredentials": []});
        Self {
            is_enabled: false,
            application_restrictions: none(),
            service_principal_restrictions: none(),
        }
    }
}

impl Policies {
    /// Whether a new certificate on an application made at `created` is allowed.
    pub(crate) fn check(
        &self,
        key: &KeyCredential,
        application: Uuid,
        created: Timestamp,
    ) -> Result<(), PolicyViolation> {
        let mut custom = self.custom.iter().filter(|policy| policy.is_enabled);
        let custom = custom.find(|policy| policy.applies_to.contains(&application));
        let default = &self.app_management;
        let restrictions = match custom {
            Some(policy) => policy.restrictions["keyCredentials"].as_array(),
            None if default.is_enabled => {
                default.application_restrictions["keyCredentials"].as_array()
            }
            None => None,
        };
        for restriction in restrictions.into_iter().flatten() {
            let applies = restriction["state"] != "disabled"
                && restriction["restrictForAppsCreatedAfterDateTime"]
                    .as_str()
                    .and_then(|text| text.parse::<Timestamp>().ok())
                    .is_none_or(|after| created >= after);
            match restriction["restrictionType"].as_str() {
                Some("asymmetricKeyLifetime") if applies => {
                    let longest = restriction["maxLifetime"].as_str().unwrap_or_default();
                    if latest_end(key.start, longest).is_some_and(|latest| key.end > latest) {
                        return Err(PolicyViolation::Lifetime(longest.to_owned()));
                    }
                }
                Some("trustedCertificateAuthority") if applies && key.is_self_signed() => {
                    return Err(PolicyViolation::SelfSigned);
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// The end of a lifetime that is written as ISO 8601 has it, `P180D` say.
fn latest_end(start: Timestamp, lifetime: &str) -> Option<Timestamp> {
    let lifetime: Span = lifetime.parse().ok()?;
    let end = start.to_zoned(TimeZone::UTC).checked_add(lifetime).ok()?;
    Some(end.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_are_iso_8601() {
        let start: Timestamp = "2026-01-31T00:00:00Z".parse().unwrap();
        for (lifetime, end) in [
            ("P180D", "2026-07-30T00:00:00Z"),
            ("P1Y", "2027-01-31T00:00:00Z"),
            ("PT24H", "2026-02-01T00:00:00Z"),
        ] {
            assert_eq!(latest_end(start, lifetime).unwrap().to_string(), end, "{lifetime}");
        }
        assert_eq!(latest_end(start, "half a year"), None);
    }
}
