//! What a program finds in its environment, and what it does not find there.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::process::Command;

use secrecy::{ExposeSecret, SecretString};

use super::Identity;
use crate::env::{self, Environment};
use crate::profile::{Profile, Source};

/// What the user wants of it.
pub(super) struct Wishes<'a> {
    /// The variable that gets the token.
    pub(super) token_env: Option<&'a str>,
    /// Variables that are left.
    pub(super) keep: &'a [String],
    /// The variable that has the key's password.
    pub(super) password_env: Option<&'a str>,
    /// The connection.
    pub(super) profile: Option<&'a Profile>,
}

/// How the program's environment differs from ours.
pub(super) struct Changes {
    set: Vec<(String, OsString)>,
    removed: BTreeSet<String>,
    /// Those whose values are secret, whether they are removed or not.
    secret: BTreeSet<String>,
}

impl Changes {
    /// What the program gets and does not get.
    pub(super) fn new(identity: &Identity, wishes: &Wishes<'_>, ours: &Environment) -> Self {
        let mut removed: BTreeSet<String> =
            secret_names(wishes).chain(ELSEWHERE.into_iter().map(str::to_owned)).collect();
        let client = identity.client.map(|client| client.to_string());
        let other = ours
            .find(env::AZURE_CLIENT_ID)
            .filter(|id| !client.as_ref().is_some_and(|client| client.eq_ignore_ascii_case(id)));
        if other.is_some() {
            removed.insert(env::AZURE_CLIENT_ID.name.to_owned());
        }
        let secret = |name: &&String| !PUBLIC.contains(&name.as_str());
        let secret = removed.iter().filter(secret).cloned().collect();
        removed.retain(|name| !wishes.keep.contains(name));
        let mut set = given(identity);
        if let Some(name) = wishes.token_env {
            set.push((name.to_owned(), identity.token.secret().expose_secret().into()));
        }
        set.extend(past_the_proxy(ours));
        Self { set, removed, secret }
    }

    /// The values that nothing may be written with, if the program has them after all.
    pub(super) fn secrets<'a>(
        &'a self,
        ours: &'a Environment,
    ) -> impl Iterator<Item = SecretString> + 'a {
        self.secret.iter().filter_map(|name| ours.secret(name))
    }

    /// Makes them.
    pub(super) fn apply(&self, command: &mut Command) {
        for name in &self.removed {
            command.env_remove(name);
        }
        for (name, value) in &self.set {
            command.env(name, value);
        }
    }
}

/// The variables that have secrets of ours.
fn secret_names(wishes: &Wishes<'_>) -> impl Iterator<Item = String> {
    let known = env::ALL.into_iter().filter(|variable| variable.secret);
    let kept = match wishes.profile.map(|profile| &profile.credential) {
        Some(Source::File { password_env, .. }) => password_env.clone(),
        Some(Source::TokenVariable { name }) => Some(name.clone()),
        _ => None,
    };
    let named = wishes.password_env.map(str::to_owned);
    known.map(|variable| variable.name.to_owned()).chain(kept).chain(named)
}

/// The identity, in the words of its clients.
fn given(identity: &Identity) -> Vec<(String, OsString)> {
    let endpoint = &identity.endpoint;
    let header = endpoint.header().expose_secret();
    let mut set = vec![
        ("IDENTITY_ENDPOINT", endpoint.url()),
        ("IDENTITY_HEADER", header.to_owned()),
        ("MSI_ENDPOINT", endpoint.url()),
        ("MSI_SECRET", header.to_owned()),
        ("EXOCTL_EXEC_ORGANIZATION", identity.organization.clone()),
        ("EXOCTL_EXEC_RESOURCE", identity.scope.resource().to_owned()),
        (
            "EXOCTL_EXEC_SERVICE",
            if identity.compliance { "compliance" } else { "exchange" }.to_owned(),
        ),
        ("EXOCTL_EXEC_CLOUD", identity.cloud.clone()),
    ];
    if let Some(host) = endpoint.imds_host() {
        set.push(("AZURE_POD_IDENTITY_AUTHORITY_HOST", host.expose_secret().to_owned()));
    }
    set.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect()
}

/// Where there is a proxy, the way to this machine goes past it: the proxy would learn the secret.
fn past_the_proxy(ours: &Environment) -> Vec<(String, OsString)> {
    let proxies = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
    if !proxies.iter().any(|name| ours.secret(name).is_some()) {
        return Vec::new();
    }
    let value = |name| ours.secret(name).map(|value| value.expose_secret().to_owned());
    let kept = value("no_proxy").or_else(|| value("NO_PROXY"));
    let all = match kept.as_deref() {
        Some("*") => return Vec::new(),
        Some(kept) => format!("{kept},127.0.0.1,localhost"),
        None => "127.0.0.1,localhost".to_owned(),
    };
    ["no_proxy", "NO_PROXY"].map(|name| (name.to_owned(), all.clone().into())).into()
}

/// A name that a variable can have.
pub(super) fn name(text: &str) -> Result<String, String> {
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if plain && text.chars().next().is_some_and(|c| !c.is_ascii_digit()) {
        Ok(text.to_owned())
    } else {
        Err("a variable's name is letters, digits and _, and begins with no digit".to_owned())
    }
}

/// What would lead clients to another identity than this one.
const ELSEWHERE: [&str; 10] = [
    "AZURE_CLIENT_CERTIFICATE_PATH",
    "AZURE_CLIENT_SECRET",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_PASSWORD",
    "AZURE_POD_IDENTITY_AUTHORITY_HOST",
    "AZURE_TOKEN_CREDENTIALS",
    "AZURE_USERNAME",
    "IDENTITY_SERVER_THUMBPRINT",
    "IMDS_ENDPOINT",
    "MSI_SECRET",
];
/// Those of them, and of ours, that are no secret.
const PUBLIC: [&str; 8] = [
    "AZURE_CLIENT_CERTIFICATE_PATH",
    "AZURE_CLIENT_ID",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_POD_IDENTITY_AUTHORITY_HOST",
    "AZURE_TOKEN_CREDENTIALS",
    "AZURE_USERNAME",
    "IDENTITY_SERVER_THUMBPRINT",
    "IMDS_ENDPOINT",
];
