//! Where things are kept: below `EXOCTL_HOME`, else where the platform keeps such things.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;

use crate::env::{self, Environment};
use crate::error::{CommandError, NoHome};

/// The directories. They are made when something is first put into them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Paths {
    /// Profiles.
    pub(crate) configuration: PathBuf,
    /// The files of jobs.
    pub(crate) jobs: PathBuf,
    /// What runs leave, and the ledger that knows of them.
    pub(crate) data: PathBuf,
    /// Certificates with their keys.
    pub(crate) certificates: PathBuf,
    /// What can be fetched again: the cmdlets of a tenant.
    pub(crate) cache: PathBuf,
    /// Access tokens.
    pub(crate) tokens: PathBuf,
    /// .NET's store of the current user, where there is one.
    pub(crate) dotnet: Option<PathBuf>,
}

impl Paths {
    /// Asks the environment and the platform.
    pub(crate) fn new(environment: &Environment) -> Result<Self, CommandError> {
        if let Some(home) = environment.path(env::EXOCTL_HOME) {
            let configuration = home.join("config");
            return Ok(Self {
                jobs: jobs(environment, &configuration),
                configuration,
                data: home.join("data"),
                certificates: home.join("certificates"),
                cache: home.join("cache"),
                tokens: home.join("tokens"),
                dotnet: dotnet(),
            });
        }
        let base = etcetera::choose_base_strategy().map_err(|_| NoHome)?;
        let cache = base.cache_dir().join("exoctl");
        let configuration = base.config_dir().join("exoctl");
        Ok(Self {
            jobs: jobs(environment, &configuration),
            configuration,
            data: base.data_dir().join("exoctl"),
            certificates: base.data_dir().join("exoctl").join("certificates"),
            tokens: match base.runtime_dir() {
                Some(runtime) if runtime.is_dir() => runtime.join("exoctl").join("tokens"),
                _ => cache.join("tokens"),
            },
            cache,
            dotnet: dotnet(),
        })
    }
}

fn jobs(environment: &Environment, configuration: &Path) -> PathBuf {
    environment.path(env::EXOCTL_JOBS).unwrap_or_else(|| configuration.join("jobs"))
}

/// `CurrentUser\My` as .NET keeps it on Linux and other Unix systems but macOS.
fn dotnet() -> Option<PathBuf> {
    if cfg!(any(windows, target_os = "macos")) {
        return None;
    }
    let home = etcetera::home_dir().ok()?;
    Some(home.join(".dotnet/corefx/cryptography/x509stores/my"))
}
