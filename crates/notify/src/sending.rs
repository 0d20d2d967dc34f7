//! Sends a message on its channel's way, once.

use std::fmt::Debug;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use exoctl_http::{BoxFuture, Request, RequestTimeout, Transport, TransportError};
use exoctl_mail::{GraphMail, Letter, Login, Secret, Smtp};
use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};

use crate::{
    BoxError, Carrier, Channel, Hook, MailServer, MailText, MailWay, Payload, Proof, SecretPlace,
    SendError, Way, sign,
};

/// What sending takes from whoever has it: secrets, the network, a token.
pub trait Means: Debug + Send + Sync {
    /// The secret that is in a place.
    fn secret(&self, place: &SecretPlace) -> Result<SecretString, BoxError>;

    /// The network, trusting these authorities (PEM) only if some are given. It must not log
    /// paths: they are secrets here.
    fn transport(&self, authority: Option<String>) -> Result<Arc<dyn Transport>, BoxError>;

    /// Microsoft Graph as the application of a profile, the active one if none is named.
    fn graph<'a>(
        &'a self,
        profile: Option<&'a str>,
    ) -> BoxFuture<'a, Result<GraphSender, BoxError>>;
}

/// Who carries mail through Microsoft Graph.
#[derive(Debug)]
pub struct GraphSender {
    /// With the token.
    pub mail: GraphMail,
    /// With what it is asked.
    pub transport: Arc<dyn Transport>,
}

/// A message on its way.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// What is the same whenever this is sent: receivers know by it what they have already.
    pub id: String,
    /// What is told.
    pub payload: Payload,
    /// When it is sent.
    pub now: Timestamp,
}

/// Sends a message, once. Gives what the receiver calls it by: the `Message-ID` of a mail, else
/// the parcel's id.
pub async fn send(
    channel: &Channel,
    parcel: &Parcel,
    means: &dyn Means,
) -> Result<String, SendError> {
    match (&channel.way, &parcel.payload) {
        (Way::Mail(way), Payload::Mail(text)) => mail(way, text, parcel, means).await,
        (Way::Teams(hook) | Way::Slack(hook), Payload::Json(body)) => {
            let post = Post { hook, means, timeout: PATIENCE };
            post.send(|_| (), &|url| url.to_owned(), body, "application/json").await?;
            Ok(parcel.id.clone())
        }
        (Way::Webhook { hook, key }, Payload::Json(body)) => {
            let post = Post { hook, means, timeout: PATIENCE };
            let key = key.as_ref().map(|place| open(place, means)).transpose()?;
            let headers = |request: &mut Request| signed(request, key.as_ref(), parcel);
            post.send(headers, &|url| url.to_owned(), body, "application/json").await?;
            Ok(parcel.id.clone())
        }
        (Way::Healthcheck(check), Payload::Ping(ping)) => {
            let post = Post { hook: &check.hook, means, timeout: PING_PATIENCE };
            let address = |url: &str| ping.address(url);
            post.send(|_| (), &address, &ping.body, "text/plain; charset=utf-8").await?;
            Ok(parcel.id.clone())
        }
        (way, _) => unreachable!("a message for {} is made for it", way.kind()),
    }
}

/// Whether a channel's secrets are where it says, without sending anything. Gives the host of an
/// address that is a secret.
pub fn reach(channel: &Channel, means: &dyn Means) -> Result<Option<String>, SendError> {
    let hook = match &channel.way {
        Way::Mail(MailWay { carrier: Carrier::Graph { .. }, .. }) => return Ok(None),
        Way::Mail(MailWay { carrier: Carrier::Smtp(server), .. }) => {
            return smtp(server, means).map(|smtp| Some(smtp.host));
        }
        Way::Teams(hook) | Way::Slack(hook) => hook,
        Way::Webhook { hook, key } => {
            if let Some(key) = key {
                open(key, means)?;
            }
            hook
        }
        Way::Healthcheck(check) => &check.hook,
    };
    let post = Post { hook, means, timeout: PATIENCE };
    let (_, host) = post.address(&|url| url.to_owned())?;
    post.transport()?;
    Ok(Some(host))
}

const PATIENCE: Duration = Duration::from_secs(30);
/// A ping that takes longer is not worth waiting for: the service notices.
const PING_PATIENCE: Duration = Duration::from_secs(5);

fn open(place: &SecretPlace, means: &dyn Means) -> Result<SecretString, SendError> {
    means.secret(place).map_err(|source| SendError::Secret { place: place.clone(), source })
}

/// The headers of the Standard Webhooks specification.
fn signed(request: &mut Request, key: Option<&SecretString>, parcel: &Parcel) {
    let seconds = parcel.now.as_second();
    let mut header = |name: &'static str, value: String| {
        let value = HeaderValue::try_from(value).expect("ids and numbers are visible ASCII");
        request.headers_mut().insert(name, value);
    };
    header("webhook-id", parcel.id.clone());
    header("webhook-timestamp", seconds.to_string());
    if let Some(key) = key {
        let signature = sign(key, &parcel.id, seconds, request.body());
        request.headers_mut().insert(
            "webhook-signature",
            HeaderValue::try_from(signature).expect("base64 is visible ASCII"),
        );
    }
}

struct Post<'a> {
    hook: &'a Hook,
    means: &'a dyn Means,
    timeout: Duration,
}

impl Post<'_> {
    async fn send(
        &self,
        headers: impl FnOnce(&mut Request),
        address: &(dyn Fn(&str) -> String + Sync),
        body: &str,
        media_type: &'static str,
    ) -> Result<(), SendError> {
        let wrong = || SendError::Address { place: self.hook.url.clone() };
        let (url, host) = self.address(address)?;
        let mut request = http::Request::post(url.expose_secret())
            .header(CONTENT_TYPE, media_type)
            .body(body.to_owned().into())
            .map_err(|_| wrong())?;
        request.extensions_mut().insert(RequestTimeout(self.timeout));
        headers(&mut request);
        let transport = self.transport()?;
        let response = match transport.send(request).await {
            Ok(response) => response,
            Err(TransportError::InvalidRequest { .. }) => return Err(wrong()),
            Err(source) => return Err(SendError::Unreachable { host, source }),
        };
        let status = response.status().as_u16();
        let text = String::from_utf8_lossy(response.body());
        // A service of pings answers so when there is no such check, or too many pings.
        let declined = text.starts_with("OK (");
        if response.status().is_success() && !declined {
            return Ok(());
        }
        let header = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let after = header.and_then(|value| value.trim().parse::<u64>().ok());
        let answer = without_address(&text, url.expose_secret());
        Err(SendError::Refused { host, status, answer, after })
    }

    /// The whole address, and its host.
    fn address(
        &self,
        whole: &(dyn Fn(&str) -> String + Sync),
    ) -> Result<(SecretString, String), SendError> {
        let wrong = || SendError::Address { place: self.hook.url.clone() };
        let base = open(&self.hook.url, self.means)?;
        let url = SecretString::from(whole(base.expose_secret().trim()));
        let uri: http::Uri = url.expose_secret().parse().map_err(|_| wrong())?;
        match (uri.scheme_str(), uri.host()) {
            (Some("https"), Some(host)) => Ok((url, host.to_owned())),
            _ => Err(wrong()),
        }
    }

    fn transport(&self) -> Result<Arc<dyn Transport>, SendError> {
        let path = self.hook.authority.as_deref();
        let failed = |source| SendError::Authority {
            path: path.map(Path::to_path_buf).unwrap_or_default(),
            source,
        };
        let authority =
            path.map(std::fs::read_to_string).transpose().map_err(|error| failed(error.into()))?;
        self.means.transport(authority).map_err(failed)
    }
}

/// The beginning of an answer. Whatever of the address is in it is taken out, but for the host: who
/// knows it can write there.
fn without_address(answer: &str, url: &str) -> String {
    let path = url.splitn(4, '/').nth(3).unwrap_or_default();
    let mut parts: Vec<&str> = path.split(['/', '?', '&', '=']).filter(|p| p.len() >= 6).collect();
    parts.push(path);
    parts.sort_by_key(|part| usize::MAX - part.len());
    let mut text = answer.to_owned();
    for part in parts.into_iter().filter(|part| !part.is_empty()) {
        text = text.replace(part, "***");
    }
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200);
    plain.collect::<String>().trim().to_owned()
}

async fn mail(
    way: &MailWay,
    text: &MailText,
    parcel: &Parcel,
    means: &dyn Means,
) -> Result<String, SendError> {
    let letter = Letter {
        from: way.from.clone(),
        to: way.to.clone(),
        subject: text.subject.clone(),
        text: text.text.clone(),
        html: Some(text.html.clone()),
        id: format!("exoctl.{}", parcel.id),
        date: parcel.now,
        attachments: Vec::new(),
    };
    let message_id = letter.message_id();
    match &way.carrier {
        Carrier::Smtp(server) => {
            let smtp = smtp(server, means)?;
            let sending = tokio::task::spawn_blocking(move || smtp.send(&letter));
            sending.await.expect("sending does not panic").map_err(SendError::Mail)?;
        }
        Carrier::Graph { profile } => {
            let graph = means.graph(profile.as_deref()).await.map_err(SendError::Graph)?;
            graph.mail.send(&letter, &*graph.transport).await.map_err(SendError::Mail)?;
        }
    }
    Ok(message_id)
}

fn smtp(server: &MailServer, means: &dyn Means) -> Result<Smtp, SendError> {
    let MailServer { host, port, security, authority, login } = server;
    let authority = match authority {
        None => None,
        Some(path) => {
            let failed = |error: std::io::Error| SendError::Authority {
                path: path.clone(),
                source: error.into(),
            };
            Some(std::fs::read(path).map_err(failed)?)
        }
    };
    let login = match login {
        None => None,
        Some((user, proof)) => {
            let secret = match proof {
                Proof::Password(place) => Secret::Password(open(place, means)?),
                Proof::Token(place) => Secret::Token(open(place, means)?),
            };
            Some(Login { user: user.clone(), secret })
        }
    };
    Ok(Smtp { host: host.clone(), port: *port, security: *security, authority, login })
}
