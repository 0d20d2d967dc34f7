//! The composition root: builds what commands need, when they need it.

mod clock;
mod graph_mail;
pub(crate) mod key;
mod paths;
mod session;
mod settings;
mod sign_in;
mod verbose;

pub(crate) use paths::Paths;
pub(crate) use session::Wish;
pub(crate) use settings::{CloudChoice, Flags, Means, Origin, Setting, Settings};
pub(crate) use sign_in::{SignIn, given_identity, token_from_file};

use std::sync::{Arc, OnceLock};

use exoctl_certificate::{CertificateStore, DirectoryStore, DotnetStore, Thumbprint};
use exoctl_http::{HttpOptions, HttpTransport, Traced, Transport};
use exoctl_model::{Clock, Cloud};

use self::verbose::Verbose;
use crate::args::GlobalArgs;
use crate::catalogue::Circumstances;
use crate::env::Environment;
use crate::error::{CommandError, FileError};
use crate::profile::Profiles;
use crate::ui::Voice;

/// What one run of the program works with.
#[derive(Debug)]
pub(crate) struct Context {
    environment: Environment,
    global: GlobalArgs,
    clock: OnceLock<Arc<dyn Clock>>,
    paths: OnceLock<Paths>,
    circumstances: Arc<Circumstances>,
    is_step: bool,
}

impl Context {
    /// Nothing is read or built yet.
    pub(crate) fn new(environment: Environment, global: GlobalArgs) -> Self {
        Self {
            environment,
            global,
            clock: OnceLock::new(),
            paths: OnceLock::new(),
            circumstances: Arc::default(),
            is_step: false,
        }
    }

    /// One more of the same, for what outlives a command or runs beside it.
    pub(crate) fn again(&self) -> Self {
        let Self { environment, global, clock, paths, circumstances, is_step } = self;
        Self {
            environment: environment.clone(),
            global: global.clone(),
            clock: clock.clone(),
            paths: paths.clone(),
            circumstances: circumstances.clone(),
            is_step: *is_step,
        }
    }

    /// The same for a process that a worker has started, and whose process group the worker ends.
    pub(crate) fn for_step(self, is_step: bool) -> Self {
        Self { is_step, ..self }
    }

    /// Whether a worker has started this process. What it starts has to stay in its process group.
    pub(crate) fn is_step(&self) -> bool {
        self.is_step
    }

    /// What is known so far for the commands that errors are printed with.
    pub(crate) fn circumstances(&self) -> Arc<Circumstances> {
        self.circumstances.clone()
    }

    /// The environment variables.
    pub(crate) fn environment(&self) -> &Environment {
        &self.environment
    }

    /// The global options.
    pub(crate) fn global(&self) -> &GlobalArgs {
        &self.global
    }

    /// The directories that exoctl keeps things in.
    pub(crate) fn paths(&self) -> Result<&Paths, CommandError> {
        if let Some(paths) = self.paths.get() {
            return Ok(paths);
        }
        let paths = Paths::new(&self.environment)?;
        Ok(self.paths.get_or_init(|| paths))
    }

    /// The named connections.
    pub(crate) fn profiles(&self) -> Result<Profiles, CommandError> {
        Ok(Profiles::new(&self.paths()?.configuration))
    }

    /// exoctl's own certificate store.
    pub(crate) fn store(&self) -> Result<Arc<dyn CertificateStore>, CommandError> {
        Ok(Arc::new(DirectoryStore::open(&self.paths()?.certificates)?))
    }

    /// The store that has a certificate: exoctl's own, or the one that .NET and PowerShell use.
    /// exoctl's own if neither has it, so that the error names that one.
    pub(crate) fn store_with(
        &self,
        thumbprint: &Thumbprint,
    ) -> Result<Arc<dyn CertificateStore>, CommandError> {
        let own = self.store()?;
        if own.find(thumbprint)?.is_some() {
            return Ok(own);
        }
        if let Some(path) = self.paths()?.dotnet.as_ref().filter(|path| path.is_dir()) {
            let dotnet = DotnetStore::open(path)?;
            if dotnet.find(thumbprint)?.is_some_and(|found| found.has_private_key) {
                return Ok(Arc::new(dotnet));
            }
        }
        Ok(own)
    }

    /// The cloud that the settings choose.
    pub(crate) fn cloud(&self) -> Result<Cloud, CommandError> {
        self.settings(&Flags::default())?.cloud.value.cloud()
    }

    /// The network, trusting what the cloud says.
    #[expect(clippy::unused_self, reason = "the context is where such things are built")]
    pub(crate) fn transport(
        &self,
        cloud: &Cloud,
        voice: Voice,
    ) -> Result<Arc<dyn Transport>, CommandError> {
        let options = HttpOptions {
            certificate_authority: cloud.certificate_authority.clone(),
            ..HttpOptions::default()
        };
        let transport = Traced::new(HttpTransport::new(&options)?);
        Ok(if voice.is_verbose() {
            Arc::new(Verbose::new(transport, voice))
        } else {
            Arc::new(transport)
        })
    }
}

/// Reads an environment file.
pub(crate) fn read_cloud(path: &std::path::Path) -> Result<Cloud, CommandError> {
    let failed =
        |source| FileError { operation: "read the environment file", path: path.into(), source };
    let text = std::fs::read_to_string(path).map_err(failed)?;
    Ok(Cloud::from_environment_json(&text)?)
}
