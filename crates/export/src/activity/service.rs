//! Calls to the Management Activity API: a token, the publisher on each, again if need be.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use exoctl_http::{
    Attempt, BoxFuture, Classify, Effect, Governor, GovernorOptions, Rate, Request, Response,
    RetryPolicy, RetryReason, Retrying, Transport, TransportError, Verdict,
};
use exoctl_identity::{AccessToken, CredentialError, Scope, TokenCredential, TokenRequest};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, HeaderValue};
use http::{Method, StatusCode};
use jiff::Timestamp;
use secrecy::ExposeSecret as _;
use url::Url;

use super::ActivityOptions;
use super::error::{ActivityError, ActivityRefusal};

const PUBLISHER: &str = "PublisherIdentifier";

/// The API of one tenant.
#[derive(Debug)]
pub(super) struct Service {
    /// Up to `activity/feed/`.
    root: Url,
    publisher: String,
    scope: Scope,
    credential: Arc<dyn TokenCredential>,
    transport: Arc<dyn Transport>,
    retrying: Retrying,
}

impl Service {
    pub(super) fn new(options: &ActivityOptions) -> Self {
        let tenant = options.tenant.to_string();
        let path = format!("api/v1.0/{tenant}/activity/feed/");
        let root = options.cloud.activity.join(&path).expect("an id is a part of a path");
        let rate = f64::from(options.requests_per_minute.max(1)) / 60.0;
        let governor = Governor::new(GovernorOptions {
            concurrency: options.concurrency.max(1),
            rate: Some(Rate { per_second: rate, burst: (rate as u32).max(1) }),
        });
        let policy = RetryPolicy { first: options.first_wait, ..RetryPolicy::default() };
        Self {
            root,
            publisher: tenant,
            scope: Scope::activity(&options.cloud),
            credential: options.credential.clone(),
            transport: options.transport.clone(),
            retrying: Retrying::new(policy, options.clock.clone()).governed(governor),
        }
    }

    /// The token that calls are made with.
    pub(super) async fn token(&self) -> Result<AccessToken, ActivityError> {
        let request = TokenRequest::new(self.scope.clone());
        self.credential.token(&request).await.map_err(ActivityError::Credential)
    }

    /// An address below the feed.
    pub(super) fn url(&self, path: &str) -> Url {
        self.root.join(path).expect("paths here are written by hand")
    }

    /// A link that the service gave: to itself, or it is not followed.
    pub(super) fn link(&self, text: &str) -> Result<Url, ActivityError> {
        let link = self.root.join(text).ok().filter(|link| link.origin() == self.root.origin());
        link.ok_or_else(|| ActivityError::ForeignLink { link: text.to_owned() })
    }

    /// Reads.
    pub(super) async fn get(
        &self,
        url: &Url,
        operation: &'static str,
    ) -> Result<Response, ActivityError> {
        self.send(Method::GET, url, operation).await
    }

    /// Does something that may be done twice.
    pub(super) async fn post(
        &self,
        url: &Url,
        operation: &'static str,
    ) -> Result<Response, ActivityError> {
        self.send(Method::POST, url, operation).await
    }

    async fn send(
        &self,
        method: Method,
        url: &Url,
        operation: &'static str,
    ) -> Result<Response, ActivityError> {
        let effect = if method == Method::GET { Effect::Read } else { Effect::RepeatableWrite };
        let mut url = url.clone();
        // Without it a call counts among those of nobody, who share one quota.
        if !url.query_pairs().any(|(name, _)| name == PUBLISHER) {
            url.query_pairs_mut().append_pair(PUBLISHER, &self.publisher);
        }
        let last: Mutex<Option<AccessToken>> = Mutex::new(None);
        let (last, url, method) = (&last, &url, &method);
        let prepare = |attempt: Attempt| -> BoxFuture<'_, Result<Request, CredentialError>> {
            let renew = attempt.previous == Some(RetryReason::Unauthorized);
            Box::pin(async move {
                let refused = last.lock().expect("nobody panics while holding it").take();
                let wanted = TokenRequest::new(self.scope.clone());
                let wanted = match refused.filter(|_| renew) {
                    Some(refused) => wanted.rejecting(&refused),
                    None => wanted,
                };
                let token = self.credential.token(&wanted).await?;
                let request = request(method, url, &token);
                *last.lock().expect("nobody panics while holding it") = Some(token);
                Ok(request)
            })
        };
        let sent = self.retrying.send_with(&*self.transport, &ClassifyActivity, effect, prepare);
        let outcome = sent.await.map_err(ActivityError::Credential)?.outcome;
        let response = outcome.map_err(|source| ActivityError::Transport { operation, source })?;
        if response.status().is_success() {
            return Ok(response);
        }
        Err(ActivityError::Refused { operation, source: ActivityRefusal::read(&response) })
    }
}

fn request(method: &Method, url: &Url, token: &AccessToken) -> Request {
    let bearer = format!("Bearer {}", token.secret().expose_secret());
    let mut bearer = HeaderValue::try_from(bearer).expect("a token is plain ASCII");
    bearer.set_sensitive(true);
    let mut request = http::Request::builder()
        .method(method)
        .uri(url.as_str())
        .header(AUTHORIZATION, bearer)
        .header(ACCEPT, "application/json");
    if method == Method::POST {
        request = request.header(CONTENT_LENGTH, "0");
    }
    request.body(Bytes::new()).expect("an address and a token make a request")
}

/// RFC 9110, a new token after a 401, and throttling that comes as a 403.
#[derive(Clone, Copy, Debug)]
struct ClassifyActivity;

impl Classify for ClassifyActivity {
    fn classify(&self, outcome: &Result<Response, TransportError>, now: Timestamp) -> Verdict {
        let response = match outcome {
            Ok(response) if response.status().is_success() => return Verdict::Done,
            Ok(response) => response,
            Err(error) => return Verdict::of_transport_error(error),
        };
        let after = exoctl_http::retry_after::of(response.headers(), now);
        let said = ActivityRefusal::read(response);
        match (response.status(), said.code.as_str()) {
            (_, "AF429") => Verdict::Throttled { after },
            (_, "AF50000") => {
                Verdict::Ambiguous { after, reason: RetryReason::Service("AF50000".into()) }
            }
            // A token without the permission is not helped by another one.
            (_, "AF10001") => Verdict::Done,
            (StatusCode::UNAUTHORIZED, _) => Verdict::Retry {
                after: Some(std::time::Duration::ZERO),
                reason: RetryReason::Unauthorized,
            },
            _ => Verdict::of_status(response, now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The codes of the reference with their answers; a 403 with AF429 was recorded in the field.
    #[test]
    fn throttling_is_known_by_its_code() {
        let verdict = |status: u16, body: &'static str| {
            let response =
                http::Response::builder().status(status).body(Bytes::from_static(body.as_bytes()));
            ClassifyActivity.classify(&Ok(response.unwrap()), Timestamp::UNIX_EPOCH)
        };
        let throttled = Verdict::Throttled { after: None };
        assert_eq!(verdict(403, r#"{"error":{"code":"AF429","message":"Too many"}}"#), throttled);
        assert_eq!(verdict(429, ""), throttled);
        let permission = r#"{"error":{"code":"AF10001","message":"The permission set ()"}}"#;
        assert_eq!(verdict(401, permission), Verdict::Done);
        assert_eq!(verdict(403, permission), Verdict::Done);
        assert!(matches!(verdict(401, ""), Verdict::Retry { .. }));
        assert!(matches!(
            verdict(400, r#"{"error":{"code":"AF50000"}}"#),
            Verdict::Ambiguous { .. }
        ));
        assert!(matches!(verdict(503, "<html>"), Verdict::Ambiguous { .. }));
        assert_eq!(verdict(400, r#"{"error":{"code":"AF20022"}}"#), Verdict::Done);
    }
}
