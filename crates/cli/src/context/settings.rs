//! Settings and where they come from: flag, then environment variable, then profile, then default.
//!
//! A profile that is named on purpose, by `--profile` or `EXOCTL_PROFILE`, is taken as it is; the
//! `AZURE_…` variables, which may be meant for other programs, replace parts of it only when it
//! is merely the current one.

use std::fmt;
use std::path::PathBuf;

use exoctl_certificate::Thumbprint;
use exoctl_model::{ClientId, Cloud, EnvironmentName, TenantReference};

use super::{Context, read_cloud};
use crate::args::GlobalArgs;
use crate::catalogue::Known;
use crate::env;
use crate::error::CommandError;
use crate::profile::{Profile, Source};

/// A setting in effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Setting<T> {
    /// Its value.
    pub(crate) value: T,
    /// Where the value comes from.
    pub(crate) origin: Origin,
}

/// The cloud that a profile was made in.
fn kept_cloud(profile: &Profile) -> Option<CloudChoice> {
    let name = profile.exchange_environment_name.map(CloudChoice::Named);
    profile.environment_file.clone().map(CloudChoice::File).or(name)
}

/// Where a setting comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The command line.
    Flag(&'static str),
    /// An environment variable.
    Variable(&'static str),
    /// A named connection.
    Profile(String),
    /// What was chosen with an earlier command.
    Current,
    /// Nobody said anything.
    Default,
}

/// Values from a command's own flags, which come before everything else.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flags {
    /// `-Organization`.
    pub(crate) organization: Option<TenantReference>,
    /// `-AppId`.
    pub(crate) app_id: Option<ClientId>,
    /// `-CertificateThumbprint`, `-CertificateFilePath`, `-AccessToken`.
    pub(crate) means: Option<Means>,
    /// `-ExchangeEnvironmentName`.
    pub(crate) environment_name: Option<EnvironmentName>,
    /// `-PageSize`.
    pub(crate) page_size: Option<u16>,
    /// Whether the profile is left out of account: a new connection is made.
    pub(crate) afresh: bool,
}

/// How to sign in, before a key was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Means {
    /// With a certificate of a store.
    Thumbprint(Thumbprint),
    /// With a certificate and key in a file.
    File(PathBuf),
    /// As a profile says.
    Source(Source),
}

impl Settings {
    /// What fixes can be filled in with.
    pub(crate) fn known(&self) -> Known {
        let mut known = Known::default();
        if let Some(name) = &self.profile_name.value {
            known = known.with("profile", name);
        }
        if let Some(organization) = &self.organization.value {
            known = known.with("organization", organization);
        }
        if let Some(app_id) = &self.app_id.value {
            known = known.with("app-id", app_id);
        }
        match &self.means.value {
            Some(Means::Thumbprint(thumbprint) | Means::Source(Source::Store { thumbprint })) => {
                known.with("thumbprint", thumbprint)
            }
            Some(Means::File(path)) => known.with_key_file(path),
            Some(Means::Source(Source::File { path, thumbprint, .. })) => {
                known.with("thumbprint", thumbprint).with_key_file(path)
            }
            _ => known,
        }
    }

    /// The profile, if its organization in its cloud is the one that is meant: then its tenant id is
    /// known without asking.
    pub(super) fn profile_of_the_tenant(&self) -> Option<&Profile> {
        self.profile.as_ref().filter(|profile| {
            let domain = TenantReference::Domain(profile.organization.clone());
            let cloud = kept_cloud(profile).unwrap_or_default();
            self.organization.value == Some(domain) && self.cloud.value == cloud
        })
    }
}

/// Which cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CloudChoice {
    /// By name.
    Named(EnvironmentName),
    /// By a file that describes it.
    File(PathBuf),
}

impl Default for CloudChoice {
    fn default() -> Self {
        Self::Named(EnvironmentName::default())
    }
}

/// All settings that say who signs in where.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// The name of the profile.
    pub(crate) profile_name: Setting<Option<String>>,
    /// The profile itself, if there is one of that name.
    pub(crate) profile: Option<Profile>,
    /// The organization or tenant.
    pub(crate) organization: Setting<Option<TenantReference>>,
    /// The application.
    pub(crate) app_id: Setting<Option<ClientId>>,
    /// Certificate or token.
    pub(crate) means: Setting<Option<Means>>,
    /// The cloud.
    pub(crate) cloud: Setting<CloudChoice>,
    /// Rows in a page.
    pub(crate) page_size: Setting<u16>,
    /// Whether tokens are kept on disk.
    pub(crate) token_cache: Setting<bool>,
}

impl Context {
    /// The settings in effect.
    pub(crate) fn settings(&self, flags: &Flags) -> Result<Settings, CommandError> {
        let profile_name = self.profile_name()?;
        let profile = match &profile_name.value {
            Some(name) if !flags.afresh => Some(self.profiles()?.load(name)?),
            _ => None,
        };
        let by_name = matches!(profile_name.origin, Origin::Flag(_) | Origin::Variable(_));
        let from = Origin::Profile(profile_name.value.clone().unwrap_or_default());
        let pick = Pick { by_name: by_name && profile.is_some(), from };
        let of = profile.as_ref();
        let text = |variable| self.environment.find(variable);
        let organization = pick.of(
            (flags.organization.clone(), "-Organization"),
            (
                text(env::AZURE_TENANT_ID).map(|text| text.parse()).transpose()?,
                env::AZURE_TENANT_ID,
            ),
            of.map(|profile| TenantReference::Domain(profile.organization.clone())),
        );
        let app_id = pick.of(
            (flags.app_id, "-AppId"),
            (
                text(env::AZURE_CLIENT_ID).map(|text| text.parse()).transpose()?,
                env::AZURE_CLIENT_ID,
            ),
            of.and_then(|profile| profile.app_id),
        );
        let file = self.environment.path(env::AZURE_CLIENT_CERTIFICATE_PATH);
        let means = pick.of(
            (flags.means.clone(), "command line"),
            (file.map(Means::File), env::AZURE_CLIENT_CERTIFICATE_PATH),
            of.map(|profile| Means::Source(profile.credential.clone())),
        );
        let page_size = Setting::first(
            [
                (flags.page_size, Origin::Flag("-PageSize")),
                (of.map(|profile| profile.page_size), pick.from.clone()),
            ],
            1000,
        );
        let cloud = self.cloud_choice(flags, of, &pick);
        let token_cache = self.token_cache();
        let settings = Settings {
            profile_name,
            profile,
            organization,
            app_id,
            means,
            cloud,
            page_size,
            token_cache,
        };
        self.circumstances.note(settings.known());
        self.go_by_clock_of(&settings.cloud.value);
        Ok(settings)
    }

    /// The settings in effect with another profile, named on purpose.
    pub(crate) fn settings_of(&self, name: &str) -> Result<Settings, CommandError> {
        let global = GlobalArgs { profile: Some(name.to_owned()), ..self.global.clone() };
        Self::new(self.environment.clone(), global).settings(&Flags::default())
    }

    /// The cloud for a command that says nothing else; a profile that cannot be read says nothing.
    pub(super) fn cloud_in_general(&self) -> CloudChoice {
        let name = self.profile_name().ok();
        let profile =
            name.as_ref().and_then(|name| self.profiles().ok()?.load(name.value.as_ref()?).ok());
        let origin = name.map_or(Origin::Default, |name| name.origin);
        let pick = Pick {
            by_name: matches!(origin, Origin::Flag(_) | Origin::Variable(_)) && profile.is_some(),
            from: origin,
        };
        self.cloud_choice(&Flags::default(), profile.as_ref(), &pick).value
    }

    fn profile_name(&self) -> Result<Setting<Option<String>>, CommandError> {
        let current = self.profiles()?.current()?;
        let found = Setting::first(
            [
                (self.global.profile.clone(), Origin::Flag("--profile")),
                (
                    self.environment.find(env::EXOCTL_PROFILE),
                    Origin::Variable(env::EXOCTL_PROFILE.name),
                ),
                (current, Origin::Current),
            ],
            String::new(),
        );
        let value = Some(found.value).filter(|name| !name.is_empty());
        Ok(Setting { value, origin: found.origin })
    }

    fn cloud_choice(
        &self,
        flags: &Flags,
        profile: Option<&Profile>,
        pick: &Pick,
    ) -> Setting<CloudChoice> {
        let file = |path: Option<PathBuf>| path.map(CloudChoice::File);
        let variable = self.environment.path(env::EXOCTL_ENVIRONMENT);
        let kept = profile.and_then(kept_cloud);
        let named = flags.environment_name.map(CloudChoice::Named);
        let mut candidates = vec![
            (file(self.global.environment.clone()), Origin::Flag("--environment")),
            (named, Origin::Flag("-ExchangeEnvironmentName")),
            (file(variable), Origin::Variable(env::EXOCTL_ENVIRONMENT.name)),
            (kept, pick.from.clone()),
        ];
        if pick.by_name {
            candidates.swap(2, 3);
        }
        Setting::first(candidates, CloudChoice::default())
    }

    fn token_cache(&self) -> Setting<bool> {
        let off = self.environment.has(env::EXOCTL_NO_TOKEN_CACHE).then_some(false);
        Setting::first(
            [
                (self.global.no_token_cache.then_some(false), Origin::Flag("--no-token-cache")),
                (off, Origin::Variable(env::EXOCTL_NO_TOKEN_CACHE.name)),
            ],
            true,
        )
    }
}

/// The order in which values are looked for.
struct Pick {
    /// Whether the profile was named on purpose.
    by_name: bool,
    from: Origin,
}

impl Pick {
    fn of<T>(
        &self,
        (flag, flag_name): (Option<T>, &'static str),
        (value, variable): (Option<T>, env::Variable),
        profile: Option<T>,
    ) -> Setting<Option<T>> {
        let mut candidates = vec![
            (flag, Origin::Flag(flag_name)),
            (value, Origin::Variable(variable.name)),
            (profile, self.from.clone()),
        ];
        if self.by_name {
            candidates.swap(1, 2);
        }
        let found = candidates.into_iter().find_map(|(value, origin)| Some((value?, origin)));
        match found {
            Some((value, origin)) => Setting { value: Some(value), origin },
            None => Setting { value: None, origin: Origin::Default },
        }
    }
}

impl CloudChoice {
    /// The cloud that is meant.
    pub(crate) fn cloud(&self) -> Result<Cloud, CommandError> {
        match self {
            Self::Named(name) => Ok(Cloud::named(*name)),
            Self::File(path) => read_cloud(path),
        }
    }
}

impl fmt::Display for CloudChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(name) => name.fmt(f),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

impl fmt::Display for Means {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Thumbprint(thumbprint) | Self::Source(Source::Store { thumbprint }) => {
                write!(f, "certificate {thumbprint}")
            }
            Self::File(path) | Self::Source(Source::File { path, .. }) => {
                write!(f, "certificate file {}", path.display())
            }
            Self::Source(Source::TokenFile { path }) => {
                write!(f, "access token in {}", path.display())
            }
            Self::Source(Source::TokenVariable { name }) => write!(f, "access token in {name}"),
            Self::Source(Source::TokenGiven) => f.write_str("access token given at connect"),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => f.write_str(name),
            Self::Variable(name) => write!(f, "environment variable {name}"),
            Self::Profile(name) => write!(f, "profile {name}"),
            Self::Current => f.write_str("current connection"),
            Self::Default => f.write_str("default"),
        }
    }
}

impl<T> Setting<T> {
    /// The first that is there, else the default.
    pub(crate) fn first(
        candidates: impl IntoIterator<Item = (Option<T>, Origin)>,
        default: T,
    ) -> Self {
        candidates
            .into_iter()
            .find_map(|(value, origin)| value.map(|value| Self { value, origin }))
            .unwrap_or(Self { value: default, origin: Origin::Default })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picked(by_name: bool, flag: Option<u8>, variable: Option<u8>) -> Setting<Option<u8>> {
        let pick = Pick { by_name, from: Origin::Profile("p".to_owned()) };
        pick.of((flag, "--x"), (variable, env::AZURE_CLIENT_ID), Some(3))
    }

    #[test]
    fn flag_beats_variable_beats_profile() {
        assert_eq!(picked(false, Some(1), Some(2)).value, Some(1));
        let variable = picked(false, None, Some(2));
        assert_eq!(variable.value, Some(2));
        assert_eq!(variable.origin.to_string(), "environment variable AZURE_CLIENT_ID");
        assert_eq!(picked(false, None, None).origin.to_string(), "profile p");
    }

    #[test]
    fn a_profile_named_on_purpose_beats_the_azure_variables() {
        assert_eq!(picked(true, None, Some(2)).value, Some(3));
        assert_eq!(picked(true, Some(1), Some(2)).value, Some(1));
    }
}
