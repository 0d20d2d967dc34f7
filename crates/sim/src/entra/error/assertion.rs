//! What client assertions are refused with.

use jiff::Timestamp;
use uuid::Uuid;

use super::EntraError;
use crate::entra::KeyCredential;

/// How often a date is written in an assertion's error, .NET's round-trip form.
const ROUND_TRIP: &str = "%Y-%m-%dT%H:%M:%S.%7fZ";
/// Where Entra sends people who have trouble with keys.
const KEY_ADVICE: &str = "Please visit the Azure Portal, Graph Explorer or directly use MS Graph to see configured keys for app Id";

impl EntraError {
    pub(in crate::entra) fn not_a_jwt() -> Self {
        Self::request(50_027, "JWT token is invalid or malformed.")
    }

    pub(in crate::entra) fn header_type() -> Self {
        Self::request(
            5_002_727,
            "Invalid JWT header type specified, must be 'JWT' or 'http://openid.net/specs/jwt/1.0'.",
        )
    }

    pub(in crate::entra) fn algorithm(name: &str) -> Self {
        Self::client(
            5_002_738,
            format!(
                "Invalid JWT token. '{name}' is not a supported signature algorithm. Supported signing algorithms are: 'RS256,RS384,RS512'"
            ),
        )
    }

    pub(in crate::entra) fn key_identifier_missing() -> Self {
        Self::client(
            5_002_723,
            "Invalid JWT token. No certificate SHA-1 thumbprint, certificate SHA-256 thumbprint, nor keyId specified in token header.",
        )
    }

    pub(in crate::entra) fn claim_missing(name: &str) -> Self {
        Self::request(
            90_014,
            format!(
                "The required field '{name}' is missing from the credential. Ensure that you have all the necessary parameters for the login request."
            ),
        )
    }

    pub(in crate::entra) fn issuer_is_not_client() -> Self {
        Self::client(
            700_021,
            "Client assertion application identifier doesn't match 'client_id' parameter. Review the documentation at https://docs.microsoft.com/azure/active-directory/develop/active-directory-certificate-credentials .",
        )
    }

    pub(in crate::entra) fn subject_is_not_issuer() -> Self {
        Self::client(50_048, "Subject mismatches Issuer claim in the client assertion.")
    }

    pub(in crate::entra) fn audience() -> Self {
        Self::client(
            700_023,
            "Client assertion audience claim does not match Realm issuer. Review the documentation at https://docs.microsoft.com/azure/active-directory/develop/active-directory-certificate-credentials .",
        )
    }

    pub(in crate::entra) fn time_range(now: Timestamp, from: Timestamp, to: Timestamp) -> Self {
        let write = |time: Timestamp| time.strftime(ROUND_TRIP).to_string();
        Self::client(
            700_024,
            format!(
                "Client assertion is not within its valid time range. Current time: {}, assertion valid from {}, expiry time of assertion {}. Review the documentation at https://docs.microsoft.com/azure/active-directory/develop/active-directory-certificate-credentials .",
                write(now),
                write(from),
                write(to)
            ),
        )
    }

    pub(in crate::entra) fn key_not_found(app_id: Uuid, thumbprint: Option<&str>) -> Self {
        let thumbprint = thumbprint
            .map(|text| format!("Thumbprint of key used by client: '{text}', "))
            .unwrap_or_default();
        Self::client(
            700_027,
            format!(
                "The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found., {thumbprint}{KEY_ADVICE} '{app_id}'. Review the documentation at https://docs.microsoft.com/en-us/graph/deployments to determine the corresponding service endpoint and https://docs.microsoft.com/en-us/graph/api/application-get?view=graph-rest-1.0&tabs=http to build a query request URL, such as 'https://graph.microsoft.com/beta/applications/{app_id}']."
            ),
        )
    }

    pub(in crate::entra) fn key_expired(app_id: Uuid, key: &KeyCredential) -> Self {
        Self::client(
            700_027,
            format!(
                "The certificate used to sign the client assertion is expired on application. [Reason - The key used is expired., {}, {KEY_ADVICE} '{app_id}'.]",
                found_key(key)
            ),
        )
    }

    pub(in crate::entra) fn signature(app_id: Uuid, key: &KeyCredential) -> Self {
        Self::client(
            700_027,
            format!(
                "Client assertion failed signature validation. [Reason - Key was found, but use of the key to verify the signature failed., {}, {KEY_ADVICE} '{app_id}'.]",
                found_key(key)
            ),
        )
    }

    pub(in crate::entra) fn weak_key() -> Self {
        Self::client(
            50_032,
            "The RSA key used to sign the client assertion is weak; a key of at least 2048 bits is required.",
        )
    }
}

fn found_key(key: &KeyCredential) -> String {
    let write = |time: Timestamp| time.strftime("%m/%d/%Y %H:%M:%S").to_string();
    format!(
        "Thumbprint of key used by client: '{}', Found key 'Start={}, End={}'",
        key.thumbprint,
        write(key.start),
        write(key.end)
    )
}
