//! Keys where profiles have them: in stores, and in files with or without a password.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use clap::ValueEnum as _;
use exoctl_certificate::pkcs12::{self, Profile};
use exoctl_certificate::{
    CertificateStore, CertifiedKey, DirectoryStore, KeyFileError, Thumbprint, load_key_file, pem,
};
use exoctl_model::ClientId;
use exoctl_setup::rotation::Place;
use secrecy::SecretString;
use zeroize::Zeroizing;

use super::error::RotateError;
use super::target::means;
use crate::commands::cert::stores::StoreName;
use crate::context::Context;
use crate::error::{CommandError, FileError, KeyError};
use crate::password::PasswordArgs;
use crate::profile::{Source, write_private};
use crate::ui::Ui;

/// Finds keys and puts new ones beside them.
#[derive(Debug)]
pub(super) struct Keys<'a> {
    context: &'a Context,
    given: &'a PasswordArgs,
    /// Files and the passwords that profiles name for them.
    passwords: BTreeMap<PathBuf, Option<SecretString>>,
}

impl<'a> Keys<'a> {
    pub(super) fn new(context: &'a Context, given: &'a PasswordArgs) -> Self {
        Self { context, given, passwords: BTreeMap::new() }
    }

    /// A file that will be opened, and the profile's word on where its password is.
    pub(super) fn expect(&mut self, path: &Path, source: &Source) -> Result<(), CommandError> {
        if !self.passwords.contains_key(path) {
            let password = self.context.key_password(&means(source), self.given)?;
            self.passwords.insert(path.to_owned(), password);
        }
        Ok(())
    }

    /// The key in a file; asks for the password if there is somebody to ask.
    pub(super) fn open(
        &mut self,
        path: &Path,
        thumbprint: &Thumbprint,
        ui: &mut Ui,
    ) -> Result<CertifiedKey, CommandError> {
        let read = |source| KeyError::Read { path: path.to_owned(), source };
        let bytes = Zeroizing::new(fs::read(path).map_err(read)?);
        let failed = |source| KeyError::File { path: path.to_owned(), source };
        let known = self.passwords.get(path).cloned().flatten();
        let found = match load_key_file(&bytes, None, Some(thumbprint)) {
            Err(KeyFileError::PasswordRequired) => known,
            // What opens without a password has none, whatever variable is set.
            outcome => {
                self.passwords.insert(path.to_owned(), None);
                return Ok(outcome.map_err(failed)?);
            }
        };
        let password = match found {
            Some(password) => password,
            None if ui.is_interactive() => self.given.ask(&path.display().to_string(), ui)?,
            None => return Err(RotateError::NoPassword { path: path.to_owned() }.into()),
        };
        let key = load_key_file(&bytes, Some(&password), Some(thumbprint)).map_err(failed)?;
        self.passwords.insert(path.to_owned(), Some(password));
        Ok(key)
    }

    /// The key of the new certificate, if one of the places has it.
    pub(super) fn find_new(
        &mut self,
        places: &[Place],
        old: &Thumbprint,
        new: &Thumbprint,
        ui: &mut Ui,
    ) -> Result<Option<CertifiedKey>, CommandError> {
        for place in places {
            match place {
                Place::Store { name } => {
                    let store = self.store(name)?;
                    if store.find(new)?.is_some_and(|found| found.has_private_key) {
                        return Ok(Some(store.load(new)?));
                    }
                }
                Place::File { path } => {
                    let beside = Place::beside(path, old, new);
                    if beside.is_file() {
                        let password = self.passwords.get(path).cloned().flatten();
                        self.passwords.insert(beside.clone(), password);
                        return self.open(&beside, new, ui).map(Some);
                    }
                }
            }
        }
        Ok(None)
    }

    /// Puts a new key where the old one is, or beside it. Says where.
    pub(super) fn put(
        &mut self,
        place: &Place,
        old: &Thumbprint,
        key: &CertifiedKey,
        ui: &mut Ui,
    ) -> Result<String, CommandError> {
        match place {
            Place::Store { name } => {
                self.store(name)?.insert(key)?;
                Ok(format!("the {name} store"))
            }
            Place::File { path } => {
                // Opened to know whether it has a password, and that this one is it.
                self.open(path, old, ui)?;
                let beside = Place::beside(path, old, &key.thumbprint());
                let password = self.passwords.get(path).cloned().flatten();
                let bytes = encode(path, key, password.as_ref())?;
                write_private(&beside, &bytes).map_err(|source| FileError {
                    operation: "write",
                    path: beside.clone(),
                    source,
                })?;
                let kept = if password.is_some() {
                    "with the same password"
                } else {
                    "without a password, as the old one"
                };
                Ok(format!("{}, {kept}", beside.display()))
            }
        }
    }

    /// Deletes a new key that nobody uses.
    pub(super) fn discard(
        &self,
        places: &[Place],
        old: &Thumbprint,
        new: &Thumbprint,
    ) -> Result<(), CommandError> {
        for place in places {
            match place {
                Place::Store { name } => drop(self.store(name)?.remove(new)?),
                Place::File { path } => {
                    let path = Place::beside(path, old, new);
                    match fs::remove_file(&path) {
                        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                            return Err(FileError { operation: "remove", path, source }.into());
                        }
                        _ => {}
                    }
                }
            }
        }
        Ok(())
    }

    /// A store by its name.
    pub(super) fn store(&self, name: &str) -> Result<Box<dyn CertificateStore>, CommandError> {
        StoreName::from_str(name, true).map_err(CommandError::failed)?.open(self.context)
    }

    /// The store of an application's keys that are no longer used.
    pub(super) fn archive(&self, app_id: ClientId) -> Result<DirectoryStore, CommandError> {
        Ok(DirectoryStore::open(self.archive_path(app_id)?)?)
    }

    /// Deletes what a run that was killed has left half written in the archive, where nobody would see
    /// it. Only one run at a time writes there.
    pub(super) fn tidy_archive(&self, app_id: ClientId) -> Result<(), CommandError> {
        for problem in self.archive(app_id)?.list()?.problems {
            if problem.path.extension().is_some_and(|extension| extension == "tmp") {
                let failed =
                    |source| FileError { operation: "remove", path: problem.path.clone(), source };
                fs::remove_file(&problem.path).map_err(failed)?;
            }
        }
        Ok(())
    }

    fn archive_path(&self, app_id: ClientId) -> Result<PathBuf, CommandError> {
        let archive = self.context.paths()?.certificates.join("archive");
        Ok(archive.join(app_id.to_string()))
    }
}

/// A key in the form of the file that it is to be beside.
fn encode(
    path: &Path,
    key: &CertifiedKey,
    password: Option<&SecretString>,
) -> Result<Zeroizing<Vec<u8>>, CommandError> {
    let old = Zeroizing::new(fs::read(path).map_err(|source| FileError {
        operation: "read",
        path: path.to_owned(),
        source,
    })?);
    if old.windows(BEGIN.len()).any(|window| window == BEGIN) {
        let text = pem::write(key, password).map_err(CommandError::failed)?;
        return Ok(Zeroizing::new(text.as_bytes().to_vec()));
    }
    let none = SecretString::default();
    let password = password.unwrap_or(&none);
    pkcs12::write(key, password, Profile::Aes256).map_err(CommandError::failed)
}

const BEGIN: &[u8] = b"-----BEGIN ";
