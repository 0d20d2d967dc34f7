//! What the admin API says instead of a result.

use std::error::Error;

use exoctl_exchange::{CmdletError, InvokeError};
use exoctl_identity::ClaimFinding;

use super::{Advice, cause};
use crate::error::ClaimsError;
use crate::exit::ExitCode::{self, Authentication, Failed, Incomplete, Permission, Unavailable};

pub(super) fn find(error: &(dyn Error + 'static)) -> Option<&'static Advice> {
    let code = match cause::<InvokeError>(error) {
        Some(error) => invoke(error)?,
        None => claims(cause::<ClaimsError>(error)?),
    };
    TABLE.iter().find(|advice| advice.code == code)
}

fn invoke(error: &InvokeError) -> Option<&'static str> {
    Some(match error {
        InvokeError::Unauthorized { .. } => "exchange-401",
        InvokeError::Forbidden { .. } => "exchange-403",
        InvokeError::RoleNotSupported { .. } => "role-not-supported",
        InvokeError::Throttled { .. } => "exchange-429",
        InvokeError::Unavailable { .. } => "exchange-5xx",
        InvokeError::OutcomeUnknown { .. } => "outcome-unknown",
        InvokeError::Incomplete { .. } => "incomplete",
        InvokeError::ForeignRedirect { .. } => "foreign-redirect",
        InvokeError::Cmdlet { source, .. } => return cmdlet(source),
        _ => return None,
    })
}

fn cmdlet(error: &CmdletError) -> Option<&'static str> {
    let is = |name: &str| error.exception_name() == Some(name);
    Some(match () {
        () if error.is_not_found() => "object-not-found",
        () if error.is_already_there() => "object-exists",
        () if is("AmbiguousParameterSetException") => "unknown-parameter",
        () if is("ParameterTransformationException") => "wrong-value",
        () if is("ManagementObjectAmbiguousException") => "object-ambiguous",
        () if error.message == "Invalid Operation" || error.message.contains(MISSING) => {
            "missing-parameter"
        }
        () => return None,
    })
}

/// What PowerShell says of a parameter that was left out.
const MISSING: &str = "missing mandatory parameters";

fn claims(error: &ClaimsError) -> &'static str {
    match error.finding {
        ClaimFinding::NoAppRole { .. } => "token-without-app-role",
        ClaimFinding::NoDirectoryRole { .. } => "token-without-directory-role",
        ClaimFinding::WrongAudience { .. } => "token-for-another-resource",
        ClaimFinding::WrongTenant { .. } => "token-of-another-tenant",
        _ => "token-expired",
    }
}

const fn row(code: &'static str, exit: ExitCode, fixes: &'static [&'static str]) -> Advice {
    Advice { code, exit, fixes }
}

const APP_ROLE: &[&str] = &[
    "give the application the permission Office 365 Exchange Online > Exchange.ManageAsApp and grant admin consent",
    "then connect again for a new token: exoctl Connect-ExchangeOnline …",
];
const DIRECTORY_ROLE: &[&str] = &[
    "assign the application an Entra role, for example Exchange Administrator or Global Reader",
    "or make it a member of a role group: New-ServicePrincipal, then Add-RoleGroupMember",
    "a new assignment takes some minutes and a new token: exoctl Connect-ExchangeOnline …",
];

pub(super) static TABLE: &[Advice] = &[
    row(
        "exchange-401",
        Authentication,
        &[
            "give the application Exchange.ManageAsApp with admin consent, and a role; then connect again",
            "check that -ExchangeEnvironmentName is the tenant's cloud",
        ],
    ),
    row(
        "exchange-403",
        Permission,
        &[
            "assign the application a role that has this cmdlet with these parameters: Get-ManagementRole -Cmdlet NAME shows which",
            "a new assignment takes some minutes and a new token: exoctl Connect-ExchangeOnline …",
            "if the cmdlet belongs to Security & Compliance, add --compliance",
        ],
    ),
    row("role-not-supported", Permission, DIRECTORY_ROLE),
    row("token-without-app-role", Permission, APP_ROLE),
    row("token-without-directory-role", Permission, DIRECTORY_ROLE),
    row(
        "token-for-another-resource",
        Authentication,
        &["use a token for Exchange Online: exoctl token"],
    ),
    row(
        "token-of-another-tenant",
        Authentication,
        &["check -Organization: the token is not of that tenant"],
    ),
    row(
        "token-expired",
        Authentication,
        &["connect again for a new token: exoctl Connect-ExchangeOnline …"],
    ),
    row(
        "exchange-429",
        Unavailable,
        &["try again later, or with less at the same time: --concurrency 1"],
    ),
    row("exchange-5xx", Unavailable, &["try again later"]),
    row(
        "outcome-unknown",
        Failed,
        &[
            "look whether it was done before it is done again: the Get- cmdlet of the same noun",
            "add --retry-writes if doing it twice does no harm",
        ],
    ),
    row(
        "incomplete",
        Incomplete,
        &["run it again; the rows that were written before are not all there are"],
    ),
    row(
        "foreign-redirect",
        Failed,
        &["check the environment; the token was not sent to the other host"],
    ),
    row(
        "object-not-found",
        Failed,
        &["check the identity; a new object takes some minutes to be known everywhere"],
    ),
    row(
        "object-exists",
        Failed,
        &["choose another name, or change the object that is there with Set-…"],
    ),
    row("object-ambiguous", Failed, &["name the object by its Guid or its primary address"]),
    row(
        "unknown-parameter",
        Failed,
        &["check the parameters; what the application's roles do not allow counts as unknown"],
    ),
    row("wrong-value", Failed, &["use one of the values that the message lists"]),
    row(
        "missing-parameter",
        Failed,
        &["give the cmdlet's mandatory parameters, -Identity most often"],
    ),
];
