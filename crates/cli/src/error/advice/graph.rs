//! What Microsoft Graph says instead of doing it.
//!
//! Source: Learn, "Microsoft Graph error responses and resource types", and issues of its clients.

use std::error::Error;

use exoctl_setup::GraphRefusal;

use super::{Advice, cause};
use crate::exit::ExitCode::{self, Authentication, Failed, Permission, Unavailable};

pub(super) fn find(error: &(dyn Error + 'static)) -> Option<&'static Advice> {
    let refusal = cause::<GraphRefusal>(error)?;
    let code = match refusal.status.as_u16() {
        _ if refusal.is_policy() => "graph-policy",
        401 => "graph-401",
        403 if refusal.code == "Directory_ResourceSizeExceeded" => "graph-full",
        403 => "graph-403",
        404 => "graph-404",
        429 => "graph-429",
        500.. => "graph-5xx",
        _ => return None,
    };
    TABLE.iter().find(|advice| advice.code == code)
}

const fn row(code: &'static str, exit: ExitCode, fixes: &'static [&'static str]) -> Advice {
    Advice { code, exit, fixes }
}

pub(super) static TABLE: &[Advice] = &[
    row(
        "graph-401",
        Authentication,
        &["sign in again; a token for setup is one for Microsoft Graph"],
    ),
    row(
        "graph-403",
        Permission,
        &[
            "sign in as a Cloud Application Administrator; for --role as a Privileged Role Administrator",
            "check that the token has the delegated permission Application.ReadWrite.All, and RoleManagement.ReadWrite.Directory for --role",
        ],
    ),
    row(
        "graph-404",
        Failed,
        &["wait a minute and run it again: Graph takes a while to know new objects everywhere"],
    ),
    row(
        "graph-policy",
        Failed,
        &[
            "choose a shorter time: --valid-for 90d",
            "or have a Security Administrator change the tenant's app management policy",
        ],
    ),
    row("graph-full", Failed, &["remove credentials of the application that nobody uses any more"]),
    row("graph-429", Unavailable, &["try again later"]),
    row("graph-5xx", Unavailable, &["try again later"]),
];
