//! An endpoint as its clients meet it, with a credential that does as it is told.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use exoctl_broker::{AllowedResources, Endpoint, EndpointOptions};
use exoctl_http::BoxFuture;
use exoctl_identity::{
    AccessToken, CachedCredential, CredentialError, TokenCredential, TokenRequest,
};
use exoctl_model::{Clock, Cloud, ManualClock};
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Gives tokens of an hour, numbered, or none.
#[derive(Debug)]
struct Scripted {
    clock: Arc<ManualClock>,
    given: AtomicU32,
    error: Option<fn() -> CredentialError>,
}

impl TokenCredential for Scripted {
    fn token<'a>(
        &'a self,
        request: &'a TokenRequest,
    ) -> BoxFuture<'a, Result<AccessToken, CredentialError>> {
        let number = self.given.fetch_add(1, Ordering::Relaxed) + 1;
        let now = self.clock.now();
        let until = now + SignedDuration::from_hours(1);
        let token = format!("token-{number} of {}", request.scope.resource());
        let outcome = match self.error {
            Some(error) => Err(error()),
            None => Ok(AccessToken::new(token.into(), now, until)),
        };
        Box::pin(std::future::ready(outcome))
    }
}

async fn open(error: Option<fn() -> CredentialError>) -> (Endpoint, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH));
    let scripted = Scripted { clock: clock.clone(), given: AtomicU32::new(0), error };
    let options = EndpointOptions {
        credential: Arc::new(CachedCredential::new(Arc::new(scripted), clock.clone())),
        client: None,
        allowed: AllowedResources::of_exchange(&Cloud::default()),
        imds: false,
        clock: clock.clone(),
    };
    (Endpoint::open(options).await.unwrap(), clock)
}

/// The status and the body of a request for a token.
async fn ask(endpoint: &Endpoint, resource: &str) -> (u16, Value) {
    let url = endpoint.url();
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let header = endpoint.header().expose_secret();
    let request = format!(
        "GET /{path}?api-version=2019-08-01&resource={resource} HTTP/1.1\r\n\
        Host: {host}\r\nX-IDENTITY-HEADER: {header}\r\n\r\n"
    );
    let mut stream = TcpStream::connect(host).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), serde_json::from_str(body).unwrap())
}

const EXCHANGE: &str = "https://outlook.office365.com";

#[tokio::test]
async fn a_token_is_kept_and_renewed_before_it_expires() {
    let (endpoint, clock) = open(None).await;
    let (status, first) = ask(&endpoint, EXCHANGE).await;
    assert_eq!((status, first["expires_on"].as_str()), (200, Some("3600")));
    clock.advance(SignedDuration::from_mins(54));
    assert_eq!(ask(&endpoint, EXCHANGE).await.1, first);
    clock.advance(SignedDuration::from_mins(2));
    let (_, second) = ask(&endpoint, EXCHANGE).await;
    assert_eq!(second["access_token"], "token-2 of https://outlook.office365.com");
    assert_eq!(second["expires_on"], "6960");
}

#[tokio::test]
async fn a_refusal_of_the_authority_is_told_and_a_passing_one_may_be_tried_again() {
    let (endpoint, _) = open(Some(|| CredentialError::Rejected)).await;
    let (status, body) = ask(&endpoint, EXCHANGE).await;
    assert_eq!((status, body["error"].as_str()), (400, Some("invalid_client")));
    assert_eq!(body["message"], "the given access token was refused and cannot be renewed");
    assert_eq!(body["message"], body["error_description"]);
    let unwell = || CredentialError::Unreadable {
        authority: "login.microsoftonline.com/contoso.com".to_owned(),
        status: 502,
        found: "a page",
    };
    let (endpoint, _) = open(Some(unwell)).await;
    assert_eq!(ask(&endpoint, EXCHANGE).await.0, 503);
}

#[tokio::test]
async fn what_was_refused_is_remembered_and_afterwards_nobody_listens() {
    let (endpoint, _) = open(None).await;
    for resource in ["https://graph.microsoft.com/", "https://graph.microsoft.com"] {
        assert_eq!(ask(&endpoint, resource).await.0, 403);
    }
    assert_eq!(endpoint.refused(), ["https://graph.microsoft.com"]);
    let url = endpoint.url();
    let host = url.strip_prefix("http://").unwrap().split('/').next().unwrap().to_owned();
    // One that is connected and silent does not keep it open.
    let silent = TcpStream::connect(&host).await.unwrap();
    endpoint.close().await;
    let refused = TcpStream::connect(&host).await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    drop(silent);
}
