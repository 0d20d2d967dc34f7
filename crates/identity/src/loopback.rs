//! Where the browser comes back to: a listener on this machine that serves one sign-in (RFC 8252
//! section 7.3).
//!
//! Whoever can reach the loopback may knock here: other users, pages in the browser, scanners. Only
//! a request with our `state` ends the waiting, and a code that is not ours cannot be redeemed
//! with our verifier.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use secrecy::SecretString;
use serde_json::{Map, Value};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use url::form_urlencoded;

use crate::EntraError;

/// What the browser brought: a code, or the authority's words.
pub(crate) type Landing = Result<SecretString, Box<EntraError>>;

/// Listens on the loopback, at a port of the system's choosing.
#[derive(Debug)]
pub(crate) struct Loopback {
    port: u16,
    ipv4: TcpListener,
    /// A browser may take `localhost` for this; a machine may be without.
    ipv6: Option<TcpListener>,
}

impl Loopback {
    /// Opens the port. Other machines cannot reach it.
    pub(crate) async fn open() -> io::Result<Self> {
        let ipv4 = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = ipv4.local_addr()?.port();
        let ipv6 = TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await.ok();
        Ok(Self { port, ipv4, ipv6 })
    }

    /// The redirect URI. Entra lets any port match a registered `http://localhost`, and only that.
    pub(crate) fn redirect_uri(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Serves until a request with `state` comes, and answers that one too.
    pub(crate) async fn landing(self, state: &str) -> io::Result<Landing> {
        let door = Arc::new(Door { port: self.port, state: state.to_owned() });
        let mut visits = JoinSet::new();
        loop {
            tokio::select! {
                Some(visit) = visits.join_next() => {
                    if let Ok(Some(landing)) = visit {
                        return Ok(landing);
                    }
                }
                accepted = self.accept() => match accepted {
                    Ok(stream) => {
                        visits.spawn(serve(stream, door.clone()));
                    }
                    // Who left before we got there is nobody's fault.
                    Err(error) if is_theirs(&error) => {}
                    Err(error) => return Err(error),
                },
            }
        }
    }

    async fn accept(&self) -> io::Result<TcpStream> {
        let ipv6 = async {
            match &self.ipv6 {
                Some(listener) => listener.accept().await,
                None => std::future::pending().await,
            }
        };
        let (stream, _) = tokio::select! {
            accepted = self.ipv4.accept() => accepted?,
            accepted = ipv6 => accepted?,
        };
        Ok(stream)
    }
}

fn is_theirs(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset)
}

/// One connection, one request, one answer. Several at a time, for browsers open some in advance.
async fn serve(stream: TcpStream, door: Arc<Door>) -> Option<Landing> {
    let landing = Mutex::new(None);
    let service = service_fn(|request: Request<Incoming>| {
        let (came, page) = door.receive(&request);
        if came.is_some() {
            *landing.lock().unwrap_or_else(PoisonError::into_inner) = came;
        }
        std::future::ready(Ok::<_, Infallible>(page))
    });
    let served = http1::Builder::new()
        .keep_alive(false)
        .timer(TokioTimer::new())
        .header_read_timeout(READ_TIMEOUT)
        .max_buf_size(LARGEST_REQUEST)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(error = &error as &dyn std::error::Error, "a visit to the loopback failed");
    }
    landing.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Who is let in.
#[derive(Debug)]
struct Door {
    port: u16,
    state: String,
}

impl Door {
    /// What a request brings, if it is the one that is waited for, and the page for it.
    fn receive<B>(&self, request: &Request<B>) -> (Option<Landing>, Response<String>) {
        // A page of another host that has its name lead here (DNS rebinding) is a stranger.
        if !self.is_addressed(request) {
            return (None, page(StatusCode::MISDIRECTED_REQUEST, STRANGER));
        }
        if request.method() != Method::GET || request.uri().path() != "/" {
            return (None, page(StatusCode::NOT_FOUND, STRANGER));
        }
        match read_redirect(request.uri().query().unwrap_or_default(), &self.state) {
            None => (None, page(StatusCode::BAD_REQUEST, STRANGER)),
            Some(Ok(code)) => (Some(Ok(code)), page(StatusCode::OK, DONE)),
            Some(Err(error)) => (Some(Err(error)), page(StatusCode::OK, REFUSED)),
        }
    }

    fn is_addressed<B>(&self, request: &Request<B>) -> bool {
        let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
        ["localhost", "127.0.0.1", "[::1]"]
            .iter()
            .any(|name| host == Some(format!("{name}:{}", self.port).as_str()))
    }
}

/// The parameters of the redirect, RFC 6749 sections 4.1.2 and 4.1.2.1. `None` if they are not
/// ours or say nothing.
fn read_redirect(query: &str, state: &str) -> Option<Landing> {
    let mut members: Map<String, Value> = form_urlencoded::parse(query.as_bytes())
        .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
        .collect();
    if members.remove("state")?.as_str() != Some(state) {
        return None;
    }
    if let Some(error) = EntraError::of_members(StatusCode::FOUND.as_u16(), members.clone()) {
        return Some(Err(Box::new(error)));
    }
    match members.remove("code") {
        Some(Value::String(code)) if !code.is_empty() => Some(Ok(code.into())),
        _ => None,
    }
}

/// A page that loads nothing, is kept nowhere and repeats nothing of what was sent.
fn page(status: StatusCode, text: &str) -> Response<String> {
    let body = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>exoctl</title>\
        <p>{text}</p></html>\n"
    );
    Response::builder()
        .status(status)
        .header(CONTENT_TYPE, "text/html; charset=utf-8")
        .header(CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'")
        .header(X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(REFERRER_POLICY, "no-referrer")
        .header(CACHE_CONTROL, "no-store")
        .body(body)
        .expect("plain header values make a response")
}

const DONE: &str = "You are signed in. Close this page and go back to the terminal.";
const REFUSED: &str = "The sign-in did not succeed. The terminal says why; close this page.";
const STRANGER: &str = "Nothing is expected here.";
const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// A code of Entra's is one or two kilobytes long.
const LARGEST_REQUEST: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn visit(method: &str, host: &str, path: &str) -> (Option<Landing>, StatusCode, String) {
        let door = Door { port: 4711, state: "xyz".to_owned() };
        let request = Request::builder().method(method).uri(path).header(HOST, host).body(());
        let (landing, page) = door.receive(&request.unwrap());
        (landing, page.status(), page.into_body())
    }

    #[test]
    fn the_rfcs_redirects_are_read() {
        // RFC 6749 sections 4.1.2 and 4.1.2.1.
        let code = read_redirect("code=SplxlOBeZQQYbYS6WxSbIA&state=xyz", "xyz").unwrap();
        assert_eq!(code.unwrap().expose_secret(), "SplxlOBeZQQYbYS6WxSbIA");
        let error = read_redirect("error=access_denied&state=xyz", "xyz").unwrap().unwrap_err();
        assert_eq!(error.error, "access_denied");
        let entra = "error=access_denied&error_subcode=cancel&state=xyz&error_description=\
            AADSTS65004%3a+User+declined+to+consent+to+access+the+app.%0d%0aTrace+ID%3a+1";
        let error = read_redirect(entra, "xyz").unwrap().unwrap_err();
        assert_eq!(error.code, 65_004);
        assert_eq!(error.text(), "AADSTS65004: User declined to consent to access the app.");
    }

    #[test]
    fn only_the_redirect_that_is_waited_for_ends_the_waiting() {
        let good = "/?code=c&state=xyz";
        let (landing, status, body) = visit("GET", "localhost:4711", good);
        assert!(landing.is_some_and(|landing| landing.is_ok()));
        assert!(status.is_success() && !body.contains("code"), "{body}");
        for (method, host, path) in [
            ("GET", "localhost:4711", "/"),
            ("GET", "localhost:4711", "/?code=c"),
            ("GET", "localhost:4711", "/?code=c&state=abc"),
            ("GET", "localhost:4711", "/?error=access_denied&state="),
            ("GET", "localhost:4711", "/?state=xyz"),
            ("GET", "localhost:4711", "/?state=xyz&code="),
            ("GET", "localhost:4711", "/favicon.ico?code=c&state=xyz"),
            ("POST", "localhost:4711", good),
            ("HEAD", "localhost:4711", good),
            ("GET", "localhost:4712", good),
            ("GET", "localhost", good),
            ("GET", "evil.example:4711", good),
            ("GET", "localhost.evil.example:4711", good),
        ] {
            let (landing, status, _) = visit(method, host, path);
            assert!(landing.is_none(), "{method} {host} {path}");
            assert!(status.is_client_error(), "{method} {host} {path}");
        }
    }

    #[test]
    fn a_page_repeats_nothing_and_runs_nothing() {
        let hostile =
            "/?state=xyz&error=%3Cscript%3Ealert(1)%3C/script%3E&error_description=%3Cb%3E";
        let (landing, _, body) = visit("GET", "127.0.0.1:4711", hostile);
        assert!(landing.unwrap().unwrap_err().error.starts_with("<script>"));
        assert!(!body.contains("script") && !body.contains("<b>"), "{body}");
        let page = page(StatusCode::OK, DONE);
        assert_eq!(page.headers()[CACHE_CONTROL], "no-store");
        assert!(page.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap().contains("'none'"));
    }
}
