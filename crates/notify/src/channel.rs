//! Who is told, and on which way: the channels of `notify.toml`.

mod raw;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use exoctl_mail::{Address, Security};

/// All channels, by their names.
#[derive(Clone, Debug, Default)]
pub struct Channels(BTreeMap<String, Channel>);

impl Channels {
    /// Reads a file's text. Relative paths in it are below `base`. No error repeats what is in it,
    /// for that may be a secret in the wrong place.
    pub fn parse(text: &str, base: &Path) -> Result<Self, ChannelError> {
        raw::parse(text, base).map(Self)
    }

    /// The one of this name.
    pub fn find(&self, name: &str) -> Option<&Channel> {
        self.0.get(name)
    }

    /// All, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &Channel> {
        self.0.values()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// One way to tell somebody.
#[derive(Clone, Debug)]
pub struct Channel {
    /// Letters, digits, `-` and `_`.
    pub name: String,
    /// The way.
    pub way: Way,
    /// For how long notices are gathered and told as one.
    pub digest: Option<Duration>,
}

/// How a channel tells.
#[derive(Clone, Debug)]
pub enum Way {
    /// By mail.
    Mail(MailWay),
    /// By the webhook of a Teams workflow, with an Adaptive Card.
    Teams(Hook),
    /// By a Slack incoming webhook.
    Slack(Hook),
    /// By a webhook of anybody's, with JSON that is signed.
    Webhook {
        /// Where.
        hook: Hook,
        /// What it is signed with.
        key: Option<SecretPlace>,
    },
    /// By a ping of a service that notices silence.
    Healthcheck(Healthcheck),
}

impl Way {
    /// `kind` in the file.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Mail(_) => "mail",
            Self::Teams(_) => "teams",
            Self::Slack(_) => "slack",
            Self::Webhook { .. } => "webhook",
            Self::Healthcheck(_) => "healthcheck",
        }
    }

    /// What of it may be shown.
    pub fn place(&self) -> String {
        match self {
            Self::Mail(mail) => {
                let to = mail.to.iter().map(Address::to_string).collect::<Vec<_>>().join(", ");
                match &mail.carrier {
                    Carrier::Smtp(server) => format!("{to} by {}:{}", server.host, server.port),
                    Carrier::Graph { profile: None } => format!("{to} by Microsoft Graph"),
                    Carrier::Graph { profile: Some(profile) } => {
                        format!("{to} by Microsoft Graph as {profile}")
                    }
                }
            }
            Self::Teams(hook) | Self::Slack(hook) | Self::Webhook { hook, .. } => {
                hook.url.to_string()
            }
            Self::Healthcheck(check) => check.hook.url.to_string(),
        }
    }
}

/// A mailbox, and who carries mail to it.
#[derive(Clone, Debug)]
pub struct MailWay {
    /// In whose name.
    pub from: Address,
    /// To whom; at least one.
    pub to: Vec<Address>,
    /// Through what.
    pub carrier: Carrier,
}

/// Who carries mail.
#[derive(Clone, Debug)]
pub enum Carrier {
    /// A mail server.
    Smtp(Box<MailServer>),
    /// Microsoft Graph, as the application of a profile; the active one if none is named.
    Graph {
        /// Its name.
        profile: Option<String>,
    },
}

/// A mail server, and how to sign in to it.
#[derive(Clone, Debug)]
pub struct MailServer {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// When TLS begins.
    pub security: Security,
    /// PEM of an authority to trust besides the system's.
    pub authority: Option<PathBuf>,
    /// Who sends, and what proves it.
    pub login: Option<(String, Proof)>,
}

/// What proves who sends.
#[derive(Clone, Debug)]
pub enum Proof {
    /// A password.
    Password(SecretPlace),
    /// An access token, for XOAUTH2.
    Token(SecretPlace),
}

/// An address that is a secret.
#[derive(Clone, Debug)]
pub struct Hook {
    /// Where the address is.
    pub url: SecretPlace,
    /// PEM of the only authorities to trust.
    pub authority: Option<PathBuf>,
}

/// A service that notices silence, as healthchecks.io and those that speak its protocol.
#[derive(Clone, Debug)]
pub struct Healthcheck {
    /// Where; `{job}` and `{tenant}` in it are names.
    pub hook: Hook,
    /// How much of the log goes with a ping, in bytes.
    pub log_bytes: usize,
    /// Whether a failure is told by its exit code instead of `/fail`.
    pub exit_code: bool,
}

/// Where a secret is; never what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretPlace {
    /// The first line of a file.
    File(PathBuf),
    /// An environment variable.
    Variable(String),
}

impl fmt::Display for SecretPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Variable(name) => write!(f, "env:{name}"),
        }
    }
}

/// Channels that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChannelError {
    /// The file is no TOML.
    #[error("line {line}, column {column}: {message}")]
    Syntax {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// What is wrong.
        message: String,
    },
    /// A channel is wrong.
    #[error("channel {channel}: {message}")]
    Channel {
        /// Which.
        channel: String,
        /// What is wrong with it.
        message: String,
    },
}
