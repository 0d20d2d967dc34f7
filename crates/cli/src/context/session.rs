//! A profile brought to life: the connection that cmdlets are invoked on.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use exoctl_exchange::{Catalogue, Connection};
use exoctl_model::Organization;
use uuid::Uuid;

use super::Context;
use super::settings::Settings;
use super::sign_in::SignIn;
use crate::error::{CommandError, FileError, ProfileError, SignInError};
use crate::profile::{Profile, Service, write_private};

/// How a connection differs from what the profile says.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    /// Which service.
    pub(crate) service: Service,
    /// What is known of the cmdlets.
    pub(crate) catalogue: Option<Arc<Catalogue>>,
}

impl Context {
    /// The connection of these settings. Nothing is sent yet.
    pub(crate) fn connection(
        &self,
        settings: &Settings,
        sign_in: &SignIn,
        organization: Organization,
        wish: Wish,
    ) -> Connection {
        let profile =
            settings.profile.as_ref().filter(|profile| profile.organization == organization);
        let compliance = wish.service == Service::Compliance;
        let mut builder = Connection::builder(
            sign_in.cloud.clone(),
            organization,
            sign_in.credential.clone(),
            sign_in.transport.clone(),
        )
        .clock(self.clock())
        .compliance(compliance)
        .page_size(settings.page_size.value)
        .id(profile.map_or_else(Uuid::new_v4, |profile| profile.connection_id));
        if let exoctl_model::TenantReference::Id(tenant) = sign_in.tenant {
            builder = builder.tenant_id(tenant);
        }
        if let Some(region) =
            profile.filter(|p| p.service == wish.service).and_then(|p| p.region.clone())
        {
            builder = builder.region(region);
        }
        if let Some(catalogue) = wish.catalogue {
            builder = builder.catalogue(catalogue);
        }
        builder.build()
    }

    /// What the tenant's cmdlets are, as the last connect has kept it.
    pub(crate) fn kept_catalogue(
        &self,
        name: &str,
    ) -> Result<Option<Arc<Catalogue>>, CommandError> {
        let Ok(text) = fs::read(self.catalogue_path(name)?) else { return Ok(None) };
        // A file of another version is as good as none: the service knows.
        Ok(serde_json::from_slice(&text).ok().map(Arc::new))
    }

    /// The kept cmdlets of the chosen or current connection; what stands in the way is no error, for
    /// completion has nobody to tell.
    pub(crate) fn current_catalogue(&self) -> Option<Arc<Catalogue>> {
        let chosen = self.global().profile.clone();
        let chosen = chosen.or_else(|| self.environment().find(crate::env::EXOCTL_PROFILE));
        let name = match chosen {
            Some(name) => name,
            None => self.profiles().ok()?.current().ok()??,
        };
        self.kept_catalogue(&name).ok()?
    }

    /// Keeps what the tenant's cmdlets are.
    pub(crate) fn keep_catalogue(
        &self,
        name: &str,
        catalogue: &Catalogue,
    ) -> Result<(), CommandError> {
        let path = self.catalogue_path(name)?;
        let text = serde_json::to_vec(catalogue).map_err(CommandError::failed)?;
        let failed = |source| FileError { operation: "write", path: path.clone(), source };
        Ok(write_private(&path, &text).map_err(failed)?)
    }

    /// Forgets what the tenant's cmdlets are.
    pub(crate) fn forget_catalogue(&self, name: &str) -> Result<(), CommandError> {
        let path = self.catalogue_path(name)?;
        match fs::remove_file(&path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                Err(FileError { operation: "remove", path, source }.into())
            }
            _ => Ok(()),
        }
    }

    fn catalogue_path(&self, name: &str) -> Result<PathBuf, CommandError> {
        let file = format!("{}.json", name.to_ascii_lowercase());
        Ok(self.paths()?.cache.join("catalogues").join(file))
    }
}

impl Settings {
    /// The organization of the connection.
    pub(crate) fn domain(&self) -> Result<Organization, CommandError> {
        use exoctl_model::TenantReference::{Domain, Id};
        match (&self.organization.value, &self.profile) {
            (Some(Domain(domain)), _) => Ok(domain.clone()),
            (Some(Id(id)), Some(profile)) if profile.tenant_id == *id => {
                Ok(profile.organization.clone())
            }
            (Some(Id(id)), _) => Err(SignInError::NoInitialDomain(id.to_string()).into()),
            (None, _) if self.profile_name.value.is_none() => {
                Err(ProfileError::NotConnected.into())
            }
            (None, _) => Err(SignInError::NoOrganization.into()),
        }
    }

    /// Which service the profile is to; Exchange Online without one.
    pub(crate) fn service(&self) -> Service {
        self.profile.as_ref().map_or(Service::ExchangeOnline, |profile: &Profile| profile.service)
    }
}
