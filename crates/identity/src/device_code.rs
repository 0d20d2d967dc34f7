//! [`DeviceCodeFlow`]: a human signs in on another device (RFC 8628).

use std::time::Duration;

use exoctl_http::Response;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::time::{Instant, sleep, sleep_until};
use tracing::debug;
use url::Url;

use crate::token_endpoint::{NoToken, number, read_object};
use crate::{CredentialError, DelegatedScopes, HumanSignInError, PublicClient, SignedIn};

/// A sign-in that waits for a human on another device. Tenants may forbid it (AADSTS53003), so
/// [`crate::BrowserFlow`] comes first where there is a browser.
#[derive(Debug)]
pub struct DeviceCodeFlow {
    client: PublicClient,
    scopes: Vec<DelegatedScopes>,
    prompt: DeviceCodePrompt,
    code: DeviceCode,
    started: Instant,
}

/// What to tell the human.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeviceCodePrompt {
    /// What to type in.
    pub user_code: String,
    /// Where.
    pub verification_uri: Url,
    /// Until when.
    pub expires_at: Timestamp,
    /// All of it in the authority's words; empty if it has none.
    pub message: String,
}

#[derive(Debug)]
struct DeviceCode {
    secret: SecretString,
    life: Duration,
    interval: Duration,
}

impl DeviceCodeFlow {
    /// Asks for a code. The token of the sign-in is for the resource of `scopes`.
    pub async fn start(
        client: PublicClient,
        scopes: DelegatedScopes,
    ) -> Result<Self, HumanSignInError> {
        let (asked_at, started) = (client.clock().now(), Instant::now());
        let (id, scope) = (client.id().to_string(), scopes.parameter());
        let form = [("client_id", id.as_str()), ("scope", &scope)];
        let endpoint = client.authority().device_authorization_endpoint();
        let response = client.ask(&endpoint, &form).await?;
        let (prompt, code) = read_code(&response, asked_at)
            .map_err(|no_code| no_code.of(client.authority(), client.id(), &response))?;
        Ok(Self { client, scopes: vec![scopes], prompt, code, started })
    }

    /// Asks for tokens of another resource with these permissions, once somebody has signed in.
    pub fn with_scopes(mut self, scopes: DelegatedScopes) -> Self {
        self.scopes.push(scopes);
        self
    }

    /// What to tell the human.
    pub fn prompt(&self) -> &DeviceCodePrompt {
        &self.prompt
    }

    /// Waits for the human, asking as often as the authority wants to be asked.
    pub async fn finish(self) -> Result<SignedIn, HumanSignInError> {
        let Self { client, scopes, code, started, .. } = self;
        let end = started + code.life;
        let mut interval = code.interval;
        let id = client.id().to_string();
        let form = [
            ("client_id", id.as_str()),
            ("grant_type", GRANT_TYPE),
            ("device_code", code.secret.expose_secret()),
        ];
        loop {
            if Instant::now() + interval >= end {
                sleep_until(end).await;
                return Err(HumanSignInError::TimedOut { after: code.life });
            }
            sleep(interval).await;
            let error = match client.grant(&form).await {
                Ok(grant) => return Ok(SignedIn::new(client.clone(), scopes, grant)),
                Err(error) => error,
            };
            match answer_of(&error) {
                Answer::Pending => {}
                Answer::SlowDown => interval += SLOWER,
                Answer::Expired => return Err(HumanSignInError::TimedOut { after: code.life }),
                Answer::Declined => return Err(declined(error)),
                Answer::Other => return Err(error.into()),
            }
            debug!(seconds = interval.as_secs(), "nobody has signed in yet");
        }
    }
}

/// What an answer without a token means, RFC 8628 section 3.5 and Entra's names for the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Pending,
    SlowDown,
    Expired,
    Declined,
    Other,
}

fn answer_of(error: &CredentialError) -> Answer {
    match error.entra().map(|entra| entra.error.as_str()) {
        Some("authorization_pending") => Answer::Pending,
        Some("slow_down") => Answer::SlowDown,
        Some("expired_token" | "code_expired") => Answer::Expired,
        Some("access_denied" | "authorization_declined") => Answer::Declined,
        _ => Answer::Other,
    }
}

fn declined(error: CredentialError) -> HumanSignInError {
    match error {
        CredentialError::Refused { source, .. } => HumanSignInError::Declined { source },
        other => other.into(),
    }
}

fn read_code(
    response: &Response,
    asked_at: Timestamp,
) -> Result<(DeviceCodePrompt, DeviceCode), NoToken> {
    let mut body = read_object(response)?;
    let seconds = |name: &str| number(&body, name).map(|n| n.clamp(0.0, DAY));
    let life = seconds("expires_in").ok_or(NoToken::Unreadable("a device code without an end"))?;
    let life = Duration::from_secs_f64(life);
    let interval = seconds("interval").map_or(INTERVAL, Duration::from_secs_f64);
    let mut text = |name: &str| match body.remove(name) {
        Some(Value::String(text)) if !text.is_empty() => Some(text),
        _ => None,
    };
    let secret = text("device_code").ok_or(NoToken::Unreadable("no device_code in it"))?;
    let user_code = text("user_code").ok_or(NoToken::Unreadable("no user_code in it"))?;
    let verification_uri = text("verification_uri")
        .and_then(|address| Url::parse(&address).ok())
        .filter(|address| address.scheme() == "https")
        .ok_or(NoToken::Unreadable("no https address to sign in at"))?;
    let expires_at = asked_at.saturating_add(life).unwrap_or(Timestamp::MAX);
    let message = text("message").unwrap_or_default();
    let prompt = DeviceCodePrompt { user_code, verification_uri, expires_at, message };
    let interval = interval.max(SHORTEST_INTERVAL);
    Ok((prompt, DeviceCode { secret: secret.into(), life, interval }))
}

/// RFC 8628 section 3.4.
const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// RFC 8628 section 3.2: between two questions, if the authority does not say.
const INTERVAL: Duration = Duration::from_secs(5);
/// An authority that says 0 is not asked in a tight loop.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);
/// RFC 8628 section 3.5: `slow_down` lengthens the interval by so much, for good.
const SLOWER: Duration = Duration::from_secs(5);
const DAY: f64 = 86_400.0;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<(DeviceCodePrompt, DeviceCode), NoToken> {
        let response = http::Response::builder().body(body.to_owned().into()).unwrap();
        read_code(&response, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn the_rfcs_example_is_read() {
        // RFC 8628 section 3.2.
        let (prompt, code) = read(
            r#"{
      "device_code": "GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS",
      "user_code": "WDJB-MJHT",
      "verification_uri": "https://example.com/device",
      "verification_uri_complete":
          "https://example.com/device?user_code=WDJB-MJHT",
      "expires_in": 1800,
      "interval": 5
    }"#,
        )
        .unwrap();
        assert_eq!(prompt.user_code, "WDJB-MJHT");
        assert_eq!(prompt.verification_uri.as_str(), "https://example.com/device");
        assert_eq!(prompt.expires_at.as_second(), 1800);
        assert_eq!(code.secret.expose_secret(), "GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS");
        assert_eq!((code.life.as_secs(), code.interval.as_secs()), (1800, 5));
        assert!(!format!("{code:?}").contains("GmRh"), "{code:?}");
    }

    #[test]
    fn what_is_missing_has_the_rfcs_default_or_is_an_error() {
        let whole = r#"{"device_code":"d","user_code":"u","verification_uri":"https://x/","expires_in":"900"}"#;
        let (prompt, code) = read(whole).unwrap();
        assert_eq!((code.life.as_secs(), code.interval.as_secs()), (900, 5));
        assert_eq!(prompt.message, "");
        let (_, hasty) = read(&whole.replace("900\"", "900\",\"interval\":0")).unwrap();
        assert_eq!(hasty.interval.as_secs(), 1);
        for (there, gone) in [
            ("device_code", "x"),
            ("user_code", "x"),
            ("verification_uri", "x"),
            ("expires_in", "x"),
            ("https://", "http://"),
            ("https://", "javascript:"),
        ] {
            let outcome = read(&whole.replace(there, gone));
            assert!(matches!(outcome, Err(NoToken::Unreadable(_))), "{there}");
        }
    }
}
