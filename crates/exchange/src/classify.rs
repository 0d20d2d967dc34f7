//! Which answers of the admin API are worth another try.

use std::sync::Mutex;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use exoctl_http::{
    Classify, Response, RetryReason, ThrottledCalls, TransportError, Verdict, retry_after,
};
use http::StatusCode;
use http::header::WWW_AUTHENTICATE;
use jiff::Timestamp;
use uuid::Uuid;

use crate::batch_answer::Answers;
use crate::cmdlet_error::CmdletError;
use crate::trace::Trace;

/// The rules of the admin API for one request, its repetitions included: a refused token is
/// renewed once, throttling was not carried out, all else that is worth repeating may have been.
#[derive(Debug, Default)]
pub(crate) struct AdminClassify {
    refusal: Mutex<Refusal>,
    batch: bool,
}

#[derive(Debug, Default)]
struct Refusal {
    seen: bool,
    claims: Option<String>,
}

impl AdminClassify {
    /// The rules for a batch.
    pub(crate) fn of_batch() -> Self {
        Self { batch: true, ..Self::default() }
    }

    /// The claims that a refused token lacked: a challenge of continuous access evaluation.
    pub(crate) fn claims(&self) -> Option<String> {
        self.refusal.lock().expect("no code panics while it holds the refusal").claims.clone()
    }

    fn refused(&self, response: &Response) -> Verdict {
        let mut refusal = self.refusal.lock().expect("no code panics while it holds the refusal");
        if refusal.seen {
            return Verdict::Done;
        }
        *refusal = Refusal { seen: true, claims: claims_challenge(response) };
        Verdict::Retry { after: Some(Duration::ZERO), reason: RetryReason::Unauthorized }
    }
}

impl Classify for AdminClassify {
    fn classify(&self, outcome: &Result<Response, TransportError>, now: Timestamp) -> Verdict {
        match outcome {
            Err(error) => Verdict::of_transport_error(error),
            Ok(response) if response.status() == StatusCode::UNAUTHORIZED => self.refused(response),
            Ok(response) => of_answer(response, now),
        }
    }

    fn throttled_within(&self, response: &Response, now: Timestamp) -> Option<ThrottledCalls> {
        if !self.batch {
            return None;
        }
        let answers = Answers::read(response.body())?;
        let waits: Vec<Option<Duration>> = answers
            .iter()
            .filter_map(|answer| match answer.verdict(now) {
                Verdict::Throttled { after } => Some(after),
                _ => None,
            })
            .collect();
        let after = waits.iter().copied().flatten().max();
        (!waits.is_empty()).then_some(ThrottledCalls { calls: waits.len() as u32, after })
    }
}

fn of_answer(response: &Response, now: Timestamp) -> Verdict {
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return Verdict::Done;
    }
    let after = retry_after::of(response.headers(), now);
    if status == StatusCode::TOO_MANY_REQUESTS {
        return Verdict::Throttled { after };
    }
    let trace = Trace::read(status.as_u16(), response.headers(), Uuid::nil());
    let error = CmdletError::read(response.body(), trace);
    if error.is_concurrency_limit() {
        return Verdict::Throttled { after };
    }
    if error.is_transient() {
        let name = error.exception_name().unwrap_or("transient exception").to_owned();
        return Verdict::Ambiguous { after, reason: RetryReason::Service(name.into()) };
    }
    let unwell = match status {
        StatusCode::REQUEST_TIMEOUT
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => true,
        // With an exception it is the cmdlet's own failure, which would only come again. A mere
        // error document is of a server that stands before the cmdlet, or of one that died.
        StatusCode::INTERNAL_SERVER_ERROR => error.exception.is_none() && error.category.is_none(),
        _ => false,
    };
    if unwell {
        return Verdict::Ambiguous { after, reason: RetryReason::Status(status) };
    }
    Verdict::Done
}

/// The decoded `claims` of a Bearer challenge.
fn claims_challenge(response: &Response) -> Option<String> {
    response.headers().get_all(WWW_AUTHENTICATE).iter().find_map(|header| {
        let (_, rest) = header.to_str().ok()?.split_once("claims=\"")?;
        let (encoded, _) = rest.split_once('"')?;
        let decoded = STANDARD
            .decode(encoded)
            .or_else(|_| STANDARD_NO_PAD.decode(encoded))
            .or_else(|_| URL_SAFE_NO_PAD.decode(encoded))
            .ok()?;
        String::from_utf8(decoded).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn verdict(status: u16, headers: &[(&str, &str)], body: &'static str) -> Verdict {
        let mut response = http::Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        let response = response.body(Bytes::from_static(body.as_bytes())).unwrap();
        AdminClassify::default().classify(&Ok(response), Timestamp::UNIX_EPOCH)
    }

    fn ambiguous(status: StatusCode) -> Verdict {
        Verdict::Ambiguous { after: None, reason: RetryReason::Status(status) }
    }

    #[test]
    fn the_table_of_statuses() {
        assert_eq!(verdict(200, &[], "{}"), Verdict::Done);
        assert_eq!(verdict(302, &[], ""), Verdict::Done);
        assert_eq!(verdict(403, &[], "\0\0\0\0"), Verdict::Done);
        assert_eq!(verdict(404, &[], r#"{"error":{"code":"NotFound"}}"#), Verdict::Done);
        assert_eq!(
            verdict(429, &[("Retry-After", "1.5")], "slow down"),
            Verdict::Throttled { after: Some(Duration::from_millis(1500)) }
        );
        assert_eq!(verdict(503, &[], ""), ambiguous(StatusCode::SERVICE_UNAVAILABLE));
        assert_eq!(verdict(504, &[], "busy"), ambiguous(StatusCode::GATEWAY_TIMEOUT));
        assert_eq!(verdict(500, &[], ""), ambiguous(StatusCode::INTERNAL_SERVER_ERROR));
        assert_eq!(
            verdict(500, &[], r#"{"error":{"code":"InternalServerError","message":"x"}}"#),
            ambiguous(StatusCode::INTERNAL_SERVER_ERROR)
        );
        assert_eq!(
            verdict(500, &[], r#"{"error":{"code":"x","details":[{"code":"Context"}]}}"#),
            Verdict::Done,
            "the cmdlet's own failure"
        );
    }

    #[test]
    fn the_text_about_concurrency_throttles_with_any_status() {
        let text = "You have reached the maximum number of concurrent requests per tenant. Please wait and try again";
        assert_eq!(verdict(400, &[], text), Verdict::Throttled { after: None });
    }

    #[test]
    fn a_busy_directory_is_worth_another_try() {
        let body = r#"{"error":{"code":"InternalServerError","message":"Error executing cmdlet","details":[{"code":"Context","target":"","message":"Ex12AB34|Microsoft.Exchange.Data.Directory.DCOverloadedException|Domain controller is overloaded."}]}}"#;
        let expected = RetryReason::Service("DCOverloadedException".into());
        assert_eq!(verdict(500, &[], body), Verdict::Ambiguous { after: None, reason: expected });
    }

    #[test]
    fn a_token_is_renewed_once_with_the_claims_asked_for() {
        let classify = AdminClassify::default();
        let refused = || {
            let challenge = r#"Bearer client_id="00000002-0000-0ff1-ce00-000000000000", error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnt9fQ==""#;
            let response = http::Response::builder()
                .status(401)
                .header("WWW-Authenticate", "Basic Realm=\"\"")
                .header("WWW-Authenticate", challenge);
            Ok(response.body(Bytes::new()).unwrap())
        };
        let first = classify.classify(&refused(), Timestamp::UNIX_EPOCH);
        let reason = RetryReason::Unauthorized;
        assert_eq!(first, Verdict::Retry { after: Some(Duration::ZERO), reason });
        assert_eq!(classify.claims().as_deref(), Some(r#"{"access_token":{}}"#));
        assert_eq!(classify.classify(&refused(), Timestamp::UNIX_EPOCH), Verdict::Done);
    }
}
