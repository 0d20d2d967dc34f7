//! The client against a real TLS server: what it sends, and how it tells failures apart.

use std::time::Duration;

use bytes::Bytes;
use exoctl_http::{
    HttpOptions, HttpTransport, Reached, Request, RequestTimeout, Transport, TransportError,
};

use crate::server::{Server, Then};

fn trusting(server: &Server) -> HttpTransport {
    let certificate_authority = Some(server.authority.clone());
    HttpTransport::new(&HttpOptions { certificate_authority, ..Default::default() }).unwrap()
}

fn get(url: &str) -> Request {
    http::Request::get(url).body(Bytes::new()).unwrap()
}

#[tokio::test]
async fn it_says_who_it_is_and_asks_for_gzip() {
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
    let mut server = Server::answering(answer, Then::Close).await;
    let response = trusting(&server).send(get(&server.url)).await.unwrap();
    assert_eq!(&response.body()[..], b"ok");
    let head = server.requests.recv().await.unwrap().to_ascii_lowercase();
    let version = env!("CARGO_PKG_VERSION");
    assert!(head.contains(&format!("user-agent: exoctl/{version}\r\n")), "{head}");
    assert!(head.contains("accept-encoding: gzip\r\n"), "{head}");
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_cookies_are_headers() {
    let answer = "HTTP/1.1 302 Found\r\nlocation: https://eur02b.example:446/\r\n\
        set-cookie: a=1\r\nset-cookie: b=2\r\ncontent-length: 0\r\n\r\n";
    let server = Server::answering(answer, Then::Close).await;
    let response = trusting(&server).send(get(&server.url)).await.unwrap();
    assert_eq!(response.status(), 302);
    assert_eq!(response.headers()["location"], "https://eur02b.example:446/");
    assert_eq!(response.headers().get_all("set-cookie").iter().count(), 2);
}

#[tokio::test]
async fn nul_bytes_that_claim_to_be_gzip_arrive() {
    let mut answer =
        b"HTTP/1.1 403 Forbidden\r\ncontent-encoding: gzip\r\ncontent-length: 64\r\n\r\n".to_vec();
    answer.extend([0; 64]);
    let server = Server::answering(answer, Then::Close).await;
    let response = trusting(&server).send(get(&server.url)).await.unwrap();
    assert_eq!((response.status().as_u16(), response.body().len()), (403, 64));
}

#[tokio::test]
async fn a_stranger_is_not_trusted() {
    let server = Server::answering("", Then::Close).await;
    let other = Server::answering("", Then::Close).await;
    let error = trusting(&other).send(get(&server.url)).await.unwrap_err();
    assert!(matches!(error, TransportError::Tls { .. }), "{error:?}");
    assert_eq!((error.reached(), error.is_transient()), (Reached::No, false));
    let by_name = server.url.replace("127.0.0.1", "localhost");
    let error = trusting(&server).send(get(&by_name)).await.unwrap_err();
    assert!(matches!(error, TransportError::Tls { .. }), "{error:?}");
}

#[tokio::test]
async fn a_closed_port_is_no_connection() {
    let server = Server::answering("", Then::Close).await;
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = closed.local_addr().unwrap();
    drop(closed);
    let url = format!("https://{address}/?token=secret");
    let error = trusting(&server).send(get(&url)).await.unwrap_err();
    assert!(matches!(error, TransportError::Connect { .. }), "{error:?}");
    assert_eq!(error.to_string(), format!("could not connect to {address}"));
    assert_eq!((error.reached(), error.is_transient()), (Reached::No, true));
    assert!(!format!("{error:?}").contains("secret"), "{error:?}");
}

#[tokio::test]
async fn an_end_before_the_answer_is_a_reset() {
    let server = Server::answering("", Then::Close).await;
    let error = trusting(&server).send(get(&server.url)).await.unwrap_err();
    assert!(matches!(error, TransportError::Reset { .. }), "{error:?}");
    assert_eq!((error.reached(), error.is_transient()), (Reached::Maybe, true));
}

#[tokio::test]
async fn an_end_within_the_body_is_a_truncation() {
    for body in
        ["content-length: 10\r\n\r\nhalf", "transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n"]
    {
        let answer = format!("HTTP/1.1 200 OK\r\n{body}");
        let server = Server::answering(answer, Then::Close).await;
        let error = trusting(&server).send(get(&server.url)).await.unwrap_err();
        assert!(
            matches!(error, TransportError::Truncated { received: 4, .. }),
            "{body:?}: {error:?}"
        );
        assert_eq!((error.reached(), error.status().unwrap().as_u16()), (Reached::Maybe, 200));
    }
}

#[tokio::test]
async fn silence_is_a_timeout_before_and_within_the_answer() {
    for answer in ["", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf"] {
        let server = Server::answering(answer, Then::Hang).await;
        let mut request = get(&server.url);
        let limit = Duration::from_millis(200);
        request.extensions_mut().insert(RequestTimeout(limit));
        let error = trusting(&server).send(request).await.unwrap_err();
        assert!(matches!(error, TransportError::Timeout { .. }), "{answer:?}: {error:?}");
        assert_eq!(error.reached(), Reached::Maybe);
        assert!(error.to_string().ends_with("did not answer within 0.2 seconds"), "{error}");
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_not_read_on() {
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n01234567890123456789";
    let server = Server::answering(answer, Then::Close).await;
    let options = HttpOptions {
        certificate_authority: Some(server.authority.clone()),
        body_limit: 10,
        ..Default::default()
    };
    let error = HttpTransport::new(&options).unwrap().send(get(&server.url)).await.unwrap_err();
    assert!(matches!(error, TransportError::TooLarge { limit: 10, .. }), "{error:?}");
}

#[tokio::test]
async fn plain_http_is_not_spoken() {
    let transport = HttpTransport::new(&HttpOptions::default()).unwrap();
    let error = transport.send(get("http://127.0.0.1:1/a?token=secret")).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "could not send a request to \"http://127.0.0.1:1/a\", an absolute https URL is needed"
    );
}

#[test]
fn an_authority_that_is_none_is_refused_at_once() {
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for pem in ["", "not PEM", broken] {
        let certificate_authority = Some(pem.to_owned());
        let options = HttpOptions { certificate_authority, ..Default::default() };
        let error = HttpTransport::new(&options).unwrap_err();
        assert!(matches!(error, TransportError::Setup(_)), "{pem:?}: {error:?}");
    }
}

#[tokio::test]
async fn a_stranger_shows_its_chain_and_gets_no_request() {
    let mut server = Server::answering("", Then::Close).await;
    let uri = server.url.parse().unwrap();
    let chain = exoctl_http::presented_certificates(&HttpOptions::default(), &uri).await.unwrap();
    assert_eq!(chain, [server.certificate.clone()]);
    assert!(server.requests.try_recv().is_err(), "nothing is sent to whom nobody trusts");

    let closed = "https://127.0.0.1:1/".parse().unwrap();
    let error = exoctl_http::presented_certificates(&HttpOptions::default(), &closed).await;
    assert!(matches!(error, Err(TransportError::Connect { .. })), "{error:?}");
}
