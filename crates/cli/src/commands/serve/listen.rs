//! What others look at while the scheduler runs: whether it lives, whether it works, figures.

use std::convert::Infallible;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// What there is to be seen.
pub(in crate::commands) trait Seen: fmt::Debug + Send + Sync {
    /// Whether it lives: that it has looked for due jobs lately. Why not, if not.
    fn health(&self) -> Result<(), String>;
    /// Whether it takes on work: it has started, its ledger answers, nobody has stopped it.
    fn readiness(&self) -> Result<(), String>;
    /// The figures, as OpenMetrics has them.
    fn metrics(&self) -> String;
}

/// A listener on one port. It ends when this is dropped.
#[derive(Debug)]
pub(in crate::commands) struct Listener {
    address: SocketAddr,
    serving: JoinHandle<()>,
}

impl Listener {
    /// Opens the port.
    pub(super) async fn open(address: SocketAddr, seen: Arc<dyn Seen>) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Self { address, serving: tokio::spawn(serve(listener, seen)) })
    }

    /// Where it is.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(listener: TcpListener, seen: Arc<dyn Seen>) {
    let mut visits = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if visits.len() < MOST_VISITS => match accepted {
                Ok((stream, _)) => {
                    visits.spawn(visit(stream, seen.clone()));
                }
                // Out of file descriptors, for example: others have to end first.
                Err(_) => tokio::time::sleep(BREATH).await,
            },
            Some(_) = visits.join_next() => {}
        }
    }
}

async fn visit(stream: TcpStream, seen: Arc<dyn Seen>) {
    let service = service_fn(move |request: Request<Incoming>| {
        let answer = answer(&request, &*seen);
        async move { Ok::<_, Infallible>(answer) }
    });
    // A visitor who goes away in the middle is nobody's concern.
    let _ = http1::Builder::new()
        .keep_alive(false)
        .timer(TokioTimer::new())
        .header_read_timeout(READ_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

fn answer<B>(request: &Request<B>, seen: &dyn Seen) -> Response<String> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return respond(StatusCode::METHOD_NOT_ALLOWED, PLAIN, "GET only\n".to_owned());
    }
    let judged = |result: Result<(), String>| match result {
        Ok(()) => respond(StatusCode::OK, PLAIN, "ok\n".to_owned()),
        Err(why) => respond(StatusCode::SERVICE_UNAVAILABLE, PLAIN, format!("{why}\n")),
    };
    match request.uri().path() {
        "/healthz" => judged(seen.health()),
        "/readyz" => judged(seen.readiness()),
        "/metrics" => respond(StatusCode::OK, METRICS, seen.metrics()),
        _ => respond(StatusCode::NOT_FOUND, PLAIN, "/healthz, /readyz, /metrics\n".to_owned()),
    }
}

fn respond(status: StatusCode, kind: &'static str, body: String) -> Response<String> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

const PLAIN: &str = "text/plain; charset=utf-8";
const METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const MOST_VISITS: usize = 32;
const READ_TIMEOUT: Duration = Duration::from_secs(10);
const BREATH: Duration = Duration::from_millis(50);

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Sick;

    impl Seen for Sick {
        fn health(&self) -> Result<(), String> {
            Ok(())
        }

        fn readiness(&self) -> Result<(), String> {
            Err("the ledger does not answer".to_owned())
        }

        fn metrics(&self) -> String {
            "# EOF\n".to_owned()
        }
    }

    fn ask(method: Method, path: &str) -> (u16, String) {
        let request = Request::builder().method(method).uri(path).body(()).unwrap();
        let response = answer(&request, &Sick);
        (response.status().as_u16(), response.into_body())
    }

    #[test]
    fn each_path_has_its_answer() {
        assert_eq!(ask(Method::GET, "/healthz"), (200, "ok\n".to_owned()));
        assert_eq!(ask(Method::GET, "/readyz"), (503, "the ledger does not answer\n".to_owned()));
        assert_eq!(ask(Method::GET, "/metrics"), (200, "# EOF\n".to_owned()));
        assert_eq!(ask(Method::GET, "/").0, 404);
        assert_eq!(ask(Method::POST, "/metrics").0, 405);
    }
}
