//! The files by which a simulated tenant is found: `environment.json`, `ca.pem`, `sim.json`,
//! `registrations.json`, `clock.json`.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::directory::Directory;
use crate::error::SimError;
use crate::simulated_tenant::Ready;

/// A directory that belongs to one simulated tenant.
#[derive(Debug, Clone)]
pub(crate) struct StateDirectory {
    path: PathBuf,
}

/// How far the tenant's clock is from the system's, for everybody who works with the tenant.
#[derive(Debug, Default, Serialize, Deserialize)]
struct ClockFile {
    offset: SignedDuration,
}

impl StateDirectory {
    /// Name of the file that says how far the clock was moved; clients find it by the environment file.
    pub(crate) const CLOCK: &'static str = "clock.json";

    /// Opens the directory, making it when it is not there.
    pub(crate) fn open(path: &Path) -> Result<Self, SimError> {
        let failed = |source| SimError::State { operation: "write", path: path.to_owned(), source };
        std::fs::create_dir_all(path).map_err(failed)?;
        let path = std::path::absolute(path).map_err(failed)?;
        Ok(Self { path })
    }

    /// The environment file that clients take.
    pub(crate) fn environment(&self) -> PathBuf {
        self.path.join("environment.json")
    }

    /// The certificate of the tenant's own authority.
    pub(crate) fn certificate_authority(&self) -> PathBuf {
        self.path.join("ca.pem")
    }

    /// Writes what clients need to reach the tenant.
    pub(crate) fn write_environment(
        &self,
        json: &str,
        authority_pem: &str,
    ) -> Result<(), SimError> {
        self.write(&self.certificate_authority(), authority_pem.as_bytes())?;
        self.write(&self.environment(), json.as_bytes())
    }

    /// Writes the ready line, last of all: who reads it finds everything else in place.
    pub(crate) fn write_ready(&self, ready: &Ready) -> Result<(), SimError> {
        self.write_json("sim.json", ready)
    }

    /// The ready line of the tenant that was last started here.
    pub(crate) fn read_ready(&self) -> Result<Option<Ready>, SimError> {
        self.read_json("sim.json")
    }

    /// Forgets the ready line: nobody listens any more.
    pub(crate) fn remove_ready(&self) {
        // Missing already is as good.
        let _ = std::fs::remove_file(self.path.join("sim.json"));
    }

    /// The registered applications, none at first.
    pub(crate) fn read_registrations(&self) -> Result<Directory, SimError> {
        Ok(self.read_json("registrations.json")?.unwrap_or_default())
    }

    /// Keeps the registered applications.
    pub(crate) fn write_registrations(&self, directory: &Directory) -> Result<(), SimError> {
        self.write_json("registrations.json", directory)
    }

    /// How far the clock was moved; not at all at first.
    pub(crate) fn read_clock(&self) -> Result<SignedDuration, SimError> {
        Ok(self.read_json::<ClockFile>(Self::CLOCK)?.unwrap_or_default().offset)
    }

    /// Keeps how far the clock was moved, for clients and for the next start.
    pub(crate) fn write_clock(&self, offset: SignedDuration) -> Result<(), SimError> {
        self.write_json(Self::CLOCK, &ClockFile { offset })
    }

    fn read_json<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, SimError> {
        let path = self.path.join(name);
        match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map(Some)
                .map_err(|source| SimError::StateSyntax { path, source }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(SimError::State { operation: "read", path, source }),
        }
    }

    fn write_json(&self, name: &str, value: &impl Serialize) -> Result<(), SimError> {
        let path = self.path.join(name);
        let mut bytes = serde_json::to_vec_pretty(value)
            .map_err(|source| SimError::StateSyntax { path: path.clone(), source })?;
        bytes.push(b'\n');
        self.write(&path, &bytes)
    }

    /// Writes a file whole or not at all; temporary files are made 0600, and stay so.
    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), SimError> {
        let written = tempfile::NamedTempFile::new_in(&self.path).and_then(|mut file| {
            file.write_all(bytes)?;
            file.persist(path).map_err(|error| error.error)?;
            Ok(())
        });
        written.map_err(|source| SimError::State {
            operation: "write",
            path: path.to_owned(),
            source,
        })
    }
}
