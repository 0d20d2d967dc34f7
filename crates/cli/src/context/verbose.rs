//! A transport that tells on stderr what it sends: `-Verbose`.

use exoctl_http::{BoxFuture, Request, Response, Transport, TransportError};

use crate::ui::Voice;

/// Tells method, host and path of each request and the status of each answer. Queries, headers
/// and bodies, where secrets are, stay untold.
#[derive(Debug)]
pub(crate) struct Verbose<T> {
    inner: T,
    voice: Voice,
}

impl<T: Transport> Verbose<T> {
    /// Tells what `inner` does.
    pub(crate) fn new(inner: T, voice: Voice) -> Self {
        Self { inner, voice }
    }
}

impl<T: Transport> Transport for Verbose<T> {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let host = request.uri().authority().map(ToString::to_string).unwrap_or_default();
        let cmdlet = request.headers().get("x-cmdletname").and_then(|name| name.to_str().ok());
        let what = format!("{} https://{host}{}", request.method(), request.uri().path());
        let what = match cmdlet {
            Some(cmdlet) => format!("{what} ({cmdlet})"),
            None => what,
        };
        Box::pin(async move {
            let outcome = self.inner.send(request).await;
            match &outcome {
                Ok(response) => {
                    let bytes = response.body().len();
                    self.voice
                        .verbose(format_args!("{what}: {}, {bytes} bytes", response.status()));
                }
                Err(error) => self.voice.verbose(format_args!("{what}: {error}")),
            }
            outcome
        })
    }
}
