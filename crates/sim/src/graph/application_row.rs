//! An application as Graph shows it.

use serde_json::{Map, Value, json};

use crate::directory::{Application, PasswordCredential};
use crate::entra::KeyCredential;
use crate::tenant::Tenant;

/// The properties that may be written, with what they are when nobody has written them. The order is
/// that of the documentation's examples.
const WRITABLE: [(&str, &str); 22] = [
    ("description", "null"),
    ("groupMembershipClaims", "null"),
    ("identifierUris", "[]"),
    ("isDeviceOnlyAuthSupported", "null"),
    ("isDisabled", "null"),
    ("isFallbackPublicClient", "null"),
    ("notes", "null"),
    ("serviceManagementReference", "null"),
    ("signInAudience", "\"AzureADandPersonalMicrosoftAccount\""),
    ("tags", "[]"),
    ("tokenEncryptionKeyId", "null"),
    ("optionalClaims", "null"),
    ("servicePrincipalLockConfiguration", "null"),
    ("addIns", "[]"),
    (
        "api",
        r#"{"acceptMappedClaims":null,"knownClientApplications":[],"requestedAccessTokenVersion":null,"oauth2PermissionScopes":[],"preAuthorizedApplications":[]}"#,
    ),
    ("appRoles", "[]"),
    (
        "info",
        r#"{"logoUrl":null,"marketingUrl":null,"privacyStatementUrl":null,"supportUrl":null,"termsOfServiceUrl":null}"#,
    ),
    ("parentalControlSettings", r#"{"countriesBlockedForMinors":[],"legalAgeGroupRule":"Allow"}"#),
    ("publicClient", r#"{"redirectUris":[]}"#),
    ("requiredResourceAccess", "[]"),
    ("spa", r#"{"redirectUris":[]}"#),
    (
        "web",
        r#"{"homePageUrl":null,"logoutUrl":null,"redirectUris":[],"implicitGrantSettings":{"enableAccessTokenIssuance":false,"enableIdTokenIssuance":false},"redirectUriSettings":[]}"#,
    ),
];

/// Whether a property of an application may be written as it is.
pub(super) fn is_writable(property: &str) -> bool {
    WRITABLE.iter().any(|(name, _)| *name == property)
}

/// An application; `with_keys` shows the certificates themselves.
pub(super) fn row(tenant: &Tenant, application: &Application, with_keys: bool) -> Value {
    let keys = application.key_credentials.iter().map(|key| key_row(key, with_keys));
    let passwords = application.password_credentials.iter().map(password_row);
    let mut row = json!({
        "id": application.object_id,
        "deletedDateTime": null,
        "appId": application.app_id,
        "applicationTemplateId": null,
        "disabledByMicrosoftStatus": null,
        "createdDateTime": second(application.created),
        "displayName": application.display_name,
        "publisherDomain": tenant.organization(),
        "uniqueName": application.unique_name,
    });
    if let Some(row) = row.as_object_mut() {
        row.extend(properties(&application.properties));
        row.insert("keyCredentials".to_owned(), keys.collect());
        row.insert("passwordCredentials".to_owned(), passwords.collect());
    }
    row
}

/// A certificate; `key` is null in every read but that of a single object with `$select`.
pub(super) fn key_row(key: &KeyCredential, with_key: bool) -> Value {
    json!({
        "customKeyIdentifier": key.custom_key_identifier.as_ref().unwrap_or(&key.thumbprint),
        "displayName": key.display_name,
        "endDateTime": second(key.end),
        "key": with_key.then_some(&key.certificate),
        "keyId": key.key_id,
        "startDateTime": second(key.start),
        "type": "AsymmetricX509Cert",
        "usage": "Verify",
    })
}

/// A secret, without the secret.
pub(super) fn password_row(password: &PasswordCredential) -> Value {
    json!({
        "customKeyIdentifier": null,
        "displayName": password.display_name,
        "endDateTime": second(password.end),
        "hint": password.hint,
        "keyId": password.key_id,
        "secretText": null,
        "startDateTime": second(password.start),
    })
}

/// A time without fractions, as Graph writes it.
pub(super) fn second(time: jiff::Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// What was written, over what there is by itself. An object that was written in part keeps the rest.
fn properties(written: &Map<String, Value>) -> impl Iterator<Item = (String, Value)> {
    WRITABLE.iter().map(|(name, default)| {
        let mut value: Value = serde_json::from_str(default).expect("the table holds JSON");
        match (written.get(*name), value.as_object_mut()) {
            (Some(Value::Object(part)), Some(whole)) => {
                whole.extend(part.iter().map(|(name, value)| (name.clone(), value.clone())));
            }
            (Some(written), _) => value = written.clone(),
            (None, _) => {}
        }
        ((*name).to_owned(), value)
    })
}
