//! The authority's own words when it refuses: the error document of the token endpoint.
//!
//! Learn, "Microsoft Entra authentication and authorization error codes". The numbers may change;
//! they choose advice, while `error` and the status choose what the program does.

use std::fmt;

use exoctl_http::Response;
use serde_json::{Map, Value};

/// An error document of the authority. Its members are kept, the unknown ones too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EntraError {
    /// The HTTP status.
    pub status: u16,
    /// The number after `AADSTS`; 0 if there is none.
    pub code: u32,
    /// All numbers, most specific first.
    pub codes: Vec<u32>,
    /// The OAuth error, `invalid_client` for example.
    pub error: String,
    /// What it says, with the ids that follow it.
    pub description: String,
    /// A finer reason.
    pub suberror: Option<String>,
    /// Claims that a new request must carry (claims challenge).
    pub claims: Option<String>,
    /// The id by which support finds the request; ours, given back.
    pub correlation_id: Option<String>,
    /// The authority's id of the request.
    pub trace_id: Option<String>,
    /// When, as the authority writes it.
    pub timestamp: Option<String>,
    /// Where to read about it.
    pub error_uri: Option<String>,
    /// Members that are not named above.
    pub other: Map<String, Value>,
}

impl EntraError {
    /// Reads an error document; `None` if the body is none.
    pub fn read(response: &Response) -> Option<Self> {
        let body: Map<String, Value> = serde_json::from_slice(response.body()).ok()?;
        let mut document = Self::of_members(response.status().as_u16(), body)?;
        let header = |name: &str| Some(response.headers().get(name)?.to_str().ok()?.to_owned());
        document.correlation_id = document.correlation_id.or_else(|| header("client-request-id"));
        document.trace_id = document.trace_id.or_else(|| header("x-ms-request-id"));
        Some(document)
    }

    /// The members of a document, or the parameters of a redirect (RFC 6749 section 4.1.2.1);
    /// `None` if they tell of no error.
    pub(crate) fn of_members(status: u16, mut body: Map<String, Value>) -> Option<Self> {
        let error = body.remove("error")?.as_str()?.to_owned();
        let mut text = |name: &str| match body.remove(name) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        let description = text("error_description").unwrap_or_default();
        let mut document = Self {
            status,
            error,
            suberror: text("suberror"),
            claims: text("claims"),
            correlation_id: text("correlation_id"),
            trace_id: text("trace_id"),
            timestamp: text("timestamp"),
            error_uri: text("error_uri"),
            description,
            ..Self::default()
        };
        let codes = body.remove("error_codes");
        document.codes = codes.as_ref().and_then(Value::as_array).map_or_else(Vec::new, |codes| {
            codes.iter().filter_map(|code| code.as_u64()?.try_into().ok()).collect()
        });
        let written = code_in(&document.description);
        document.code = written.or(document.codes.first().copied()).unwrap_or_default();
        document.other = body;
        Some(document)
    }

    /// What it says, without the ids and the time that follow it.
    pub fn text(&self) -> &str {
        let ends = ["Trace ID:", "Correlation ID:", "Timestamp:"];
        let end = ends.iter().filter_map(|end| self.description.find(end)).min();
        self.description[..end.unwrap_or(self.description.len())].trim()
    }

    /// Whether the tenant is not known to this authority.
    pub fn is_unknown_tenant(&self) -> bool {
        self.error == "invalid_tenant" || matches!(self.code, 90_002 | 900_021 | 900_023)
    }

    /// Whether the same request may succeed later without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        self.status == 429
            || self.status >= 500
            || self.error == "temporarily_unavailable"
            || matches!(self.code, 50_033 | 50_196 | 90_024 | 90_033 | 90_055)
    }

    /// Whether the authority wants to be asked less.
    pub fn is_throttled(&self) -> bool {
        self.status == 429 || matches!(self.code, 50_196 | 90_055)
    }
}

impl fmt::Display for EntraError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.text() {
            "" => write!(f, "{} (HTTP {})", self.error, self.status),
            // An authority other than Entra has no AADSTS number that would say which error it is.
            text if self.code == 0 => write!(f, "{}: {text}", self.error),
            text => f.write_str(text),
        }
    }
}

impl std::error::Error for EntraError {}

/// The number in a text that begins with `AADSTS700016:` or has it somewhere.
fn code_in(description: &str) -> Option<u32> {
    let (_, rest) = description.split_once("AADSTS")?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, body: &str) -> Option<EntraError> {
        let response = http::Response::builder()
            .status(status)
            .header("x-ms-request-id", "from-header")
            .body(body.to_owned().into());
        EntraError::read(&response.unwrap())
    }

    #[test]
    fn the_whole_document_is_kept() {
        let error = read(
            401,
            r#"{"error":"invalid_client","error_description":"AADSTS700027: The certificate used to sign the client assertion is expired. Trace ID: 1 Correlation ID: 2 Timestamp: 2026-01-09 02:02:12Z","error_codes":[700027],"timestamp":"2026-01-09 02:02:12Z","trace_id":"t","correlation_id":"c","error_uri":"https://login.microsoftonline.com/error?code=700027","claims":"{}","new":[1]}"#,
        )
        .unwrap();
        assert_eq!((error.code, error.error.as_str()), (700_027, "invalid_client"));
        assert_eq!(
            error.to_string(),
            "AADSTS700027: The certificate used to sign the client assertion is expired."
        );
        assert_eq!(error.trace_id.as_deref(), Some("t"));
        assert_eq!(error.correlation_id.as_deref(), Some("c"));
        assert_eq!(error.other["new"], serde_json::json!([1]));
        assert!(!error.is_transient());
    }

    #[test]
    fn older_and_sparse_documents_are_read() {
        let old = read(
            400,
            r#"{"error":"invalid_tenant","error_description":"AADSTS90002: Tenant 'x' not found.\r\nTrace ID: 1\r\nCorrelation ID: 2\r\nTimestamp: 3"}"#,
        )
        .unwrap();
        assert_eq!(old.to_string(), "AADSTS90002: Tenant 'x' not found.");
        assert_eq!((old.code, old.is_unknown_tenant()), (90_002, true));
        assert_eq!(old.trace_id.as_deref(), Some("from-header"));
        let sparse = read(503, r#"{"error":"temporarily_unavailable"}"#).unwrap();
        assert_eq!(sparse.to_string(), "temporarily_unavailable (HTTP 503)");
        assert!(sparse.is_transient() && !sparse.is_throttled());
    }

    #[test]
    fn other_bodies_are_no_error_documents() {
        for body in ["", "<html>", "[]", "{}", r#"{"error":{"code":"x"}}"#] {
            assert_eq!(read(400, body), None, "{body}");
        }
    }
}
