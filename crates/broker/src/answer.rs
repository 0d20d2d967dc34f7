//! Tokens and refusals in the words of the protocols. Every value is a string, as theirs are.

use std::error::Error;

use exoctl_identity::{AccessToken, CredentialError};
use exoctl_model::ClientId;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{Response, StatusCode};
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};

use crate::door::{Protocol, Refusal, Wanted};

/// The token, as the protocol gives it.
pub(crate) fn granted(
    wanted: &Wanted,
    token: &AccessToken,
    client: Option<ClientId>,
    now: Timestamp,
) -> Response<String> {
    let expires = token.expires_at().as_second();
    let mut members = vec![
        ("access_token", token.secret().expose_secret().to_owned()),
        ("expires_on", expires.to_string()),
        ("resource", wanted.asked.clone()),
        ("token_type", "Bearer".to_owned()),
    ];
    if let Some(client) = client.filter(|_| wanted.protocol != Protocol::AppService2017) {
        members.push(("client_id", client.to_string()));
    }
    if wanted.protocol == Protocol::Imds {
        let left = expires.saturating_sub(now.as_second()).max(0).to_string();
        members.push(("expires_in", left.clone()));
        members.push(("ext_expires_in", left));
        members.push(("not_before", token.obtained_at().as_second().to_string()));
    }
    let members = members.into_iter().map(|(name, value)| (name.to_owned(), value.into()));
    response(StatusCode::OK, members.collect())
}

/// A refusal: App Service's members for its clients, OAuth's for everybody else.
pub(crate) fn refused(refusal: &Refusal) -> Response<String> {
    failed(refusal.status, refusal.error, &refusal.message)
}

/// The authority's or the key's refusal. A passing one is 503, which clients try again.
pub(crate) fn no_token(error: &CredentialError) -> Response<String> {
    let status = if error.is_transient() {
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        StatusCode::BAD_REQUEST
    };
    let word = error.entra().map_or("invalid_client", |entra| entra.error.as_str());
    failed(status, word, &chain(error))
}

/// An error with its causes, in one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        next = cause.source();
    }
    text
}

fn failed(status: StatusCode, error: &str, message: &str) -> Response<String> {
    let body = json!({
        "statusCode": status.as_u16(),
        "message": message,
        "error": error,
        "error_description": message,
    });
    let Value::Object(members) = body else { unreachable!("an object was written") };
    response(status, members)
}

fn response(status: StatusCode, members: Map<String, Value>) -> Response<String> {
    Response::builder()
        .status(status)
        .header(CONTENT_TYPE, "application/json; charset=utf-8")
        .header(CACHE_CONTROL, "no-store")
        .header(X_CONTENT_TYPE_OPTIONS, "nosniff")
        .body(Value::Object(members).to_string())
        .expect("plain header values make a response")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(protocol: Protocol) -> Value {
        let asked = "https://vault.azure.net".to_owned();
        let wanted = Wanted { protocol, resource: asked.parse().unwrap(), asked };
        let (from, now, until) = (1_586_900_000, 1_586_984_000, 1_586_984_735);
        let at = |second| Timestamp::from_second(second).unwrap();
        let token = AccessToken::new("opaque".into(), at(from), at(until));
        let client = "5E29463D-71DA-4FE0-8E69-999B57DB23B0".parse().unwrap();
        let response = granted(&wanted, &token, Some(client), at(now));
        assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
        serde_json::from_str(response.body()).unwrap()
    }

    #[test]
    fn a_token_is_given_as_the_documentation_shows_it() {
        // Learn, "REST endpoint reference" of App Service: this very example, but for the token and
        // the letter case of the client id.
        let newer = json!({
            "access_token": "opaque",
            "expires_on": "1586984735",
            "resource": "https://vault.azure.net",
            "token_type": "Bearer",
            "client_id": "5e29463d-71da-4fe0-8e69-999b57db23b0",
        });
        assert_eq!(answer(Protocol::AppService2019), newer);
        let mut older = newer.clone();
        older.as_object_mut().unwrap().remove("client_id");
        assert_eq!(answer(Protocol::AppService2017), older);
        let mut imds = newer;
        imds["expires_in"] = json!("735");
        imds["ext_expires_in"] = json!("735");
        imds["not_before"] = json!("1586900000");
        assert_eq!(answer(Protocol::Imds), imds);
    }

    #[test]
    fn a_refusal_has_the_members_of_both_worlds() {
        let refusal = Refusal {
            status: StatusCode::FORBIDDEN,
            error: "invalid_target",
            message: "no".to_owned(),
            resource: None,
        };
        let response = refused(&refusal);
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        let body: Value = serde_json::from_str(response.body()).unwrap();
        let expected = json!({
            "statusCode": 403, "message": "no", "error": "invalid_target", "error_description": "no",
        });
        assert_eq!(body, expected);
    }
}
