//! The secrets that a run knows of, so that they can be taken out of what it writes.

use std::sync::{Arc, Mutex, PoisonError};

use exoctl_http::BoxFuture;
use exoctl_identity::{AccessToken, CredentialError, TokenCredential, TokenRequest};
use secrecy::{ExposeSecret, SecretString};

/// All of them; clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Secrets(Arc<Mutex<Vec<SecretString>>>);

impl Secrets {
    /// Adds one. What is too short to be told from a word is none.
    pub(crate) fn add(&self, secret: SecretString) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let text = secret.expose_secret();
        if text.len() >= SHORTEST && !known.iter().any(|one| one.expose_secret() == text) {
            known.push(secret);
        }
    }

    /// Replaces them all in a text.
    pub(crate) fn remove_from(&self, text: &str) -> String {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().fold(text.to_owned(), |text, secret| {
            if text.contains(secret.expose_secret()) {
                text.replace(secret.expose_secret(), REMOVED)
            } else {
                text
            }
        })
    }
}

/// A credential whose tokens become known secrets.
#[derive(Debug)]
pub(crate) struct Watched {
    inner: Arc<dyn TokenCredential>,
    secrets: Secrets,
}

impl Watched {
    /// The tokens of `inner` are added to `secrets` before anybody else has them.
    pub(crate) fn new(inner: Arc<dyn TokenCredential>, secrets: Secrets) -> Self {
        Self { inner, secrets }
    }
}

impl TokenCredential for Watched {
    fn token<'a>(
        &'a self,
        request: &'a TokenRequest,
    ) -> BoxFuture<'a, Result<AccessToken, CredentialError>> {
        Box::pin(async move {
            let token = self.inner.token(request).await?;
            self.secrets.add(token.secret().clone());
            Ok(token)
        })
    }
}

/// What stands in the place of a secret.
pub(crate) const REMOVED: &str = "***";
const SHORTEST: usize = 6;
