//! [`Traced`]: what a log may know of an exchange, and nothing more.

use std::borrow::Cow;

use futures_util::future::BoxFuture;
use http::{HeaderMap, Uri};
use tokio::time::Instant;
use tracing::{Instrument, debug, debug_span};
use uuid::Uuid;

use crate::{Request, Response, Transport, TransportError};

/// A transport that logs each exchange at debug level: method, host, path, status, the ids by
/// which the service can be asked about it, and the duration.
///
/// Never headers such as `Authorization` or cookies, never a body; of the query the names and
/// the harmless values.
#[derive(Debug)]
pub struct Traced<T> {
    inner: T,
}

impl<T: Transport> Traced<T> {
    /// Wraps `inner`.
    pub fn new(inner: T) -> Self {
        Self { inner }
    }
}

impl<T: Transport> Transport for Traced<T> {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let uri = request.uri();
        let span = debug_span!(
            "http",
            method = %request.method(),
            host = uri.authority().map_or("", |authority| authority.as_str()),
            path = uri.path(),
            query = %redacted_query(uri),
            client_request_id = id(request.headers(), &["client-request-id"]),
        );
        let exchange = async move {
            let started = Instant::now();
            let outcome = self.inner.send(request).await;
            let milliseconds = started.elapsed().as_millis() as u64;
            match &outcome {
                Ok(response) => debug!(
                    status = response.status().as_u16(),
                    request_id = id(response.headers(), &["request-id", "x-ms-request-id"]),
                    server = id(response.headers(), &["x-calculatedbetarget", "x-ms-ests-server"]),
                    bytes = response.body().len(),
                    milliseconds,
                    "answered"
                ),
                Err(error) => debug!(%error, milliseconds, "no answer"),
            }
            outcome
        };
        Box::pin(exchange.instrument(span))
    }
}

fn id<'a>(headers: &'a HeaderMap, names: &[&str]) -> &'a str {
    let value = names.iter().find_map(|name| headers.get(*name));
    value.and_then(|value| value.to_str().ok()).unwrap_or("")
}

/// The query with every value hidden that is not plainly harmless: a number, a GUID, a word.
fn redacted_query(uri: &Uri) -> Cow<'_, str> {
    let Some(query) = uri.query() else { return Cow::Borrowed("") };
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, value)) if is_harmless(name, value) => Cow::Borrowed(pair),
        Some((name, _)) => Cow::Owned(format!("{name}=…")),
        None => Cow::Borrowed("…"),
    });
    Cow::Owned(pairs.collect::<Vec<_>>().join("&"))
}

fn is_harmless(name: &str, value: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let secret = ["token", "assertion", "secret", "password", "code", "sig", "key"];
    let word = value.len() <= 40 && value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.');
    !secret.iter().any(|part| name.contains(part)) && (word || Uuid::try_parse(value).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_keeps_names_and_harmless_values_only() {
        let uri: Uri =
            "https://h/p?api-version=1.1&Version=3.4.0&id=9f7a1b2c-0000-4000-8000-0123456789ab\
            &$skiptoken=abc&access_token=abc&filter=name%20eq&client_assertion=eyJ&eyJ0b2tlbiJ9"
                .parse()
                .unwrap();
        assert_eq!(
            redacted_query(&uri),
            "api-version=1.1&Version=3.4.0&id=9f7a1b2c-0000-4000-8000-0123456789ab\
            &$skiptoken=…&access_token=…&filter=…&client_assertion=…&…"
        );
        assert_eq!(redacted_query(&Uri::from_static("https://h/p")), "");
    }
}
