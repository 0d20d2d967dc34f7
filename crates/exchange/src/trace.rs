//! What an answer's headers tell about where and when it was given; support asks for it.

use std::fmt;

use http::HeaderMap;
use http::header::HeaderName;
use uuid::Uuid;

/// Where an answer came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Trace {
    /// HTTP status.
    pub status: u16,
    /// `request-id`, given by the service.
    pub request_id: Option<String>,
    /// `client-request-id`, given by us; the same for all pages and retries of an invocation.
    pub client_request_id: Option<Uuid>,
    /// First label of `X-CalculatedBETarget`, the back-end server.
    pub server: Option<String>,
    /// `Date`, as the service writes it.
    pub date: Option<String>,
    /// `x-ExceptionType`.
    pub exception_type: Option<String>,
    /// `x-ms-diagnostics`.
    pub diagnostics: Option<String>,
}

impl Trace {
    /// Reads the headers of an answer.
    pub(crate) fn read(status: u16, headers: &HeaderMap, client_request_id: Uuid) -> Self {
        let text = |name: &'static str| {
            let value = headers.get(HeaderName::from_static(name))?;
            let text = String::from_utf8_lossy(value.as_bytes()).trim().to_owned();
            (!text.is_empty()).then_some(text)
        };
        let server = text("x-calculatedbetarget").map(|target| {
            let label = target.split('.').next().unwrap_or_default();
            label.to_owned()
        });
        Self {
            status,
            request_id: text("request-id"),
            client_request_id: Some(client_request_id),
            server,
            date: text("date"),
            exception_type: text("x-exceptiontype"),
            diagnostics: text("x-ms-diagnostics"),
        }
    }
}

impl fmt::Display for Trace {
    /// `Server=…,RequestId=…,TimeStamp=…` as the module's `FullyQualifiedErrorId` has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
        write!(
            f,
            "Server={},RequestId={},TimeStamp={}",
            or_empty(&self.server),
            or_empty(&self.request_id),
            or_empty(&self.date)
        )
    }
}
