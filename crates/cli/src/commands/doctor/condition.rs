//! The rows of the catalogue of errors that checks name themselves.

/// There is nothing to sign in with.
pub(super) const NO_CONNECTION: &str = "no-connection-yet";
/// Name resolution does not know a host.
pub(super) const NAMES: &str = "name-unknown";
/// Somebody opens TLS whom the operating system trusts.
pub(super) const OPENED_TLS: &str = "tls-opened";
/// The clock is wrong.
pub(super) const CLOCK: &str = "AADSTS700024";
/// A secret that others can read.
pub(super) const OPEN_FILES: &str = "store-permissions";
/// A directory in which others can replace a secret.
pub(super) const REPLACEABLE: &str = "directory-writable";
/// The certificate ends soon.
pub(super) const ENDS_SOON: &str = "certificate-ends-soon";
/// The application has other dates than the certificate.
pub(super) const DATES: &str = "certificate-dates";
/// The application does not have the certificate.
pub(super) const NOT_REGISTERED: &str = "AADSTS700027";
/// The service principal is switched off.
pub(super) const DISABLED: &str = "AADSTS7000112";
/// Neither a directory role nor a role group gives rights.
pub(super) const NO_ROLE: &str = "role-not-supported";
/// A cmdlet is not among the application's.
pub(super) const NOT_GRANTED: &str = "cmdlet-not-granted";
/// No audit records are kept.
pub(super) const AUDIT_LOG_OFF: &str = "audit-log-off";
/// What reads mailboxes and cmdlets do not need.
pub(super) const IMPERSONATION: &str = "impersonation";
/// A directory that a service cannot write to.
pub(super) const CANNOT_WRITE: &str = "service-cannot-write";
/// A unit's sandbox is in the way.
pub(super) const SANDBOX: &str = "service-sandbox";
/// It runs by hand and not as the unit.
pub(super) const UNIT_DIFFERS: &str = "unit-differs";
/// It runs by hand and not as the account.
pub(super) const ACCOUNT_DIFFERS: &str = "account-differs";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue;

    #[test]
    fn the_catalogue_has_them_all() {
        for code in [
            NO_CONNECTION,
            NAMES,
            OPENED_TLS,
            CLOCK,
            OPEN_FILES,
            REPLACEABLE,
            ENDS_SOON,
            DATES,
            NOT_REGISTERED,
            DISABLED,
            NO_ROLE,
            NOT_GRANTED,
            AUDIT_LOG_OFF,
            IMPERSONATION,
            CANNOT_WRITE,
            SANDBOX,
            UNIT_DIFFERS,
            ACCOUNT_DIFFERS,
        ] {
            assert!(catalogue::by_code(code).is_some(), "{code}");
        }
    }
}
