//! `POST /users/{id}/sendMail`: mail that an application sends in the name of a mailbox.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{Method, StatusCode};
use serde_json::Value;

use super::Request;
use super::answer::{Refusal, Reply};
use super::path::Key;
use super::permission::Action;

/// A mail that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentMail {
    /// The mailbox that it was sent from, as the call named it.
    pub user: String,
    /// The message: MIME as it came out of base64, or the JSON of the call.
    pub content: Vec<u8>,
}

/// The largest message: a request may have 4 MB, and base64 makes three bytes four.
const LARGEST: usize = 3_000_000;

/// Takes a mail as JSON, or as MIME in base64 with `Content-Type: text/plain`.
pub(super) fn serve(request: &Request<'_>) -> Result<Reply, Refusal> {
    let Some(Key::Id(user)) = &request.path.key else {
        return Err(Refusal::no_segment("users"));
    };
    if request.path.below() != ["sendmail"] {
        return Err(Refusal::no_segment("users"));
    }
    if request.method != Method::POST {
        return Err(Refusal::method());
    }
    request.allow(Action::SendMail)?;
    let domain = user.rsplit_once('@').map(|(_, domain)| domain);
    if !domain.is_some_and(|domain| request.tenant.is_named(domain)) {
        let message = format!("The requested user '{user}' is invalid.");
        return Err(Refusal::new(StatusCode::NOT_FOUND, "ErrorInvalidUser", message));
    }
    let content = content(&request.body)?;
    if content.len() > LARGEST {
        let message = "The message exceeds the maximum supported size.";
        let status = StatusCode::PAYLOAD_TOO_LARGE;
        return Err(Refusal::new(status, "ErrorMessageSizeExceeded", message));
    }
    request.tenant.keep_sent_mail(SentMail { user: user.clone(), content });
    Ok(Reply::accepted())
}

fn content(body: &Value) -> Result<Vec<u8>, Refusal> {
    match body {
        Value::String(text) => STANDARD.decode(text.trim()).map_err(|_| {
            let message = "Invalid base64 string for MIME content.";
            Refusal::new(StatusCode::BAD_REQUEST, "ErrorMimeContentInvalidBase64String", message)
        }),
        body if body["message"].is_object() => Ok(body["message"].to_string().into_bytes()),
        _ => Err(Refusal::bad_request("The parameter 'Message' is required.")),
    }
}
