//! What the server knows of a request before a service sees it.

use http::HeaderMap;
use uuid::Uuid;

/// Which service a request is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Service {
    /// The Exchange Online admin API.
    Exchange,
    /// The admin API of Security & Compliance.
    Compliance {
        /// First label of the regional host, `eur02b` say; absent at the front door.
        region: Option<String>,
    },
    /// Entra: discovery and tokens.
    Entra,
    /// Microsoft Graph, and the little of Azure Resource Manager that `az login` asks for.
    Graph,
    /// The Office 365 Management Activity API.
    Activity,
}

impl Service {
    /// The word by which fault rules and the request log call it.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Exchange => "exchange",
            Self::Compliance { .. } => "compliance",
            Self::Entra => "entra",
            Self::Graph => "graph",
            Self::Activity => "activity",
        }
    }

    /// Whether it is one of the two admin APIs.
    pub(crate) const fn is_admin_api(&self) -> bool {
        matches!(self, Self::Exchange | Self::Compliance { .. })
    }
}

/// A request as it arrived. The server puts one into every request's extensions.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// Which service is asked, by host or path.
    pub service: Service,
    /// What a link to the same service starts with: scheme, host and the prefix of the path that
    /// was taken off, without a slash at its end.
    pub base: String,
    /// The path as it was sent.
    pub path: String,
    /// The id of this request, answered in a header and written to the request log.
    pub request_id: Uuid,
    /// The cmdlet that the request runs, when it runs exactly one.
    pub cmdlet: Option<String>,
}

/// The client's own id for a request, if it sent a usable one.
pub(crate) fn client_request_id(headers: &HeaderMap) -> Option<Uuid> {
    headers.get("client-request-id")?.to_str().ok()?.parse().ok()
}
