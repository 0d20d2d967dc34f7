//! What people who sign in are refused with.

use uuid::Uuid;

use super::EntraError;
use crate::administrator::SignInRefusal;

impl EntraError {
    pub(in crate::entra) fn confidential_client() -> Self {
        Self::client(
            7_000_218,
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
        )
    }

    pub(in crate::entra) fn preauthorization(client: Uuid, resource: Uuid) -> Self {
        Self::request(
            65_002,
            format!(
                "Consent between first party application '{client}' and first party resource '{resource}' must be configured via preauthorization - applications owned and operated by Microsoft must get approval from the API owner before requesting tokens for that API."
            ),
        )
    }

    pub(in crate::entra) fn unknown_scope(scope: &str, resource: &str) -> Self {
        Self::new(
            650_053,
            "invalid_scope",
            400,
            format!(
                "The application asked for scope '{scope}' that doesn't exist on the resource '{resource}'. Contact the app vendor."
            ),
        )
    }

    pub(in crate::entra) fn device_code_tenant() -> Self {
        Self::request(
            90_133,
            "Device Code flow is not supported under /common or /consumers endpoint.",
        )
    }

    pub(in crate::entra) fn authorization_pending() -> Self {
        Self::new(
            70_016,
            "authorization_pending",
            400,
            "OAuth 2.0 device flow error. Authorization is pending. Continue polling.",
        )
    }

    pub(in crate::entra) fn slow_down() -> Self {
        Self::new(
            70_016,
            "slow_down",
            400,
            "OAuth 2.0 device flow error. The client polls too often. Wait longer between polls.",
        )
    }

    pub(in crate::entra) fn authorization_declined() -> Self {
        Self::new(
            70_000,
            "authorization_declined",
            400,
            "The end user has denied the authorization request.",
        )
    }

    pub(in crate::entra) fn bad_verification_code() -> Self {
        Self::new(
            70_018,
            "bad_verification_code",
            400,
            "The verification code expected in the 'device_code' parameter was not recognized.",
        )
    }

    pub(in crate::entra) fn device_code_expired() -> Self {
        Self::new(
            70_020,
            "expired_token",
            400,
            "The provided value for the input parameter 'device_code' is not valid. This device code has expired.",
        )
    }

    pub(in crate::entra) fn invalid_grant(parameter: &str) -> Self {
        Self::new(
            70_000,
            "invalid_grant",
            400,
            format!("The provided value for the '{parameter}' parameter is not valid."),
        )
    }

    pub(in crate::entra) fn grant_expired() -> Self {
        Self::new(
            70_008,
            "invalid_grant",
            400,
            "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.",
        )
    }

    pub(in crate::entra) fn code_redeemed() -> Self {
        Self::new(
            54_005,
            "invalid_grant",
            400,
            "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.",
        )
    }

    pub(in crate::entra) fn verifier() -> Self {
        Self::new(
            501_481,
            "invalid_grant",
            400,
            "The Code_Verifier does not match the code_challenge supplied in the authorization request.",
        )
    }

    pub(in crate::entra) fn redirect(address: &str, client: Uuid) -> Self {
        Self::request(
            50_011,
            format!(
                "The redirect URI '{address}' specified in the request does not match the redirect URIs configured for the application '{client}'. Make sure the redirect URI sent in the request matches one added to your application in the Azure portal. Navigate to https://aka.ms/redirectUriMismatchError to learn more about how to troubleshoot this error."
            ),
        )
    }

    pub(in crate::entra) fn redirect_differs(address: &str, first: &str) -> Self {
        Self::new(
            500_112,
            "invalid_client",
            400,
            format!(
                "The reply address '{address}' does not match the reply address '{first}' provided when requesting Authorization code."
            ),
        )
    }

    pub(in crate::entra) fn response_type(kind: &str) -> Self {
        Self::new(
            700_054,
            "unsupported_response_type",
            400,
            format!("response_type '{kind}' is not enabled for the application."),
        )
    }

    pub(in crate::entra) fn consent_declined() -> Self {
        Self::new(65_004, "access_denied", 400, "User declined to consent to access the app.")
    }

    /// A refusal of the person who signs in, chosen at the control port.
    pub(in crate::entra) fn chosen(refusal: SignInRefusal, client: Uuid, name: &str) -> Self {
        let (code, error, text) = match refusal {
            SignInRefusal::BlockedByPolicy => (
                53_003,
                "invalid_grant",
                "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.".to_owned(),
            ),
            SignInRefusal::NotAssigned => (
                50_105,
                "invalid_grant",
                format!(
                    "Your administrator has configured the application {name} ('{client}') to block users unless they are specifically granted ('assigned') access to the application. The signed-in user is blocked because they are not a direct member of a group with access, nor had access directly assigned by an administrator. Please contact your administrator to assign access to this application."
                ),
            ),
            SignInRefusal::ConsentMissing => (
                65_001,
                "invalid_grant",
                format!(
                    "The user or administrator has not consented to use the application with ID '{client}' named '{name}'. Send an interactive authorization request for this user and resource."
                ),
            ),
            SignInRefusal::AdministratorConsentNeeded => (
                90_094,
                "access_denied",
                format!(
                    "An administrator must grant permission to use the application {name} ('{client}')."
                ),
            ),
        };
        Self::new(code, error, 400, text)
    }
}
