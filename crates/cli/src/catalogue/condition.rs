//! Which row an error of ours is, found by walking its causes.

use std::error::Error;

use exoctl_exchange::{CmdletError, InvokeError};
use exoctl_export::{ActivityError, ActivityRefusal};
use exoctl_http::TransportError;
use exoctl_identity::{ClaimFinding, CredentialError, EntraError, HumanSignInError};
use exoctl_setup::{GraphRefusal, SetupError};

use super::{Entry, by_code, by_code_for_administrator, condition_local};
use crate::error::{AdministratorError, ClaimsError};

/// The row of the deepest cause that there is one for. What came of a call counts more than why: a
/// write that may have been done must not be advised to be tried again.
pub(crate) fn find(error: &(dyn Error + 'static)) -> Option<&'static Entry> {
    by_code(&condition(error)?)
}

/// The same for an error that a human's sign-in ended with, where codes mean something else.
pub(crate) fn find_for_administrator(error: &(dyn Error + 'static)) -> Option<&'static Entry> {
    by_code_for_administrator(match condition(error)?.as_str() {
        "token-expired" => "admin-token-refused",
        code => code,
    })
}

/// Conditions that say less than whatever they are the cause of.
const GENERAL: [&str; 2] = ["entra-refused", "graph-refused"];
/// Conditions whose causes are not looked at.
const DECISIVE: [&str; 4] = ["outcome-unknown", "incomplete", "azure-cli", "notify-secret"];

fn condition(error: &(dyn Error + 'static)) -> Option<String> {
    let mut found = None;
    let mut next = Some(error);
    while let Some(cause) = next {
        let code = of_one(cause);
        if code.as_deref().is_some_and(|code| DECISIVE.contains(&code)) {
            return code;
        }
        let says_less = code.as_deref().is_some_and(|code| GENERAL.contains(&code));
        found = if says_less { found.or(code) } else { code.or(found) };
        next = cause.source();
    }
    found
}

/// The code of an error by itself, whatever its causes are.
fn of_one(error: &(dyn Error + 'static)) -> Option<String> {
    if let Some(error) = as_type::<EntraError>(error) {
        return Some(entra(error));
    }
    let code = None
        .or_else(|| as_type::<InvokeError>(error).and_then(invoke))
        .or_else(|| as_type::<ClaimsError>(error).map(claims))
        .or_else(|| as_type::<GraphRefusal>(error).map(graph))
        .or_else(|| as_type::<ActivityError>(error).and_then(activity))
        .or_else(|| as_type::<ActivityRefusal>(error).map(activity_refusal))
        .or_else(|| as_type::<SetupError>(error).and_then(setup))
        .or_else(|| as_type::<TransportError>(error).and_then(transport))
        .or_else(|| as_type::<HumanSignInError>(error).and_then(sign_in))
        .or_else(|| as_type::<CredentialError>(error).and_then(credential))
        .or_else(|| as_type::<AdministratorError>(error).and_then(administrator))
        .or_else(|| condition_local::of_one(error));
    code.map(str::to_owned)
}

/// A cause as a type, whether it is boxed or not.
pub(super) fn as_type<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    error.downcast_ref::<T>().or_else(|| error.downcast_ref::<Box<T>>().map(Box::as_ref))
}

fn entra(error: &EntraError) -> String {
    let code = format!("AADSTS{}", error.code);
    if by_code_for_administrator(&code).is_some() {
        return code;
    }
    if error.is_transient() { "entra-busy" } else { "entra-refused" }.to_owned()
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
        InvokeError::Cmdlet { source, .. } => cmdlet(source).unwrap_or("cmdlet-failed"),
        InvokeError::Parameter { .. } | InvokeError::ResultSize { .. } => "parameter-value",
        InvokeError::Malformed { .. } | InvokeError::ModuleFile { .. } => "answer-unreadable",
        _ => return None,
    })
}

/// What PowerShell says of a parameter that was left out.
const MISSING: &str = "missing mandatory parameters";

fn cmdlet(error: &CmdletError) -> Option<&'static str> {
    let is = |name: &str| error.exception_name() == Some(name);
    Some(match () {
        () if error.message.contains("ApplicationImpersonation") => "application-impersonation",
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

fn claims(error: &ClaimsError) -> &'static str {
    match error.finding {
        ClaimFinding::NoAppRole { .. } => "token-without-app-role",
        ClaimFinding::NoDirectoryRole { .. } => "token-without-directory-role",
        ClaimFinding::WrongAudience { .. } => "token-for-another-resource",
        ClaimFinding::WrongTenant { .. } => "token-of-another-tenant",
        _ => "token-expired",
    }
}

fn graph(refusal: &GraphRefusal) -> &'static str {
    match refusal.status.as_u16() {
        _ if refusal.is_policy() => "graph-policy",
        _ if refusal.code == "Authentication_MissingOrMalformed" => "graph-proof",
        401 => "graph-401",
        403 if refusal.code == "Directory_ResourceSizeExceeded" => "graph-full",
        403 => "graph-403",
        404 => "graph-404",
        429 => "graph-429",
        500.. => "graph-5xx",
        _ => "graph-refused",
    }
}

fn activity(error: &ActivityError) -> Option<&'static str> {
    Some(match error {
        ActivityError::NotSubscribed { .. } => "AF20022",
        ActivityError::Filtered => "activity-filter",
        ActivityError::ForeignLink { .. } => "activity-foreign-link",
        ActivityError::Unreadable { .. } | ActivityError::Endless => "answer-unreadable",
        _ => return None,
    })
}

fn activity_refusal(refusal: &ActivityRefusal) -> &'static str {
    match refusal.code.as_str() {
        "AF10001" => "AF10001",
        "AF20010" | "AF20012" | "AF20013" => "AF20010",
        "AF20011" => "AF20011",
        "AF20022" => "AF20022",
        "AF20023" => "AF20023",
        "AF20030" | "AF20055" => "AF20030",
        "AF20050" | "AF20051" => "AF20051",
        "AF429" => "AF429",
        "AF50000" => "AF50000",
        _ if refusal.status == 401 => "activity-401",
        _ if refusal.status == 429 => "AF429",
        _ if refusal.status >= 500 => "AF50000",
        _ => "activity-refused",
    }
}

fn setup(error: &SetupError) -> Option<&'static str> {
    Some(match error {
        SetupError::NoTenant => "no-tenant",
        SetupError::OtherTenant { .. } => "other-tenant",
        SetupError::NoExchange { .. } => "no-exchange",
        SetupError::NoApplication { .. } => "no-application",
        SetupError::NameTaken { .. } => "name-taken",
        SetupError::NameHeld { .. } => "name-held",
        SetupError::CertificateTooLong { .. } => "certificate-too-long",
        SetupError::SelfSignedForbidden => "self-signed-forbidden",
        SetupError::MayNotRegister => "may-not-register",
        SetupError::CertificateExpired { .. } => "certificate-expired",
        SetupError::PlanOutdated { .. } => "plan-outdated",
        SetupError::NoCertificate => "plan-without-certificate",
        SetupError::NoExchangeSession => "no-exchange-session",
        SetupError::NoRoleGroup { .. } => "no-role-group",
        SetupError::RoleGroupTaken { .. } => "role-group-taken",
        SetupError::NoRoleFor { .. } => "no-role-for",
        SetupError::NotThereYet { .. } => "not-there-yet",
        _ => return None,
    })
}

fn transport(error: &TransportError) -> Option<&'static str> {
    Some(match error {
        TransportError::Setup(_) => "certificate-authority",
        TransportError::Connect { .. } => "no-connection",
        TransportError::Tls { .. } => "tls",
        TransportError::Timeout { .. }
        | TransportError::Reset { .. }
        | TransportError::Truncated { .. } => "connection-lost",
        _ => return None,
    })
}

fn sign_in(error: &HumanSignInError) -> Option<&'static str> {
    Some(match error {
        HumanSignInError::Declined { .. } => "sign-in-declined",
        HumanSignInError::TimedOut { .. } => "sign-in-timed-out",
        HumanSignInError::Listen { .. } => "sign-in-no-browser",
        _ => return None,
    })
}

fn credential(error: &CredentialError) -> Option<&'static str> {
    Some(match error.root() {
        CredentialError::AzureCli { .. } => "azure-cli",
        CredentialError::SignInEnded { .. } => "sign-in-ended",
        CredentialError::Expired { .. } | CredentialError::Rejected => "token-expired",
        error @ CredentialError::Unreadable { .. } if error.is_transient() => "entra-busy",
        _ => return None,
    })
}

fn administrator(error: &AdministratorError) -> Option<&'static str> {
    Some(match error {
        AdministratorError::NoExchangeToken => "no-exchange-token",
        AdministratorError::Given(error) => return credential(error),
    })
}
