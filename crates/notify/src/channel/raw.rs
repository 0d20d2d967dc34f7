//! Channels as they are written.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use exoctl_mail::{Address, Security};
use jiff::SignedDuration;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{
    Carrier, Channel, ChannelError, Healthcheck, Hook, MailServer, MailWay, Proof, SecretPlace, Way,
};

pub(super) fn parse(text: &str, base: &Path) -> Result<BTreeMap<String, Channel>, ChannelError> {
    // The error's own text shows the line that it is in.
    let document: toml::Table = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start.min(text.len()));
        let before = &text[..text.floor_char_boundary(at)];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        ChannelError::Syntax { line, column, message: error.message().to_owned() }
    })?;
    let mut channels = BTreeMap::new();
    for (key, value) in document {
        let ("channel", toml::Value::Table(tables)) = (key.as_str(), value) else {
            return Err(wrong(&key, "is no table of channels, expected [channel.NAME]"));
        };
        for (name, value) in tables {
            let channel = channel(&name, value, base)
                .map_err(|message| ChannelError::Channel { channel: name.clone(), message })?;
            channels.insert(name, channel);
        }
    }
    Ok(channels)
}

fn wrong(channel: &str, message: &str) -> ChannelError {
    ChannelError::Channel { channel: channel.to_owned(), message: message.to_owned() }
}

fn channel(name: &str, value: toml::Value, base: &Path) -> Result<Channel, String> {
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)) {
        return Err("a name has letters, digits, - and _ only".to_owned());
    }
    let toml::Value::Table(mut table) = value else { return Err("is no table".to_owned()) };
    let Some(toml::Value::String(kind)) = table.remove("kind") else {
        return Err(format!("has no kind, expected {KINDS}"));
    };
    let digest = match table.remove("digest") {
        None => None,
        Some(toml::Value::String(text)) if kind != "healthcheck" => Some(period(&text)?),
        Some(_) if kind == "healthcheck" => return Err("a health check has no digest".to_owned()),
        Some(_) => return Err("digest is a time such as \"15m\" or \"1h\"".to_owned()),
    };
    let way = match kind.as_str() {
        "mail" => read::<RawMail>(table)?.way(base)?,
        "teams" => Way::Teams(read::<RawHook>(table)?.hook(base)),
        "slack" => Way::Slack(read::<RawHook>(table)?.hook(base)),
        "webhook" => {
            let RawWebhook { url, ca, key } = read(table)?;
            let key = key.map(|key| key.below(base));
            Way::Webhook { hook: RawHook { url, ca }.hook(base), key }
        }
        "healthcheck" => {
            let RawHealthcheck { url, ca, log_kb, exit_code } = read(table)?;
            let log_bytes = log_kb.unwrap_or(10).min(100) * 1000;
            let hook = RawHook { url, ca }.hook(base);
            Way::Healthcheck(Healthcheck { hook, log_bytes, exit_code: exit_code.unwrap_or(false) })
        }
        _ => return Err(format!("is of no kind that there is, expected {KINDS}")),
    };
    Ok(Channel { name: name.to_owned(), way, digest })
}

const KINDS: &str = "mail, teams, slack, webhook or healthcheck";

fn read<T: DeserializeOwned>(table: toml::Table) -> Result<T, String> {
    toml::Value::Table(table)
        .try_into()
        .map_err(|error: toml::de::Error| error.message().to_owned())
}

fn period(text: &str) -> Result<Duration, String> {
    let period: Option<SignedDuration> = text.parse().ok();
    let period = period.and_then(|period| Duration::try_from(period).ok());
    period
        .filter(|period| (MINUTE..=WEEK).contains(period))
        .ok_or_else(|| "digest is a time from 1m to 7d, such as \"15m\" or \"24h\"".to_owned())
}

const MINUTE: Duration = Duration::from_mins(1);
const WEEK: Duration = Duration::from_hours(7 * 24);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMail {
    from: String,
    to: OneOrMore,
    smtp: Option<String>,
    tls: Option<RawTls>,
    ca: Option<PathBuf>,
    user: Option<String>,
    password: Option<SecretPlace>,
    token: Option<SecretPlace>,
    graph: Option<bool>,
    profile: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawTls {
    Starttls,
    Implicit,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawHook {
    url: SecretPlace,
    ca: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWebhook {
    url: SecretPlace,
    ca: Option<PathBuf>,
    key: Option<SecretPlace>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawHealthcheck {
    url: SecretPlace,
    ca: Option<PathBuf>,
    log_kb: Option<usize>,
    exit_code: Option<bool>,
}

impl RawHook {
    fn hook(self, base: &Path) -> Hook {
        Hook { url: self.url.below(base), authority: self.ca.map(|path| base.join(path)) }
    }
}

impl RawMail {
    fn way(self, base: &Path) -> Result<Way, String> {
        let address = |text: &String| text.parse::<Address>().map_err(|error| error.to_string());
        let to = match &self.to {
            OneOrMore::One(one) => vec![address(one)?],
            OneOrMore::More(more) => more.iter().map(address).collect::<Result<_, _>>()?,
        };
        if to.is_empty() {
            return Err("to names nobody".to_owned());
        }
        let from = address(&self.from)?;
        let carrier = self.carrier(base)?;
        Ok(Way::Mail(MailWay { from, to, carrier }))
    }

    fn carrier(self, base: &Path) -> Result<Carrier, String> {
        let of_servers = self.tls.is_some()
            || self.ca.is_some()
            || self.user.is_some()
            || self.password.is_some()
            || self.token.is_some();
        let server = match (self.smtp, self.graph.unwrap_or(false)) {
            (None, true) if of_servers => {
                return Err("tls, ca, user, password and token go with smtp".to_owned());
            }
            (None, true) => return Ok(Carrier::Graph { profile: self.profile }),
            (Some(_), false) if self.profile.is_some() => {
                return Err("profile goes with graph = true".to_owned());
            }
            (Some(server), false) => server,
            _ => return Err("needs smtp = \"HOST[:PORT]\" or graph = true".to_owned()),
        };
        let (security, usual) = match self.tls.unwrap_or(RawTls::Starttls) {
            RawTls::Starttls => (Security::StartTls, 587),
            RawTls::Implicit => (Security::Tls, 465),
        };
        let (host, port) = match server.rsplit_once(':') {
            Some((host, port)) => (host.to_owned(), port.parse().ok()),
            None => (server, Some(usual)),
        };
        let port = port.filter(|_| !host.is_empty()).ok_or("smtp is no HOST or HOST:PORT")?;
        let login = match (self.user, self.password, self.token) {
            (Some(user), Some(password), None) => {
                Some((user, Proof::Password(password.below(base))))
            }
            (Some(user), None, Some(token)) => Some((user, Proof::Token(token.below(base)))),
            (None, None, None) => None,
            (Some(_), ..) => return Err("user needs either password or token".to_owned()),
            (None, ..) => return Err("password and token need user".to_owned()),
        };
        let authority = self.ca.map(|path| base.join(path));
        Ok(Carrier::Smtp(Box::new(MailServer { host, port, security, authority, login })))
    }
}

impl SecretPlace {
    fn below(self, base: &Path) -> Self {
        match self {
            Self::File(path) => Self::File(base.join(path)),
            Self::Variable(_) => self,
        }
    }
}

impl<'de> Deserialize<'de> for SecretPlace {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Nothing of what is there instead is repeated: it may be the secret itself.
        let wrong = || serde::de::Error::custom(PLACES);
        match toml::Value::deserialize(deserializer)? {
            toml::Value::String(text) => match text.split_once(':') {
                Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
                Some(("env", name)) if !name.is_empty() => Ok(Self::Variable(name.to_owned())),
                _ => Err(wrong()),
            },
            _ => Err(wrong()),
        }
    }
}

const PLACES: &str = "url, password, token and key say where the secret is, \"file:PATH\" or \"env:NAME\", and not what it is";

#[cfg(test)]
mod tests;
