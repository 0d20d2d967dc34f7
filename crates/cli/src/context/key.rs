//! The key that proves who we are, opened when it is first needed and not before: while a cached
//! token is good nobody is asked for a password.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use exoctl_certificate::{
    CertificateStore, CertifiedKey, KeyFileError, SigningAlgorithm, Thumbprint, load_key_file,
};
use exoctl_http::BoxFuture;
use exoctl_identity::{AssertionError, AssertionOptions, AssertionSource, SignedAssertion};
use exoctl_model::{ClientId, Clock};
use jiff::Timestamp;
use secrecy::SecretString;
use url::Url;

use crate::error::KeyError;
use crate::ui::Voice;

/// Where a key is.
#[derive(Clone, Debug)]
pub(crate) enum KeyPlace {
    /// In a store.
    Store(Arc<dyn CertificateStore>, Thumbprint),
    /// In a file, which may hold several.
    File(PathBuf, Option<Thumbprint>),
}

/// Opens a key once, asking for its password if there is nobody else to ask.
#[derive(Debug)]
pub(crate) struct KeyOpener {
    place: KeyPlace,
    password: Option<SecretString>,
    voice: Voice,
    clock: Arc<dyn Clock>,
    opened: OnceLock<Arc<CertifiedKey>>,
}

impl KeyOpener {
    /// Nothing is opened yet.
    pub(crate) fn new(
        place: KeyPlace,
        password: Option<SecretString>,
        voice: Voice,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { place, password, voice, clock, opened: OnceLock::new() }
    }

    /// The key.
    pub(crate) fn open(&self) -> Result<Arc<CertifiedKey>, KeyError> {
        if let Some(key) = self.opened.get() {
            return Ok(key.clone());
        }
        let key = match &self.place {
            KeyPlace::Store(store, thumbprint) => store.load(thumbprint)?,
            KeyPlace::File(path, choice) => {
                open_file(path, choice.as_ref(), self.password.as_ref(), self.voice)?
            }
        };
        Ok(self.opened.get_or_init(|| Arc::new(key)).clone())
    }
}

/// Whether a certificate is good now.
pub(crate) fn check_validity(key: &CertifiedKey, now: Timestamp) -> Result<(), KeyError> {
    let certificate = key.certificate();
    let thumbprint = certificate.thumbprint();
    if certificate.not_after() <= now {
        return Err(KeyError::Expired { thumbprint, at: certificate.not_after() });
    }
    if certificate.not_before() > now {
        return Err(KeyError::NotYetValid { thumbprint, at: certificate.not_before() });
    }
    Ok(())
}

/// Opens a key file; asks for the password if it needs one and none was given.
pub(crate) fn open_file(
    path: &Path,
    choice: Option<&Thumbprint>,
    password: Option<&SecretString>,
    voice: Voice,
) -> Result<CertifiedKey, KeyError> {
    let failed = |source| KeyError::File { path: path.to_owned(), source };
    let bytes =
        fs::read(path).map_err(|source| KeyError::Read { path: path.to_owned(), source })?;
    let bytes = zeroize::Zeroizing::new(bytes);
    match load_key_file(&bytes, password, choice) {
        Err(KeyFileError::PasswordRequired) if password.is_none() => {
            let asked = voice.secret(format_args!("Password of {}", path.display()));
            match asked.map_err(|source| KeyError::Read { path: path.to_owned(), source })? {
                Some(password) => load_key_file(&bytes, Some(&password), choice).map_err(failed),
                None => Err(failed(KeyFileError::PasswordRequired)),
            }
        }
        outcome => outcome.map_err(failed),
    }
}

/// Signs with the key that a [`KeyOpener`] opens.
#[derive(Clone, Debug)]
pub(crate) struct OpenedAssertion {
    /// Opens the key.
    pub(crate) key: Arc<KeyOpener>,
    /// The algorithm, if it is not the key's choice.
    pub(crate) algorithm: Option<SigningAlgorithm>,
}

impl AssertionSource for OpenedAssertion {
    fn assertion<'a>(
        &'a self,
        audience: &'a Url,
        client: ClientId,
    ) -> BoxFuture<'a, Result<SecretString, AssertionError>> {
        Box::pin(async move {
            let key = self.key.open().map_err(|error| AssertionError(error.into()))?;
            // A scheduled run learns why at once, and not from Entra in other words.
            check_validity(&key, self.key.clock.now())
                .map_err(|error| AssertionError(error.into()))?;
            let options =
                AssertionOptions { algorithm: self.algorithm, ..AssertionOptions::default() };
            let signed = SignedAssertion::new(key, self.key.clock.clone(), options);
            signed.assertion(audience, client).await
        })
    }
}
