//! Objects of the directory, with the members that matter here.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use exoctl_certificate::{Certificate, Thumbprint};
use exoctl_model::{ClientId, ObjectId, Organization, TenantId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

/// The tenant.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// Its domains.
    #[serde(default)]
    pub verified_domains: Vec<VerifiedDomain>,
}

impl Tenant {
    /// The domain that the tenant was made with, which `-Organization` wants.
    pub fn initial_domain(&self) -> Option<Organization> {
        self.verified_domains.iter().find(|domain| domain.is_initial)?.name.parse().ok()
    }
}

/// A domain of the tenant.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct VerifiedDomain {
    /// Its name.
    pub name: String,
    /// Whether it is the `.onmicrosoft.com` one.
    #[serde(default)]
    pub is_initial: bool,
}

/// An application registration.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Application {
    /// Its object id.
    pub id: ObjectId,
    /// Its client id.
    pub app_id: ClientId,
    /// What people call it.
    #[serde(default)]
    pub display_name: String,
    /// The name that it was made under, if it was made with one.
    #[serde(default)]
    pub unique_name: Option<String>,
    /// Who may sign in to it.
    #[serde(default)]
    pub sign_in_audience: Option<String>,
    /// The permissions that it asks for.
    #[serde(default)]
    pub required_resource_access: Vec<RequiredResourceAccess>,
    /// Its certificates.
    #[serde(default)]
    pub key_credentials: Vec<KeyCredential>,
    /// Its secrets.
    #[serde(default)]
    pub password_credentials: Vec<PasswordCredential>,
    /// When it was made.
    #[serde(default)]
    pub created_date_time: Option<Timestamp>,
}

impl Application {
    /// What it asks for, without one permission.
    pub fn asked_without(&self, permission: Uuid) -> Vec<RequiredResourceAccess> {
        let mut all = self.required_resource_access.clone();
        for access in &mut all {
            access.resource_access.retain(|asked| asked.id != permission);
        }
        all.retain(|access| !access.resource_access.is_empty());
        all
    }

    /// Whether accounts of other tenants may sign in to it.
    pub fn is_of_many_tenants(&self) -> bool {
        self.sign_in_audience.as_deref().is_some_and(|audience| audience != "AzureADMyOrg")
    }

    /// Its certificate of that thumbprint.
    pub fn key_credential(&self, thumbprint: &Thumbprint) -> Option<&KeyCredential> {
        self.key_credentials.iter().find(|key| key.thumbprint() == Some(*thumbprint))
    }

    /// The ids of its certificates.
    pub fn key_ids(&self) -> Vec<(Thumbprint, Uuid)> {
        let ids = |key: &KeyCredential| Some((key.thumbprint()?, key.key_id()?));
        self.key_credentials.iter().filter_map(ids).collect()
    }
}

/// Permissions that an application asks a resource for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RequiredResourceAccess {
    /// The resource's client id.
    pub resource_app_id: ClientId,
    /// The permissions.
    #[serde(default)]
    pub resource_access: Vec<ResourceAccess>,
}

impl RequiredResourceAccess {
    /// One application permission.
    pub fn role(resource: ClientId, role: Uuid) -> Self {
        let access = ResourceAccess { id: role, kind: "Role".to_owned() };
        Self { resource_app_id: resource, resource_access: vec![access] }
    }
}

/// A permission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ResourceAccess {
    /// Its id.
    pub id: Uuid,
    /// `Role` for application permissions, `Scope` for delegated ones.
    #[serde(rename = "type")]
    pub kind: String,
}

/// A certificate of an application, kept as it was read: an entry that is sent back changed is
/// refused, one that is left out is gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyCredential(Value);

impl KeyCredential {
    /// The entry for a certificate. Its identifier is left to the service, which takes the
    /// thumbprint.
    pub fn new(certificate: &Certificate, display_name: &str) -> Self {
        Self(json!({
            "type": "AsymmetricX509Cert",
            "usage": "Verify",
            "displayName": display_name,
            "key": STANDARD.encode(certificate.der()),
            "startDateTime": certificate.not_before(),
            "endDateTime": certificate.not_after(),
        }))
    }

    /// Its id.
    pub fn key_id(&self) -> Option<Uuid> {
        self.0["keyId"].as_str()?.parse().ok()
    }

    /// Its name.
    pub fn display_name(&self) -> Option<&str> {
        self.0["displayName"].as_str()
    }

    /// From when on it counts.
    pub fn start(&self) -> Option<Timestamp> {
        self.0["startDateTime"].as_str()?.parse().ok()
    }

    /// Until when it counts.
    pub fn end(&self) -> Option<Timestamp> {
        self.0["endDateTime"].as_str()?.parse().ok()
    }

    /// The certificate's thumbprint. Services and tools write it as hexadecimal digits, as base64 of
    /// the twenty bytes, or as base64 of the digits.
    pub fn thumbprint(&self) -> Option<Thumbprint> {
        let text = self.0["customKeyIdentifier"].as_str()?.trim();
        if let Ok(thumbprint) = text.parse() {
            return Some(thumbprint);
        }
        let standard = || STANDARD.decode(text).ok();
        let bytes =
            standard().or_else(|| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok())?;
        match <[u8; 20]>::try_from(bytes.as_slice()) {
            Ok(bytes) => Some(Thumbprint::from_bytes(bytes)),
            Err(_) => std::str::from_utf8(&bytes).ok()?.parse().ok(),
        }
    }
}

/// A secret of an application; the secret itself is never told.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PasswordCredential {
    /// Its id.
    #[serde(default)]
    pub key_id: Option<Uuid>,
    /// Its name.
    #[serde(default)]
    pub display_name: Option<String>,
    /// Until when it counts.
    #[serde(default)]
    pub end_date_time: Option<Timestamp>,
}

/// An application's identity in a tenant: the "enterprise application".
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ServicePrincipal {
    /// Its object id, which role assignments and Exchange want.
    pub id: ObjectId,
    /// The application's client id.
    pub app_id: ClientId,
    /// What people call it.
    #[serde(default)]
    pub display_name: String,
    /// Whether it may sign in.
    #[serde(default = "yes")]
    pub account_enabled: bool,
    /// The application roles that it offers.
    #[serde(default)]
    pub app_roles: Vec<AppRole>,
}

fn yes() -> bool {
    true
}

/// An application role that a resource offers.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct AppRole {
    /// Its id.
    pub id: Uuid,
    /// Its name in tokens.
    #[serde(default)]
    pub value: Option<String>,
}

/// Consent: an application role that a principal has.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AppRoleAssignment {
    /// Its id, opaque.
    pub id: String,
    /// The role.
    pub app_role_id: Uuid,
    /// The resource's service principal.
    pub resource_id: ObjectId,
    /// The resource's name.
    #[serde(default)]
    pub resource_display_name: Option<String>,
}

/// A directory role that a principal has.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DirectoryRoleAssignment {
    /// Its id.
    pub id: String,
    /// The role; of a built-in one this is its template's id.
    pub role_definition_id: Uuid,
    /// Where it counts; `/` is the tenant.
    #[serde(default)]
    pub directory_scope_id: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SHA-1 of the letters "abc": FIPS 180-4.
    const ABC: &str = "A9993E364706816ABA3E25717850C26C9CD0D89D";

    #[test]
    fn a_thumbprint_is_read_in_all_its_forms() {
        // base64 of the bytes and of the digits: `xxd -r -p | base64`, `base64`.
        for text in [
            ABC,
            "a9993e364706816aba3e25717850c26c9cd0d89d",
            "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=",
            "qZk-NkcGgWq6PiVxeFDCbJzQ2J0",
            "QTk5OTNFMzY0NzA2ODE2QUJBM0UyNTcxNzg1MEMyNkM5Q0QwRDg5RA==",
        ] {
            let key: KeyCredential =
                serde_json::from_value(json!({ "customKeyIdentifier": text })).unwrap();
            assert_eq!(key.thumbprint().unwrap().to_string(), ABC, "{text}");
        }
        let none: KeyCredential =
            serde_json::from_value(json!({ "customKeyIdentifier": "bmFtZQ==" })).unwrap();
        assert_eq!(none.thumbprint(), None);
    }

    #[test]
    fn a_key_credential_goes_back_as_it_came() {
        let text = r#"{"customKeyIdentifier":"A9","displayName":null,"endDateTime":"2027-01-01T00:00:00Z","key":null,"keyId":"9f7a1b2c-0000-4000-8000-0123456789ab","odd":[1]}"#;
        let key: KeyCredential = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&key).unwrap(), text);
        assert_eq!(key.end(), Some("2027-01-01T00:00:00Z".parse().unwrap()));
    }
}
