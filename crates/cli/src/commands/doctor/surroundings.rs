//! What a process of this account sees, and how two of them differ.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::redaction;
use crate::context::{Context, Flags};
use crate::env;

/// What a process sees: who it is, where it looks, which variables there are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Surroundings {
    /// The account.
    pub(super) user: String,
    /// The working directory.
    pub(super) working_directory: Option<PathBuf>,
    /// Variables that matter, without secrets.
    pub(super) variables: BTreeMap<String, String>,
    /// Where exoctl keeps things.
    pub(super) paths: BTreeMap<String, PathBuf>,
    /// The connections that are kept there.
    pub(super) connections: Vec<String>,
    /// The settings that choose one.
    pub(super) settings: BTreeMap<String, String>,
}

/// Paths that are read and written; the others are only read.
pub(super) const WRITTEN: [&str; 2] = ["cache", "tokens"];

impl Surroundings {
    /// Those of this process.
    pub(super) fn here(context: &Context) -> Self {
        let paths = context.paths().map(|paths| {
            [
                ("configuration", &paths.configuration),
                ("certificates", &paths.certificates),
                ("cache", &paths.cache),
                ("tokens", &paths.tokens),
            ]
            .map(|(name, path)| (name.to_owned(), path.clone()))
        });
        let settings = context.settings(&Flags::default()).ok();
        let settings = settings.map(|settings| {
            let text = |value: Option<String>| value.unwrap_or_else(|| "(none)".to_owned());
            [
                ("profile", text(settings.profile_name.value)),
                ("organization", text(settings.organization.value.map(|one| one.to_string()))),
                ("appId", text(settings.app_id.value.map(|one| one.to_string()))),
                ("credential", text(settings.means.value.map(|one| one.to_string()))),
                ("environment", settings.cloud.value.to_string()),
            ]
            .map(|(name, value)| (name.to_owned(), value))
        });
        Self {
            user: user(),
            working_directory: std::env::current_dir().ok(),
            variables: variables(context),
            paths: paths.map(BTreeMap::from).unwrap_or_default(),
            connections: context.profiles().and_then(|all| Ok(all.names()?)).unwrap_or_default(),
            settings: settings.map(BTreeMap::from).unwrap_or_default(),
        }
    }

    /// How another process sees it differently, a fact a line.
    pub(super) fn differences(&self, other: &Self) -> Vec<String> {
        let mut found = Vec::new();
        let mut compare = |what: &str, here: String, there: String| {
            if here != there {
                found.push(format!("{what}: by hand {here}, as service {there}"));
            }
        };
        let path = |path: Option<&PathBuf>| {
            path.map_or_else(|| "(none)".to_owned(), |path| path.display().to_string())
        };
        compare("account", self.user.clone(), other.user.clone());
        compare(
            "working directory",
            path(self.working_directory.as_ref()),
            path(other.working_directory.as_ref()),
        );
        let text =
            |value: Option<&String>| value.cloned().unwrap_or_else(|| "(not set)".to_owned());
        for name in both(&self.variables, &other.variables) {
            compare(name, text(self.variables.get(name)), text(other.variables.get(name)));
        }
        for name in both(&self.paths, &other.paths) {
            let what = format!("{name} directory");
            compare(&what, path(self.paths.get(name)), path(other.paths.get(name)));
        }
        let list = |names: &Vec<String>| match names.as_slice() {
            [] => "(none)".to_owned(),
            names => names.join(", "),
        };
        compare("connections", list(&self.connections), list(&other.connections));
        let setting =
            |value: Option<&String>| value.cloned().unwrap_or_else(|| "(none)".to_owned());
        for name in both(&self.settings, &other.settings) {
            compare(name, setting(self.settings.get(name)), setting(other.settings.get(name)));
        }
        found
    }
}

fn both<'a, T>(
    one: &'a BTreeMap<String, T>,
    other: &'a BTreeMap<String, T>,
) -> impl Iterator<Item = &'a str> {
    let mut names: Vec<&str> = one.keys().chain(other.keys()).map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter()
}

/// The variables that exoctl and the network libraries look at, and those that say where home is.
/// Of a secret only whether it is there.
pub(super) fn variables(context: &Context) -> BTreeMap<String, String> {
    let environment = context.environment();
    let looks = [env::NO_COLOR, env::TERM, env::COLUMNS];
    let ours = env::ALL.into_iter().chain(env::PLACES);
    let ours = ours.filter(|variable| !looks.contains(variable));
    let ours = ours.filter_map(|variable| {
        let value = environment.find(variable)?;
        let value = if variable.secret { "(set)".to_owned() } else { value };
        Some((variable.name.to_owned(), value))
    });
    let network = env::NETWORK.into_iter().filter_map(|variable| {
        Some((variable.name.to_owned(), redaction::address(&environment.find(variable)?)))
    });
    ours.chain(network).collect()
}

#[cfg(target_os = "linux")]
fn user() -> String {
    use nix::unistd::{Uid, User};
    let id = Uid::effective();
    let user = User::from_uid(id).ok().flatten();
    user.map_or_else(|| id.to_string(), |user| user.name)
}

#[cfg(not(target_os = "linux"))]
fn user() -> String {
    "(this account)".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_told_and_nothing_else() {
        let variable = |name: &str, value: &str| Surroundings {
            user: "adele".to_owned(),
            variables: BTreeMap::from([(name.to_owned(), value.to_owned())]),
            ..Surroundings::default()
        };
        let hand = variable("HTTPS_PROXY", "http://proxy:8080");
        assert_eq!(hand.differences(&hand), Vec::<String>::new());
        let service = Surroundings { user: "exo".to_owned(), ..variable("HOME", "/var/lib/exo") };
        assert_eq!(
            hand.differences(&service),
            [
                "account: by hand adele, as service exo",
                "HOME: by hand (not set), as service /var/lib/exo",
                "HTTPS_PROXY: by hand http://proxy:8080, as service (not set)",
            ]
        );
    }
}
