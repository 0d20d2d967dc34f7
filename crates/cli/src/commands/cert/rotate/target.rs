//! Whose certificate: the connection, and all others that sign in with the same one.

use std::sync::Arc;

use exoctl_certificate::{CertifiedKey, Thumbprint};
use exoctl_http::Transport;
use exoctl_identity::{
    AssertionOptions, Authority, CachedCredential, CertificateCredential, Scope, TokenCredential,
};
use exoctl_model::{ClientId, Cloud, TenantReference};
use exoctl_setup::rotation::Place;

use super::error::RotateError;
use super::keys::Keys;
use crate::context::{Context, Flags, Means};
use crate::error::{CommandError, ProfileError};
use crate::password::PasswordArgs;
use crate::profile::{Profile, Service, Source};
use crate::ui::Ui;

/// A connection with a certificate.
#[derive(Debug)]
pub(in crate::commands::cert) struct Target {
    /// The profile's name.
    pub(in crate::commands::cert) name: String,
    /// The profile.
    pub(in crate::commands::cert) profile: Profile,
    /// The application.
    pub(in crate::commands::cert) app_id: ClientId,
    /// The certificate that it signs in with.
    pub(in crate::commands::cert) thumbprint: Thumbprint,
    /// Where it is.
    pub(in crate::commands::cert) cloud: Cloud,
    /// The network.
    pub(in crate::commands::cert) transport: Arc<dyn Transport>,
}

impl Target {
    /// The connection that is current, or named with `--profile`.
    pub(in crate::commands::cert) fn chosen(
        context: &Context,
        ui: &Ui,
    ) -> Result<Self, CommandError> {
        let name = context.settings(&Flags::default())?.profile_name.value;
        let name = name.ok_or(ProfileError::NotConnected)?;
        let profile = context.profiles()?.load(&name)?;
        Self::of(name, profile, context, ui)
    }

    /// The connection of a profile.
    pub(in crate::commands::cert) fn of(
        name: String,
        profile: Profile,
        context: &Context,
        ui: &Ui,
    ) -> Result<Self, CommandError> {
        let (Some(thumbprint), Some(app_id)) = (thumbprint(&profile), profile.app_id) else {
            return Err(RotateError::NoCertificate { profile: name }.into());
        };
        let cloud = profile.cloud()?;
        let transport = context.transport(&cloud, ui.voice())?;
        Ok(Self { name, profile, app_id, thumbprint, cloud, transport })
    }

    /// The key in use.
    pub(in crate::commands::cert) fn key(
        &self,
        password: &PasswordArgs,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<CertifiedKey, CommandError> {
        let mut keys = Keys::new(context, password);
        match &self.profile.credential {
            Source::File { path, .. } => {
                keys.expect(path, &self.profile.credential)?;
                keys.open(path, &self.thumbprint, ui)
            }
            _ => Ok(context.store_with(&self.thumbprint)?.load(&self.thumbprint)?),
        }
    }

    /// What a token of the connection is for.
    pub(in crate::commands::cert) fn scope(&self) -> Scope {
        match self.profile.service {
            Service::ExchangeOnline => Scope::exchange(&self.cloud),
            Service::Compliance => Scope::compliance(&self.cloud),
        }
    }

    /// Signs in with a key, afresh each time.
    pub(in crate::commands::cert) fn credential(
        &self,
        key: Arc<CertifiedKey>,
        context: &Context,
    ) -> Result<Arc<dyn TokenCredential>, CommandError> {
        let tenant = TenantReference::Id(self.profile.tenant_id);
        let algorithm = context.assertion_algorithm()?;
        Ok(Arc::new(CertificateCredential::new(
            Authority::new(&self.cloud, tenant),
            self.app_id,
            key,
            self.transport.clone(),
            context.clock(),
            AssertionOptions { algorithm, ..AssertionOptions::default() },
        )))
    }

    /// Graph as the application itself.
    pub(in crate::commands::cert) fn graph(
        &self,
        key: Arc<CertifiedKey>,
        context: &Context,
    ) -> Result<exoctl_setup::Graph, CommandError> {
        let cached = CachedCredential::new(self.credential(key, context)?, context.clock());
        let transport = self.transport.clone();
        let clock = context.clock();
        Ok(exoctl_setup::Graph::new(&self.cloud, Arc::new(cached), transport, clock))
    }
}

/// The certificate that a profile signs in with.
pub(in crate::commands::cert) fn thumbprint(profile: &Profile) -> Option<Thumbprint> {
    match &profile.credential {
        Source::Store { thumbprint } | Source::File { thumbprint, .. } => Some(*thumbprint),
        _ => None,
    }
}

/// The profiles of an application that sign in with a certificate, and where its key is.
pub(super) fn users(
    app_id: ClientId,
    used: &Thumbprint,
    context: &Context,
) -> Result<Vec<(String, Profile)>, CommandError> {
    let all = readable(context)?.into_iter();
    let uses = |profile: &Profile| {
        profile.app_id == Some(app_id) && thumbprint(profile).as_ref() == Some(used)
    };
    Ok(all.filter(|(_, profile)| uses(profile)).collect())
}

/// The profiles that can be read; one that is damaged is nobody's concern here.
pub(super) fn readable(context: &Context) -> Result<Vec<(String, Profile)>, CommandError> {
    let profiles = context.profiles()?;
    let names = profiles.names()?.into_iter();
    Ok(names.filter_map(|name| Some((name.clone(), profiles.find(&name).ok()??))).collect())
}

/// Where the key of a certificate is, as the profiles that use it say.
pub(super) fn places(
    users: &[(String, Profile)],
    context: &Context,
) -> Result<Vec<Place>, CommandError> {
    let mut places = Vec::new();
    for (_, profile) in users {
        places.push(match &profile.credential {
            Source::File { path, .. } => Place::File { path: path.clone() },
            Source::Store { thumbprint } => {
                Place::Store { name: context.store_with(thumbprint)?.name().to_owned() }
            }
            _ => continue,
        });
    }
    places.sort();
    places.dedup();
    Ok(places)
}

/// How a profile signs in, as the password of its key file is looked for.
pub(super) fn means(source: &Source) -> Means {
    Means::Source(source.clone())
}
