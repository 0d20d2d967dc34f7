//! The composition root: builds what commands need, when they need it.

mod paths;
mod settings;

pub(crate) use paths::Paths;
pub(crate) use settings::{Origin, Setting};

use std::sync::{Arc, OnceLock};

use exoctl_certificate::{CertificateStore, DirectoryStore};
use exoctl_http::{HttpOptions, HttpTransport, Traced, Transport};
use exoctl_model::{Clock, Cloud, SystemClock};

use crate::args::GlobalArgs;
use crate::env::{self, Environment};
use crate::error::{CommandError, FileError};
use crate::profile::Profiles;

/// What one run of the program works with.
#[derive(Debug)]
pub(crate) struct Context {
    environment: Environment,
    global: GlobalArgs,
    clock: Arc<dyn Clock>,
    paths: OnceLock<Paths>,
}

impl Context {
    /// Nothing is read or built yet.
    pub(crate) fn new(environment: Environment, global: GlobalArgs) -> Self {
        Self { environment, global, clock: Arc::new(SystemClock), paths: OnceLock::new() }
    }

    /// The environment variables.
    pub(crate) fn environment(&self) -> &Environment {
        &self.environment
    }

    /// The global options.
    pub(crate) fn global(&self) -> &GlobalArgs {
        &self.global
    }

    /// Tells the time.
    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    /// The directories that exoctl keeps things in.
    pub(crate) fn paths(&self) -> Result<&Paths, CommandError> {
        match self.paths.get() {
            Some(paths) => Ok(paths),
            None => {
                let paths = Paths::new(&self.environment)?;
                Ok(self.paths.get_or_init(|| paths))
            }
        }
    }

    /// The named connections.
    pub(crate) fn profiles(&self) -> Result<Profiles, CommandError> {
        Ok(Profiles::new(&self.paths()?.configuration))
    }

    /// exoctl's own certificate store.
    pub(crate) fn store(&self) -> Result<Arc<dyn CertificateStore>, CommandError> {
        Ok(Arc::new(DirectoryStore::open(&self.paths()?.certificates)?))
    }

    /// The cloud that `--environment` or `EXOCTL_ENVIRONMENT` describe, if one of them does.
    pub(crate) fn environment_file_cloud(&self) -> Result<Option<Cloud>, CommandError> {
        let path = self.global.environment.clone();
        let path = path.or_else(|| self.environment.path(env::EXOCTL_ENVIRONMENT));
        path.map(|path| read_cloud(&path)).transpose()
    }

    /// The network, trusting what the cloud says.
    pub(crate) fn transport(&self, cloud: &Cloud) -> Result<Arc<dyn Transport>, CommandError> {
        let options = HttpOptions {
            certificate_authority: cloud.certificate_authority.clone(),
            ..HttpOptions::default()
        };
        Ok(Arc::new(Traced::new(HttpTransport::new(&options)?)))
    }
}

/// Reads an environment file.
pub(crate) fn read_cloud(path: &std::path::Path) -> Result<Cloud, CommandError> {
    let failed =
        |source| FileError { operation: "read the environment file", path: path.into(), source };
    let text = std::fs::read_to_string(path).map_err(failed)?;
    Ok(Cloud::from_environment_json(&text)?)
}
