//! The token endpoint's wire: the request for a token and the answers to it. No I/O.

use exoctl_http::{Classify, Request, Response, RetryReason, TransportError, Verdict, retry_after};
use exoctl_model::ClientId;
use http::header::{ACCEPT, CONTENT_TYPE};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use url::{Url, form_urlencoded};
use uuid::Uuid;

use crate::{AccessToken, Authority, CredentialError, EntraError, Scope, TokenClaims};

/// The client-credentials request of Learn, "OAuth 2.0 client credentials flow", third case.
/// `correlation` comes back in errors.
pub(crate) fn token_request(
    endpoint: &Url,
    client: ClientId,
    scope: &Scope,
    claims: Option<&str>,
    assertion: &SecretString,
    correlation: Uuid,
) -> Request {
    let client = client.to_string();
    let mut form = vec![
        ("client_id", client.as_str()),
        ("scope", scope.as_str()),
        ("client_assertion_type", ASSERTION_TYPE),
        ("client_assertion", assertion.expose_secret()),
        ("grant_type", "client_credentials"),
    ];
    form.extend(claims.map(|claims| ("claims", claims)));
    form_request(endpoint, &form, correlation)
}

/// A form for one of the authority's endpoints, as MSAL sends it.
pub(crate) fn form_request(endpoint: &Url, form: &[(&str, &str)], correlation: Uuid) -> Request {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    http::Request::post(endpoint.as_str())
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(ACCEPT, "application/json")
        .header("client-request-id", correlation.to_string())
        .header("return-client-request-id", "true")
        .header("x-client-sku", "exoctl")
        .header("x-client-ver", env!("CARGO_PKG_VERSION"))
        .header("x-ms-lib-capability", "retry-after, h429")
        .body(body.into())
        .expect("an https URL and plain header values make a request")
}

/// An answer that brings no token.
#[derive(Debug)]
pub(crate) enum NoToken {
    /// The authority says why.
    Refused(Box<EntraError>),
    /// Neither a token nor an error document: what it is instead.
    Unreadable(&'static str),
}

impl NoToken {
    /// As the error of a credential: what `authority` said to `client` in `response`.
    pub(crate) fn of(
        self,
        authority: &Authority,
        client: ClientId,
        response: &Response,
    ) -> CredentialError {
        let authority = authority.to_string();
        match self {
            Self::Refused(source) => CredentialError::Refused { authority, client, source },
            Self::Unreadable(found) => {
                let status = response.status().as_u16();
                CredentialError::Unreadable { authority, status, found }
            }
        }
    }
}

/// What a human's sign-in brings besides the access token (RFC 6749 section 5.1).
#[derive(Debug)]
pub(crate) struct Grant {
    pub(crate) token: AccessToken,
    pub(crate) refresh_token: Option<SecretString>,
    /// Who signed in; from the authority itself, so its signature need not be looked at.
    pub(crate) human: Option<TokenClaims>,
    /// What was granted, if that was said.
    pub(crate) scope: Option<String>,
}

/// Reads an answer to a request that was sent at `asked_at`. Times in it are relative, so a
/// local clock that is wrong does no harm.
pub(crate) fn read_answer(
    response: &Response,
    asked_at: Timestamp,
) -> Result<AccessToken, NoToken> {
    read_grant(response, asked_at).map(|grant| grant.token)
}

/// The same with all that comes with the token.
pub(crate) fn read_grant(response: &Response, asked_at: Timestamp) -> Result<Grant, NoToken> {
    let unreadable = |what| NoToken::Unreadable(what);
    let mut body = read_object(response)?;
    let is_bearer = |kind: &Value| kind.as_str().is_some_and(|k| k.eq_ignore_ascii_case("bearer"));
    if !body.get("token_type").is_none_or(is_bearer) {
        return Err(unreadable("a token that is no bearer token"));
    }
    let token = match body.remove("access_token") {
        Some(Value::String(token)) if !token.is_empty() => token,
        _ => return Err(unreadable("no access_token in it")),
    };
    let later = |seconds: f64| {
        let seconds = SignedDuration::from_secs(seconds.clamp(0.0, YEAR) as i64);
        asked_at.saturating_add(seconds).unwrap_or(Timestamp::MAX)
    };
    let expires_at = number(&body, "expires_in")
        .map(later)
        .or_else(|| Timestamp::from_second(number(&body, "expires_on")? as i64).ok())
        .or_else(|| TokenClaims::read(&token)?.exp)
        .ok_or(unreadable("a token without an end"))?;
    let refresh_at = number(&body, "refresh_in").map(later);
    let mut text = |name: &str| match body.remove(name) {
        Some(Value::String(text)) if !text.is_empty() => Some(text),
        _ => None,
    };
    Ok(Grant {
        refresh_token: text("refresh_token").map(SecretString::from),
        human: text("id_token").and_then(|token| TokenClaims::read(&token)),
        scope: text("scope"),
        token: AccessToken::new(token.into(), asked_at, expires_at).with_refresh_at(refresh_at),
    })
}

/// The JSON object of an answer that is no refusal.
pub(crate) fn read_object(response: &Response) -> Result<Map<String, Value>, NoToken> {
    if response.status().is_success() {
        return serde_json::from_slice(response.body())
            .map_err(|_| NoToken::Unreadable("no JSON object"));
    }
    Err(match EntraError::read(response) {
        Some(error) => NoToken::Refused(Box::new(error)),
        None => NoToken::Unreadable("an error without the authority's error document"),
    })
}

/// What is worth asking the authority again for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClassifyEntra;

impl Classify for ClassifyEntra {
    fn classify(&self, outcome: &Result<Response, TransportError>, now: Timestamp) -> Verdict {
        let response = match outcome {
            Ok(response) if response.status().is_success() => return Verdict::Done,
            Ok(response) => response,
            Err(error) => return Verdict::of_transport_error(error),
        };
        let after = retry_after::of(response.headers(), now);
        let Some(error) = EntraError::read(response) else {
            return Verdict::of_status(response, now);
        };
        // The authority has seen the same request too often; asking again prolongs that.
        if error.code == CLIENT_LOOP {
            return Verdict::Done;
        }
        if error.is_throttled() {
            return Verdict::Throttled { after };
        }
        if error.is_transient() {
            let reason = match error.code {
                0 => RetryReason::Status(response.status()),
                code => RetryReason::Service(format!("AADSTS{code}").into()),
            };
            return Verdict::Retry { after, reason };
        }
        Verdict::Done
    }
}

/// A number, or a string of one as the v1 endpoint sends it.
pub(crate) fn number(body: &Map<String, Value>, name: &str) -> Option<f64> {
    let value = body.get(name)?;
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok()).filter(|n| n.is_finite())
}

/// RFC 7523 section 2.2.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// AADSTS50196.
const CLIENT_LOOP: u32 = 50_196;
const YEAR: f64 = 366.0 * 86_400.0;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn answer(status: u16, body: &str) -> Response {
        http::Response::builder().status(status).body(body.to_owned().into()).unwrap()
    }

    fn now() -> Timestamp {
        Timestamp::from_second(1_700_000_000).unwrap()
    }

    #[test]
    fn the_request_is_the_documented_form() {
        let request = token_request(
            &Url::parse("https://login.microsoftonline.com/t/oauth2/v2.0/token").unwrap(),
            "36ee4c6c-0812-40a2-b820-b22ebd02bce3".parse().unwrap(),
            &"https://outlook.office365.com/.default".parse().unwrap(),
            Some(r#"{"a":1}"#),
            &"a.b-c_d".to_owned().into(),
            Uuid::nil(),
        );
        assert_eq!(
            std::str::from_utf8(request.body()).unwrap(),
            "client_id=36ee4c6c-0812-40a2-b820-b22ebd02bce3\
            &scope=https%3A%2F%2Foutlook.office365.com%2F.default\
            &client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer\
            &client_assertion=a.b-c_d&grant_type=client_credentials&claims=%7B%22a%22%3A1%7D"
        );
        assert_eq!(request.headers()[CONTENT_TYPE], "application/x-www-form-urlencoded");
    }

    #[test]
    fn lifetimes_are_read_as_numbers_and_strings() {
        for (body, expires, refresh) in [
            (
                r#"{"token_type":"Bearer","expires_in":3599,"ext_expires_in":3599,"access_token":"t"}"#,
                3599,
                None,
            ),
            (
                r#"{"token_type":"bearer","expires_in":"3599","expires_on":"1","access_token":"t"}"#,
                3599,
                None,
            ),
            (r#"{"expires_on":"1700000100","access_token":"t"}"#, 100, None),
            (r#"{"expires_in":86400,"refresh_in":43200,"access_token":"t"}"#, 86_400, Some(43_200)),
        ] {
            let token = read_answer(&answer(200, body), now()).unwrap();
            let after = |at: Timestamp| at.as_second() - now().as_second();
            assert_eq!(after(token.expires_at()), expires, "{body}");
            assert_eq!(token.refresh_at().map(after), refresh, "{body}");
        }
    }

    #[test]
    fn what_is_no_token_is_said_to_be_none() {
        for (status, body) in [
            (200, "<html>"),
            (200, r#"{"access_token":"t"}"#),
            (200, r#"{"access_token":"","expires_in":1}"#),
            (200, r#"{"access_token":"t","expires_in":1,"token_type":"pop"}"#),
            (302, ""),
            (500, "<html>"),
        ] {
            let outcome = read_answer(&answer(status, body), now());
            assert!(matches!(outcome, Err(NoToken::Unreadable(_))), "{body}");
        }
        let outcome = read_answer(&answer(400, r#"{"error":"invalid_scope"}"#), now());
        assert!(matches!(outcome, Err(NoToken::Refused(_))));
    }

    #[test]
    fn the_verdict_follows_the_table() {
        let coded = |code: u32| format!(r#"{{"error":"x","error_description":"AADSTS{code}: y"}}"#);
        let service = |code: &'static str| Verdict::Retry {
            after: None,
            reason: RetryReason::Service(code.into()),
        };
        let after = Some(Duration::from_secs(7));
        for (status, body, verdict) in [
            (400, coded(700_016), Verdict::Done),
            (401, coded(700_027), Verdict::Done),
            (400, coded(50_196), Verdict::Done),
            (429, coded(90_055), Verdict::Throttled { after: None }),
            (400, coded(90_033), service("AADSTS90033")),
            (400, coded(50_033), service("AADSTS50033")),
            (503, coded(90_024), service("AADSTS90024")),
        ] {
            let outcome = Ok(answer(status, &body));
            assert_eq!(ClassifyEntra.classify(&outcome, now()), verdict, "{status} {body}");
        }
        let mut bare = answer(429, "slow down");
        bare.headers_mut().insert(http::header::RETRY_AFTER, "7".parse().unwrap());
        assert_eq!(ClassifyEntra.classify(&Ok(bare), now()), Verdict::Throttled { after });
        let unwell = ClassifyEntra.classify(&Ok(answer(502, "")), now());
        assert!(matches!(unwell, Verdict::Ambiguous { .. }));
    }
}
