//! What the log of an exchange shows, and that it shows no secret.

use std::fmt::{self, Write};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use exoctl_http::{BoxFuture, Request, Response, Traced, Transport, TransportError};
use tracing::field::{Field, Visit};
use tracing::span;
use tracing::{Event, Metadata, Subscriber};

/// Writes down every field of every span and event.
#[derive(Clone, Default)]
struct Everything(Arc<Mutex<String>>);

impl Visit for Everything {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        writeln!(self.0.lock().unwrap(), "{}={value:?}", field.name()).unwrap();
    }
}

impl Subscriber for Everything {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &span::Attributes<'_>) -> span::Id {
        span.record(&mut self.clone());
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        values.record(&mut self.clone());
    }

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

#[derive(Debug)]
struct Answering;

impl Transport for Answering {
    fn send(&self, _: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let response = http::Response::builder()
            .status(429)
            .header("request-id", "id-of-theirs")
            .header("set-cookie", "session=secret")
            .body(Bytes::from_static(b"secret"));
        Box::pin(std::future::ready(Ok(response.unwrap())))
    }
}

#[test]
fn ids_and_status_are_logged_and_no_secret_is() {
    let log = Everything::default();
    let request = http::Request::post("https://h:1/adminapi/beta/t/InvokeCommand?x-token=secret")
        .header("authorization", "Bearer secret")
        .header("client-request-id", "id-of-ours")
        .body(Bytes::from_static(b"client_assertion=secret"));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    tracing::subscriber::with_default(log.clone(), || {
        runtime.block_on(Traced::new(Answering).send(request.unwrap())).unwrap();
    });
    let log = log.0.lock().unwrap();
    for expected in [
        "method=POST",
        "host=\"h:1\"",
        "path=\"/adminapi/beta/t/InvokeCommand\"",
        "client_request_id=\"id-of-ours\"",
        "status=429",
        "request_id=\"id-of-theirs\"",
        "milliseconds=",
    ] {
        assert!(log.contains(expected), "{expected} is not in\n{log}");
    }
    assert!(!log.contains("secret"), "{log}");
}
