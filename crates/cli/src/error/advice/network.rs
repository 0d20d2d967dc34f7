//! No answer at all.

use std::error::Error;

use exoctl_http::TransportError;

use super::{Advice, cause};
use crate::exit::ExitCode::{self, Failed, Unavailable};

pub(super) fn find(error: &(dyn Error + 'static)) -> Option<&'static Advice> {
    let code = match cause::<TransportError>(error)? {
        TransportError::Setup(_) => "certificate-authority",
        TransportError::Connect { .. } => "no-connection",
        TransportError::Tls { .. } => "tls",
        TransportError::Timeout { .. }
        | TransportError::Reset { .. }
        | TransportError::Truncated { .. } => "connection-lost",
        _ => return None,
    };
    TABLE.iter().find(|advice| advice.code == code)
}

const fn row(code: &'static str, exit: ExitCode, fixes: &'static [&'static str]) -> Advice {
    Advice { code, exit, fixes }
}

pub(super) static TABLE: &[Advice] = &[
    row(
        "certificate-authority",
        Failed,
        &["check certificateAuthority in the environment file: PEM text is needed"],
    ),
    row(
        "no-connection",
        Unavailable,
        &[
            "check the network, the proxy (HTTPS_PROXY) and name resolution",
            "check --environment and EXOCTL_ENVIRONMENT: is the simulated tenant still running?",
        ],
    ),
    row(
        "tls",
        Unavailable,
        &[
            "add the proxy's certificate authority to the operating system's",
            "check --environment and EXOCTL_ENVIRONMENT: a simulated tenant makes a new authority at each start",
        ],
    ),
    row("connection-lost", Unavailable, &["try again"]),
];
