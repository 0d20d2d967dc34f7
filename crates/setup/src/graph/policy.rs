//! What a tenant demands of new credentials.

use jiff::{Span, Timestamp};
use serde::Deserialize;

/// What the tenant demands of the credentials of applications. Learn, "Tenant app management
/// policy".
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AppManagementPolicy {
    /// Whether it is in force.
    #[serde(default)]
    pub is_enabled: bool,
    /// What it demands of applications; a policy for chosen ones calls it `restrictions`.
    #[serde(default, alias = "restrictions")]
    application_restrictions: Restrictions,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Restrictions {
    #[serde(default)]
    key_credentials: Option<Vec<KeyRestriction>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeyRestriction {
    #[serde(default)]
    restriction_type: String,
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    max_lifetime: Option<String>,
    #[serde(default)]
    restrict_for_apps_created_after_date_time: Option<Timestamp>,
}

/// What the tenant allows its users. Learn, "authorizationPolicy".
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuthorizationPolicy {
    #[serde(default)]
    default_user_role_permissions: DefaultPermissions,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DefaultPermissions {
    #[serde(default)]
    allowed_to_create_apps: Option<bool>,
}

impl AuthorizationPolicy {
    /// Whether users without a directory role may not register applications.
    pub(crate) fn forbids_users_to_register(&self) -> bool {
        self.default_user_role_permissions.allowed_to_create_apps == Some(false)
    }
}

impl AppManagementPolicy {
    /// How long a certificate may be valid, for an application that was made then (now, if it is
    /// still to be made).
    pub fn longest_validity(&self, made: Timestamp) -> Option<Span> {
        let limit =
            |restriction: &KeyRestriction| restriction.max_lifetime.as_deref()?.parse().ok();
        self.restrictions("asymmetricKeyLifetime", made).find_map(limit)
    }

    /// Whether only certificates of trusted authorities are taken.
    pub fn forbids_self_signed(&self, made: Timestamp) -> bool {
        self.restrictions("trustedCertificateAuthority", made).next().is_some()
    }

    fn restrictions(
        &self,
        kind: &'static str,
        made: Timestamp,
    ) -> impl Iterator<Item = &KeyRestriction> {
        let all = self.application_restrictions.key_credentials.iter().flatten();
        let enabled = self.is_enabled;
        all.filter(move |restriction| {
            let state = restriction.state.as_deref().unwrap_or("enabled");
            let after = restriction.restrict_for_apps_created_after_date_time;
            enabled
                && restriction.restriction_type.eq_ignore_ascii_case(kind)
                && state.eq_ignore_ascii_case("enabled")
                && after.is_none_or(|after| made >= after)
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_policy_counts_while_it_is_enabled_and_for_applications_made_after_its_date() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let policy = |enabled: bool| -> AppManagementPolicy {
            serde_json::from_value(json!({
                "isEnabled": enabled,
                "applicationRestrictions": { "passwordCredentials": [], "keyCredentials": [{
                    "restrictionType": "asymmetricKeyLifetime", "maxLifetime": "P180D",
                    "restrictForAppsCreatedAfterDateTime": "2024-01-01T00:00:00Z" }] },
            }))
            .unwrap()
        };
        let longest = policy(true).longest_validity(at("2026-01-01T00:00:00Z")).unwrap();
        assert_eq!(longest.to_string(), "P180D");
        assert!(policy(true).longest_validity(at("2023-01-01T00:00:00Z")).is_none());
        assert!(policy(false).longest_validity(at("2026-01-01T00:00:00Z")).is_none());
        assert!(!policy(true).forbids_self_signed(at("2026-01-01T00:00:00Z")));
    }
}
