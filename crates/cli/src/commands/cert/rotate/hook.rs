//! Commands of the user's that hand the new certificate on.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use exoctl_certificate::pkcs12::{self, Profile};
use exoctl_certificate::{CertifiedKey, pem};
use exoctl_setup::rotation::Hook;
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::target::Target;
use crate::error::{CommandError, FileError};
use crate::profile::{create_private_directory, write_private};

/// What a command is handed, in files that only we can read and that are gone when it ends.
#[derive(Debug)]
pub(super) struct HandOver {
    directory: PathBuf,
}

impl HandOver {
    /// Nothing is there yet; what a run left behind that was killed is removed.
    pub(super) fn new(directory: PathBuf) -> Result<Self, CommandError> {
        let hand_over = Self { directory };
        hand_over.clear()?;
        Ok(hand_over)
    }

    /// Runs a command with the key of the new certificate at hand; why it failed, if it did.
    pub(super) fn run(
        &self,
        hook: &Hook,
        key: &CertifiedKey,
        profiles: &[String],
        target: &Target,
    ) -> Result<Result<(), String>, CommandError> {
        let [pfx, password, pem, cer] = self.write(key)?;
        let mut command = shell(&hook.command);
        command
            .env("EXOCTL_THUMBPRINT", hook.new.to_string())
            .env("EXOCTL_OLD_THUMBPRINT", hook.old.to_string())
            .env("EXOCTL_NOT_AFTER", key.certificate().not_after().to_string())
            .env("EXOCTL_APP_ID", target.app_id.to_string())
            .env("EXOCTL_TENANT_ID", target.profile.tenant_id.to_string())
            .env("EXOCTL_ORGANIZATION", target.profile.organization.as_str())
            .env("EXOCTL_PROFILE", &target.name)
            .env("EXOCTL_PROFILES", profiles.join(","))
            .env("EXOCTL_PFX", pfx)
            .env("EXOCTL_PFX_PASSWORD_FILE", password)
            .env("EXOCTL_PEM", pem)
            .env("EXOCTL_CER", cer)
            .stdin(Stdio::null())
            // stdout is for our own data.
            .stdout(Stdio::from(std::io::stderr()));
        let outcome = match command.status() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(status.to_string()),
            Err(error) => Err(error.to_string()),
        };
        self.clear()?;
        Ok(outcome)
    }

    /// The key as PFX with a password made for this, that password, the key as PEM, the certificate.
    fn write(&self, key: &CertifiedKey) -> Result<[PathBuf; 4], CommandError> {
        create_private_directory(&self.directory).map_err(|source| FileError {
            operation: "create",
            path: self.directory.clone(),
            source,
        })?;
        let password: SecretString =
            format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple()).into();
        let pfx = pkcs12::write(key, &password, Profile::Aes256).map_err(CommandError::failed)?;
        let text = pem::write(key, None).map_err(CommandError::failed)?;
        Ok([
            self.file("exo.pfx", &pfx)?,
            self.file("password", password.expose_secret().as_bytes())?,
            self.file("exo.pem", text.as_bytes())?,
            self.file("exo.cer", key.certificate().der())?,
        ])
    }

    fn file(&self, name: &str, content: &[u8]) -> Result<PathBuf, CommandError> {
        let path = self.directory.join(name);
        write_private(&path, content).map_err(|source| FileError {
            operation: "write",
            path: path.clone(),
            source,
        })?;
        Ok(path)
    }

    fn clear(&self) -> Result<(), CommandError> {
        match fs::remove_dir_all(&self.directory) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                let path: &Path = &self.directory;
                Err(FileError { operation: "remove", path: path.to_owned(), source }.into())
            }
            _ => Ok(()),
        }
    }
}

impl Drop for HandOver {
    /// An error between the writing and the running leaves nothing behind either.
    fn drop(&mut self) {
        let _ = self.clear();
    }
}

#[cfg(windows)]
fn shell(line: &str) -> Command {
    use std::os::windows::process::CommandExt as _;
    let mut command = Command::new("cmd");
    // cmd has rules of its own for quotes.
    command.arg("/C").raw_arg(line);
    command
}

#[cfg(not(windows))]
fn shell(line: &str) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(line);
    command
}
