//! Microsoft Graph's `sendMail`, with the message as MIME.
//!
//! `POST /users/{id}/sendMail` takes a message in base64 as `text/plain` and answers 202. A request
//! may have 4 MB; the application needs `Mail.Send`, which an administrator should limit to one
//! mailbox.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use exoctl_http::{Request, Response, Transport};
use http::StatusCode;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use crate::{Letter, MailError};

/// Mail through Microsoft Graph.
#[derive(Clone, Debug)]
pub struct GraphMail {
    /// `https://graph.microsoft.com`.
    pub endpoint: String,
    /// Of the application, for Graph.
    pub token: SecretString,
}

impl GraphMail {
    /// The largest message that a request can hold, in bytes.
    pub const LARGEST: usize = 3_000_000;

    /// Sends a letter in the name of `Letter::from`, once.
    pub async fn send(&self, letter: &Letter, transport: &dyn Transport) -> Result<(), MailError> {
        let message = letter.to_message()?;
        let response = transport.send(self.request(letter, &message)).await;
        read(letter, &response.map_err(MailError::Graph)?)
    }

    fn request(&self, letter: &Letter, message: &[u8]) -> Request {
        let endpoint = self.endpoint.trim_end_matches('/');
        let user: String = letter.from.to_string().bytes().map(escaped).collect();
        let token = format!("Bearer {}", self.token.expose_secret());
        let mut token = http::HeaderValue::try_from(token).expect("a token is visible ASCII");
        token.set_sensitive(true);
        http::Request::post(format!("{endpoint}/v1.0/users/{user}/sendMail"))
            .header(AUTHORIZATION, token)
            .header(CONTENT_TYPE, "text/plain")
            .body(STANDARD.encode(message).into())
            .expect("an escaped address makes a URL")
    }
}

/// A byte of an address in a path of a URL.
fn escaped(byte: u8) -> String {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'@' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    }
}

fn read(letter: &Letter, response: &Response) -> Result<(), MailError> {
    if response.status() == StatusCode::ACCEPTED {
        return Ok(());
    }
    let body: Value = serde_json::from_slice(response.body()).unwrap_or_default();
    let text = |member: &str| body["error"][member].as_str().unwrap_or_default().to_owned();
    Err(MailError::GraphRefused {
        from: letter.from.to_string(),
        status: response.status().as_u16(),
        code: text("code"),
        message: text("message"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter() -> Letter {
        Letter {
            from: "au#dit+x@contoso.com".parse().unwrap(),
            to: vec!["review@contoso.com".parse().unwrap()],
            subject: "s".into(),
            text: "t".into(),
            html: None,
            id: "1".into(),
            date: jiff::Timestamp::UNIX_EPOCH,
            attachments: Vec::new(),
        }
    }

    #[test]
    fn a_request_is_that_of_the_reference() {
        let mail = GraphMail {
            endpoint: "https://graph.microsoft.com/".into(),
            token: "secret-token".to_owned().into(),
        };
        let request = mail.request(&letter(), b"Subject: s\r\n\r\nt");
        assert_eq!(
            request.uri(),
            "https://graph.microsoft.com/v1.0/users/au%23dit%2Bx@contoso.com/sendMail"
        );
        assert_eq!(request.headers()[CONTENT_TYPE], "text/plain");
        // By `base64` of coreutils.
        assert_eq!(&request.body()[..], b"U3ViamVjdDogcw0KDQp0");
        assert!(!format!("{request:?} {mail:?}").contains("secret-token"));
    }

    #[test]
    fn a_refusal_says_what_graph_says() {
        let answer = |status: u16, body: &'static str| {
            http::Response::builder().status(status).body(body.into()).unwrap()
        };
        assert!(read(&letter(), &answer(202, "")).is_ok());
        let denied = r#"{"error":{"code":"ErrorAccessDenied","message":"Access is denied."}}"#;
        let error = read(&letter(), &answer(403, denied)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "Microsoft Graph did not take the mail from au#dit+x@contoso.com: 403 ErrorAccessDenied: Access is denied."
        );
        assert!(read(&letter(), &answer(200, "<html>")).is_err());
    }
}
