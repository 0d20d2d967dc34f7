//! What Graph says instead of an answer.

use std::fmt;

use exoctl_http::{Reached, Response, TransportError};
use exoctl_identity::CredentialError;
use http::StatusCode;
use serde_json::Value;

/// A call that did not succeed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GraphError {
    /// Graph said no.
    #[error("could not {operation}")]
    Refused {
        /// What was tried.
        operation: String,
        /// Graph's words.
        source: Box<GraphRefusal>,
    },
    /// There is no token for Graph.
    #[error("could not {operation}")]
    Credential {
        /// What was tried.
        operation: String,
        /// Why.
        source: CredentialError,
    },
    /// No answer came.
    #[error("could not {operation}")]
    Transport {
        /// What was tried.
        operation: String,
        /// Why.
        source: TransportError,
    },
    /// The answer is not the JSON that it should be.
    #[error("could not {operation}: the answer is not what Graph documents")]
    Unreadable {
        /// What was tried.
        operation: String,
        /// Why.
        source: serde_json::Error,
    },
    /// The next page is on another host, or there is no end.
    #[error("could not {operation}: the next page is said to be at {link}")]
    NoWayOn {
        /// What was tried.
        operation: String,
        /// The link.
        link: String,
    },
}

impl GraphError {
    /// Graph's own words, if it spoke.
    pub fn refusal(&self) -> Option<&GraphRefusal> {
        match self {
            Self::Refused { source, .. } => Some(source),
            _ => None,
        }
    }

    /// Whether there is no such object.
    pub fn is_not_found(&self) -> bool {
        self.refusal().is_some_and(|refusal| refusal.status == StatusCode::NOT_FOUND)
    }

    /// Whether what was to be made is there already.
    pub fn is_already_there(&self) -> bool {
        self.refusal().is_some_and(GraphRefusal::is_already_there)
    }

    /// Whether the caller's role or consent does not suffice.
    pub fn is_forbidden(&self) -> bool {
        self.refusal().is_some_and(|refusal| {
            refusal.status == StatusCode::FORBIDDEN && !refusal.is_replication_lag()
        })
    }

    /// Whether it may have been done all the same: the answer was lost, or is a server's failure.
    pub fn is_ambiguous(&self) -> bool {
        match self {
            Self::Refused { source, .. } => source.status.is_server_error(),
            Self::Transport { source, .. } => source.reached() == Reached::Maybe,
            Self::Unreadable { .. } => true,
            _ => false,
        }
    }

    /// Whether Graph does not know yet what it was told a moment ago; later it will.
    pub fn is_replication_lag(&self) -> bool {
        self.refusal().is_some_and(GraphRefusal::is_replication_lag)
    }
}

/// Graph's error document: Learn, "Microsoft Graph error responses".
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GraphRefusal {
    /// The HTTP status.
    pub status: StatusCode,
    /// `error.code`, `Request_ResourceNotFound` for example; empty if there is none.
    pub code: String,
    /// `error.message`.
    pub message: String,
    /// Graph's id of the request, which support asks for.
    pub request_id: Option<String>,
    /// When, as Graph writes it.
    pub date: Option<String>,
}

impl GraphRefusal {
    /// Reads an answer that is no success, whatever its body is.
    pub(super) fn read(response: &Response) -> Self {
        let body: Value = serde_json::from_slice(response.body()).unwrap_or_default();
        let error = &body["error"];
        let inner = error.get("innerError").or_else(|| error.get("innererror"));
        let inner = |name: &str| Some(inner?.get(name)?.as_str()?.to_owned());
        let header = |name: &str| Some(response.headers().get(name)?.to_str().ok()?.to_owned());
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            // Older services answer with `{"lang":"en","value":"…"}`.
            other => other["value"].as_str().unwrap_or_default().to_owned(),
        };
        Self {
            status: response.status(),
            code: error["code"].as_str().unwrap_or_default().to_owned(),
            message: text(&error["message"]),
            request_id: inner("request-id").or_else(|| header("request-id")),
            date: inner("date").or_else(|| header("date")),
        }
    }

    /// Whether what was to be made is there already.
    pub fn is_already_there(&self) -> bool {
        self.code == "Request_MultipleObjectsWithSameKeyValue"
            || self.code == "RoleAssignmentExists"
            || self.says("Permission being assigned already exists")
            || self.says("A conflicting object with one or more of the specified property values")
    }

    /// Whether an object that was made a moment ago has not arrived everywhere yet.
    pub fn is_replication_lag(&self) -> bool {
        self.status == StatusCode::NOT_FOUND
            || self.says("does not reference a valid application object")
            // Graph's own grammar.
            || self.says("must in the local tenant")
            || self.says("Not a valid reference update")
            || (self.status == StatusCode::BAD_REQUEST && self.says("does not exist"))
    }

    /// Whether a policy of the tenant forbids the credential.
    pub fn is_policy(&self) -> bool {
        self.code.ends_with("AsPerAppPolicy")
    }

    fn says(&self, text: &str) -> bool {
        self.message.contains(text)
    }
}

impl fmt::Display for GraphRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HTTP {}", self.status.as_u16())?;
        if !self.code.is_empty() {
            write!(f, " {}", self.code)?;
        }
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for GraphRefusal {}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16, code: &str, message: &str) -> GraphRefusal {
        let body = serde_json::json!({ "error": { "code": code, "message": message,
            "innerError": { "date": "2026-11-21T16:00:00", "request-id": "r" } } });
        let response =
            http::Response::builder().status(status).body(body.to_string().into()).unwrap();
        GraphRefusal::read(&response)
    }

    #[test]
    fn what_passes_is_told_from_what_stays() {
        // The texts: provider azuread of Terraform, go-azure-sdk, Graph's issues.
        let lag = [
            (
                404,
                "Request_ResourceNotFound",
                "Resource 'x' does not exist or one of its queried reference-property objects are not present.",
            ),
            (
                400,
                "Request_BadRequest",
                "The appId 'x' of the service principal does not reference a valid application object.",
            ),
            (
                403,
                "Authorization_RequestDenied",
                "When using this permission, the backing application of the service principal being created must in the local tenant",
            ),
            (400, "Request_BadRequest", "Not a valid reference update."),
        ];
        for (status, code, message) in lag {
            assert!(refusal(status, code, message).is_replication_lag(), "{message}");
        }
        let denied = refusal(
            403,
            "Authorization_RequestDenied",
            "Insufficient privileges to complete the operation.",
        );
        assert!(!denied.is_replication_lag());
        assert_eq!(denied.request_id.as_deref(), Some("r"));
        let duplicate = refusal(
            400,
            "Request_BadRequest",
            "Permission being assigned already exists on the object",
        );
        assert!(duplicate.is_already_there() && !duplicate.is_replication_lag());
    }

    #[test]
    fn a_body_that_is_no_document_is_read_too() {
        let response = http::Response::builder().status(502).body("<html>".into()).unwrap();
        assert_eq!(GraphRefusal::read(&response).to_string(), "HTTP 502");
    }
}
