//! Refusals whose causes the simulated tenant does not have, or not yet: a fault rule asks for one by
//! its code.

use super::EntraError;
use crate::directory::Application;
use crate::entra::token::display_name;
use crate::tenant::Tenant;

/// Code, OAuth error, status, text; `{app}`, `{name}`, `{resource}` and `{tenant}` are put in. The
/// codes are those of entra-docs' list; which texts are known is in `docs/simulated-tenant.md`.
const WORDS: &[(u32, &str, u16, &str)] = &[
    (50_001, "invalid_resource", 400, "The resource '{resource}' is disabled or was not found."),
    (50_033, "temporarily_unavailable", 503, "A transient error has occurred. Please try again."),
    (
        50_196,
        "invalid_grant",
        400,
        "The server terminated an operation because it encountered a client request loop. Please contact your app vendor.",
    ),
    (53_011, "invalid_grant", 400, "User blocked due to risk on home tenant."),
    (70_001, "unauthorized_client", 400, "Application '{app}' is disabled or is not supported."),
    (90_024, "temporarily_unavailable", 503, "A transient error has occurred. Please try again."),
    (90_033, "temporarily_unavailable", 503, "A transient error has occurred. Please try again."),
    (
        90_055,
        "temporarily_unavailable",
        429,
        "The tenant is throttled because there are too many incoming requests.",
    ),
    (530_032, "invalid_grant", 400, "Blocked by security policy of the tenant."),
    (
        650_052,
        "invalid_client",
        400,
        "The app is trying to access a service '{resource}' that your organization '{tenant}' lacks a service principal for. Contact your IT Admin to review the configuration of your service subscriptions or consent to the application in order to create the required service principal.",
    ),
    (
        650_059,
        "unauthorized_client",
        400,
        "The application '{app}' is a single-tenant application of another directory and cannot be used in '{tenant}'.",
    ),
];

/// Whether a rule may ask for this code.
pub(crate) fn has_words_for(code: u32) -> bool {
    WORDS.iter().any(|words| words.0 == code)
}

impl EntraError {
    /// The refusal with this code, which [`has_words_for`] knows.
    pub(in crate::entra) fn on_demand(
        code: u32,
        application: &Application,
        resource: &str,
        tenant: &Tenant,
    ) -> Self {
        let Some((_, error, status, text)) = WORDS.iter().find(|words| words.0 == code) else {
            return Self::malformed_request();
        };
        let text = text
            .replace("{app}", &application.app_id.to_string())
            .replace("{name}", &application.display_name)
            .replace("{resource}", resource)
            .replace("{tenant}", &display_name(tenant));
        Self::new(code, error, *status, text)
    }
}
