//! From settings to a credential: authority, key or token, caches.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use exoctl_certificate::SigningAlgorithm;
use exoctl_http::Transport;
use exoctl_identity::{
    Authority, CacheIdentity, CachedCredential, ClientAssertionCredential, DiskTokenCache, Scope,
    StaticToken, TokenCredential,
};
use exoctl_model::{ClientId, Cloud, TenantId, TenantReference};
use secrecy::SecretString;
use uuid::Uuid;

use super::Context;
use super::key::{KeyOpener, KeyPlace, OpenedAssertion};
use super::settings::{Means, Settings};
use crate::env;
use crate::error::{CommandError, InvalidSetting, SignInError};
use crate::password::{self, PasswordArgs};
use crate::profile::Source;
use crate::ui::Voice;

/// Who signs in where, with everything that it takes.
#[derive(Debug)]
pub(crate) struct SignIn {
    /// The cloud.
    pub(crate) cloud: Cloud,
    /// The tenant as the authority is asked about it.
    pub(crate) tenant: TenantReference,
    /// The application; none with a token that does not tell.
    pub(crate) app_id: Option<ClientId>,
    /// The network.
    pub(crate) transport: Arc<dyn Transport>,
    /// Gives tokens.
    pub(crate) credential: Arc<dyn TokenCredential>,
    /// The key, if there is one; opened when it is needed.
    pub(crate) key: Option<Arc<KeyOpener>>,
    /// Where its tokens are kept on disk, if they are.
    pub(crate) cache: Option<(DiskTokenCache, CacheIdentity)>,
}

impl Context {
    /// What it takes to sign in with these settings, nothing of which is sent or opened yet.
    /// `tenant` replaces the organization in the authority's URL once discovery has told the id.
    pub(crate) fn sign_in(
        &self,
        settings: &Settings,
        tenant: Option<TenantId>,
        password: &PasswordArgs,
        voice: Voice,
    ) -> Result<SignIn, CommandError> {
        let cloud = settings.cloud.value.cloud()?;
        let transport = self.transport(&cloud, voice)?;
        let known = settings.profile_of_the_tenant();
        let tenant =
            match (tenant.or(known.map(|profile| profile.tenant_id)), &settings.organization.value)
            {
                (Some(id), _) => TenantReference::Id(id),
                (None, Some(reference)) => reference.clone(),
                (None, None) => return Err(SignInError::NoOrganization.into()),
            };
        let authority = Authority::new(&cloud, tenant.clone());
        let means = settings.means.value.as_ref().ok_or(SignInError::NoMeans)?;
        let disk = if settings.token_cache.value {
            Some(DiskTokenCache::open(&self.paths()?.tokens)?)
        } else {
            None
        };
        if let Some(token) = self.given_token(means, &authority, settings, disk.as_ref(), &cloud)? {
            let credential = StaticToken::new(token, self.clock());
            let app_id = settings.app_id.value;
            let credential = Arc::new(credential);
            return Ok(SignIn {
                cloud,
                tenant,
                app_id,
                transport,
                credential,
                key: None,
                cache: None,
            });
        }
        let app_id = settings.app_id.value.ok_or(SignInError::NoApplication)?;
        let (place, name) = self.key_place(means)?;
        let password = self.key_password(means, password)?;
        let key = Arc::new(KeyOpener::new(place, password, voice, self.clock()));
        let source = OpenedAssertion { key: key.clone(), algorithm: self.assertion_algorithm()? };
        let credential = ClientAssertionCredential::with_source(
            authority.clone(),
            app_id,
            source,
            transport.clone(),
            self.clock(),
        );
        let cached = CachedCredential::new(Arc::new(credential), self.clock());
        let cache = disk.map(|disk| (disk, CacheIdentity::new(&authority, app_id, name)));
        let cached = match &cache {
            Some((disk, identity)) => cached.with_disk(disk.clone(), identity.clone()),
            None => cached,
        };
        let (app_id, key) = (Some(app_id), Some(key));
        Ok(SignIn { cloud, tenant, app_id, transport, credential: Arc::new(cached), key, cache })
    }

    /// How client assertions are signed, if somebody has said so.
    pub(crate) fn assertion_algorithm(&self) -> Result<Option<SigningAlgorithm>, InvalidSetting> {
        let Some(value) = self.environment.find(env::EXOCTL_ASSERTION_ALGORITHM) else {
            return Ok(None);
        };
        let known = [SigningAlgorithm::Ps256, SigningAlgorithm::Rs256];
        match known.into_iter().find(|known| known.name().eq_ignore_ascii_case(&value)) {
            Some(algorithm) => Ok(Some(algorithm)),
            None => Err(InvalidSetting {
                setting: env::EXOCTL_ASSERTION_ALGORITHM.name,
                value,
                expected: "PS256 or RS256",
            }),
        }
    }

    /// The access token itself, if that is what there is to sign in with.
    fn given_token(
        &self,
        means: &Means,
        authority: &Authority,
        settings: &Settings,
        disk: Option<&DiskTokenCache>,
        cloud: &Cloud,
    ) -> Result<Option<SecretString>, CommandError> {
        let Means::Source(source) = means else { return Ok(None) };
        Ok(Some(match source {
            Source::Store { .. } | Source::File { .. } => return Ok(None),
            Source::TokenFile { path } => token_from_file(path)?,
            Source::TokenVariable { name } => {
                self.environment.secret(name).ok_or_else(|| SignInError::NoTokenIn(name.clone()))?
            }
            Source::TokenGiven => {
                let compliance = settings
                    .profile
                    .as_ref()
                    .is_some_and(|profile| profile.service == crate::profile::Service::Compliance);
                let scope =
                    if compliance { Scope::compliance(cloud) } else { Scope::exchange(cloud) };
                let identity = given_identity(authority, settings.app_id.value);
                let kept = match disk {
                    Some(disk) => disk.load(&identity, &scope)?,
                    None => None,
                };
                kept.map(|token| token.secret().clone()).ok_or(SignInError::TokenGone)?
            }
        }))
    }

    fn key_place(&self, means: &Means) -> Result<(KeyPlace, String), CommandError> {
        Ok(match means {
            Means::Thumbprint(thumbprint) | Means::Source(Source::Store { thumbprint }) => {
                (KeyPlace::Store(self.store_with(thumbprint)?, *thumbprint), thumbprint.to_string())
            }
            Means::Source(Source::File { path, thumbprint, .. }) => {
                (KeyPlace::File(self.handed_over(path), Some(*thumbprint)), thumbprint.to_string())
            }
            Means::File(path) => (KeyPlace::File(path.clone(), None), path.display().to_string()),
            Means::Source(_) => unreachable!("a token is not opened"),
        })
    }

    /// The file that a scheduler has handed to this run in the place of one that a profile names: the
    /// account itself need not be able to read that.
    fn handed_over(&self, path: &Path) -> PathBuf {
        let handed = self
            .environment
            .path(env::CREDENTIALS_DIRECTORY)
            .and_then(|directory| Some(directory.join(path.file_name()?)))
            .filter(|handed| handed.is_file());
        handed.unwrap_or_else(|| path.to_owned())
    }

    /// The password of a key: given now, or from where the profile says it is.
    pub(crate) fn key_password(
        &self,
        means: &Means,
        password: &PasswordArgs,
    ) -> Result<Option<SecretString>, CommandError> {
        let Means::Source(Source::File { password_file, password_env, .. }) = means else {
            return password.find(self);
        };
        if password.is_given() {
            return password.find(self);
        }
        let kept = PasswordArgs {
            password_file: password_file.as_deref().map(|path| self.handed_over(path)),
            password_env: password_env.clone(),
            password_stdin: false,
        };
        // A source that is not there today matters only if the key has to be opened, and then the
        // error says that the password is missing.
        Ok(kept.find(self).unwrap_or_default())
    }
}

impl SignIn {
    /// The authority.
    pub(crate) fn authority(&self) -> Authority {
        Authority::new(&self.cloud, self.tenant.clone())
    }
}

/// The name in the cache of a token that was given once.
pub(crate) fn given_identity(authority: &Authority, app: Option<ClientId>) -> CacheIdentity {
    CacheIdentity::new(authority, app.unwrap_or(ClientId::new(Uuid::nil())), "given")
}

/// An access token from the first line of a file.
pub(crate) fn token_from_file(path: &Path) -> Result<SecretString, CommandError> {
    password::from_file(path)
}
